"""Whether rows, objects, holds and certificates still agree. What does not is told, not mended."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from recordings.models import (
    AudioFetch,
    Certificate,
    HoldMember,
    IntakeDelivery,
    ObjectRemoval,
    PersonCopy,
    Recording,
    RecordingKey,
)
from recordings.models.queries import PURGE_INTERVAL
from recordings.services.trust import mistrust
from recordings.store import store

ARRIVALS_SETTLE_IN = timedelta(hours=1)  # an upload that is still running has an object and no row yet
REMOVAL_OVERDUE_AFTER = timedelta(hours=1)
LISTED_WITHIN = timedelta(hours=1)
DELIVERIES_WORKED_WITHIN = timedelta(hours=1)
AT_ONCE = 1_000


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it must be. `kind` never changes; `subject` is an id or an object's key."""

    kind: str
    subject: str
    detail: str


def reconcile(*, at: datetime) -> list[Problem]:
    """Every problem, found by comparing all rows with the store. Empty where all invariants hold."""
    checks: tuple[Callable[[datetime], Iterable[Problem]], ...] = (
        _untrusted,
        _rows_without_object,
        _objects_without_row,
        _rows_without_key,
        _certified_but_readable,
        _miscounted_holds,
        _removals_overdue,
        _deliveries_stuck,
        _late,
    )
    return [problem for check in checks for problem in check(at)]


def _untrusted(at: datetime) -> Iterator[Problem]:
    for reason in mistrust():
        yield Problem("cannot_be_trusted", "installation", reason)


def _rows_without_object(at: datetime) -> Iterator[Problem]:
    rows = Recording.objects.filter(object_key__isnull=False).values_list("pk", "object_key")
    for pk, object_key in rows.iterator(chunk_size=AT_ONCE):
        if object_key and store().head(object_key) is None:
            yield Problem("row_without_object", str(pk), "The audio of this recording is not in the store.")


def _objects_without_row(at: datetime) -> Iterator[Problem]:
    older_than = (at - ARRIVALS_SETTLE_IN).timestamp()
    chunk: list[str] = []
    for object_key in store().object_keys(older_than=older_than):
        chunk.append(object_key)
        if len(chunk) == AT_ONCE:
            yield from _unknown(chunk)
            chunk = []
    yield from _unknown(chunk)


def _unknown(object_keys: list[str]) -> Iterator[Problem]:
    """A destroyed recording's object is known until it was read back; one that came back later is a problem."""
    rows = Recording.objects.filter(object_key__in=object_keys).values_list("object_key", flat=True)
    copies = PersonCopy.objects.filter(object_key__in=object_keys, removed_at=None).values_list("object_key", flat=True)
    removals = dict(ObjectRemoval.objects.filter(pk__in=object_keys).values_list("pk", "absent_at"))
    awaited = {key for key, absent_at in removals.items() if absent_at is None}
    for object_key in sorted(set(object_keys) - set(rows) - set(copies) - awaited):
        came_back = object_key in removals
        detail = "It was read back as absent, and is here again." if came_back else "No recording owns this object."
        yield Problem("object_came_back" if came_back else "object_without_row", object_key, detail)


def _rows_without_key(at: datetime) -> Iterator[Problem]:
    keyless = Recording.objects.filter(~Exists(RecordingKey.objects.filter(recording=OuterRef("pk"))))
    for pk in keyless.values_list("pk", flat=True):
        yield Problem("row_without_key", str(pk), "The key of this recording is gone, and no certificate says so.")


def _certified_but_readable(at: datetime) -> Iterator[Problem]:
    certified = Recording.objects.filter(Exists(Certificate.objects.filter(recording_id=OuterRef("pk"))))
    for pk in certified.values_list("pk", flat=True):
        yield Problem("certificate_for_readable", str(pk), "It was certified as destroyed, and is here.")


def _miscounted_holds(at: datetime) -> Iterator[Problem]:
    members = HoldMember.objects.filter(recording=OuterRef("pk"), released_at=None).order_by().values("recording")
    counted = Coalesce(Subquery(members.annotate(count=Count("pk")).values("count")), 0)
    rows = Recording.objects.annotate(members=counted).filter(~Q(hold_count=F("members")))
    for pk, told, members_found in rows.values_list("pk", "hold_count", "members"):
        yield Problem("hold_miscounted", str(pk), f"Its row says {told} holds; {members_found} are in force.")


def _removals_overdue(at: datetime) -> Iterator[Problem]:
    overdue = ObjectRemoval.objects.filter(absent_at=None, asked_at__lt=at - REMOVAL_OVERDUE_AFTER)
    for removal in overdue:
        detail = f"Its object is not known to be absent after {removal.attempts} attempts. {removal.last_error}"
        yield Problem("removal_overdue", str(removal.recording_id), detail.strip())


def _deliveries_stuck(at: datetime) -> Iterator[Problem]:
    """What phone systems delivered is worked or given up; what waits for long after its time, no worker takes."""
    for pk in IntakeDelivery.objects.due(at - DELIVERIES_WORKED_WITHIN).values_list("pk", flat=True):
        yield Problem("delivery_stuck", str(pk), "This delivery should have been worked by now. Look at the worker.")
    for pk in AudioFetch.objects.due(at - DELIVERIES_WORKED_WITHIN).values_list("pk", flat=True):
        yield Problem("fetch_stuck", str(pk), "Its audio should have been fetched by now. Look at the worker.")


def _late(at: datetime) -> Iterator[Problem]:
    """What the machine should have listed or destroyed by now. What a person keeps is shown on the page instead."""
    for pk, delete_by in Recording.objects.to_destroy(at - PURGE_INTERVAL).values_list("pk", "delete_by"):
        yield Problem("late", str(pk), f"It should have gone by {delete_by:%Y-%m-%d %H:%M} UTC, and nothing holds it.")
    released = HoldMember.objects.filter(recording=OuterRef("pk"), released_at__gt=at - LISTED_WITHIN)
    unlisted = Recording.objects.to_list(at - LISTED_WITHIN).filter(
        ~Exists(released), created_at__lt=at - LISTED_WITHIN
    )
    for pk in unlisted.values_list("pk", flat=True):
        yield Problem("not_listed", str(pk), "It should stand on the disposition list by now.")
