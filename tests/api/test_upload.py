"""A phone system delivers a call: metadata and audio in one request."""

import csv
import hashlib
import json
import time
from datetime import timedelta

import pytest
from celery import Celery, current_app
from django.utils import timezone

from accounts.services import revoke_tokens
from recordings.api import intake
from recordings.models import AudioProfile, Party, Recording, RecordingKey
from recordings.services import doorbell
from recordings.services.audio import Arriving
from recordings.services.disposition import purge_batch
from recordings.store import read_range, store
from tests.deliveries import DATA, NothingKept, clip, delivered, kept_files, metadata, multipart, posted, upload, wav
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

GOOD = "full_inbound.opus"
BAD = list(csv.DictReader((DATA / "bad" / "expected.csv").open()))
CALIFORNIAN = [
    {"role": "agent", "jurisdiction": "US-TX"},
    {"role": "customer", "number": "+14155550142", "name": "Ada Ekman"},
]


def test_a_call_with_its_audio_is_stored_and_read_back_whole(client, line, bearer):
    audio = clip(GOOD)
    answer = delivered(client, bearer(), metadata(), audio)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    recording = Recording.objects.get(pk=body["id"])
    assert (body["state"], body["quarantine_reasons"]) == ("stored", [])
    assert answer["Location"].endswith(f"/api/v1/recordings/{recording.pk}/")
    assert b"".join(read_range(recording)) == audio
    assert body["sha256"] == hashlib.sha256(audio).hexdigest()
    assert body["retention"]["explanation"]
    assert recording.keep_until <= recording.delete_by


@pytest.mark.parametrize("audio_first", [False, True])
def test_the_parts_come_in_any_order(client, line, bearer, audio_first):
    answer = posted(client, bearer(), upload(metadata(), clip(GOOD), audio_first=audio_first))
    assert answer.status_code == 201, answer.content


def test_metadata_may_come_as_a_file(client, line, bearer):
    parts = [
        ("metadata", "call.json", "application/json", json.dumps(metadata()).encode()),
        ("audio", "call.opus", "audio/ogg", clip(GOOD)),
    ]
    assert posted(client, bearer(), multipart(*parts)).status_code == 201


def test_each_thing_that_happened_has_one_event(client, line, bearer):
    body = delivered(client, bearer(), metadata(), clip(GOOD)).json()
    verbs = Event.objects.about(Recording.objects.get(pk=body["id"])).values_list("verb", flat=True)
    assert list(verbs) == ["recording.received", "recording.stored"]


def test_its_audio_waits_for_the_probe(client, line, bearer):
    body = delivered(client, bearer(), metadata(), clip(GOOD)).json()
    assert AudioProfile.objects.get(recording_id=body["id"]).outcome == "waiting"


# --- bad audio


@pytest.mark.parametrize("row", BAD, ids=lambda row: row["file"])
def test_bad_audio_is_answered_as_expected(client, line, bearer, row):
    body = upload(metadata(), clip(row["file"]), file_name=row["upload_as"])
    headers = bearer()
    if row["reason_code"] in {"", "damaged"}:
        answer = posted(client, headers, body)
        reasons = ["damaged_audio"] if row["reason_code"] else []
        assert (answer.status_code, answer.json()["quarantine_reasons"]) == (201, reasons)
    else:
        with NothingKept():
            answer = posted(client, headers, body)
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["code"] == row["reason_code"]


def test_other_bytes_than_announced_are_refused(client, line, bearer):
    headers = bearer()
    with NothingKept():
        answer = delivered(client, headers, metadata(sha256="0" * 64), clip(GOOD))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/sha256"


def test_the_announced_bytes_are_taken(client, line, bearer):
    announced = hashlib.sha256(clip(GOOD)).hexdigest()
    assert delivered(client, bearer(), metadata(sha256=announced), clip(GOOD)).status_code == 201


def test_audio_over_the_limit_is_refused(client, line, bearer, settings):
    settings.AUDIO_MAX_BYTES = 10_000
    headers = bearer()
    with NothingKept():
        answer = delivered(client, headers, metadata(), clip(GOOD))
    assert answer.status_code == 413
    assert "10000" in answer.json()["detail"]


