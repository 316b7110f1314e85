"""Questions to the table of recordings, each named by its answer."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.lookups import LessThanOrEqual

from recordings.gate import assert_open
from recordings.models.reach import within_reach
from trail.domain.actors import Actor

if TYPE_CHECKING:
    from recordings.models.recordings import Recording  # noqa: F401  named in the type of the rows

PURGE_INTERVAL = timedelta(minutes=5)  # what is readable for longer than this after its delete-by is late


def spelt_array(ids: Iterable[UUID]) -> str:
    """UUIDs as PostgreSQL spells an array of them: one value of a statement, however many they are."""
    return f"{{{','.join(map(str, ids))}}}"


def many(ids: Iterable[UUID]) -> RawSQL:
    """For `__in`, where thousands of single values would cost more than what is asked."""
    return RawSQL("SELECT unnest(%s::uuid[])", (spelt_array(ids),))


class ListedFrom(models.Func):
    """When a recording goes on the disposition list: its cooling period before `delete_by`. In UTC, to be indexed."""

    output_field = models.DateTimeField()
    template = "((%(expressions)s) AT TIME ZONE 'UTC')"
    arg_joiner = " AT TIME ZONE 'UTC' - interval '1 second' * "

    def __init__(self, delete_by: str = "delete_by", cooling_seconds: str = "cooling_seconds") -> None:
        super().__init__(delete_by, cooling_seconds)


class RecordingQuerySet(models.QuerySet["Recording"]):
    def visible_to(self, actor: Actor) -> Self:
        """What this actor may know of. Every look-up that a person or a token causes begins here.

        Raises RecordingsClosed: the database is older than the disposition log.
        """
        assert_open()
        return within_reach(self, actor, recording="pk", source="source")

    def expired(self, at: datetime) -> Self:
        """Delete-by moment reached at `at`. Served by recording_expired_idx."""
        return self.filter(delete_by__lte=at)

    def to_list(self, at: datetime) -> Self:
        """Due on the disposition list at `at`, and not on it. Served by recording_to_list_idx."""
        return self.without_hold().without_conflict().filter(listed_at=None).filter(LessThanOrEqual(ListedFrom(), at))

    def without_conflict(self) -> Self:
        """No minimum later than a maximum: such a one is kept until a person decides."""
        return self.exclude(quarantine_reasons__contains=["retention_conflict"])

    def in_conflict(self) -> Self:
        """A minimum later than a maximum: kept until a person decides. Served by recording_state_newest_idx."""
        waiting = ("quarantined", "awaiting_audio")  # nothing that has a reason is stored
        return self.filter(state__in=waiting, quarantine_reasons__contains=["retention_conflict"])

    def without_objection(self, at: datetime) -> Self:
        """Nobody objects, or no longer at `at`."""
        return self.filter(Q(objected_until=None) | Q(objected_until__lte=at))

    def to_destroy(self, at: datetime) -> Self:
        """Everything that must be true of a row before it goes, each of it a column of that row."""
        cooling = models.ExpressionWrapper(
            F("cooling_seconds") * models.Value(timedelta(seconds=1)), output_field=models.DurationField()
        )
        cooled = LessThanOrEqual(F("listed_at") + cooling, at)
        return (
            self.expired(at)
            .without_hold()
            .without_conflict()
            .filter(cooled, keep_until__lte=at)
            .filter(Q(needs_approval=False) | Q(approved_at__isnull=False))
            .without_objection(at)
        )

    def unclaimed(self) -> Self:
        """None that a worker is about to destroy, or that failed before. One look at the few claims there are."""
        claimed = RawSQL("SELECT unnest(recording_ids) FROM recordings_purgeclaim", ())
        return self.exclude(pk__in=claimed)

    def late(self, at: datetime) -> Self:
        """Readable after its delete-by date though nothing holds it. There must be none."""
        return self.expired(at - PURGE_INTERVAL).without_hold()

    def locked(self, ids: Collection[UUID]) -> Self:
        """These rows, locked against destruction, in one order for all, so that nobody blocks another for ever."""
        return self.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")

    def without_hold(self) -> Self:
        """No legal hold in force. A count on the row itself, so a claim that waited for the row sees a new hold."""
        return self.filter(hold_count=0)

    def claimed(self, limit: int) -> Self:
        """Up to `limit` rows locked, oldest first, passing over other workers' rows; inside a transaction."""
        return self.select_for_update(skip_locked=True, of=("self",)).order_by("delete_by", "pk")[:limit]
