"""One review from beginning to end: by keyboard alone, by mouse, with a line that breaks, and without JavaScript."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from audits.models import Answer, Assignment, Finding, Review
from audits.services.reviews import save_answer, start_review
from tests.pages.calls import CUSTOMER, assigned, delivered


@pytest.fixture
def bench(db, line, reviewer):
    """Two calls assigned to the reviewer, the first one's review started."""
    first = assigned(delivered(line, external_id="first"), reviewer, due_at=timezone.now() + timedelta(days=1))
    assigned(delivered(line, external_id="second"), reviewer, position=2)
    return start_review(assignment=first, actor=reviewer)


def address(review: Review) -> str:
    return reverse("audits:workbench", args=[review.assignment_id])


def opened(as_user, reviewer, review: Review, **options) -> Page:
    page = as_user(reviewer, **options)
    page.goto(address(review))
    return page


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))


def answered(review: Review, reviewer, *, but: tuple[str, ...] = ()) -> None:
    """Yes to every question that takes one, but for these."""
    for question in review.questions:
        if question["kind"] == "yes_no" and question["key"] not in but:
            save_answer(
                review=review,
                question=question["key"],
                value="yes",
                comment="",
                moment_seconds=1.0,
                revision=1,
                actor=reviewer,
            )


def critical_of(review: Review) -> dict:
    return next(question for question in review.questions if question["critical"])


def test_a_whole_review_by_keyboard_alone(as_user, bench, reviewer):
    # given the workbench, and no mouse
    page = opened(as_user, reviewer, bench)
    keyboard = page.keyboard
    questions = sum(question["kind"] == "yes_no" for question in bench.questions)
    # when the call is played, moved in, marked
    keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("[data-now]")).not_to_have_text("0:00")
    keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    keyboard.press("l")
    keyboard.press(".")
    keyboard.press("m")
    expect(page.locator(".toast")).to_contain_text("Marked")
    expect(page.get_by_role("group", name="Moments").get_by_text("your mark")).to_be_visible()
    # and the first, a critical one, is a no, which asks for a comment and keeps its moment
    keyboard.press("n")
    expect(page.locator("[data-saved]")).to_contain_text("A critical no needs a comment")
    keyboard.press("c")
    keyboard.type("Never said: 1 2 3 n m stay letters here.")
    keyboard.press("Escape")
    saved(page)
    keyboard.press("ArrowDown")
    for _ in range(questions - 1):
        keyboard.press("1")
    expect(page.locator(".questions > .is-answered")).to_have_count(questions)
    # and the other kinds: a step of the scale, the third option, a number, a text
    expect(page.locator(".is-now")).to_have_attribute("data-question", "clarity")
    keyboard.press("4")
    keyboard.press("3")
    keyboard.type("40")
    keyboard.press("Enter")
    keyboard.press("Enter")
    keyboard.type("Say it before the offer.")
    keyboard.press("Escape")
    expect(page.locator(".questions > .is-answered")).to_have_count(len(bench.questions))
    saved(page)
    expect(page.locator("[data-score]")).to_contain_text("+ 1.5 =")
    # and the evidence of the first is heard again
    for _ in bench.questions:
        keyboard.press("ArrowUp")
    keyboard.press("e")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    keyboard.press("k")
    # and it is submitted without hearing all of it, which is asked once
    keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog", name=re.compile("You heard"))).to_be_visible()
    keyboard.press("Tab")
    keyboard.press("Enter")
    # then the next call is here at once, and undo is offered
    expect(page.locator(".toast")).to_contain_text("Submitted")
    assert page.url.endswith(reverse("audits:workbench", args=[Assignment.objects.get(position=2).pk]))
    bench.refresh_from_db()
    first = bench.questions[0]["key"]
    answer = Answer.objects.get(review=bench, question=first)
    assert (answer.value, answer.comment) == ("no", "Never said: 1 2 3 n m stay letters here.")
    assert answer.moment_seconds > 5
    assert bench.submitted_at is not None
    assert 0 < bench.heard_seconds < 12
    assert Finding.objects.filter(review=bench, question=first, state="open").exists()
    rest = Answer.objects.filter(review=bench).exclude(question=first)
    assert not rest.filter(kind="yes_no").exclude(value="yes").exists()
    others = {"clarity": "4", "wanted": "claim", "hold_seconds": "40", "tell_agent": "Say it before the offer."}
    assert dict(rest.exclude(kind="yes_no").values_list("question", "value")) == others


