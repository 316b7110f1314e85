"""One range of bytes, as RFC 9110, 14 asks for it."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"^bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$", re.IGNORECASE | re.ASCII)
_MOST_DIGITS = 19  # more is no position in any file; int() of a very long text is refused by Python anyway


class Unsatisfiable(ValueError):
    """The range begins behind the last byte."""


@dataclass(frozen=True)
class ByteRange:
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def content_range(self, size_bytes: int) -> str:
        """`ByteRange(100, 200).content_range(1000)` → `bytes 100-199/1000`."""
        return f"bytes {self.start}-{self.stop - 1}/{size_bytes}"


def asked_range(header: str, size_bytes: int) -> ByteRange | None:
    """The range that `Range: …` asks for; None: answer with the whole (no range, several, another unit, not one).

    Raises Unsatisfiable. `bytes=0-99`, `bytes=100-` and the last hundred, `bytes=-100`, are all known.
    """
    found = _ONE_RANGE.match(header)
    if not found or not any(found.groups()) or any(len(text) > _MOST_DIGITS for text in found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return _suffix(int(last), size_bytes)
    start, stop = int(first), int(last) + 1 if last else size_bytes
    if stop <= start and last:
        return None  # "bytes=200-100" is not a range, and what is not one is passed over
    if start >= size_bytes:
        raise Unsatisfiable
    return ByteRange(start, min(stop, size_bytes))


def _suffix(length: int, size_bytes: int) -> ByteRange:
    if length == 0 or size_bytes == 0:
        raise Unsatisfiable
    return ByteRange(max(0, size_bytes - length), size_bytes)
