"""How the store is, in figures: what lies there, when it was last looked at, what waits, and why. No call is named."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Min, Sum

from recordings.domain.errors import StoreUnavailable
from recordings.models import FixityCycle, KeyRotation, ObjectLock, ObjectRemoval, Recording, SetAside, StoreScan
from recordings.services.storekeeping import locks
from recordings.services.storekeeping.orphans import SCANNED_EVERY
from recordings.store import store

OWNER_WORDS = {
    "recording": "audio of recordings",
    "rendition": "playable forms of it",
    "copy": "copies for people who asked",
    "leaving": "of destroyed recordings, to be removed",
}


@dataclass(frozen=True)
class Place:
    """Where the audio lies. `room` in bytes, None where the place does not say; `away` is why it cannot be asked."""

    kind: str
    locks: bool = False
    room: int | None = None
    away: str = ""


@dataclass(frozen=True)
class Fixity:
    """The nightly look. `cycle` runs or is the last; `left` is how many it has not come to."""

    cycle: FixityCycle | None
    finished_at: datetime | None
    left: int


@dataclass(frozen=True)
class Owned:
    """Objects that something owns, by what."""

    word: str
    objects: int
    size_bytes: int


@dataclass(frozen=True)
class Waiting:
    """Objects that a removal waits for, all for the same reason."""

    reason: str
    objects: int
    next_at: datetime | None


@dataclass(frozen=True)
class StoreHealth:
    place: Place
    scan: StoreScan | None
    is_scan_late: bool
    owned: list[Owned]
    aside: int
    aside_bytes: int
    aside_from: datetime | None
    aside_to: datetime | None
    fixity: Fixity
    rotation: KeyRotation | None
    locks_behind: int
    locks_drifted: int
    removals: list[Waiting] = field(default_factory=list)

    @property
    def not_read(self) -> int:
        """Objects that the nightly look passes over: playable forms and copies, which can be made anew."""
        told = self.scan.owned if self.scan else {}
        return sum(told[key][0] for key in ("rendition", "copy") if key in told)

    @property
    def kept_bytes(self) -> int:
        return self.scan.size_bytes if self.scan else 0

    @property
    def may_let_go(self) -> bool:
        """Nothing goes by itself: a person has to look first."""
        return bool(self.aside and self.scan and self.scan.is_strange)


def store_health(at: datetime) -> StoreHealth:
    """All figures of the page, asked for now; the store itself is asked for its room alone."""
    place = _place()
    scan = StoreScan.objects.exclude(finished_at=None).order_by("-started_at").first()
    aside = SetAside.objects.standing().aggregate(
        objects=Count("pk"), size=Sum("size_bytes"), first=Min("remove_after"), last=Max("remove_after")
    )
    return StoreHealth(
        place=place,
        scan=scan,
        is_scan_late=scan is not None and scan.started_at < at - 2 * SCANNED_EVERY,
        owned=_owned(scan),
        aside=aside["objects"],
        aside_bytes=aside["size"] or 0,
        aside_from=aside["first"],
        aside_to=aside["last"],
        fixity=_fixity(),
        rotation=KeyRotation.objects.order_by("-started_at").first(),
        locks_behind=0 if place.away else locks.behind(at),
        locks_drifted=ObjectLock.objects.drifted().count() if place.locks else 0,
        removals=_removals(),
    )


def _place() -> Place:
    scheme = urlsplit(settings.STORAGE_URL).scheme
    kind = {"file": "Files on a disk", "s3": "An S3 bucket"}.get(scheme, "Unknown")
    try:
        return Place(kind, store().locks, store().room())
    except StoreUnavailable as error:
        return Place(kind, away=str(error))


def _owned(scan: StoreScan | None) -> list[Owned]:
    told = scan.owned if scan else {}
    return [Owned(word, *told[key]) for key, word in OWNER_WORDS.items() if key in told]


def _fixity() -> Fixity:
    newest = FixityCycle.objects.order_by("-started_at").first()
    ended = FixityCycle.objects.exclude(finished_at=None).order_by("-started_at").first()
    left = 0
    if newest is not None and newest.finished_at is None:
        ahead = Recording.objects.filter(pk__gt=newest.place, object_key__isnull=False)
        left = ahead.filter(created_at__lt=newest.started_at).count()
    return Fixity(newest, ended.finished_at if ended else None, left)


def _removals() -> list[Waiting]:
    """What was not seen to be absent yet, by the reason that the store gave last."""
    open_ones = ObjectRemoval.objects.filter(absent_at=None)
    rows = open_ones.values_list("last_error").annotate(Count("pk"), Min("next_attempt_at"))
    found = [Waiting(reason or "Not tried yet.", count, next_at) for reason, count, next_at in rows]
    return sorted(found, key=lambda waiting: -waiting.objects)[:10]
