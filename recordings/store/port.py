"""The port: what Callward asks of a place for audio. Bytes are durable before `keep` returns."""

from collections.abc import Iterator
from typing import Protocol

from recordings.domain.errors import StoreUnavailable


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
    """What Callward asks of a place for audio."""

    def incoming(self) -> IncomingObject: ...

    def read(self, object_key: str, start: int, length: int) -> bytes:
        """These bytes of an object. Raises AudioIntegrityLost where it is absent, StoreUnavailable."""
        ...

    def head(self, object_key: str) -> int | None:
        """Size in bytes; None where there is no such object."""
        ...

    def delete(self, object_key: str) -> None:
        """Remove the object. "Already absent" is success."""
        ...

    def object_keys(self, *, older_than: float) -> Iterator[str]:
        """Keys of objects that were all there before this Unix time; one is named late rather than early."""
        ...

    def clear_arrivals(self, *, older_than: float) -> int:
        """Remove what was begun before this Unix time and never kept, such as by a process that died; how many went."""
        ...


def unavailable(reason: str) -> StoreUnavailable:
    """What every store says where it cannot do what it was asked."""
    return StoreUnavailable(f"The audio store cannot be used just now: {reason}. Try again later.")
