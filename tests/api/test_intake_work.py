"""What becomes of deliveries: in whichever order, in pieces, for calls that are held, destroyed, or known already."""

import hashlib
import hmac
import json
from datetime import timedelta
from itertools import permutations

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from recordings.domain.errors import NotRunnable
from recordings.intake import zoom_phone
from recordings.models import Certificate, IntakeDelivery, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold
from recordings.services.people import people_of
from recordings.services.probe import probe_due
from recordings.services.reconcile import reconcile
from recordings.services.sources import configure_source
from recordings.services.working import ATTEMPTS, run_again, work_due
from recordings.store import read_range
from tests.factories import RecordingFactory
from tests.telephony import Sample, sample
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

CONTACT, OBJECT = sample("amazon_connect/contact_record"), sample("amazon_connect/s3_object_created")
INVITE, BYE = sample("siprec/invite_multipart"), sample("siprec/final_metadata")
ZOOM = sample("zoom_phone/recording_completed")


def configured(case: Sample, **more) -> None:
    configure_source(name=case.source, values=case.settings | more, actor=CALLWARD)


def delivered(*cases: Sample) -> None:
    """Post each, and work it before the next comes."""
    for case in cases:
        with time_machine.travel(case.received_at, tick=False):
            headers = dict(case.headers)
            kind = headers.pop("Content-Type")
            query = case.request["url"].partition("?")[2]
            url = f"/api/v1/intake/{case.source}/" + (f"?{query}" if query else "")
            answer = Client().post(url, case.body, content_type=kind, headers=headers)
            assert answer.status_code == 200, answer.content
            work_due(timezone.now())


def facts(recording: Recording) -> dict:
    people = people_of([recording], CALLWARD)[recording.pk]
    return {
        "started_at": recording.started_at,
        "ended_at": recording.ended_at,
        "direction": recording.direction,
        "unknown": recording.unknown,
        "agent": (recording.agent_id, people.agent),
        "parties": [(one.role, one.jurisdiction, people.of(one)) for one in recording.parties.all()],
        "dates": (recording.keep_until, recording.delete_by, recording.is_provisional),
        "reasons": recording.quarantine_reasons,
    }


@pytest.mark.parametrize("cases", [(CONTACT, OBJECT), (INVITE, BYE)], ids=["connect", "siprec"])
def test_a_call_told_of_in_two_deliveries_is_one_recording_and_the_same_in_either_order(cases, line):
    configured(cases[0], line_of_business="home-cover", purposes=["quality_assurance"])
    found = []
    for order in permutations(cases):
        with transaction.atomic():
            delivered(*order)
            recording = Recording.objects.get()
            found.append(facts(recording))
            assert recording.line_of_business.code == "home-cover"
            transaction.set_rollback(True)
    assert found[0] == found[1]


