"""Somebody refused to be recorded: what the decision said is done, and neither hold nor minimum is passed over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.domain import certificates
from recordings.domain.errors import DispositionStopped
from recordings.keys import verify
from recordings.models import Certificate, ObjectRemoval, Recording, RefusedCall
from recordings.services.calls import record_event
from recordings.services.certificates import document
from recordings.services.disposition.pause import pause_disposition, resume_disposition
from recordings.services.holds import place_hold, release_hold
from recordings.services.quarantine import release_from_quarantine
from recordings.services.removals import object_removals
from recordings.services.retention.refusals import forget_reasons, settle_refusals
from recordings.store import store
from tests.unit.recordings_retention.stage import AT_MOST_A_YEAR, KEEP_AFTER_CONTRACT, KEEP_NINETY, kept
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(file_store):
    """No object of another test."""


def refused_on(line, follow, *limits, detail="", **values):
    recording = kept(line, *(limits or (AT_MOST_A_YEAR,)), on_refusal=follow, **values)
    record_event(
        recording=recording,
        kind="consent_refused",
        offset_seconds=8.0,
        party="customer",
        method="spoken",
        detail=detail,
        actor=CALLWARD,
    )
    recording.refresh_from_db()
    return recording


def settled(at=None):
    while settle_refusals(at or timezone.now()):
        pass


def test_delete_destroys_it_at_once_with_a_certificate_that_says_why(line):
    recording = refused_on(line, "delete")
    settled()
    assert not Recording.objects.filter(pk=recording.pk).exists()
    certificate = Certificate.objects.select_related("batch").get(recording_id=recording.pk)
    assert certificate.content["refusal"]["follow"] == "delete"
    batch = certificate.batch
    assert certificates.verify(document(certificate, []), lambda m, s: verify(m, s, batch.key_id)) == []
    assert RefusedCall.objects.get(pk=recording.pk).state == "destroyed"
    assert ObjectRemoval.objects.filter(object_key=recording.object_key).exists()
    object_removals(at=timezone.now(), limit=10)
    assert store().head(recording.object_key) is None
    verbs = [event.verb for event in Event.objects.about(recording)]
    assert verbs.index("refusal.settled") < verbs.index("recording.disposed")


def test_keep_reason_only_leaves_a_reason_that_names_nobody_until_its_day(line):
    recording = refused_on(line, "keep_reason_only", detail="reason:billing")
    settled()
    call = RefusedCall.objects.get(pk=recording.pk)
    assert not Recording.objects.filter(pk=recording.pk).exists()
    assert (call.state, call.reason_key, call.direction) == ("destroyed", "reason:billing", "inbound")
    assert (call.called_on is not None, call.forget_at) == (True, recording.delete_by)
    assert forget_reasons(timezone.now()) == 0
    assert forget_reasons(recording.delete_by) == 1
    call.refresh_from_db()
    assert (call.called_on, call.reason_key, call.purposes, call.forget_at) == (None, "", [], None)


@pytest.mark.parametrize("follow", ["stop_recording", "end_call"])
def test_what_was_recorded_before_stays_apart_where_the_decision_does_not_delete(line, follow):
    recording = refused_on(line, follow)
    settled()
    recording.refresh_from_db()
    assert (recording.state, recording.restricted_at) == ("quarantined", None)
    assert RefusedCall.objects.get(pk=recording.pk).state == "stays"


def test_a_hold_keeps_it_restricted_and_its_release_lets_it_go(line, officer, second_officer):
    recording = kept(line, AT_MOST_A_YEAR, on_refusal="delete")
    hold = place_hold(matter="A", reason="Asked for.", recording_ids=[recording.pk], actor=officer)
    record_event(recording=recording, kind="consent_refused", offset_seconds=8.0, method="spoken", actor=CALLWARD)
    settled()
    recording.refresh_from_db()
    assert (recording.restriction, RefusedCall.objects.get().kept_by) == ("held", "held")
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    settled()
    assert not Recording.objects.filter(pk=recording.pk).exists()


def test_a_minimum_keeps_it_restricted_to_its_day(line):
    recording = refused_on(line, "delete", KEEP_NINETY, AT_MOST_A_YEAR)
    settled()
    call = RefusedCall.objects.get()
    assert (call.state, call.kept_by, call.kept_until) == ("kept", "minimum", recording.keep_until)
    recording.refresh_from_db()
    assert recording.restriction == "minimum"
    settled(recording.keep_until - timedelta(seconds=1))
    assert Recording.objects.filter(pk=recording.pk).exists()
    settled(recording.keep_until)
    assert not Recording.objects.filter(pk=recording.pk).exists()
    assert Certificate.objects.get(recording_id=recording.pk).destroyed_at == recording.keep_until


def test_a_minimum_without_an_end_yet_keeps_it_until_its_trigger_is_told(line):
    recording = refused_on(line, "delete", KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, days_ago=200)
    settled()
    recording.refresh_from_db()
    assert (recording.restriction, RefusedCall.objects.get().kept_by) == ("open", "open")


def test_a_refusal_that_was_taken_back_frees_what_a_duty_kept(line, officer):
    recording = refused_on(line, "delete", KEEP_NINETY, AT_MOST_A_YEAR)
    settled()
    release_from_quarantine(recording=recording, reason="They agreed a minute later.", actor=officer)
    settled()
    recording.refresh_from_db()
    assert (recording.restricted_at, recording.restriction) == (None, "")
    assert RefusedCall.objects.get().state == "withdrawn"


def test_nothing_goes_while_destruction_is_paused_or_cannot_be_trusted(line, officer, monkeypatch):
    recording = refused_on(line, "delete")
    pause_disposition(reason="An auditor looks at it.", actor=officer)
    assert settle_refusals(timezone.now()) == 0
    resume_disposition(actor=officer)

    def stopped():
        raise DispositionStopped(["The clock went back."])

    monkeypatch.setattr("recordings.services.retention.refusals.assert_trusted", stopped)
    with pytest.raises(DispositionStopped):
        settle_refusals(timezone.now())
    assert Recording.objects.filter(pk=recording.pk).exists()
    assert RefusedCall.objects.count() == 0


def test_a_call_without_audio_goes_too_and_its_late_audio_finds_nothing(line):
    recording = refused_on(line, "delete", state="awaiting_audio")
    settled()
    assert Certificate.objects.get(recording_id=recording.pk).content["audio"] is None


def test_what_nobody_refused_stays(line):
    recording = kept(line, AT_MOST_A_YEAR, on_refusal="delete")
    assert settle_refusals(timezone.now()) == 0
    assert Recording.objects.filter(pk=recording.pk).exists()
