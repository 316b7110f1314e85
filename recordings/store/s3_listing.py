"""What lies under the prefix, object by object with all its versions; a page of the listing in memory, no more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from recordings.store.s3_client import Place, code


@dataclass
class Listed:
    """One name. `size_bytes` of what is read now, `spare_bytes` of earlier versions; Unix time of the newest change."""

    name: str
    size_bytes: int = 0
    spare_bytes: int = 0
    changed_at: float = 0.0

    def add(self, entry: dict[str, Any]) -> None:
        self.changed_at = max(self.changed_at, entry["LastModified"].timestamp())
        size = entry.get("Size", 0)  # the mark of a deletion has none
        if entry.get("IsLatest", True):
            self.size_bytes += size
        else:
            self.spare_bytes += size


def listed(client: Any, place: Place) -> Iterator[Listed]:
    """Every name under the prefix, in their order."""
    try:
        yield from _together(client.get_paginator("list_object_versions"), place)
    except ClientError as error:
        if code(error) != "NotImplemented":
            raise
        yield from _together(client.get_paginator("list_objects_v2"), place)  # a store that knows no versions


def _together(paginator: Any, place: Place) -> Iterator[Listed]:
    """The versions of a name may go over the edge of a page: the last name of each waits for the next."""
    open_ones: dict[str, Listed] = {}
    for page in paginator.paginate(Bucket=place.bucket, Prefix=place.prefix):
        for entry in _entries(page):
            open_ones.setdefault(entry["Key"], Listed(entry["Key"])).add(entry)
        for name in sorted(open_ones)[:-1]:
            yield open_ones.pop(name)
    yield from open_ones.values()


def _entries(page: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return [entry for kind in ("Contents", "Versions", "DeleteMarkers") for entry in page.get(kind, ())]
