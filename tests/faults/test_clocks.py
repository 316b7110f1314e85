"""Clocks that are wrong on the machine of the worker alone, and a keyset that is away: nothing is destroyed meanwhile.

The seam is the clock that every program asks. The database has its own, which nobody moves here.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

import trail.services as trail
from recordings import keys, keyset_file
from recordings.domain.errors import DispositionStopped, KeysUnavailable
from recordings.models import (
    Certificate,
    LedgerHead,
    ObjectRemoval,
    Recording,
    RecordingKey,
    RefusedCall,
    SeenRequest,
    SetAside,
)
from recordings.services import trust
from recordings.services.calls import record_event
from recordings.services.disposition import list_due, purge_batch
from recordings.services.disposition.early import approve_early_disposal, ask_early_disposal
from recordings.store import store
from recordings.tasks import carry_out_refusals, dispose_due, work_person_requests
from tests.deliveries import delivered, metadata
from tests.factories import RecordingFactory
from tests.faults.house import CLIP
from tests.unit.recordings_retention.stage import AT_MOST_A_YEAR, kept
from trail.domain.actors import CALLWARD
from trail.invariants import reconcile
from trail.models import Event

pytestmark = pytest.mark.django_db

YEAR, HOUR = timedelta(days=365), timedelta(hours=1)
DESTROYING = (dispose_due, carry_out_refusals, work_person_requests)  # tasks that end recordings


@pytest.fixture
def doomed(file_store, line, supervisor, officer):
    """One that was listed and is due within the year, one that may go early, one on which somebody refused."""
    listed = RecordingFactory(line_of_business=line, delete_by=timezone.now() + timedelta(days=30))
    list_due(at=listed.delete_by)
    early = RecordingFactory(line_of_business=line)
    disposal = ask_early_disposal(recording_ids=[early.pk], reason="They withdrew their consent.", actor=supervisor)
    approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=officer)
    refused = kept(line, AT_MOST_A_YEAR, on_refusal="delete")
    record_event(recording=refused, kind="consent_refused", offset_seconds=8, method="spoken", actor=CALLWARD)
    return listed, early, refused


def _all_is_there(doomed) -> bool:
    rows = Recording.objects.filter(pk__in=[call.pk for call in doomed])
    objects = [store().head(call.object_key) is not None for call in doomed]
    carried_out = RefusedCall.objects.filter(state="destroyed").exists()
    proofs = Certificate.objects.exists() or ObjectRemoval.objects.exists() or carried_out
    return rows.count() == RecordingKey.objects.count() == 3 and all(objects) and not proofs


@pytest.mark.parametrize("leap", [YEAR, timedelta(minutes=2), -timedelta(minutes=2), -YEAR], ids=str)
def test_a_worker_whose_clock_is_wrong_destroys_nothing_by_any_way(doomed, time_machine, leap):
    assert trust.mistrust() == []
    now = timezone.now()
    time_machine.move_to(now + leap)
    assert any("clocks of this machine and of the database differ" in reason for reason in trust.mistrust())
    for task in DESTROYING:
        task()
    with pytest.raises(DispositionStopped, match="differ"):
        purge_batch(at=now + YEAR)
    assert _all_is_there(doomed)
    assert "cannot_be_trusted" in {problem.kind for problem in reconcile(at=now)}
    # set right, and told so by the next event, what is due goes, and nothing else
    time_machine.move_to(now)
    trail.append("keys.backed_up", actor=CALLWARD, subject=LedgerHead(pk=LedgerHead.THE_ONE), keys=3, removed=0)
    assert trust.mistrust() == []
    for task in DESTROYING:
        task()
    assert set(Recording.objects.all()) == {doomed[0]}


@pytest.mark.parametrize("seconds", [55, -55])
def test_a_clock_that_is_a_little_wrong_stops_nothing(file_store, time_machine, seconds):
    """So that the test above shows the check itself, and no check that stops everything."""
    call = RecordingFactory(expired=True)
    time_machine.move_to(timezone.now() + timedelta(seconds=seconds))
    dispose_due()
    assert not Recording.objects.filter(pk=call.pk).exists()


def test_the_check_of_the_clock_is_what_stops_it(doomed, time_machine, monkeypatch):
    """Without it the listed one is destroyed a year early: the tests above would notice."""
    time_machine.move_to(timezone.now() + YEAR)
    monkeypatch.setattr(trust, "_clock", list)
    dispose_due()
    assert not Recording.objects.filter(pk=doomed[0].pk).exists()


def test_a_clock_that_went_back_an_hour_keeps_order_dates_and_repetitions(
    file_store, time_machine, client, bearer, line
):
    token, call = bearer(), metadata()
    first = delivered(client, token, call, CLIP, **{"Idempotency-Key": "the-same"})
    assert first.status_code == 201
    now = timezone.now()
    time_machine.move_to(now - HOUR)
    # the repetition is known for what it is, and what comes now has whole dates
    again = delivered(client, token, call, CLIP, **{"Idempotency-Key": "the-same"})
    assert again.status_code in {200, 201}
    assert again.json()["id"] == first.json()["id"]
    assert SeenRequest.objects.count() == 1
    other = delivered(client, token, metadata(), CLIP)
    assert other.status_code == 201
    for recording in Recording.objects.all():
        assert recording.ended_at <= recording.keep_until <= recording.delete_by > recording.ended_at
    # the trail is in the order of its numbers, which no clock moves, and its chain holds
    events = list(Event.objects.order_by("sequence"))
    assert [event.sequence for event in events] == sorted({event.sequence for event in events})
    assert events[-1].occurred_at < events[0].occurred_at + HOUR
    assert "event_changed" not in {problem.kind for problem in reconcile(at=now)}
    # and as the database knows better, nothing is destroyed
    assert any("differ" in reason for reason in trust.mistrust())


# --- the keyset


def test_without_its_keyset_a_start_is_not_ready_and_takes_plays_and_destroys_nothing(
    doomed, monkeypatch, tmp_path, bearer, line, officer
):
    token = bearer(lines=[line])
    due = RecordingFactory(expired=True, line_of_business=line)
    page = Client(raise_request_exception=False)
    page.force_login(officer)
    there = Recording.objects.count()
    lost = tmp_path / "away" / "keyset.json"
    monkeypatch.setattr(keyset_file, "path", lambda: lost)
    keys.forget_keyset()
    try:
        assert any("Put the file back" in reason for reason in trust.mistrust())
        ready = page.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["keys"]["ok"]) == (503, False)
        assert delivered(page, token, metadata(), CLIP).status_code == 503
        assert page.get(f"/recordings/{due.pk}/audio?purpose=quality_assurance").status_code == 503
        with pytest.raises(KeysUnavailable):
            keys.open_key(due.pk, due.key.wrapped)
        for task in DESTROYING:
            task()
        with pytest.raises(DispositionStopped, match="Put the file back"):
            purge_batch(at=timezone.now())
        assert (Recording.objects.count(), Certificate.objects.count()) == (there, 0)
        assert not lost.exists(), "a new keyset was made in the place of the lost one"
    finally:
        monkeypatch.undo()
        keys.forget_keyset()
    # put back, all goes on
    assert trust.mistrust() == []
    assert purge_batch(at=timezone.now()) == 1
    assert not SetAside.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recordings_certificate")
        assert cursor.fetchone()[0] == 1
