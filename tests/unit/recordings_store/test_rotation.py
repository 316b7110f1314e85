"""Wrapping keys change while work goes on: everything opens before, during and after, and an old key goes last."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone

from recordings import keys, keyset_file
from recordings.domain.errors import KeyDoesNotFit, KeysUnavailable, RotationNotMovable
from recordings.models import IntakeDelivery, IntegrityIncident, KeyRotation, RecordingKey, TelephonySource
from recordings.services.sources import configure_source, setup_of
from recordings.services.storekeeping import rotation
from recordings.store import read_range
from recordings.tasks import rotate_keys
from tests.factories import AUDIO, RecordingFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def keyset_of_its_own(monkeypatch, tmp_path):
    """A keyset file that a test may change."""
    file = tmp_path / "keys" / "keyset.json"
    file.parent.mkdir()
    file.write_text(json.dumps(keyset_file.document()))
    monkeypatch.setattr(keyset_file, "path", lambda: file)
    keys.forget_keyset()
    yield file
    monkeypatch.undo()
    keys.forget_keyset()


def _rotated(at=None):
    rotation.begin(actor=CALLWARD, at=at or timezone.now())
    while rotation.go_on(at or timezone.now(), seconds=60):
        pass
    return KeyRotation.objects.order_by("-started_at")[0]


def _prefixes():
    return {keys.wrapping_prefix(row.wrapped) for row in RecordingKey.objects.all()}


def _opens(call):
    call = type(call).objects.select_related("key").get(pk=call.pk)
    return b"".join(read_range(call)) == AUDIO


def test_the_wrapping_key_is_named_where_the_database_looks_for_it():
    wrapped, _ = keys.new_key(RecordingFactory().pk)
    prefix = keyset_file.prefix_of(keyset_file.primary_id(keyset_file.document()))
    assert keys.wrapping_prefix(wrapped) == prefix
    assert keys.seal_with_keyset(b"any", "label")[:5] == prefix


def test_every_key_is_wrapped_anew_and_the_audio_stays_as_it_is():
    calls = [RecordingFactory() for _ in range(3)]
    source = configure_source(name="plivo", values={"auth_id": "an-id", "auth_token": "a-token"}, actor=CALLWARD)
    before, objects = _prefixes(), [call.object_key for call in calls]
    done = _rotated()
    assert (done.state, done.total, done.done, done.unopened) == ("wrapped", 4, 4, 0)
    assert _prefixes() == {bytes(done.prefix)}
    assert _prefixes() != before
    assert all(_opens(call) for call in calls)
    assert [call.object_key for call in calls] == objects
    assert setup_of(TelephonySource.objects.get(pk=source.pk)).values["auth_token"] == "a-token"
    assert list(Event.objects.filter(verb__startswith="keys.").order_by("sequence").values_list("verb", flat=True)) == [
        "keys.rotated",
        "keys.wrapped",
    ]


def test_a_process_that_began_before_opens_what_the_new_key_wrapped(monkeypatch):
    call, old = RecordingFactory(), keys.keyset()
    done = _rotated()
    monkeypatch.setattr(keys, "keyset", _Cached(old))
    assert _opens(call)
    assert keys.wrapping_prefix(keys.new_key(call.pk)[0]) == bytes(done.prefix)


class _Cached:
    """The keyset as a process of before the rotation has it, until it is told to forget it."""

    def __init__(self, value):
        self.value = value

    def __call__(self):
        return self.value or _read_anew()

    def cache_clear(self):
        self.value = None


_read_anew = keys.keyset.__wrapped__


def test_half_of_it_is_readable_too_and_the_sweep_goes_on(monkeypatch):
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    calls = [RecordingFactory() for _ in range(5)]
    running = rotation.begin(actor=CALLWARD, at=timezone.now())
    rotation._batch(running, rotation.WRAPPED[0], None)
    assert len(_prefixes()) == 2
    assert all(_opens(call) for call in calls)
    with pytest.raises(RotationNotMovable, match="still wraps"):
        rotation.begin(actor=CALLWARD, at=timezone.now())
    rotate_keys()
    assert _prefixes() == {bytes(running.prefix)}
    assert KeyRotation.objects.get().state == "wrapped"


def test_an_old_key_goes_only_when_a_day_has_passed_and_no_row_needs_it(keyset_of_its_own):
    now, call = timezone.now(), RecordingFactory()
    with pytest.raises(RotationNotMovable, match="No rotation"):
        rotation.retire(actor=CALLWARD, at=now)
    _rotated(now)
    with pytest.raises(RotationNotMovable, match="Wait a day"):
        rotation.retire(actor=CALLWARD, at=now + DAY - timedelta(minutes=1))
    gone = rotation.retire(actor=CALLWARD, at=now + DAY)
    assert len(gone) == 1
    assert [key["keyId"] for key in json.loads(keyset_of_its_own.read_text())["encryption"]["key"]] != gone
    assert len(keyset_file.key_ids(keyset_file.document())) == 1
    assert _opens(call)
    assert keyset_of_its_own.stat().st_mode & 0o777 == 0o600
    assert rotation.retire(actor=CALLWARD, at=now + DAY) == []
    assert Event.objects.filter(verb="keys.retired").count() == 1


def test_a_key_that_came_late_under_the_old_one_is_wrapped_anew_before_it_goes():
    now, late = timezone.now(), RecordingFactory()
    old = bytes(RecordingKey.objects.get(pk=late.pk).wrapped)
    _rotated(now)
    other = RecordingFactory()
    _as_owner("UPDATE recordings_recordingkey SET wrapped = %s WHERE recording_id = %s", [old, late.pk])
    with pytest.raises(RotationNotMovable, match="1 keys still need"):
        rotation.retire(actor=CALLWARD, at=now + DAY)
    rotate_keys()
    assert _opens(late)
    assert _opens(other)
    assert rotation.retire(actor=CALLWARD, at=timezone.now() + 2 * DAY)


def test_after_a_key_retired_the_database_takes_nothing_that_it_wrapped(line):
    now = timezone.now()
    stale = RecordingFactory.build(line_of_business=line)
    wrapped, _ = keys.new_key(stale.pk)
    RecordingFactory()
    _rotated(now)
    rotation.retire(actor=CALLWARD, at=now + DAY)
    stale.state, stale.object_key = "awaiting_audio", None
    stale.save(force_insert=True)
    with pytest.raises(IntegrityError, match="retired meanwhile"), transaction.atomic():
        RecordingKey.objects.create(recording=stale, wrapped=wrapped)


def test_the_database_lets_a_key_be_wrapped_anew_and_nothing_else():
    one, other = RecordingFactory(), RecordingFactory(held=True)
    fresh = keys.new_key(one.pk)[0]
    for change in ({"wrapped": fresh}, {"wrapped": b""}, {"recording_id": other.pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RecordingKey.objects.filter(pk=one.pk).update(**change)
    rotation.begin(actor=CALLWARD, at=timezone.now())
    with pytest.raises(IntegrityError, match="wrapped anew"), transaction.atomic():
        RecordingKey.objects.filter(pk=one.pk).update(wrapped=b"\x12\x8d\x01 rubbish")
    rotate_keys()
    assert _opens(other)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingKey.objects.filter(pk=one.pk).update(wrapped=keys.new_key(one.pk)[0])


def test_a_swapped_key_is_told_and_holds_up_nobody_elses():
    one, other, whole = (RecordingFactory() for _ in range(3))
    theirs = bytes(RecordingKey.objects.get(pk=other.pk).wrapped)
    _as_owner("UPDATE recordings_recordingkey SET wrapped = %s WHERE recording_id = %s", [theirs, one.pk])
    with pytest.raises(KeyDoesNotFit):
        _opens(one)
    done = _rotated()
    assert (done.state, done.done, done.unopened) == ("wrapped", 2, 1)
    assert IntegrityIncident.objects.get().kind == "key"
    assert _opens(whole)
    with pytest.raises(RotationNotMovable, match="1 keys do not open"):
        rotation.retire(actor=CALLWARD, at=timezone.now() + 2 * DAY)


def test_where_keyset_gives_the_keys_the_command_prints_each_step(settings, capsys):
    call = RecordingFactory()
    settings.KEYSET = json.dumps(keyset_file.document())
    keys.forget_keyset()
    with pytest.raises(CommandError, match="--document"):
        call_command("rotate_keys")
    for step in ("added", "first"):
        capsys.readouterr()
        call_command("rotate_keys", document=step)
        settings.KEYSET = capsys.readouterr().out
        keys.forget_keyset()
        assert _opens(call)
    call_command("rotate_keys", json=True)
    assert json.loads(capsys.readouterr().out) == {"state": "wrapped", "done": 1, "total": 1, "unopened": 0}
    KeyRotation.objects.update(wrapped_at=timezone.now() - DAY)
    with pytest.raises(CommandError, match="No wrapping key"):
        call_command("rotate_keys", document="retired")
    call_command("rotate_keys", retire=True)
    capsys.readouterr()
    call_command("rotate_keys", document="retired")
    settings.KEYSET = capsys.readouterr().out
    keys.forget_keyset()
    assert len(keyset_file.key_ids(keyset_file.document())) == 1
    assert _opens(call)


def test_a_document_is_never_replaced_by_one_that_cannot_be_read(keyset_of_its_own):
    before = keyset_of_its_own.read_text()
    broken = keyset_file.document() | {"encryption": {"primaryKeyId": 1, "key": []}}
    with pytest.raises(Exception, match=r"(?i)key"):
        keyset_file.replace(broken)
    assert keyset_of_its_own.read_text() == before
    with pytest.raises(RotationNotMovable, match="wraps now"):
        keyset_file.without(keyset_file.document(), [keyset_file.primary_id(keyset_file.document())])


def test_a_keyset_that_lacks_the_rotations_key_stops_it(keyset_of_its_own):
    RecordingFactory()
    before = keyset_of_its_own.read_text()
    rotation.begin(actor=CALLWARD, at=timezone.now())
    keyset_of_its_own.write_text(before)
    keys.forget_keyset()
    with pytest.raises(KeysUnavailable, match="right one"):
        rotation.go_on(timezone.now(), seconds=1)
    rotate_keys()
    assert not IntegrityIncident.objects.exists()


def test_what_was_emptied_needs_no_key():
    assert not IntakeDelivery.objects.exists()
    assert rotation.needing(b"\x01none") == RecordingKey.objects.count()


def _as_owner(statement, values):
    """As who owns the database could: past every trigger."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
