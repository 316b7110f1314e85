"""The room's pages, as the server answers them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.models import Assignment, AuditPlan, Finding, FormVersion, Review, Sample
from audits.services.reviews import start_review, submit_review
from tests.factories import RecordingFactory, UserFactory


@pytest.fixture
def finding(review, answer, reviewer):
    answer(review, recording="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    return Finding.objects.get()


@pytest.fixture
def get(client):
    """`get(person, "audits:plan", plan.pk)`."""

    def got(person, route, *args, **query):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client.get(reverse(route, args=args), query)

    return got


@pytest.fixture
def post(client):
    def posted(person, route, *args, **content):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client.post(reverse(route, args=args), content)

    return posted


def test_a_reviewer_finds_the_queue_in_the_drawn_order(get, draw, calls, reviewer):
    sample = draw(calls, size=3)
    response = get(reviewer, "audits:queue")
    assert [str(row.assignment.recording_id) for row in response.context["rows"]] == sample.drawn
    assert "Start the next review" in response.text
    assert response.text.count("is-primary") == 1


def test_an_empty_queue_says_when_the_next_sample_is_drawn(get, plan, reviewer):
    AuditPlan.objects.update(next_draw_at=timezone.now() + timedelta(days=2))
    assert "The next sample is drawn" in get(reviewer, "audits:queue").text


def test_the_primary_button_leads_to_the_workbench(post, assignment, reviewer):
    response = post(reviewer, "audits:start", assignment.pk)
    assert response.url == reverse("audits:workbench", args=[assignment.pk])
    assert Assignment.objects.get().state == "in_review"


@pytest.mark.parametrize("route", ["audits:start", "audits:workbench"])
def test_somebody_elses_review_looks_like_none_at_all(get, post, assignment, second_reviewer, reviewer, route):
    ask = post if route == "audits:start" else get
    assert ask(reviewer, route, assignment.pk).status_code != 404  # there is something
    foreign, wrong = ask(second_reviewer, route, assignment.pk), ask(second_reviewer, route, uuid4())
    assert foreign.status_code == wrong.status_code == 404


def test_a_supervisor_sees_the_reviews_of_their_lines(get, draw, calls, supervisor, stranger):
    draw(calls, size=3)
    assert len(get(supervisor, "audits:queue").context["rows"]) == 3
    assert get(stranger, "audits:queue").context["rows"] == []


def test_overdue_reviews_can_be_asked_for(get, draw, calls, supervisor):
    draw(calls, size=3)
    first = Assignment.objects.first()
    Assignment.objects.filter(pk=first.pk).update(due_at=timezone.now() - timedelta(days=2))
    response = get(supervisor, "audits:queue", show="overdue")
    assert [row.assignment for row in response.context["rows"]] == [first]
    assert "2 days ago" in response.text


def test_a_supervisor_gives_a_review_to_somebody_else(post, assignment, supervisor, second_reviewer):
    post(supervisor, "audits:reassign", assignment.pk, reviewer=second_reviewer.pk)
    assert Assignment.objects.get().reviewer == second_reviewer


def test_an_officer_cannot_reassign(post, assignment, officer, second_reviewer):
    assert post(officer, "audits:reassign", assignment.pk, reviewer=second_reviewer.pk).status_code == 404


def test_a_plan_is_made_on_its_page(post, line, supervisor, reviewer):
    response = post(
        supervisor,
        "audits:new-plan",
        name="Outbound",
        lines=[line.pk],
        reviewers=[reviewer.pk],
        size=40,
        per="agent",
        period_days=7,
        due_working_days=3,
        direction="outbound",
        form=FormVersion.objects.get().form_id,
    )
    plan = AuditPlan.objects.get()
    assert response.url == reverse("audits:plan", args=[plan.pk])
    assert (plan.size, plan.per, plan.direction, plan.due_working_days) == (40, "agent", "outbound", 3)


def test_what_a_plan_lacks_is_said_beside_its_field(post, line, supervisor):
    response = post(supervisor, "audits:new-plan", name="", lines=[line.pk], size=0, period_days=7, due_working_days=3)
    assert response.status_code == 422
    assert {"name", "size", "reviewers"} <= set(response.context["form"].errors)
    assert not AuditPlan.objects.exists()


def test_a_plan_is_changed_on_its_page(get, post, plan, line, supervisor, reviewer):
    assert get(supervisor, "audits:edit-plan", plan.pk).context["form"].initial["name"] == plan.name
    values = {"name": "Renamed", "lines": [line.pk], "reviewers": [reviewer.pk], "size": 5, "period_days": 7}
    values["per"] = "draw"
    post(supervisor, "audits:edit-plan", plan.pk, due_working_days=5, form=plan.form_id, is_active="on", **values)
    plan.refresh_from_db()
    assert (plan.name, plan.size) == ("Renamed", 5)


def test_the_button_draws_the_sample(post, plan, calls, supervisor):
    response = post(supervisor, "audits:draw", plan.pk)
    sample = Sample.objects.get()
    assert response.url == reverse("audits:sample", args=[sample.pk])
    assert sample.assignments.count() == 3


def test_where_there_is_nothing_to_draw_the_page_says_so(client, post, plan, supervisor):
    response = post(supervisor, "audits:draw", plan.pk)
    assert "No call of this plan is stored" in client.get(response.url).text


def test_the_page_of_a_sample_shows_its_proof(get, draw, calls, supervisor):
    sample = draw(calls, size=2)
    text = get(supervisor, "audits:sample", sample.pk).text
    for shown in (sample.frame_digest, sample.seed, sample.algorithm, f"manage.py redraw {sample.pk}", "Same calls"):
        assert shown in text


def test_a_finding_is_closed_with_a_note(get, post, finding, supervisor):
    assert "Close with a note" in get(supervisor, "audits:finding", finding.pk).text
    assert post(supervisor, "audits:finding", finding.pk, note="").status_code == 422
    post(supervisor, "audits:finding", finding.pk, note="Spoken with the agent.")
    finding.refresh_from_db()
    assert (finding.state, finding.closed_by, finding.closing_note) == ("closed", supervisor, "Spoken with the agent.")
    assert "Spoken with the agent." in get(supervisor, "audits:finding", finding.pk).text


def test_findings_are_listed_by_state(get, finding, supervisor):
    assert len(get(supervisor, "audits:findings").context["findings"]) == 1
    assert get(supervisor, "audits:findings", show="closed").context["findings"] == []
    assert get(supervisor, "audits:findings", show="nonsense").status_code == 200


@pytest.mark.parametrize("route", ["audits:plan", "audits:sample", "audits:finding", "audits:edit-plan"])
def test_another_lines_person_gets_what_a_wrong_id_gets(get, plan, finding, supervisor, other_line, route):
    own = {
        "audits:plan": plan,
        "audits:edit-plan": plan,
        "audits:sample": Sample.objects.get(),
        "audits:finding": finding,
    }
    assert get(supervisor, route, own[route].pk).status_code == 200
    outsider = UserFactory(role="supervisor", lines=[other_line])
    assert get(outsider, route, own[route].pk).status_code == get(outsider, route, uuid4()).status_code == 404


@pytest.mark.parametrize("route", ["audits:plans", "audits:new-plan", "audits:findings", "audits:results"])
def test_a_reviewer_has_no_pages_but_their_own(get, reviewer, plan, route):
    assert get(reviewer, route).status_code == 404


def test_under_thirty_reviews_there_is_no_rate(get, finding, supervisor):
    text = get(supervisor, "audits:results").text
    assert "too few for a rate" in text
    assert "29 more and there is one" in text


def test_thirty_reviews_give_a_rate_with_its_interval(get, line, plan, draw, reviewer, supervisor):
    draw([RecordingFactory(line_of_business=line, audio=b"x") for _ in range(30)], size=30)
    for place, assignment in enumerate(Assignment.objects.all()):
        review = start_review(assignment=assignment, actor=reviewer)
        now = timezone.now()
        Review.objects.filter(pk=review.pk).update(submitted_at=now, final_at=now, score={}, said_all=place > 0)
    response = get(supervisor, "audits:results")
    assert "96.7\N{NO-BREAK SPACE}% of calls" in response.text
    assert "between 83.3 and 99.4" in response.text
    assert "style=" not in response.text


def test_the_form_is_there_to_read_with_its_weights(get, reviewer):
    assert "Standard form" in get(reviewer, "audits:forms").text
    text = get(reviewer, "audits:form", FormVersion.objects.get().pk).text
    assert "Says that the call is recorded" in text
    assert "critical, fails the form" in text


@pytest.mark.parametrize("who", ["supervisor", "reviewer"])
@pytest.mark.parametrize("route", ["audits:queue", "audits:plans", "audits:findings", "audits:results"])
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(
    get, draw, calls, request, reviewer, answer, who, route
):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            get(person, route)
        return len(asked)

    person = request.getfixturevalue(who)
    # given two calls, one of which failed
    failed(draw(calls[:2], size=2), reviewer, answer)
    get(person, route)  # whatever is remembered for the navigation is remembered now
    few = queries()
    # when there are six more, and another finding
    failed(draw(calls, size=6, at=timezone.now() + timedelta(days=7)), reviewer, answer)
    assert queries() <= few


def failed(sample, reviewer, answer):
    review = start_review(assignment=sample.assignments.order_by("position").first(), actor=reviewer)
    answer(review, recording="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
