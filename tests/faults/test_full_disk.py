"""A disk that fills up, a limit on files, a disk that turns read-only: refused uploads leave nothing, the rest goes on.

The limit and the errors are the system's own, in a child process; what is read and removed meanwhile is real.
"""

import errno
import os
import resource
import traceback

import pytest
from django.utils import timezone

from recordings.domain.errors import StoreFull, StoreUnavailable
from recordings.models import ObjectRemoval, Recording
from recordings.services import trust
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from recordings.store import PIECE_BYTES, read_range, store
from tests.deliveries import clip, delivered, kept_files, metadata
from tests.factories import AUDIO, RecordingFactory

pytestmark = pytest.mark.django_db

LIMIT = 2 * PIECE_BYTES


@pytest.fixture(autouse=True)
def _own_store(file_store):
    return file_store


def _in_a_child(work):
    """`work()` in a forked child; it returns nothing and raises nothing, or the test fails with what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work()
        except BaseException:
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert not said, said


def test_a_file_that_may_not_grow_so_long_is_a_full_store_and_leaves_nothing():
    def write():
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
        incoming = store().incoming()
        incoming.write(b"x" * PIECE_BYTES)
        with pytest.raises(StoreFull):
            incoming.write(b"x" * LIMIT)
        incoming.discard()

    _in_a_child(write)
    assert kept_files() == set()


class _Failing:
    """Every write of a file fails, as on a disk that is full or was remounted; reading and removing go on."""

    def __init__(self, monkeypatch, number, *calls):
        def fails(*_, **__):
            raise OSError(number, os.strerror(number))

        for call in calls:
            monkeypatch.setattr(os, call, fails)


def test_a_full_disk_answers_507_keeps_nothing_and_is_emptied_by_the_purge(client, line, bearer, monkeypatch):
    kept, expired = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=line, expired=True)
    assert trust.mistrust() == []
    headers, before = bearer(), kept_files()
    with monkeypatch.context() as patched:
        _Failing(patched, errno.ENOSPC, "write")
        answer = delivered(client, headers, metadata(), clip("full_inbound.opus"))
        assert (answer.status_code, answer.json()["type"]) == (507, "/problems/store-full")
        assert (kept_files(), Recording.objects.count()) == (before, 2)
        assert b"".join(read_range(kept)) == AUDIO
        assert trust.mistrust() == []
    assert purge_batch(at=timezone.now()) == 1
    assert object_removals(at=timezone.now()) == 1
    assert store().head(expired.object_key) is None


def test_a_disk_that_turned_read_only_refuses_uploads_plays_and_marks_removals_failed(
    client, line, bearer, monkeypatch
):
    kept, gone = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=line, expired=True)
    headers, before = bearer(), kept_files()
    assert purge_batch(at=timezone.now()) == 1
    with monkeypatch.context() as patched:
        _Failing(patched, errno.EROFS, "unlink", "replace")
        answer = delivered(client, headers, metadata(), clip("full_inbound.opus"))
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
        assert b"".join(read_range(kept)) == AUDIO
        assert object_removals(at=timezone.now()) == 0
    assert "Read-only" in ObjectRemoval.objects.get().last_error
    later = ObjectRemoval.objects.get().next_attempt_at
    assert object_removals(at=later) == 1
    assert kept_files() - before <= {file for file in kept_files() if file.startswith("incoming/")}
    assert store().head(gone.object_key) is None


def test_an_fsync_that_fails_is_a_failed_upload_and_is_not_tried_again(monkeypatch):
    calls = []

    def fails(descriptor):
        calls.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    incoming = store().incoming()
    incoming.write(b"sealed")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(StoreUnavailable, match="Input/output"):
            incoming.keep()
    incoming.discard()
    assert len(calls) == 1
    assert kept_files() == set()


def test_bytes_are_synced_before_they_have_their_name_and_the_folder_before_it_is_told(monkeypatch):
    happened = []
    for call in ("fsync", "replace"):
        real = getattr(os, call)
        monkeypatch.setattr(os, call, lambda *args, call=call, real=real: (happened.append(call), real(*args))[1])
    incoming = store().incoming()
    incoming.write(b"sealed")
    incoming.keep()
    named = len(happened) - 1 - happened[::-1].index("replace")  # a first try may find that its folder is to be made
    assert "fsync" in happened[:named]
    assert happened[named + 1 :] == ["fsync"]
