"""Reproducible draws: from a frame whose digest was committed before the seed was known.

Each call has a sample key, given at its intake: pseudo-random by a secret and independent of everything about the call.
In the order of their keys the calls lie on a circle; the seed names a point on it. The draw takes the calls from there,
once round. Whoever knows the keys cannot foresee the seed, and whoever makes the seed committed to the frame before.
"""

import bisect
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from trail.domain.chain import canonical_json

ALGORITHM = "key-circle-1"

Frame = Sequence[tuple[str, int]]  # (recording id, sample key), in the order of key and id
T = TypeVar("T")


def frame_of(calls: Iterable[tuple[UUID, int]]) -> list[tuple[str, int]]:
    """The calls as a frame: each once, in the order of key and id."""
    return [(str(call), key) for key, call in sorted({(key, call) for call, key in calls})]


def frame_digest(frame: Frame) -> str:
    """SHA-256 of the frame's canonical JSON, `[["<id>",<key>],…]`, in hexadecimal."""
    return hashlib.sha256(canonical_json([[call, key] for call, key in frame])).hexdigest()


def point(seed: str) -> int:
    """Where on the circle the draw begins: the first 8 bytes of SHA-256 over `callward key-circle-1 <seed>`, signed."""
    digest = hashlib.sha256(f"callward {ALGORITHM} {seed}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def drawn_order(frame: Frame, seed: str) -> list[str]:
    """Every call of the frame in the order in which this seed draws it: the sample first, then its replacements."""
    start = bisect.bisect_left([key for _, key in frame], point(seed))
    return [call for call, _ in frame[start:]] + [call for call, _ in frame[:start]]


def draw(frame: Frame, seed: str, size: int) -> list[str]:
    """The first `size` calls of the drawn order; all of a smaller frame."""
    return drawn_order(frame, seed)[:size]


def round_robin(candidates: Sequence[Sequence[T]]) -> Iterator[T]:
    """One candidate for each call: whoever of those that may take it has had the fewest, the earlier listed one first.

    Raises ValueError: a call that nobody may take.
    """
    given: dict[T, int] = {}
    for may_take in candidates:
        if not may_take:
            raise ValueError("a call without a candidate")
        chosen = min(may_take, key=lambda one: given.get(one, 0))
        given[chosen] = given.get(chosen, 0) + 1
        yield chosen