def test_the_page_stands_still_and_keeps_question_and_submit_in_view(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    for _ in bench.questions:
        page.keyboard.press("ArrowDown")
    expect(page.locator(".questions > li").last).to_have_class(re.compile("is-now"))
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    expect(page.locator(".questions > .is-now")).to_be_in_viewport(ratio=0.99)
    expect(page.get_by_role("button", name="Submit, next call")).to_be_in_viewport(ratio=0.99)


def test_submitting_is_undone_within_ten_seconds_by_the_u_key(as_user, bench, reviewer):
    answered(bench, reviewer)
    page = opened(as_user, reviewer, bench)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Submit without the rest").click()
    expect(page.locator(".toast")).to_contain_text("Submitted")
    page.keyboard.press("u")
    page.wait_for_url(f"**{address(bench)}")
    expect(page.locator(".toast")).to_contain_text("open again")
    bench.refresh_from_db()
    assert bench.submitted_at is None
    assert not Answer.objects.filter(value="unknown").exists()


def test_u_is_cannot_tell_where_nothing_is_offered_to_undo(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    page.keyboard.press("u")
    saved(page)
    assert Answer.objects.get(review=bench).value == "unknown"


def test_a_critical_no_is_not_submitted_without_comment_and_moment(as_user, bench, reviewer):
    critical = critical_of(bench)
    answered(bench, reviewer, but=(critical["key"],))
    page = opened(as_user, reviewer, bench)
    row = page.locator(f"[data-question='{critical['key']}']")
    # when it is a no before anything was heard
    page.keyboard.press("2")
    expect(page.locator("[data-saved]")).to_contain_text("needs a comment and a moment")
    page.keyboard.press("Control+Enter")
    # then the summary names both, takes the focus, and leads there
    summary = page.locator("#missing")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("2 things are missing")
    expect(summary).to_contain_text("needs a comment")
    expect(summary).to_contain_text("needs a moment")
    summary.get_by_role("link").first.click()
    expect(row.locator("fieldset")).to_be_focused()
    # when both are given
    page.keyboard.press("l")
    page.keyboard.press("m")
    page.keyboard.press("c")
    page.keyboard.type("Not said at all.")
    page.keyboard.press("Escape")
    saved(page)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Submit without the rest").click()
    expect(page.locator(".toast")).to_contain_text("Submitted")
    answer = Answer.objects.get(review=bench, question=critical["key"])
    assert (answer.value, answer.comment, answer.moment_seconds) == ("no", "Not said at all.", 5.0)


def test_answers_survive_a_reload(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    page.keyboard.press("1")
    page.keyboard.press("c")
    page.keyboard.type("As it should be.")
    page.keyboard.press("Escape")
    saved(page)
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.reload()
    expect(page.locator("#q1 [data-given]")).to_contain_text("Yes")
    expect(page.locator("#q2 [data-comment]")).to_have_value("As it should be.")
    expect(page.locator("#q2")).to_have_class(re.compile("is-now"))


def test_an_answer_whose_request_was_lost_is_kept_and_sent_again(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    lost: list[str] = []

    def lose(route) -> None:
        lost.append(route.request.url)
        route.abort()

    # given a connection that breaks
    page.route("**/answers/", lose)
    page.keyboard.press("1")
    expect(page.locator("[data-saved]")).to_contain_text("Kept here")
    assert lost
    assert not Answer.objects.filter(review=bench).exists()
    # when the page is loaded again, still without it, nothing is gone
    page.reload()
    expect(page.locator("#q1 [data-given]")).to_contain_text("Yes")
    # and when it is back, the answer goes by itself
    page.unroute("**/answers/")
    saved(page)
    assert Answer.objects.get(review=bench).value == "yes"
    page.reload()
    assert page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('callward.review'))") == []


def test_an_ended_session_loses_nothing(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("1")
    expect(page.locator("[data-saved]")).to_contain_text("Your session ended")
    expect(page.locator("[data-saved]").get_by_role("link", name="Sign in")).to_be_visible()
    # when somebody signs in again beside it
    page.context.add_cookies(cookies)
    saved(page)
    assert Answer.objects.get(review=bench).value == "yes"


def test_another_window_does_not_undo_a_newer_answer(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    first = bench.questions[0]["key"]
    save_answer(
        review=bench, question=first, value="unknown", comment="", moment_seconds=None, revision=1, actor=reviewer
    )
    page.keyboard.press("1")
    expect(page.locator("[data-saved]")).to_contain_text("another window")
    expect(page.locator("#q1 [data-given]")).to_contain_text("Cannot tell")
    assert Answer.objects.get(review=bench, question=first).value == "unknown"


def test_keys_are_switched_off_and_changed_and_stay_so(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    # when yes moves to the g key
    dialog.get_by_role("button", name="Change the key that answers yes").click()
    page.keyboard.press("g")
    expect(dialog.locator("[data-kbd=yes]")).to_have_text("G")
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("1")
    page.keyboard.press("g")
    saved(page)
    assert Answer.objects.get(review=bench).value == "yes"
    # when single keys are switched off
    page.keyboard.press("?")
    page.get_by_label("Single keys act").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("n")
    page.keyboard.press("l")
    expect(page.locator("[data-now]")).to_have_text("0:00")
    assert Answer.objects.filter(review=bench).count() == 1


def test_everything_is_done_by_mouse_too(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    page.get_by_role("button", name="Forward").click()
    row = page.locator("#q1")
    row.get_by_role("radio", name="No", exact=True).check()
    row.get_by_label("Comment").fill("Only after the offer.")
    row.get_by_label("Comment").blur()
    saved(page)
    page.locator("#q2").get_by_role("radio", name="Yes", exact=True).check()
    expect(page.locator("#q2 [data-given]")).to_contain_text("Yes")
    page.get_by_role("button", name="Mark this moment").click()
    expect(page.locator(".toast")).to_contain_text("Marked 0:05")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Mark removed")
    assert not bench.marks.exists()
    assert Answer.objects.get(review=bench, question=bench.questions[0]["key"]).moment_seconds == 5.0


def test_other_kinds_are_answered_by_mouse_and_left_open_again(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    scale, choice = page.locator("[data-question=clarity]"), page.locator("[data-question=wanted]")
    scale.get_by_role("radio", name="2", exact=True).check()
    expect(scale.locator("[data-given]")).to_contain_text("2 of 5")
    choice.locator("legend").click()
    choice.get_by_role("radio", name="To complain").check()
    saved(page)
    choice.get_by_role("radio", name="Leave open").check()
    expect(choice).not_to_have_class(re.compile("is-answered"))
    page.locator("[data-question=hold_seconds] legend").click()
    page.get_by_label("A number, in seconds").fill("soon")
    page.get_by_label("A number, in seconds").blur()
    expect(page.locator("[data-saved]")).to_contain_text("Write a number")
    page.reload()
    expect(scale.locator("[data-given]")).to_contain_text("2 of 5")
    assert dict(bench.answers.values_list("question", "value")) == {"clarity": "2", "wanted": ""}


def test_an_answer_that_was_not_taken_keeps_the_review_open(as_user, bench, reviewer):
    answered(bench, reviewer)
    page = opened(as_user, reviewer, bench)
    page.locator("[data-question=hold_seconds] legend").click()
    page.get_by_label("A number, in seconds").fill("soon")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-saved]")).to_contain_text("Not submitted")
    expect(page.locator("[data-question=hold_seconds] fieldset")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog", name=re.compile("You heard"))).to_be_visible()


def test_a_skipped_call_gives_way_to_the_next(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Skip this call").get_by_label("A language I do not speak").check()
    page.get_by_role("button", name="Skip the call").click()
    expect(page.locator(".toast")).to_contain_text("Skipped")
    bench.assignment.refresh_from_db()
    assert (bench.assignment.state, bench.assignment.replaced_reason) == ("replaced", "language")


def test_the_score_shows_its_arithmetic_as_it_grows(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    weights = [question["weight"] for question in bench.questions if question["required"]]
    page.keyboard.press("1")
    page.keyboard.press("1")
    expect(page.locator("[data-score]")).to_contain_text(
        f"{weights[0]} + {weights[1]} = {weights[0] + weights[1]} of {sum(weights)}"
    )


def test_an_older_score_that_comes_late_is_not_shown(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench)
    held: list = []

    def hold_back(route) -> None:
        answer = route.fetch()
        if held:
            route.fulfill(response=answer)
        else:
            held.append((route, answer))

    page.route("**/answers/", hold_back)
    page.keyboard.press("1")
    page.keyboard.press("1")
    expect(page.locator("[data-score]")).to_contain_text("10 + 10 = 20 of")
    (route, answer), *_ = held
    route.fulfill(response=answer)
    saved(page)
    expect(page.locator("[data-score]")).to_contain_text("10 + 10 = 20 of")


def test_the_agent_and_the_customer_stay_hidden(client, bench, reviewer):
    client.force_login(reviewer)
    text = client.get(address(bench)).content.decode()
    for hidden in (CUSTOMER, "555-0142", "5550142", "Priya", "a-17"):
        assert hidden not in text
    assert "Texas and Florida" in text
    assert "Agent hidden" in text
    assert "style=" not in text


def test_earlier_findings_of_the_agent_are_shown_without_the_agent(client, line, bench, reviewer):
    client.force_login(reviewer)
    assert "earlier finding" not in client.get(address(bench)).content.decode()
    answered(bench, reviewer)
    critical = critical_of(bench)["key"]
    save_answer(
        review=bench,
        question=critical,
        value="no",
        comment="Said after the offer.",
        moment_seconds=3.0,
        revision=2,
        actor=reviewer,
    )
    client.post(reverse("audits:submit", args=[bench.assignment_id]), {"autosaved": "1"})
    following = Review.objects.get(assignment__position=2)
    text = client.get(address(following)).content.decode()
    assert "1 earlier finding for this agent" in text
    assert "Said after the offer." in text


def test_nobody_else_opens_or_answers_a_review(client, bench, officer, supervisor, stranger):
    from tests.factories import UserFactory

    other = UserFactory(username="other-reviewer")
    other.lines.set(bench.assignment.line_of_business.people.values_list("lines", flat=True)[:1])
    body = json.dumps({"question": bench.questions[0]["key"], "value": "no", "revision": 1})
    for user in (other, officer, supervisor, stranger):
        client.force_login(user)
        assert client.get(address(bench)).status_code == 404
        for name in ("answer", "mark", "submit", "undo", "skip"):
            place = reverse(f"audits:{name}", args=[bench.assignment_id])
            assert client.post(place, body, content_type="application/json").status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"question": "none", "value": "yes", "revision": 1}', '{"revision": "x"}'],
)
def test_an_answer_that_cannot_be_read_is_refused_in_words(client, bench, reviewer, body):
    client.force_login(reviewer)
    place = reverse("audits:answer", args=[bench.assignment_id])
    answer = client.post(place, body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_review_is_done_without_javascript(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench, java_script_enabled=False)
    # when only one question is answered
    page.locator("#q1").get_by_role("radio", name="Yes", exact=True).check()
    page.get_by_role("button", name="Submit, next call").click()
    # then what is missing is said, and the answer is there
    expect(page.get_by_role("alert").first).to_contain_text("missing")
    assert Answer.objects.get(review=bench).value == "yes"
    # when the rest is answered, one of it a no with its moment
    for number, question in enumerate(bench.questions, 1):
        if question["kind"] == "yes_no":
            page.locator(f"#q{number}").get_by_role("radio", name="Yes", exact=True).check()
    # and one of each other kind
    page.get_by_role("radio", name="To complain").check()
    page.get_by_role("radio", name="clear throughout").check()
    page.get_by_label("A number, in seconds").fill("12.5")
    page.locator("#q1").get_by_role("radio", name="No", exact=True).check()
    page.locator("#c1").fill("Said too late.")
    page.get_by_label("Moment of question 1, in minutes and seconds").fill("0:13")
    page.get_by_role("button", name="Submit, next call").click()
    expect(page.locator(".toast")).to_contain_text("Submitted")
    assert Answer.objects.get(review=bench, question=bench.questions[0]["key"]).moment_seconds == 13.0
    others = dict(bench.answers.exclude(kind="yes_no").values_list("question", "value"))
    assert others == {"clarity": "5", "wanted": "complain", "hold_seconds": "12.5"}
    # and undone by its button
    page.get_by_role("button", name="Undo").click()
    bench.refresh_from_db()
    assert bench.submitted_at is None


def test_the_end_of_the_queue_is_the_queue(client, bench, reviewer):
    Assignment.objects.filter(position=2).update(state="submitted")
    answered(bench, reviewer)
    client.force_login(reviewer)
    answer = client.post(reverse("audits:submit", args=[bench.assignment_id]), {"autosaved": "1"})
    assert answer["Location"] == reverse("audits:queue")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_workbench_is_open_to_everybody(as_user, axe, bench, reviewer, theme, width):
    page = opened(as_user, reviewer, bench, theme=theme, width=width)
    expect(page.locator(".questions")).to_have_class(re.compile("is-live"))
    assert axe(page) == []
    page.locator("#q1").get_by_role("radio", name="No", exact=True).check()
    saved_or_asked = page.locator("[data-saved]")
    expect(saved_or_asked).to_contain_text("Saved")
    page.get_by_role("button", name="Keys").click()
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_all_that_is_needed_to_answer_is_on_one_screen(as_user, bench, reviewer):
    page = opened(as_user, reviewer, bench, width=1280, height=800)
    page.keyboard.press("ArrowDown")
    for place in (".player", "#q2", "[data-submit]"):
        box = page.locator(place).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 800


def test_without_a_session_there_is_only_the_sign_in(db, bench):
    answer = Client().get(address(bench))
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]