def test_what_was_unknown_is_unknown_until_it_is_told(line, bearer):
    configured(OBJECT, line_of_business="home-cover", purposes=["quality_assurance"])
    delivered(OBJECT)
    recording = Recording.objects.get()
    assert recording.unknown == ["agent", "direction", "ended_at", "parties"]
    assert recording.is_provisional
    assert recording.quarantine_reasons == ["consent_missing"]  # somebody was there, and nobody knows where
    detail = Client().get(f"/api/v1/recordings/{recording.pk}/", headers=bearer("recordings:read")).json()
    assert (detail["ended_at"], detail["direction"], detail["parties"]) == (None, None, [])
    delivered(CONTACT)
    recording.refresh_from_db()
    assert recording.unknown == []
    assert not recording.is_provisional
    assert recording.length_seconds == 30
    assert [one.role for one in recording.parties.all()] == ["customer", "agent"]
    assert recording.parties.get(position=0).jurisdiction == "US-OH"
    verbs = list(Event.objects.about(recording).order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["recording.received", "recording.completed"]


def test_no_period_ends_early_for_a_call_whose_end_was_never_told(line):
    configured(INVITE, line_of_business="home-cover", purposes=["quality_assurance"])
    delivered(INVITE)
    recording = Recording.objects.get()
    assert "ended_at" in recording.unknown
    assert recording.is_provisional
    assert recording.ended_at == INVITE.received_at + timedelta(days=1)
    assert recording.length_seconds is None
    delivered(BYE)
    recording.refresh_from_db()
    assert recording.length_seconds == 30


def test_an_older_record_of_the_same_contact_changes_nothing(line):
    configured(CONTACT)
    delivered(CONTACT)
    before = facts(Recording.objects.get())
    older = json.loads(CONTACT.body) | {"LastUpdateTimestamp": "2026-11-17T14:04:00Z", "InitiationMethod": "OUTBOUND"}
    answer = Client().post(
        "/api/v1/intake/amazon_connect/",
        json.dumps(older),
        content_type="application/json",
        headers={"x-callward-key": CONTACT.settings["connection_api_key"]},
    )
    assert answer.status_code == 200
    work_due(timezone.now())
    assert facts(Recording.objects.get()) == before


def test_a_held_call_is_completed_and_stays_held(line, officer):
    configured(OBJECT, line_of_business="home-cover", purposes=["quality_assurance"])
    delivered(OBJECT)
    place_hold(matter="A", reason="Counsel asked.", recording_ids=[Recording.objects.get().pk], actor=officer)
    delivered(CONTACT)
    recording = Recording.objects.get()
    assert (recording.hold_count, recording.unknown) == (1, [])


def test_a_call_without_a_line_goes_to_quarantine(db):
    configured(ZOOM)
    delivered(ZOOM)
    recording = Recording.objects.get()
    assert recording.line_of_business.code == "unassigned"
    assert "no_line" in recording.quarantine_reasons


def test_a_call_that_came_over_the_api_stands_as_it_was_told_there(line):
    known = RecordingFactory(
        source="zoom_phone", external_id=ZOOM.expected["recording"]["external_id"], line_of_business=line
    )
    configured(ZOOM)
    delivered(ZOOM)
    assert Recording.objects.get().metadata_digest == known.metadata_digest
    assert IntakeDelivery.objects.get().reason == "nothing new"


# --- destroyed


def _destroyed(line) -> None:
    RecordingFactory(
        source="zoom_phone", external_id=ZOOM.expected["recording"]["external_id"], line_of_business=line, expired=True
    )
    purge_batch(at=timezone.now(), limit=10)
    assert Certificate.objects.count() == 1


def test_a_late_delivery_of_a_destroyed_call_is_answered_410_and_stores_nothing(line):
    _destroyed(line)
    configured(ZOOM)
    with time_machine.travel(ZOOM.received_at, tick=False):
        answer = Client().post(
            "/api/v1/intake/zoom_phone/",
            ZOOM.body,
            content_type="application/json",
            headers={name: value for name, value in ZOOM.headers.items() if name != "Content-Type"},
        )
    assert answer.status_code == 410
    assert not Recording.objects.exists()
    assert not IntakeDelivery.objects.exists()


def test_a_call_destroyed_between_answer_and_work_is_stored_no_more(line):
    configured(ZOOM)
    with time_machine.travel(ZOOM.received_at, tick=False):
        headers = {name: value for name, value in ZOOM.headers.items() if name != "Content-Type"}
        Client().post("/api/v1/intake/zoom_phone/", ZOOM.body, content_type="application/json", headers=headers)
    _destroyed(line)
    work_due(timezone.now())
    assert not Recording.objects.exists()
    delivery = IntakeDelivery.objects.get()
    assert (delivery.state, delivery.reason, bytes(delivery.sealed)) == ("done", "destroyed before", b"")


# --- news of a call


def _pause(kind: str, at: str) -> bytes:
    said = {"id": ZOOM.expected["recording"]["external_id"], "call_id": "7400011122233344455", "date_time": at}
    return json.dumps({"event": f"phone.recording_{kind}", "payload": {"object": said}}).encode()


def _zoom(body: bytes) -> None:
    stamp = str(int(timezone.now().timestamp()))
    digest = hmac.new(ZOOM.settings["secret_token"].encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={digest.hexdigest()}"}
    answer = Client().post("/api/v1/intake/zoom_phone/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200


def test_a_pause_that_comes_before_its_call_waits_for_it(line):
    configured(ZOOM)
    with time_machine.travel(ZOOM.received_at, tick=False):
        _zoom(_pause("paused", "2026-11-17T14:03:15Z"))
        _zoom(_pause("resumed", "2026-11-17T14:03:20Z"))
        work_due(timezone.now())
    assert set(IntakeDelivery.objects.values_list("state", "reason")) == {
        ("waiting", "The recording it tells of has not been delivered yet.")
    }
    delivered(ZOOM)
    with time_machine.travel(ZOOM.received_at + timedelta(minutes=1), tick=False):
        work_due(timezone.now())
    events = Recording.objects.get().call_events.values_list("kind", "offset_seconds")
    assert list(events) == [("paused", 4.0), ("resumed", 9.0)]


def test_a_pause_whose_call_never_comes_is_a_dead_letter_that_can_be_run_again(line, supervisor, officer):
    configured(ZOOM)
    at = ZOOM.received_at
    with time_machine.travel(at, tick=False):
        _zoom(_pause("paused", "2026-11-17T14:03:15Z"))
    for hours in range(ATTEMPTS + 1):
        work_due(at + timedelta(hours=2 * hours))
    delivery = IntakeDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("dead", ATTEMPTS)
    delivered(ZOOM)
    run_again(delivery=delivery, actor=supervisor)
    work_due(timezone.now())
    delivery.refresh_from_db()
    assert delivery.state == "done"
    with pytest.raises(NotRunnable):
        run_again(delivery=delivery, actor=supervisor)


# --- failures


def test_a_fault_of_ours_is_seen_waits_and_is_done_once_it_is_mended(line, monkeypatch):
    configured(ZOOM)
    with monkeypatch.context() as broken:
        broken.setattr(zoom_phone, "_call", lambda *_: 1 / 0)
        delivered(ZOOM)
    delivery = IntakeDelivery.objects.get()
    assert (delivery.state, delivery.reason) == ("waiting", "Reading it failed: ZeroDivisionError.")
    work_due(ZOOM.received_at + timedelta(minutes=1))
    assert Recording.objects.count() == 1


def test_a_call_from_the_future_is_a_dead_letter_that_names_nobody(line):
    configured(CONTACT)
    body = json.loads(CONTACT.body)
    body["Recordings"][0] |= {"StartTimestamp": "2036-11-17T14:03:11Z", "StopTimestamp": "2036-11-17T14:03:41Z"}
    Client().post(
        "/api/v1/intake/amazon_connect/",
        json.dumps(body),
        content_type="application/json",
        headers={"x-callward-key": CONTACT.settings["connection_api_key"]},
    )
    work_due(timezone.now())
    delivery = IntakeDelivery.objects.get()
    assert delivery.state == "dead"
    assert "clock" in delivery.reason
    assert not Recording.objects.exists()


def test_a_poisoned_delivery_among_good_ones_holds_up_none_of_them(line):
    configured(ZOOM)
    configured(CONTACT)
    with time_machine.travel(ZOOM.received_at, tick=False):
        _zoom(_pause("paused", "2026-11-17T14:03:15Z"))
    IntakeDelivery.objects.update(sealed=b"changed by somebody")
    delivered(CONTACT)
    assert Recording.objects.count() == 1
    assert IntakeDelivery.objects.filter(state="waiting").count() == 1


# --- audio inside


@pytest.mark.parametrize("_store", ["file_store"])
def test_audio_inside_a_vcon_is_stored_with_its_call(_store, request, line):
    request.getfixturevalue(_store)
    case = sample("vcon/inline_recording")
    configured(case, line_of_business="home-cover", purposes=["quality_assurance"])
    delivered(case)
    recording = Recording.objects.get()
    wanted = case.expected["recording"]["audio"]
    assert bytes(recording.sha256).hex() == wanted["sha256"]
    assert sum(len(piece) for piece in read_range(recording)) == wanted["bytes"]
    assert recording.telephony.agent_channel == 0
    assert bytes(IntakeDelivery.objects.get().sealed) == b""
    probe_due(timezone.now())
    assert not [found for found in reconcile(at=timezone.now()) if found.subject == str(recording.pk)]


def test_which_side_is_the_agent_is_a_setting_of_the_source(line, file_store):
    case = sample("vcon/inline_recording")
    configured(case, agent_channel="right")
    delivered(case)
    assert Recording.objects.get().telephony.agent_channel == 1
