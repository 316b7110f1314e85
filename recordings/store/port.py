"""The port: what Callward asks of a place for audio. Bytes are durable before `keep` returns."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from recordings.domain.errors import StoreFull, StoreUnavailable


@dataclass(frozen=True)
class StoredObject:
    """What lies in the store under one name. `spare_bytes`: of versions that nobody reads any more."""

    key: str
    size_bytes: int
    spare_bytes: int = 0
    is_ours: bool = True  # its name is one that Callward gives; else it is another's, and never touched


@dataclass(frozen=True)
class Refused:
    """Why an object was not removed; `until` where the store itself says how long it keeps it."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class Lock:
    """What the store itself refuses to remove: before a moment, or while a legal hold is on it."""

    until: datetime | None = None
    held: bool = False


class IncomingObject(Protocol):
    """An object that is being written; it exists for nobody until it is kept."""

    def write(self, data: bytes) -> None: ...

    def keep(self) -> str:
        """Make it durable under a fresh key, which is returned. Raises StoreUnavailable."""
        ...

    def discard(self) -> None:
        """Leave nothing behind, kept or not. Doing it twice is doing it once."""
        ...


class Store(Protocol):
    """What Callward asks of a place for audio. Everything raises StoreUnavailable where the place does not answer."""

    locks: bool  # whether it keeps objects by a lock of its own

    def incoming(self) -> IncomingObject: ...

    def read(self, object_key: str, start: int, length: int) -> bytes:
        """These bytes of an object. Raises AudioIntegrityLost where it is absent, StoreUnavailable."""
        ...

    def head(self, object_key: str) -> int | None:
        """Size in bytes; None where there is no such object."""
        ...

    def delete(self, object_key: str) -> None:
        """Remove the object. "Already absent" is success. Raises StoreLocked."""
        ...

    def delete_many(self, object_keys: Collection[str]) -> dict[str, Refused]:
        """Remove these, several at a time, in every version; what could not be removed, with the reason."""
        ...

    def remaining(self, object_keys: Collection[str]) -> set[str]:
        """Which of these are there in any version. Raises StoreUnavailable where it cannot be told of one."""
        ...

    def object_keys(self, *, older_than: float) -> Iterator[str]:
        """Keys of objects that were all there before this Unix time; one is named late rather than early."""
        ...

    def objects(self, *, older_than: float) -> Iterator[StoredObject]:
        """As `object_keys`, with sizes and all versions, and with what is not ours."""
        ...

    def clear_arrivals(self, *, older_than: float) -> int:
        """Remove what was begun before this Unix time and never kept, such as by a process that died; how many went."""
        ...

    def room(self) -> int | None:
        """Bytes that still fit; None where the place does not say."""
        ...

    def marker(self) -> bytes | None:
        """What `put_marker` left beside the objects; None where it is not there."""
        ...

    def put_marker(self, content: bytes) -> None:
        """Leave a mark by which the place is known again. Durable before it returns."""
        ...

    def lock(self, object_key: str, *, until: datetime | None, held: bool) -> None:
        """Ask the place to keep the object until then, and while held. A later moment than asked for stays."""
        ...

    def lock_of(self, object_key: str) -> Lock | None:
        """What the place says of its lock; None where there is no such object."""
        ...


def unavailable(reason: str) -> StoreUnavailable:
    """What every store says where it cannot do what it was asked."""
    return StoreUnavailable(f"The audio store cannot be used just now: {reason}. Try again later.")


def full() -> StoreFull:
    """What every store says where nothing more fits."""
    return StoreFull("The audio store is full. Nothing of it was kept; send it again when there is room.")