# --- broken bodies

AUDIO_PART = ("audio", "call.opus", "audio/ogg", clip(GOOD))
METADATA_PART = ("metadata", None, "application/json", b"{}")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (multipart(AUDIO_PART), "/metadata"),
        (multipart(METADATA_PART), "/audio"),
        (multipart(METADATA_PART, AUDIO_PART, AUDIO_PART), "/audio"),
        (multipart(METADATA_PART, METADATA_PART, AUDIO_PART), "/metadata"),
        (multipart(METADATA_PART, AUDIO_PART, ("video", "a.mp4", "video/mp4", b"1")), "/video"),
        (multipart(METADATA_PART, AUDIO_PART, ("note", None, "text/plain", b"1")), "/note"),
        (multipart(METADATA_PART, ("audio", None, "audio/ogg", b"1234")), "/audio"),
    ],
    ids=["no metadata", "no audio", "audio twice", "metadata twice", "a third file", "a third field", "nameless audio"],
)
def test_a_body_with_other_parts_is_refused_and_named(client, line, bearer, body, named):
    headers = bearer()
    with NothingKept():
        answer = posted(client, headers, body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == named


@pytest.mark.parametrize("cut", [3, 10, 200, 30_000, 67_000])
def test_a_body_that_ends_early_is_refused(client, line, bearer, cut):
    headers = bearer()
    with NothingKept():
        answer = posted(client, headers, upload(metadata(), clip(GOOD))[:-cut])
    assert answer.status_code in {400, 422}


def test_a_body_without_any_boundary_is_refused(client, line, bearer):
    headers = bearer()
    answer = client.post("/api/v1/recordings/", data=b"x", content_type="multipart/form-data", headers=headers)
    assert answer.status_code == 400


def test_another_content_type_is_refused(client, line, bearer):
    answer = client.post("/api/v1/recordings/", data=b"x", content_type="text/plain", headers=bearer())
    assert answer.status_code == 415


# --- consent, lines, conflicts


@pytest.mark.parametrize(
    ("consent", "reasons"),
    [
        ([], ["consent_missing"]),
        ([{"method": "spoken", "party": "customer", "offset_s": 4, "result": "given"}], []),
        ([{"method": "spoken", "party": 1, "offset_s": 4, "result": "given"}], []),
        ([{"method": "spoken", "party": "agent", "offset_s": 4, "result": "given"}], ["consent_missing"]),
        ([{"method": "keypad", "party": "customer", "offset_s": 4, "result": "refused"}], ["consent_refused"]),
    ],
    ids=["none", "by role", "by index", "of the agent alone", "refused"],
)
def test_an_all_party_call_needs_evidence_of_consent(client, line, bearer, consent, reasons):
    answer = delivered(client, bearer(), metadata(parties=CALIFORNIAN, consent=consent), clip(GOOD))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["state"], body["quarantine_reasons"]) == ("quarantined" if reasons else "stored", reasons)
    told = Event.objects.filter(subject_id=body["id"], verb="recording.quarantined").count()
    assert told == (1 if reasons else 0)


@pytest.mark.parametrize("named", [None, "unassigned"])
def test_a_call_without_a_line_goes_to_unassigned_and_quarantine(client, line, bearer, named):
    body = delivered(client, bearer(), metadata(line_of_business=named), clip(GOOD)).json()
    assert (body["line_of_business"], body["state"]) == ("unassigned", "quarantined")
    assert "no_line" in body["quarantine_reasons"]


def test_an_unknown_line_and_a_foreign_one_are_refused_alike(client, line, other_line, bearer):
    headers = bearer(lines=[line])
    details = set()
    for code in ("collections", "nowhere"):
        with NothingKept():
            answer = delivered(client, headers, metadata(line_of_business=code), clip(GOOD))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/line_of_business"
        details.add(answer.json()["detail"].replace(code, "…"))
    assert len(details) == 1


