"""Audio that is made to hurt its reader: bounded in a child, kept as it came, and nobody else waits for it."""

import hashlib
import io
import os
import resource
import socket
import struct
from multiprocessing.connection import Connection

import av
import pytest
from django.utils import timezone

from recordings.decoding import child, piped
from recordings.domain.containers import Judge
from recordings.domain.errors import AudioRefused
from recordings.models import AudioProfile
from recordings.services import readers
from recordings.services.probe import AGAIN_AFTER, probe_due
from recordings.services.readers import ReaderDied, answered
from tests.deliveries import taken, wav
from tests.sounds import sound


def with_header(*, channels=2, rate=8_000, announced=0xFFFFFFFF, data=b"\x00" * 64_000):
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, channels & 0xFFFF, rate, rate * 4 & 0xFFFFFFFF, 4, 16)
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + form + b"data" + struct.pack("<I", announced) + data


@pytest.mark.parametrize(
    "bomb",
    [
        with_header(announced=0xFFFFFFF0),  # 4 GiB are announced
        with_header(channels=0xFFFF),
        with_header(channels=0),
        with_header(rate=0),
        with_header(rate=0xFFFFFFFF),
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(5_000),  # a tag of 256 MiB
        b"OggS" + b"\x00\x02" + bytes(20) + b"\xff" + b"\xff" * 255,
        b"\x00\x00\x00\x01ftyp" + b"\xff" * 8 + bytes(100),
        b"fLaC\x00\x00\x00\x22" + bytes(34),
    ],
    ids=[
        "4 GiB",
        "65535 channels",
        "no channel",
        "rate 0",
        "rate 2^32",
        "huge tag",
        "ogg page",
        "mp4 box",
        "flac rate",
    ],
)
def test_a_head_that_lies_is_refused_before_anything_is_decoded(bomb):
    judge = Judge()
    with pytest.raises(AudioRefused):
        _judged(judge, bomb)


def _judged(judge, content):
    judge.feed(content)
    return judge.verdict()


def minutes_of_silence(minutes, container, codec):
    """Nothing but silence, which takes next to no bytes."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as written:
        stream = written.add_stream(codec, rate=8_000, layout="mono")
        frame = av.AudioFrame(format=stream.codec_context.format or "s16", layout="mono", samples=8_000 * 60)
        frame.sample_rate = 8_000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for minute in range(minutes):
            frame.pts = minute * 8_000 * 60
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    return target.getvalue()


def test_more_than_a_day_of_silence_in_a_few_bytes_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(piped, "LONGEST_SECONDS", 300.0)
    bomb = minutes_of_silence(6, "flac", "flac")
    assert len(bomb) < 360 * 8_000 / 40
    with piped.opened(io.BytesIO(bomb)) as container, pytest.raises(piped.Unreadable, match="longer than a day"):
        child.read(container)


HOSTILE = {
    "frames of noise": b"".join(b"\xff\xfb\x90\x64" + hashlib.shake_256(bytes([n])).digest(413) for n in range(250)),
    "a WebM of nothing": b"\x1aE\xdf\xa3" + b"\xff" * 50_000,
    "an AMR of noise": b"#!AMR\n" + bytes(range(256)) * 40,
    "an MP4 whose index is noise": b"\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00\x00\x00\x10\x00moov" + b"\xa5" * 4088,
    "an MP3 with a cover of 2 MB": b"ID3\x03\x00\x00\x00\x7a\x12\x00"
    + b"APIC"
    + bytes(2_000_000)
    + b"\xff\xfb\x90\x64" * 300,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_decoded_is_kept_and_said_so(name, line, db):
    recording = taken(audio=HOSTILE[name])
    assert probe_due(timezone.now()) == 1
    profile = AudioProfile.objects.get(recording=recording)
    recording.refresh_from_db()
    assert profile.outcome in {"unreadable", "damaged"}
    assert recording.object_key
    assert recording.state == "quarantined"


def in_child(limits):
    """The bounds inside a child of the reader, told over its pipe."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        child.confine()
        found = [resource.getrlimit(limit)[0] for limit in limits]
        try:
            socket.socket()
            opened = 1
        except OSError:
            opened = 0
        theirs.send(struct.pack("<6q", *found, opened))
        os._exit(0)
    os.waitpid(pid, 0)
    return struct.unpack("<6q", ours.recv(100))


def test_a_child_may_open_write_and_grow_nothing():
    limits = (
        resource.RLIMIT_AS,
        resource.RLIMIT_CPU,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_CORE,
    )
    assert in_child(limits) == (child.MEMORY_BYTES, child.CPU_SECONDS, 0, 0, 0, 0)


def test_a_file_that_needs_more_memory_than_a_child_has_is_parked_and_its_neighbours_are_read(
    line, db, monkeypatch, tmp_path
):
    """The child of the first runs out of memory each time; the others' are as they were."""
    monkeypatch.setattr(readers, "DECODER", "tests.unit.recordings_audio.small_decoder")
    monkeypatch.setattr(readers, "_server", readers.Server())
    greedy = taken(audio=sound("FLAC"))
    neighbours = [taken(audio=wav(seconds=1, left=500)) for _ in range(2)]
    now = timezone.now()
    for attempt in range(3):
        probe_due(now + attempt * AGAIN_AFTER)
    profile = AudioProfile.objects.get(recording=greedy)
    assert (profile.attempts, profile.outcome) == (3, "unreadable")
    assert set(AudioProfile.objects.filter(recording__in=neighbours).values_list("outcome", "attempts")) == {
        ("good", 1)
    }


def test_a_child_that_says_nothing_is_not_waited_for_for_ever(line, db, monkeypatch):
    monkeypatch.setattr(readers, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(readers, "DECODER", "tests.unit.recordings_audio.silent_decoder")
    monkeypatch.setattr(readers, "_server", readers.Server())
    with pytest.raises(ReaderDied), answered(taken(audio=wav(seconds=1)), "read"):
        pass


def test_what_an_overrun_child_says_is_never_unpickled(line, db, monkeypatch):
    monkeypatch.setattr(readers, "DECODER", "tests.unit.recordings_audio.lying_decoder")
    monkeypatch.setattr(readers, "_server", readers.Server())
    with pytest.raises(ReaderDied), answered(taken(audio=wav(seconds=1)), "read"):
        pass


def test_a_child_whose_asker_is_gone_ends():
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        try:
            child.serve(Connection(theirs.detach()), "read 1000 100 - 0")
        except (EOFError, OSError):
            os._exit(7)
        os._exit(1)
    theirs.close()
    ours.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
