"""The list of calls: found, filtered, paged; a number is never in an address."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recordings.models import AudioProfile
from recordings.services.holds import place_hold
from tests.factories import RecordingFactory
from tests.pages.calls import CUSTOMER, NUMBER, awaiting, delivered


@pytest.fixture
def signed_in():
    """`signed_in(user)` is a client without a browser, for what needs none."""

    def client(user) -> Client:
        made = Client()
        made.force_login(user)
        return made

    return client


def test_a_number_is_found_and_is_in_no_address(as_user, line, officer):
    # given two calls with other numbers
    delivered(line, external_id="hers")
    delivered(line, external_id="other", number="+15125550199")
    page = as_user(officer)
    page.goto(reverse("recordings:list"))
    visited: list[str] = []
    page.on("request", lambda request: visited.append(request.url))
    # when the number is typed as people write it
    page.get_by_label("Number, id or agent", exact=True).fill("+1 (813) 555-0142")
    page.get_by_role("button", name="Filter").click()
    # then the one call stands there, and no address named the number
    page.get_by_role("link", name="Remove the filter: a number").wait_for()
    assert page.get_by_role("row").count() == 2
    assert page.get_by_role("link", name="+1 813-555-0142").is_visible()
    assert not [url for url in visited if "5550142" in url or "555-0142" in url]
    assert "5550142" not in page.url


def test_the_slash_key_leads_to_the_search_of_every_page(as_user, line, officer):
    recording = delivered(line)
    page = as_user(officer)
    page.goto(reverse("recordings:list"))
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('[data-find]')")
    page.keyboard.type(str(recording.pk))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('recordings:detail', args=[recording.pk])}")


@pytest.mark.parametrize("text", [NUMBER, CUSTOMER, "a-17", "A-17"])
def test_number_name_and_agent_find_the_call(db, signed_in, line, officer, text):
    recording = delivered(line)
    delivered(line, external_id="other", number="+15125550199", agent_id="a-4", consent=())
    answer = signed_in(officer).post(reverse("recordings:find"), {"q": text}, follow=True)
    assert recording.pk in [row.recording.pk for row in answer.context["rows"]]
    assert "5550142" not in answer.redirect_chain[0][0]


def test_an_id_of_the_source_leads_straight_to_its_call(db, signed_in, line, officer):
    recording = delivered(line, external_id="1705335660.4182")
    answer = signed_in(officer).post(reverse("recordings:find"), {"q": "1705335660.4182"})
    assert answer["Location"] == reverse("recordings:detail", args=[recording.pk])


def test_a_stranger_finds_nothing_of_another_line(db, signed_in, line, stranger):
    recording = delivered(line)
    client = signed_in(stranger)
    for text in (NUMBER, "a-17", recording.external_id):
        assert client.post(reverse("recordings:find"), {"q": text}, follow=True).context["rows"] == []
    assert client.get(reverse("recordings:list")).context["rows"] == []


def test_each_filter_leaves_what_it_says(db, signed_in, line, other_line, officer):
    officer.lines.add(other_line)
    now = timezone.now()
    fresh = RecordingFactory(line_of_business=line, direction="outbound", agent_id="a-1")
    old = RecordingFactory(line_of_business=other_line, started_at=now - timedelta(days=40), agent_id="a-2")
    listed = RecordingFactory(line_of_business=line, listed=True, agent_id="a-3")
    waits = awaiting(line)
    client = signed_in(officer)

    def found(**asked: str) -> set:
        return {row.recording.pk for row in client.get(reverse("recordings:list"), asked).context["rows"]}

    assert found() == {fresh.pk, old.pk, listed.pk, waits.pk}
    assert found(line=other_line.code) == {old.pk}
    assert found(direction="outbound") == {fresh.pk}
    assert found(agent="a-2") == {old.pk}
    assert found(state="listed") == {listed.pk}
    assert found(state="awaiting_audio") == {waits.pk}
    assert found(since=(now - timedelta(days=3)).date().isoformat()) == {fresh.pk, waits.pk}
    assert found(to=(now - timedelta(days=30)).date().isoformat()) == {old.pk, listed.pk}
    assert found(state="listed", agent="a-2") == set()
    assert found(line="no-such-line", caller="nonsense") == {fresh.pk, old.pk, listed.pk, waits.pk}


def test_a_mark_of_the_audio_is_a_filter_that_a_hold_cannot_follow(db, signed_in, line, officer):
    whole, damaged = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=line)
    for recording, marks in ((whole, []), (damaged, ["damaged", "one_sided"])):
        AudioProfile.objects.create(recording=recording, marks=marks)
    answer = signed_in(officer).get(reverse("recordings:list"), {"mark": "one_sided"})
    assert [row.recording.pk for row in answer.context["rows"]] == [damaged.pk]
    page = answer.content.decode()
    assert "Remove the filter: audio one side only" in page
    assert "damaged, one side only" in page
    assert "Hold all that match" not in page


def test_older_pages_hold_the_rest_once_each(db, signed_in, line, officer):
    rows = {RecordingFactory(line_of_business=line, state="awaiting_audio").pk for _ in range(45)}
    client, address, seen = signed_in(officer), reverse("recordings:list"), []
    while address:
        answer = client.get(address)
        seen += [row.recording.pk for row in answer.context["rows"]]
        address = reverse("recordings:list") + answer.context["older_url"] if answer.context["older_url"] else ""
    assert len(seen) == len(set(seen)) == 45
    assert set(seen) == rows


def test_forty_rows_cost_no_more_queries_than_two(db, signed_in, line, officer, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(2):
        RecordingFactory(line_of_business=line)
    client = signed_in(officer)
    client.get(reverse("recordings:list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("recordings:list"))
    for _ in range(20):
        RecordingFactory(line_of_business=line)
    with django_assert_num_queries(len(few)):
        client.get(reverse("recordings:list"))


def test_a_reviewer_sees_only_the_calls_that_were_given_and_no_number(db, signed_in, line, reviewer):
    from accounts.services import give_call

    given = delivered(line, external_id="given")
    delivered(line, external_id="not-given")
    give_call(user=reviewer, recording_id=given.pk)
    answer = signed_in(reviewer).get(reverse("recordings:list"))
    assert [row.recording.pk for row in answer.context["rows"]] == [given.pk]
    assert NUMBER not in answer.content.decode()
    assert "Customer in Florida" in answer.content.decode()


def test_who_reviews_blind_reads_neither_the_agent_nor_the_matter(db, signed_in, line, reviewer, officer):
    from accounts.services import give_call

    call = delivered(line, agent_id="a-17")
    place_hold(matter="Ortega, complaint", reason="Counsel asked.", recording_ids=[call.pk], actor=officer)
    give_call(user=reviewer, recording_id=call.pk)
    shown = signed_in(reviewer).get(reverse("recordings:list")).content.decode()
    assert "agent hidden" in shown
    assert "On hold" in shown
    assert not [word for word in ("a-17", "Priya Raman", "Ortega") if word in shown]
    assert "Priya Raman" in signed_in(officer).get(reverse("recordings:list")).content.decode()


def test_an_empty_list_says_why_it_is_empty(db, signed_in, line, officer, reviewer):
    client = signed_in(officer)
    assert b"No recordings yet" in client.get(reverse("recordings:list")).content
    delivered(line)
    assert b"No call matches" in client.get(reverse("recordings:list"), {"agent": "nobody"}).content
    assert b"You were given no calls" in signed_in(reviewer).get(reverse("recordings:list")).content


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_list_is_open_to_everybody(as_user, axe, line, officer, theme, width):
    delivered(line)
    delivered(line, external_id="apart", consent=())
    awaiting(line)
    page = as_user(officer, theme=theme, width=width)
    page.goto(reverse("recordings:list"))
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