def test_a_token_delivers_for_its_sources_only(client, line, bearer):
    headers = bearer(sources=["austin"])
    with NothingKept():
        answer = delivered(client, headers, metadata(), clip(GOOD))
    assert answer.status_code == 403
    assert delivered(client, headers, metadata(source="austin"), clip(GOOD)).status_code == 201


def test_a_token_without_the_scope_stores_nothing(client, line, bearer):
    headers = bearer("recordings:read")
    with NothingKept():
        assert delivered(client, headers, metadata(), clip(GOOD)).status_code == 403
        assert delivered(client, {}, metadata(), clip(GOOD)).status_code == 401


def test_a_token_that_is_revoked_during_the_upload_stores_nothing(client, line, bearer, monkeypatch):
    headers, write = bearer(), Arriving.write

    def revoked_meanwhile(self, chunk):
        revoke_tokens(name="Austin exchange", actor=CALLWARD)
        write(self, chunk)

    monkeypatch.setattr(Arriving, "write", revoked_meanwhile)
    monkeypatch.setattr(intake, "LONG_UPLOAD_SECONDS", 0)
    with NothingKept():
        assert delivered(client, headers, metadata(), clip(GOOD)).status_code == 401


# --- the decision before the call


def test_the_decision_before_the_call_is_pinned(client, line, bearer):
    call, headers = metadata(), bearer()
    asked = {
        "direction": "inbound",
        "line_of_business": "home-cover",
        "purposes": call["purposes"],
        "parties": [{k: v for k, v in party.items() if k != "name"} for party in call["parties"]],
    }
    decision = client.post("/api/v1/decisions/", asked, content_type="application/json", headers=headers).json()
    body = delivered(client, headers, call | {"decision": decision["token"]}, clip(GOOD)).json()
    assert str(Recording.objects.get(pk=body["id"]).decision_id) == decision["id"]
    other = metadata(parties=CALIFORNIAN, decision=decision["token"])
    with NothingKept():
        assert delivered(client, headers, other, clip(GOOD)).status_code == 422


def test_a_decision_of_somebody_else_is_refused(client, line, bearer):
    headers = bearer()
    with NothingKept():
        assert delivered(client, headers, metadata(decision="forged"), clip(GOOD)).status_code == 422


# --- secrets


def test_numbers_and_names_stand_nowhere_in_the_clear(client, line, bearer):
    body = delivered(client, bearer(), metadata(), clip(GOOD)).json()
    recording = Recording.objects.get(pk=body["id"])
    rows = [recording, *recording.parties.all(), *Event.objects.about(recording)]
    plain = " ".join(repr(value) for row in rows for value in row.__dict__.values())
    for secret in ("5125550142", "Ada", "Ekman", "Dana", "Whitfield"):
        assert secret not in plain
    assert clip(GOOD)[:64] not in store().path(recording.object_key).read_bytes()


def test_a_number_is_found_by_its_index_however_it_is_written(client, line, bearer):
    parties = [{"role": "customer", "number": "+1 (512) 555-0142", "jurisdiction": "US-TX"}]
    delivered(client, bearer(), metadata(parties=parties, consent=None), clip(GOOD))
    delivered(client, bearer(), metadata(), clip(GOOD))
    found = Party.objects.filter(role="customer").values_list("number_index", flat=True)
    assert len({bytes(index) for index in found}) == 1


def test_each_recording_has_a_key_of_its_own(client, line, bearer):
    for _ in range(2):
        delivered(client, bearer(), metadata(), clip(GOOD))
    assert len({bytes(key.wrapped) for key in RecordingKey.objects.all()}) == 2


# --- what was destroyed


def test_a_late_delivery_of_a_destroyed_call_is_gone_and_stores_nothing(client, line, bearer):
    started_at = timezone.now() - timedelta(days=200)
    call = metadata(started_at=started_at.isoformat(), ended_at=(started_at + timedelta(seconds=27)).isoformat())
    headers = bearer()
    body = delivered(client, headers, call, clip(GOOD), **{"Idempotency-Key": "once"}).json()
    Recording.objects.filter(pk=body["id"]).update(listed_at=timezone.now() - timedelta(days=10))
    assert purge_batch(at=timezone.now(), limit=10) == 1
    before = kept_files()
    for more in ({}, {"Idempotency-Key": "once"}):
        answer = delivered(client, headers, call, clip(GOOD), **more)
        assert answer.status_code == 410
        assert answer.json()["certificate"].endswith(f"/certificates/{body['id']}/")
    assert not Recording.objects.exists()
    assert kept_files() == before


