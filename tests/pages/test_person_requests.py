"""Requests of people as pages: from what came in to the letter, for whom, and what stays hidden."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recordings.models import PersonRequest, PersonRequestItem
from recordings.services.answer_letters import LANGUAGES, letter
from recordings.services.erasing import erase_due
from recordings.services.person_copies import make_due
from recordings.services.person_requests import requester_of
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, NAME = "+1 312 555 0142", "Marion Okafor-Lindqvist"


@pytest.fixture(autouse=True)
def _own_store(file_store):
    """No object of another test."""


@pytest.fixture
def as_officer(client, officer):
    client.force_login(officer)
    return client


def _opened(client, kind="erasure", language="en"):
    given = {
        "kind": kind,
        "received_on": timezone.localdate().isoformat(),
        "place": "US-CA",
        "number": NUMBER,
        "name": NAME,
        "address": "12 Quay Street",
        "language": language,
    }
    answer = client.post(reverse("recordings:person-request-new"), given)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return PersonRequest.objects.latest("opened_at")


def _step(client, request, step, **given):
    return client.post(reverse("recordings:person-request", args=[request.pk]), {"step": step} | given)


def _page(client, request):
    answer = client.get(reverse("recordings:person-request", args=[request.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def _looked_through(client, kind="erasure", language="en"):
    request = _opened(client, kind, language)
    assert _step(client, request, "identity", how="document").status_code == 302
    choices = {f"choice-{pk}": "theirs" for pk in request.items.values_list("pk", flat=True)}
    assert _step(client, request, "choose", **choices).status_code == 302
    return request


def _old(line, **about):
    return RecordingFactory(line_of_business=line, started_at=timezone.now() - timedelta(days=60), **about)


def test_an_erasure_goes_from_what_came_in_to_its_letter(as_officer, second_officer, line):
    _old(line), _old(line, held="Smith v. Acme"), RecordingFactory(line_of_business=line)
    request = _looked_through(as_officer)
    assert "Ask to erase 3 calls" in _page(as_officer, request)
    _step(as_officer, request, "ask")
    assert "You asked for it" in _page(as_officer, request)
    as_officer.force_login(second_officer)
    assert "Erase 3 calls" in _page(as_officer, request)
    _step(as_officer, request, "approve")
    while erase_due(timezone.now()):
        pass
    assert "Kept: legal hold" in _page(as_officer, request)
    text = as_officer.get(reverse("recordings:person-letter", args=[request.pk])).content.decode()
    assert NAME in text
    assert "Smith v. Acme" not in text
    _step(as_officer, request, "answer")
    assert "Answered" in _page(as_officer, request)


def test_a_copy_is_fetched_once_by_a_form(as_officer, line):
    _old(line)
    request = _looked_through(as_officer, "access")
    _step(as_officer, request, "copy")
    make_due(timezone.now())
    assert "Fetch the copy" in _page(as_officer, request)
    url = reverse("recordings:person-copy-file", args=[request.pk])
    fetched = as_officer.post(url)
    assert b"".join(fetched.streaming_content).startswith(b"PK")
    assert as_officer.post(url).status_code == 409
    assert as_officer.get(url).status_code == 404
    assert "Make it again" in _page(as_officer, request)


def test_a_supervisor_reads_and_finds_no_name_and_no_step(client, officer, supervisor, line):
    client.force_login(officer)
    _old(line)
    request = _opened(client)
    client.force_login(supervisor)
    page = _page(client, request)
    assert NAME not in page
    assert 'name="step"' not in page
    assert _step(client, request, "identity", how="document").status_code == 404
    assert client.get(reverse("recordings:person-letter", args=[request.pk])).status_code == 404


def test_a_stranger_and_a_reviewer_find_nothing(client, officer, stranger, reviewer, line):
    client.force_login(officer)
    request = _opened(client)
    for somebody in (stranger, reviewer):
        client.force_login(somebody)
        assert client.get(reverse("recordings:person-request", args=[request.pk])).status_code == 404


def test_what_is_missing_is_said_beside_its_field(as_officer, line):
    answer = as_officer.post(reverse("recordings:person-request-new"), {"kind": "access", "place": "DE"})
    assert answer.status_code == 422
    assert "Write a number or a name" in answer.content.decode()
    request = _opened(as_officer)
    assert _step(as_officer, request, "refuse", reason="no").status_code == 422
    assert _step(as_officer, request, "nonsense").status_code == 409
    assert _step(as_officer, request, "ask").status_code == 409


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_each_language_says_what_went_what_stays_why_and_until_when(as_officer, line, language):
    calls = [_old(line) for _ in range(5)]
    request = _looked_through(as_officer, language=language)
    outcomes = ("destroyed", "held", "minimum", "open", "conflict")
    for item, outcome in zip(request.items.order_by("pk"), outcomes, strict=True):
        until = timezone.now() + timedelta(days=400) if outcome == "minimum" else None
        rule = "US-TSR-keep, 16 CFR 310.5" if outcome == "minimum" else ""
        PersonRequestItem.objects.filter(pk=item.pk).update(outcome=outcome, kept_until=until, rule=rule)
    text = letter(request, requester_of(request), list(request.items.all()))
    year = str((timezone.now() + timedelta(days=400)).year)
    assert text.count("\n- ") == len(calls)
    assert year in text
    assert "16 CFR 310.5" in text
    assert NAME in text
    assert "{" not in text


def test_a_refusal_has_its_letter(as_officer):
    request = _opened(as_officer, "access", "de")
    _step(as_officer, request, "refuse", reason="Wir haben keine Gespräche gefunden.")
    text = as_officer.get(reverse("recordings:person-letter", args=[request.pk])).content.decode()
    assert "keine Gespräche gefunden" in text


def test_today_names_who_waits_past_the_date_and_who_waits_soon(as_officer):
    request = _opened(as_officer)
    today = timezone.localdate()
    PersonRequest.objects.filter(pk=request.pk).update(due_on=today + timedelta(days=3))
    assert "1 person is to be answered by" in as_officer.get("/").content.decode()
    PersonRequest.objects.filter(pk=request.pk).update(due_on=today - timedelta(days=1))
    page = as_officer.get("/").content.decode()
    assert "1 person waits past the date for an answer" in page
    assert "1 day late" in as_officer.get(reverse("recordings:person-requests")).content.decode()
