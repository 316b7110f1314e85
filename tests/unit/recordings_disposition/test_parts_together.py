"""What the database promises of a recording and its parts, and of a batch and its certificates, whoever writes."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from recordings.models import CallEvent, Certificate, Party, Recording, RecordingKey
from recordings.models.recordings import PARTS
from recordings.services.disposition import ending, purge_batch
from tests.factories import RecordingFactory

NEW_BATCH = """
    INSERT INTO recordings_destructionbatch (id, destroyed_at, size, merkle_root, signature, key_id)
    VALUES (%s, now(), %s, '', '', '')
"""
NEW_CERTIFICATE = """
    INSERT INTO recordings_certificate
        (id, recording_id, origin_digest, line_of_business_id, destroyed_at, content, batch_id, proof)
    SELECT gen_random_uuid(), id, decode(md5(id::text), 'hex'), line_of_business_id, now(), '{}', %s, '[]'
    FROM recordings_recording WHERE id = ANY(%s)
"""


def _refused(*statements):
    """Now, or when the transaction would commit."""
    with pytest.raises(DatabaseError) as refused:
        _to_the_end(statements)
    return str(refused.value)


def _to_the_end(statements):
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _of(part, recording):
    """A statement that gives this recording one more part, copied from any that there is."""
    return {
        "party": (
            "INSERT INTO recordings_party (recording_id, position, role, jurisdiction, location_source, certainty,"
            " sealed) VALUES (%s, 9, 'agent', '', 'unknown', 'none', '')",
            [recording],
        ),
        "recordingkey": ("INSERT INTO recordings_recordingkey (recording_id, wrapped) VALUES (%s, 'x')", [recording]),
        "telephonyfacts": (
            "INSERT INTO recordings_telephonyfacts (recording_id, sealed) VALUES (%s, 'x')",
            [recording],
        ),
        "callevent": (
            "INSERT INTO recordings_callevent (recording_id, kind, offset_seconds, method, detail)"
            " VALUES (%s, 'pause', 1, '', '')",
            [recording],
        ),
        "consentevidence": (
            "INSERT INTO recordings_consentevidence (recording_id, method, result, document_sha256)"
            " VALUES (%s, 'spoken', 'given', '')",
            [recording],
        ),
    }[part]


WRITABLE = ("party", "recordingkey", "telephonyfacts", "callevent", "consentevidence")


@pytest.mark.django_db
@pytest.mark.parametrize("part", WRITABLE)
def test_no_part_is_of_a_recording_that_is_not_there(part):
    assert "no such recording" in _refused(_of(part, uuid.uuid4()))


@pytest.mark.django_db
@pytest.mark.parametrize("part", [part for part in WRITABLE if part != "recordingkey"])
def test_no_part_moves_to_another_recording(part):
    mine, other = RecordingFactory(), RecordingFactory()
    with connection.cursor() as cursor:
        cursor.execute(*_of(part, mine.pk))
    moving = f"UPDATE recordings_{part} SET recording_id = %s WHERE recording_id = %s"  # noqa: S608
    _refused((moving, [other.pk, mine.pk]))


@pytest.mark.django_db
@pytest.mark.parametrize("left", PARTS)
def test_a_recording_leaves_none_of_its_parts_behind(left, monkeypatch):
    call = RecordingFactory(expired=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recordings_audioprofile WHERE recording_id = %s", [call.pk])
        has_profile = bool(cursor.fetchone()[0])
        for part in set(WRITABLE) - {"party", "recordingkey"}:
            cursor.execute(*_of(part, call.pk))
    if left == "audioprofile" and not has_profile:
        call.profile = type(call).profile.related.related_model.objects.create(recording=call)
    monkeypatch.setattr(ending, "PARTS", tuple(part for part in PARTS if part != left))
    purge_batch(at=timezone.now())
    is_there = Recording.objects.filter(pk=call.pk).exists()
    assert is_there is (left != "audiofetch")  # of those alone it had none
    assert Certificate.objects.filter(recording_id=call.pk).exists() is not is_there


@pytest.mark.django_db
def test_what_tells_of_a_party_is_about_one_of_the_same_call_and_goes_with_it():
    mine, other = RecordingFactory(), RecordingFactory()
    party, foreign = Party.objects.filter(recording=mine).first(), Party.objects.filter(recording=other).first()
    told = {"recording": mine, "kind": "pause", "offset_seconds": 1.0}
    with pytest.raises(DatabaseError), transaction.atomic():
        CallEvent.objects.create(party=foreign, **told)
    CallEvent.objects.create(party=party, **told)
    _refused(("DELETE FROM recordings_party WHERE id = %s", [party.pk]))
    _refused(("UPDATE recordings_callevent SET party_id = %s WHERE recording_id = %s", [foreign.pk, mine.pk]))


@pytest.mark.django_db
def test_a_key_that_goes_with_many_others_needs_its_own_certificate():
    """One look a statement sees each of its rows."""
    calls = RecordingFactory.create_batch(3, expired=True)
    batch = uuid.uuid4()
    said = _refused(
        (NEW_BATCH, [batch, 2]),
        (NEW_CERTIFICATE, [batch, [call.pk for call in calls[:2]]]),
        ("DELETE FROM recordings_recordingkey WHERE recording_id = ANY(%s)", [[call.pk for call in calls]]),
    )
    assert "A key goes with the certificate" in said
    assert RecordingKey.objects.filter(recording__in=calls).count() == 3


@pytest.mark.django_db
def test_a_row_that_goes_with_many_others_needs_its_own_certificate_after_its_keep_until():
    calls = [*RecordingFactory.create_batch(2, expired=True), RecordingFactory()]
    assert calls[2].keep_until > timezone.now()
    ids, batch = [call.pk for call in calls], uuid.uuid4()
    parts = [(f"DELETE FROM recordings_{part} WHERE recording_id = ANY(%s)", [ids]) for part in PARTS]  # noqa: S608
    said = _refused(
        (NEW_BATCH, [batch, 3]),
        (NEW_CERTIFICATE, [batch, ids]),
        *parts,
        ("DELETE FROM recordings_recording WHERE id = ANY(%s)", [ids]),
    )
    assert "A recording goes with its certificate" in said


# --- batch and certificates


@pytest.mark.django_db
def test_a_new_batch_has_no_certificate_for_a_recording_that_is_readable():
    call, batch = RecordingFactory(), uuid.uuid4()
    said = _refused((NEW_BATCH, [batch, 1]), (NEW_CERTIFICATE, [batch, [call.pk]]))
    assert "only for a recording that is gone" in said


@pytest.mark.django_db
def test_a_batch_has_as_many_certificates_as_it_says():
    assert "as many certificates" in _refused((NEW_BATCH, [uuid.uuid4(), 1]))


@pytest.mark.django_db
def test_a_certificate_comes_with_its_batch_and_never_joins_one_that_stands():
    call = RecordingFactory(expired=True)
    purge_batch(at=timezone.now())
    stands, here = Certificate.objects.get(recording_id=call.pk).batch_id, RecordingFactory()
    for batch in (stands, uuid.uuid4()):
        assert "comes with its batch" in _refused((NEW_CERTIFICATE, [batch, [here.pk]]))


# --- two at once


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_written_while_its_recording_goes_is_refused_when_it_is_gone():
    call = RecordingFactory(expired=True)
    said, begun = [], threading.Event()

    def write():
        try:
            with connection.cursor() as cursor:
                begun.set()
                cursor.execute(*_of("telephonyfacts", call.pk))
        except DatabaseError as error:
            said.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        Recording.objects.select_for_update().get(pk=call.pk)
        writer = threading.Thread(target=write)
        writer.start()
        begun.wait(10)
        with connection.cursor() as cursor:  # until it waits for the row
            deadline = timezone.now() + timedelta(seconds=10)
            while timezone.now() < deadline:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
        ending.destroy([Recording.objects.select_related("line_of_business").get(pk=call.pk)], timezone.now())
    writer.join(10)
    assert "no such recording" in said[0]
