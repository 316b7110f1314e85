"""One call's sound in every codec that phone systems keep calls in: encoded here, or as frames where no encoder is."""

import io
import random
from functools import cache
from typing import Any

import av

from tests.deliveries import CLIPS

# name: (codec, container, rate, layout, bits a second)
ENCODED: dict[str, tuple[str, str, int, str, int]] = {
    "G.711 A-law in WAV": ("pcm_alaw", "wav", 8_000, "stereo", 0),
    "G.711 µ-law in WAV": ("pcm_mulaw", "wav", 8_000, "stereo", 0),
    "G.711 A-law": ("pcm_alaw", "alaw", 8_000, "mono", 0),
    "G.711 µ-law": ("pcm_mulaw", "mulaw", 8_000, "mono", 0),
    "G.722": ("g722", "g722", 16_000, "mono", 0),
    "L16": ("pcm_s16le", "s16le", 8_000, "mono", 0),
    "AMR": ("libopencore_amrnb", "amr", 8_000, "mono", 12_200),
    "Opus in Ogg": ("libopus", "ogg", 48_000, "stereo", 0),
    "Opus in WebM": ("libopus", "webm", 48_000, "stereo", 0),
    "MP3": ("libmp3lame", "mp3", 16_000, "stereo", 64_000),
    "AAC in MP4": ("aac", "mp4", 16_000, "stereo", 0),
    "AAC": ("aac", "adts", 16_000, "stereo", 0),
    "FLAC": ("flac", "flac", 8_000, "stereo", 0),
    "ADPCM in WAV": ("adpcm_ima_wav", "wav", 8_000, "mono", 0),
}
DECLARED = {
    "G.711 A-law": "audio/pcma",
    "G.711 µ-law": "audio/pcmu",
    "G.722": "audio/g722",
    "L16": "audio/l16",
    "GSM": "audio/gsm",
    "G.729": "audio/g729",
}
SECONDS = 6.0
FRAMES = 200


@cache
def sound(name: str) -> bytes:
    """The clip in that codec. GSM: frames of noise, 4 s; G.729: frames of noise, 2 s."""
    noise = random.Random(7)  # noqa: S311  no secret
    if name == "GSM":
        return b"".join(bytes([0xD0 | noise.randrange(16)]) + noise.randbytes(32) for _ in range(FRAMES))
    if name == "G.729":
        return noise.randbytes(10 * FRAMES)
    codec, container, rate, layout, bits = ENCODED[name]
    target = io.BytesIO()
    with (
        av.open(str(CLIPS / "full_inbound.opus")) as source,
        av.open(target, "w", format=container) as written,
    ):
        stream: Any = written.add_stream(codec, rate=rate, layout=layout)  # type: ignore[call-overload]
        if bits:
            stream.bit_rate = bits
        resampler = av.AudioResampler(format=stream.codec_context.format or "s16", layout=layout, rate=rate)
        for frame in source.decode(audio=0):
            if frame.time is not None and frame.time >= SECONDS:
                break
            for part in resampler.resample(frame):
                part.pts = None
                written.mux(stream.encode(part))
        written.mux(stream.encode(None))
    return target.getvalue()
