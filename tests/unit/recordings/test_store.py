"""The store: what goes in comes out whole or not at all, and nothing is left behind."""

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from recordings import keys, keyset_file
from recordings.domain.errors import AudioIntegrityLost, KeyDoesNotFit, KeysUnavailable, StoreUnavailable
from recordings.models import RecordingKey
from recordings.store import PIECE_BYTES, AudioWriter, is_ready, read_range, store
from recordings.store.s3_incoming import PART_BYTES
from tests import stores
from tests.deliveries import NothingKept, kept_files, taken, wav
from tests.factories import RecordingFactory
from tests.stores import change, put, sealed
from trail.domain.ids import uuid7

FAR = (timezone.now() + timedelta(days=1)).timestamp()
SIZES = [1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES]


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_any_range_of_any_size_comes_back(each_store, size):
    audio = os.urandom(size)
    recording = RecordingFactory(audio=audio)
    assert b"".join(read_range(recording)) == audio
    for start, stop in [
        (0, 1),
        (size // 2, size),
        (size - 1, size),
        (PIECE_BYTES - 5, PIECE_BYTES + 5),
        (size, size + 9),
    ]:
        assert b"".join(read_range(recording, start, stop)) == audio[start:stop]


@pytest.mark.django_db
def test_a_range_opens_only_its_pieces(each_store):
    recording = RecordingFactory(audio=os.urandom(3 * PIECE_BYTES))
    change(recording.object_key, lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert len(b"".join(read_range(recording, 0, PIECE_BYTES))) == PIECE_BYTES
    with pytest.raises(AudioIntegrityLost):
        list(read_range(recording, 2 * PIECE_BYTES))


def _flipped(sealed):
    return sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:]


def _swapped(sealed):
    half = len(sealed) // 2
    return sealed[half:] + sealed[:half]


def _shortened(sealed):
    return sealed[: len(sealed) // 2]


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [_flipped, _swapped, _shortened, lambda sealed: b""])
def test_audio_that_was_changed_is_never_served(each_store, changed):
    recording = RecordingFactory(audio=os.urandom(2 * PIECE_BYTES))
    change(recording.object_key, changed)
    with pytest.raises(AudioIntegrityLost):
        list(read_range(recording))


@pytest.mark.django_db
def test_the_audio_of_another_recording_is_never_served(each_store):
    mine, other = RecordingFactory(audio=os.urandom(1000)), RecordingFactory(audio=os.urandom(1000))
    put(mine.object_key, sealed(other.object_key))
    with pytest.raises(AudioIntegrityLost):
        list(read_range(mine))


@pytest.mark.django_db
def test_the_key_of_another_recording_opens_nothing():
    mine, other = RecordingFactory(), RecordingFactory()
    wrapped = RecordingKey.objects.get(recording=other).wrapped
    with pytest.raises(KeyDoesNotFit):
        keys.open_key(mine.pk, bytes(wrapped))


def test_a_key_that_another_keyset_wrapped_is_not_taken_for_a_damaged_one(settings):
    recording_id = uuid7()
    wrapped, _ = keys.new_key(recording_id)
    settings.KEYSET = keyset_file.new_document()
    keys.forget_keyset()
    try:
        with pytest.raises(KeysUnavailable, match="right one"):
            keys.open_key(recording_id, wrapped)
    finally:
        settings.KEYSET = ""
        keys.forget_keyset()


@pytest.mark.parametrize("seam", ["write", "fsync", "replace"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EFBIG])
def test_a_store_that_fails_keeps_nothing_and_says_so(monkeypatch, seam, error):
    def fails(*_, **__):
        raise OSError(error, os.strerror(error))

    recording_id = uuid7()
    with NothingKeptInStore():
        writer = AudioWriter(recording_id, keys.new_key(recording_id)[1])
        with monkeypatch.context() as patched:
            patched.setattr(os, seam, fails)
            with pytest.raises(StoreUnavailable):
                _write_and_keep(writer)
        writer.discard()


def _write_and_keep(writer):
    writer.write(b"x" * (PIECE_BYTES + 1))
    writer.keep()


class NothingKeptInStore:
    def __enter__(self):
        self.files = kept_files()

    def __exit__(self, *_):
        assert kept_files() == self.files


@pytest.mark.django_db
def test_a_store_that_fails_during_an_upload_leaves_nothing(line, monkeypatch):
    def fails(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with NothingKept(), monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(StoreUnavailable, match="is full"):
            taken(audio=wav(seconds=1))


def test_deleting_twice_is_deleting_once(each_store):
    incoming = store().incoming()
    incoming.write(b"sealed")
    key = incoming.keep()
    assert store().head(key) == 6
    store().delete(key)
    store().delete(key)
    assert store().head(key) is None


@pytest.mark.django_db
def test_audio_that_is_missing_is_said_to_be_lost(each_store):
    recording = RecordingFactory()
    store().delete(recording.object_key)
    with pytest.raises(AudioIntegrityLost, match="missing"):
        list(read_range(recording))


def test_behind_the_end_of_an_object_there_are_no_bytes(each_store):
    incoming = each_store.incoming()
    incoming.write(b"sealed")
    key = incoming.keep()
    assert each_store.read(key, 2, 100) == b"aled"
    assert each_store.read(key, 6, 100) == b""


def test_an_object_is_there_for_nobody_until_it_is_kept(each_store):
    incoming = each_store.incoming()
    incoming.write(b"x" * (PART_BYTES + 1))
    assert list(each_store.object_keys(older_than=FAR)) == []
    key = incoming.keep()
    assert list(each_store.object_keys(older_than=FAR)) == [key]
    assert each_store.head(key) == PART_BYTES + 1


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, 2 * PART_BYTES + 1])
@pytest.mark.parametrize("is_kept", [False, True])
def test_what_is_discarded_leaves_nothing_however_often(each_store, size, is_kept):
    incoming = each_store.incoming()
    incoming.write(b"x" * size)
    if is_kept:
        incoming.keep()
    incoming.discard()
    incoming.discard()
    assert kept_files() == set()


