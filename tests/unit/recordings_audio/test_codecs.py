"""Whatever the codec: taken in by its bytes, read, and made playable."""

import io
import json

import pytest

from recordings.decoding.piped import Sound, opened
from recordings.decoding.reading import read
from recordings.decoding.rendering import render
from recordings.domain.containers import Judge
from recordings.domain.errors import AudioRefused
from recordings.domain.formats import HEADERLESS, codec_name, declared_by, plays_as_it_is
from recordings.models import Recording
from tests.deliveries import metadata, multipart, posted, wav
from tests.sounds import DECLARED, ENCODED, FRAMES, SECONDS, sound

LENGTHS = dict.fromkeys(ENCODED, SECONDS) | {"GSM": FRAMES * 0.02, "G.729": FRAMES * 0.01}


def judged(content, declared):
    judge = Judge(declared)
    judge.feed(content)
    return judge.verdict().media_type


def container_of(name):
    form = HEADERLESS.get(DECLARED.get(name, ""))
    return opened(io.BytesIO(sound(name)), *((form.form, form.rate_hz) if form else ()))


@pytest.mark.parametrize("name", LENGTHS)
def test_every_codec_is_read_and_made_playable(name):
    media_type = judged(sound(name), DECLARED.get(name, ""))
    with container_of(name) as container:
        reading = read(container)
    assert reading.duration_seconds == pytest.approx(LENGTHS[name], abs=0.25)
    assert reading.errors == 0
    assert max(reading.loudest) > 20
    with container_of(name) as container:
        made = render(container)
    with opened(io.BytesIO(made)) as container:
        again = read(container)
    assert (again.codec, again.channels) == ("opus", reading.channels)
    assert again.duration_seconds == pytest.approx(reading.duration_seconds, abs=0.1)
    assert again.announced_seconds == pytest.approx(reading.duration_seconds, abs=0.1)  # so that it can be sought in
    assert media_type == DECLARED.get(name, media_type)
    assert plays_as_it_is("audio/webm", again.codec)


@pytest.mark.parametrize(
    ("media_type", "codec", "plays"),
    [
        ("audio/wav", "pcm_s16le", True),
        ("audio/wav", "pcm_mulaw", True),
        ("audio/wav", "pcm_alaw", True),
        ("audio/wav", "gsm_ms", False),
        ("audio/wav", "g722", False),
        ("audio/ogg", "opus", True),
        ("audio/ogg", "speex", False),
        ("audio/mpeg", "mp3float", True),
        ("audio/mp4", "aac", False),
        ("audio/amr", "amrnb", False),
        ("audio/pcmu", "pcm_mulaw", False),
        ("audio/wav", "", True),  # not read yet: mostly it plays
        ("audio/gsm", "", False),
    ],
)
def test_what_browsers_play_by_themselves(media_type, codec, plays):
    assert plays_as_it_is(media_type, codec) is plays


def test_neither_side_is_heard_on_the_others_channel():
    with opened(io.BytesIO(wav(seconds=3, left=9000))) as container:
        made = render(container)
    with opened(io.BytesIO(made)) as container:
        left, right = read(container).loudest
    assert left > 50
    assert right <= 1


def test_the_name_of_a_file_declares_what_has_no_header():
    assert [declared_by(f"x/2026/call{ending}") for ending in (".GSM", ".ulaw", ".g729", ".wav", "")] == [
        "audio/gsm",
        "audio/pcmu",
        "audio/g729",
        "",
        "",
    ]


def test_sound_without_a_header_is_refused_where_nothing_declares_it():
    for declared in ("", "audio/wav", "text/plain"):
        with pytest.raises(AudioRefused, match="not audio"):
            judged(sound("G.711 µ-law"), declared)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("audio/pcmu", b"Dear Sir or Madam, this is a letter.\n" * 40),
        ("audio/PCMU;rate=8000", b"<html>Not found</html>"),
        ("audio/gsm", b"\xd1" + bytes(32) + b"\x71" + bytes(32)),
    ],
)
def test_what_plainly_is_something_else_is_refused_whatever_it_is_declared_as(declared, content):
    with pytest.raises(AudioRefused):
        judged(content, declared)


def test_a_file_with_a_header_is_what_its_header_says_whatever_it_is_declared_as():
    assert judged(wav(seconds=0.1, left=5), "audio/gsm") == "audio/wav"


def test_codecs_have_names():
    assert codec_name("pcm_mulaw") == "G.711 µ-law"
    assert codec_name("novel") == "novel"


def test_a_rate_that_changes_on_the_way_loses_nothing():
    both = sound("MP3") + _mp3(8_000)
    with opened(io.BytesIO(both)) as container:
        heard = Sound(container)
        assert sum(frame.samples / frame.sample_rate for frame in heard.frames()) > SECONDS * 1.5
    with opened(io.BytesIO(both)) as container:
        assert render(container)


def _mp3(rate):
    import av

    target = io.BytesIO()
    with opened(io.BytesIO(sound("MP3"))) as source, av.open(target, "w", format="mp3") as written:
        stream = written.add_stream("libmp3lame", rate=rate, layout="stereo")
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=rate)
        for frame in source.decode(audio=0):
            for part in resampler.resample(frame):
                part.pts = None
                written.mux(stream.encode(part))
        written.mux(stream.encode(None))
    return target.getvalue()


@pytest.mark.django_db
def test_raw_audio_is_uploaded_with_the_media_type_that_it_has(client, line, bearer):
    def sent(media_type, **call):
        parts = [
            ("metadata", None, "application/json", json.dumps(metadata(**call)).encode()),
            ("audio", "call.gsm", media_type, sound("GSM")),
        ]
        return posted(client, bearer(), multipart(*parts))

    assert sent("audio/gsm").status_code == 201
    assert Recording.objects.get().media_type == "audio/gsm"
    assert sent("audio/wav").status_code == 422
