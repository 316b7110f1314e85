"""Reproducible draws: from a frame whose digest was committed before the seed was known.

Each call has a sample key, given at its intake: pseudo-random by a secret and independent of everything about the call.
In the order of their keys the calls lie on a circle; the seed names a point on it. The draw takes the calls from there,
once round. Whoever knows the keys cannot foresee the seed, and whoever makes the seed committed to the frame before.

A stratified frame names a stratum with each call: each stratum is a circle of its own, with a point of its own, and the
drawn order takes one call of each in turn. So every stratum gives as many calls as any other, or all that it has.
"""

import bisect
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar
from uuid import UUID

from trail.domain.chain import canonical_json

ALGORITHM = "key-circle-1"
STRATIFIED = "key-circle-strata-1"

Entry = tuple[str, int] | tuple[str, int, str]  # recording id, sample key, and the stratum of a stratified frame
Frame = Sequence[Entry]  # in the order of key and id
T = TypeVar("T")


def frame_of(calls: Iterable[tuple[UUID, int] | tuple[UUID, int, str]]) -> list[Entry]:
    """The calls as a frame: each once, in the order of key and id."""
    ordered = sorted(set(calls), key=lambda one: (one[1], one[0]))
    return [(str(one[0]), one[1]) if len(one) == 2 else (str(one[0]), one[1], one[2]) for one in ordered]


def frame_digest(frame: Frame) -> str:
    """SHA-256 of the frame's canonical JSON, `[["<id>",<key>(,"<stratum>")],…]`, in hexadecimal."""
    return hashlib.sha256(canonical_json([list(entry) for entry in frame])).hexdigest()


def point(seed: str, stratum: str | None = None) -> int:
    """Where on the circle the draw begins: the first 8 bytes, signed, of a SHA-256.

    It is taken over `callward key-circle-1 <seed>`, for a stratum over `callward key-circle-strata-1 <seed> <stratum>`.
    """
    said = f"callward {ALGORITHM} {seed}" if stratum is None else f"callward {STRATIFIED} {seed} {stratum}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], signed=True)


def stratum_of(entry: Entry) -> str | None:
    """None: the frame is not stratified."""
    return entry[2] if len(entry) == 3 else None


def strata(frame: Frame) -> dict[str | None, list[Entry]]:
    """The calls of each stratum, the strata in the order of their names."""
    found: dict[str | None, list[Entry]] = {}
    for entry in frame:
        found.setdefault(stratum_of(entry), []).append(entry)
    return dict(sorted(found.items(), key=lambda one: one[0] or ""))


def drawn_order(frame: Frame, seed: str) -> list[str]:
    """Every call of the frame in the order in which this seed draws it: the sample first, then its replacements."""
    circles = [_from_point(calls, point(seed, stratum)) for stratum, calls in strata(frame).items()]
    return [call for turn in zip_longest(*circles) for call in turn if call is not None]


def draw(frame: Frame, seed: str, size: int) -> list[str]:
    """The first `size` calls of each stratum, in the drawn order; all of a smaller one."""
    return drawn_order(frame, seed)[: sum(min(size, len(calls)) for calls in strata(frame).values())]


def _from_point(calls: Frame, start: int) -> list[str]:
    first = bisect.bisect_left([entry[1] for entry in calls], start)
    return [entry[0] for entry in [*calls[first:], *calls[:first]]]


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