def test_the_store_says_whether_it_is_ready(each_store):
    with NothingKeptInStore():
        assert is_ready()


def test_a_number_and_a_name_of_equal_letters_have_other_indexes():
    assert keys.blind_index("number", "5") != keys.blind_index("name", "5")
    assert keys.number_index("+1 (512) 555-0142") == keys.number_index("+15125550142")
    assert keys.name_index(" Ada  EKMAN") == keys.name_index("ada ekman")


def test_a_signature_is_verified_with_its_key_and_no_other():
    signature, key_id = keys.sign(b"message")
    assert keys.verify(b"message", signature, key_id)
    assert not keys.verify(b"massage", signature, key_id)
    assert not keys.verify(b"message", signature, "0" * 16)
    assert keys.public_key()["key_id"] == key_id


@pytest.fixture
def lost(monkeypatch, tmp_path):
    """A home whose keyset was lost, in a process that has not read it."""
    file = tmp_path / "keys" / "keyset.json"
    monkeypatch.setattr(keyset_file, "path", lambda: file)
    keys.forget_keyset()
    yield file
    monkeypatch.undo()
    keys.forget_keyset()


@pytest.mark.django_db
def test_a_lost_keyset_is_not_replaced_where_a_store_holds_audio(each_store, tmp_path):
    file = tmp_path / "keys" / "keyset.json"
    incoming = each_store.incoming()
    incoming.write(b"sealed")
    incoming.keep()
    with pytest.raises(KeysUnavailable, match=r"audio is stored\. Put the file back"):
        keyset_file.kept_document(file)
    assert not file.exists()


@pytest.mark.django_db
def test_a_lost_keyset_is_not_replaced_where_a_store_bears_the_mark_of_an_installation(each_store, tmp_path):
    each_store.put_marker(b"whose it is")
    with pytest.raises(KeysUnavailable, match="Put the file back"):
        keyset_file.kept_document(tmp_path / "keys" / "keyset.json")


@pytest.mark.django_db
def test_a_lost_keyset_is_not_replaced_where_the_database_holds_keys(file_store, lost):
    recording = RecordingFactory()  # the first keyset of all is made for it
    store().delete_many([recording.object_key])
    lost.unlink()
    keys.forget_keyset()
    with pytest.raises(KeysUnavailable, match=r"only its keys open\. Put the file back"):
        keys.new_key(uuid7())
    assert not lost.exists()


@pytest.mark.django_db
def test_a_lost_keyset_is_not_replaced_where_the_log_of_destructions_was_signed_with_it(file_store, lost):
    folder = Path(settings.DISPOSITION_LOG)
    folder.mkdir()
    (folder / "000000000001.log").write_bytes(b"lines")
    with pytest.raises(KeysUnavailable, match="what its key signed"):
        keys.keyset()


@pytest.mark.django_db
def test_a_lost_keyset_is_not_replaced_while_the_store_does_not_answer(settings, s3_credentials, lost):
    settings.STORAGE_URL = stores.s3_address("http://127.0.0.1:1")
    store.cache_clear()
    try:
        with pytest.raises(KeysUnavailable, match="whether audio is stored is not known"):
            keys.keyset()
    finally:
        store.cache_clear()


@pytest.mark.django_db
def test_a_keyset_is_made_once_for_its_owner_alone(file_store, tmp_path):
    file = tmp_path / "keys" / "keyset.json"
    first = keyset_file.kept_document(file)
    assert keyset_file.kept_document(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in file.parent.iterdir()] == ["keyset.json"]