def test_an_upload_asks_the_database_little(client, line, bearer, django_assert_max_num_queries):
    headers = bearer()
    delivered(client, headers, metadata(), clip(GOOD))
    with django_assert_max_num_queries(9):
        assert delivered(client, headers, metadata(), clip(GOOD)).status_code == 201


def test_audio_that_comes_with_the_metadata_again_is_the_audio_that_was_awaited(client, line, bearer):
    # given a call whose metadata came alone
    headers, call, before = bearer(), metadata(), kept_files()
    first = delivered(client, headers, call).json()["id"]
    # when the same metadata comes with the audio, twice
    for _ in range(2):
        answer = delivered(client, headers, call, clip(GOOD))
        assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (200, first, "stored")
    # then it is stored once, sealed with the recording's own key
    recording = Recording.objects.get()
    assert b"".join(read_range(recording)) == clip(GOOD)
    assert [file[-32:] for file in kept_files() - before] == [recording.object_key]
    assert Event.objects.filter(subject_id=first, verb="recording.stored").count() == 1
    assert AudioProfile.objects.get().outcome == AudioProfile.Outcome.WAITING


def test_long_audio_that_was_awaited_is_sealed_anew_piece_by_piece(client, line, bearer):
    headers, call, audio = bearer(), metadata(), wav(seconds=60, left=9000)
    delivered(client, headers, call)
    assert delivered(client, headers, call, audio).status_code == 200
    assert b"".join(read_range(Recording.objects.get())) == audio


def test_other_metadata_or_bad_audio_leaves_the_call_awaiting(client, line, bearer):
    headers, call = bearer(), metadata()
    first = delivered(client, headers, call).json()["id"]
    with NothingKept():
        assert delivered(client, headers, call | {"direction": "outbound"}, clip(GOOD)).status_code == 409
        assert delivered(client, headers, call, b"no audio at all, but long enough to be judged").status_code == 422
    assert Recording.objects.get(pk=first).state == "awaiting_audio"


def test_a_broker_that_is_away_does_not_fail_an_upload(
    client, line, bearer, tmp_path, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(doorbell, "_quiet_until", {})
    usual = current_app._get_current_object()
    Celery("away", broker=f"redis+socket://{tmp_path}/nothing", set_as_current=True)
    try:
        with django_capture_on_commit_callbacks(execute=True) as rung:
            assert delivered(client, bearer(), metadata(), clip(GOOD)).status_code == 201
    finally:
        usual.set_current()
    # the probe's sweep finds it; and who uploads next does not wait for the broker
    assert rung
    assert AudioProfile.objects.get().next_attempt_at is not None
    assert doorbell._quiet_until["recordings.tasks.probe_audio"] > time.monotonic() + doorbell.QUIET_SECONDS


def test_a_stranger_does_not_learn_what_was_destroyed(client, line, other_line, bearer):
    started_at = timezone.now() - timedelta(days=200)
    call = metadata(started_at=started_at.isoformat(), ended_at=(started_at + timedelta(seconds=27)).isoformat())
    stored = delivered(client, bearer(), call, clip(GOOD)).json()
    headers = bearer(lines=[other_line], name="Another exchange")
    theirs = call | {"line_of_business": other_line.code}
    standing = delivered(client, headers, theirs, clip(GOOD))
    Recording.objects.filter(pk=stored["id"]).update(listed_at=timezone.now() - timedelta(days=10))
    assert purge_batch(at=timezone.now(), limit=10) == 1
    with NothingKept():
        gone = delivered(client, headers, theirs, clip(GOOD))
    assert (gone.status_code, gone.json()) == (409, standing.json())
