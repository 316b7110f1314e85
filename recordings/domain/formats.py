"""Forms of audio: what has no header and must be declared, and what every browser plays as it is."""

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Headerless:
    """Sound without a word about itself. `form` is the decoder's name for it, `frame_bytes` the unit it comes in."""

    form: str
    rate_hz: int
    frame_bytes: int = 1


# RFC 3551: 8,000 samples a second for each but L16; the phone systems' raw files are the payloads, one behind another.
HEADERLESS = {
    "audio/pcmu": Headerless("mulaw", 8_000),
    "audio/pcma": Headerless("alaw", 8_000),
    "audio/g722": Headerless("g722", 16_000),
    "audio/gsm": Headerless("gsm", 8_000, 33),
    "audio/g729": Headerless("g729", 8_000, 10),
    "audio/l16": Headerless("s16le", 8_000, 2),  # as phone systems write it to a file: little-endian
}
_SAME = {"audio/x-gsm": "audio/gsm", "audio/basic": "audio/pcmu", "audio/g711-ulaw": "audio/pcmu"}
_SUFFIXES = {
    ".ulaw": "audio/pcmu",
    ".ul": "audio/pcmu",
    ".pcmu": "audio/pcmu",
    ".alaw": "audio/pcma",
    ".al": "audio/pcma",
    ".pcma": "audio/pcma",
    ".g722": "audio/g722",
    ".gsm": "audio/gsm",
    ".g729": "audio/g729",
    ".sln": "audio/l16",
}
# What Chromium, Firefox and Safari play by themselves; for AAC some of them need a decoder of the system.
PLAYED = {
    "audio/wav": {"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_alaw", "pcm_mulaw"},
    "audio/mpeg": {"mp3", "mp3float"},
    "audio/ogg": {"opus", "vorbis", "flac"},
    "audio/webm": {"opus", "vorbis"},
    "audio/flac": {"flac"},
}
_CODECS = {
    "pcm_alaw": "G.711 A-law",
    "pcm_mulaw": "G.711 µ-law",
    "g722": "G.722",
    "adpcm_g722": "G.722",
    "g729": "G.729",
    "g723_1": "G.723.1",
    "gsm": "GSM",
    "gsm_ms": "GSM",
    "amrnb": "AMR",
    "amrwb": "AMR wideband",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "speex": "Speex",
    "mp3": "MP3",
    "mp3float": "MP3",
    "aac": "AAC",
    "flac": "FLAC",
    "alac": "ALAC",
    "pcm_s16le": "PCM, 16 bits",
    "pcm_s24le": "PCM, 24 bits",
    "pcm_u8": "PCM, 8 bits",
    "pcm_f32le": "PCM, 32 bits",
}


def headerless(media_type: str) -> str:
    """`audio/PCMU;rate=8000` → `audio/pcmu`; empty where the type names nothing without a header."""
    plain = media_type.partition(";")[0].strip().lower()
    plain = _SAME.get(plain, plain)
    return plain if plain in HEADERLESS else ""


def declared_by(file_name: str) -> str:
    """The media type that the name of a file without a header tells, by its ending; empty for all other names."""
    return _SUFFIXES.get(PurePath(file_name).suffix.lower(), "")


def plays_as_it_is(media_type: str, codec: str) -> bool:
    """Whether every browser plays it. An empty `codec` is one that nobody has read yet: then the container decides."""
    known = PLAYED.get(media_type, set())
    return codec in known if codec else bool(known)


def codec_name(codec: str) -> str:
    """The decoder's name for it as people say it; an unknown one as it is."""
    return _CODECS.get(codec, codec)
