"""Files as a phone system leaves them."""

import struct
from pathlib import Path

FREEPBX_NAME = "external-201-13125550142-20261120-140509-1763665509.7.wav"


def wav(sound: bytes = b"\x00\x01" * 800) -> bytes:
    """A call of 8 kHz mono PCM."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(sound), b"WAVE")
        + form
        + struct.pack("<4sI", b"data", len(sound))
        + sound
    )


def written(folder: Path, name: str, sound: bytes = b"\x00\x01" * 800) -> bytes:
    """Write one call's audio; its bytes."""
    file, content = folder / name, wav(sound)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return content
