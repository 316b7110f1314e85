"""What kind of audio it is, judged while it streams past."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.domain.containers import Judge, ogg_checksum
from recordings.domain.errors import AudioRefused
from tests.deliveries import clip, wav


def judged(audio: bytes, chunk: int = 4096):
    judge = Judge()
    for begin in range(0, len(audio), chunk):
        judge.feed(audio[begin : begin + chunk])
    return judge.verdict()


FLAC = b"fLaC\x80\x00\x00\x22" + bytes(10) + (8000 << 4).to_bytes(3) + bytes(40)
MP4 = (24).to_bytes(4) + b"ftypM4A " + bytes(12) + (16).to_bytes(4) + b"moov" + bytes(8) + (8).to_bytes(4) + b"mdat"
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3


@pytest.mark.parametrize(
    ("audio", "media_type"),
    [
        (wav(seconds=0.1), "audio/wav"),
        (clip("full_inbound.opus"), "audio/ogg"),
        (FLAC, "audio/flac"),
        (MP4, "audio/mp4"),
        (MP3, "audio/mpeg"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + MP3, "audio/mpeg"),
        (b"#!AMR\n" + bytes(100), "audio/amr"),
        (b"\x1aE\xdf\xa3" + bytes(100), "audio/webm"),
    ],
)
def test_each_kind_is_known_by_its_bytes(audio, media_type):
    assert judged(audio).media_type == media_type


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (b"", "empty"),
        (b"RIFF", "not_audio"),
        (b"<html>" + bytes(100), "not_audio"),
        (b"PK\x03\x04" + bytes(100), "not_audio"),
        (wav(seconds=0), "empty"),
        (wav(seconds=1)[:-1], "truncated"),
        (wav(seconds=1)[:30], "truncated"),
        (wav(seconds=1) + b"\x00\x01junkjunk", "length_mismatch"),
        (wav(seconds=1)[:12] + wav(seconds=1)[36:], "bad_header"),
        (clip("full_inbound.opus")[:-10], "truncated"),
        (clip("full_inbound.opus")[:10] + b"\x01" + clip("full_inbound.opus")[11:], "bad_header"),
        (FLAC.replace((8000 << 4).to_bytes(3), bytes(3)), "bad_header"),
        (MP4[:24] + MP4[40:], "truncated"),
    ],
)
def test_what_is_wrong_is_named(audio, reason):
    with pytest.raises(AudioRefused) as refused:
        judged(audio)
    assert refused.value.reason_code == reason


def test_chunks_after_the_sound_are_passed_over():
    assert judged(wav(seconds=0.1) + b"LIST\x04\x00\x00\x00INFO").media_type == "audio/wav"


def test_an_ogg_with_a_broken_page_is_damaged():
    assert judged(clip("garbage_in_middle.ogg")).damaged


def test_the_checksum_of_ogg():
    assert ogg_checksum(b"\x00\x01") == 0x04C11DB7


@given(st.integers(1, 5000))
def test_the_size_of_the_chunks_does_not_matter(chunk):
    assert judged(clip("full_inbound.opus"), chunk) == judged(clip("full_inbound.opus"))


KNOWN = [b"RIFF\x00\x00\x00\x00WAVE", b"OggS", b"\x00\x00\x00\x18ftyp", b"fLaC", b"ID3", b"\xff\xfb\x90"]


@given(st.sampled_from([*KNOWN, b""]), st.binary(max_size=300))
def test_any_bytes_are_judged_or_refused_and_nothing_else(magic, rest):
    with contextlib.suppress(AudioRefused):
        assert judged(magic + rest, 7).media_type.startswith("audio/")
