"""Holds as pages: placed on people and on what the list found, and what a release shows."""

import pytest
from django.urls import reverse

from recordings import keys
from recordings.models import HoldCriterion, LegalHold, Recording
from recordings.services.holds import place_hold
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db
SENT = {"matter": "Doyle v. Harbor", "reason": "Letter of 3 November.", "later_calls": "on"}


@pytest.fixture
def as_officer(client, officer):
    client.force_login(officer)
    return client


def test_what_the_list_was_filtered_by_is_held_with_all_that_comes_later(as_officer, line):
    RecordingFactory(line_of_business=line, agent_id="a-9")
    RecordingFactory(line_of_business=line)
    listed = as_officer.get(reverse("recordings:list"), {"agent": "a-9", "state": "stored"}).content.decode()
    assert "Hold all that match" in listed
    page = as_officer.get(reverse("recordings:holds"), {"agent": "a-9", "state": "stored"}).content.decode()
    assert "of agent a-9" in page
    assert "1 now, all of them held by this form" in page
    assert "that you filtered by is left out" in page
    as_officer.post(reverse("recordings:holds"), SENT | {"of-agent": "a-9"})
    RecordingFactory(line_of_business=line, agent_id="a-9")
    assert sorted(Recording.objects.values_list("hold_count", flat=True)) == [0, 1, 1]


def test_the_digest_of_a_number_comes_along_from_the_search(as_officer, line):
    RecordingFactory(line_of_business=line, number="+13125550199")
    digest = keys.number_index("+13125550199").hex()
    as_officer.post(reverse("recordings:holds"), SENT | {"of-caller": digest})
    assert HoldCriterion.objects.get().kind == "number"
    assert LegalHold.objects.get().members.count() == 1


def test_people_are_named_by_agent_number_and_name_and_the_page_says_whom_without_a_number(as_officer, line):
    RecordingFactory(line_of_business=line, agent_id="a-9")
    people = {"agents": "a-9\na-10", "number": "+1 312-555-0199", "person": "Marion Okafor", "reference": "CV-118"}
    page = as_officer.post(reverse("recordings:holds"), SENT | people, follow=True).content.decode()
    assert "Calls of agent a-9" in page
    assert "Calls with one telephone number" in page
    assert "CV-118" in page
    assert "0199" not in page
    assert "Okafor" not in page
    assert HoldCriterion.objects.filter(is_custodian=True, follows=True).count() == 4


def test_without_later_calls_the_hold_says_so(as_officer, line):
    sent = SENT | {"agents": "a-9"}
    del sent["later_calls"]
    page = as_officer.post(reverse("recordings:holds"), sent, follow=True).content.decode()
    assert "do not join" in page


def test_the_release_shows_each_call_and_when_it_goes(client, officer, second_officer, line):
    calls = RecordingFactory.create_batch(2, line_of_business=line)
    hold = place_hold(matter="A", reason="b", recording_ids=[call.pk for call in calls], actor=officer)
    place_hold(matter="Other matter", reason="b", recording_ids=[calls[0].pk], actor=officer)
    client.force_login(second_officer)
    page = client.get(reverse("recordings:hold-release", args=[hold.pk])).content.decode()
    assert "1 recording goes back to its schedule, 1 stays under another hold" in page
    assert "Other matter" in page
    file = client.get(reverse("recordings:hold-release-file", args=[hold.pk]))
    assert len(file.getvalue().splitlines()) == 3


def test_who_placed_it_reads_why_they_do_not_release_it(as_officer, officer, line):
    hold = place_hold(matter="A", reason="b", recording_ids=[RecordingFactory(line_of_business=line).pk], actor=officer)
    page = as_officer.get(reverse("recordings:hold-release", args=[hold.pk])).content.decode()
    assert "Ask another officer" in page
    assert "Release the hold" not in page
