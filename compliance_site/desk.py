"""A reviewer's desk: the next call, the queue in its drawn order, what is done and what is late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.utils import timezone

from accounts.models import User
from audits.models import Assignment, Review
from audits.services.figures import next_draw_at
from audits.services.reviews import next_assignment
from recordings.models import Recording

SHOWN = 6


@dataclass(frozen=True)
class DeskCall:
    """One call of the queue, as far as a reviewer may know it before the answers: no agent, no number."""

    assignment: Assignment
    started_at: datetime | None
    seconds: float | None
    direction: str
    line: str
    is_overdue: bool


@dataclass(frozen=True)
class Desk:
    next: DeskCall | None
    queue: list[DeskCall]
    open: int
    overdue: int
    oldest_due_at: datetime | None
    due_today: int
    done_today: int
    in_review: DeskCall | None
    done_4_weeks: int
    minutes_a_review: float | None  # the middle one of them
    next_draw_at: datetime | None  # asked only where there is nothing to review

    @property
    def of_today(self) -> int:
        """Done today and still to do by tonight."""
        return self.done_today + self.overdue + self.due_today

    @property
    def pace(self) -> str:
        """How long a review takes, in words: `about 7 minutes each`; empty where nothing was measured."""
        if self.minutes_a_review is None:
            return ""
        minutes = round(self.minutes_a_review)
        if self.minutes_a_review < 1:
            return "under a minute each"
        return f"about {minutes} minutes each" if minutes > 1 else "about a minute each"

    @property
    def left(self) -> str:
        """How long the rest of today takes at this pace: `3 h 50`; empty where it is too little to tell."""
        minutes = round((self.of_today - self.done_today) * (self.minutes_a_review or 0))
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest:02d}" if hours else f"{rest} min" if rest else ""


def desk(user: User, now: datetime) -> Desk:
    mine = Assignment.objects.visible_to(user).filter(reviewer=user)
    still_open = mine.open().select_related("sample__plan", "line_of_business").in_drawn_order()
    local = timezone.localtime(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    first = next_assignment(user)
    queue = list(still_open[:SHOWN])
    running = still_open.filter(state=Assignment.State.IN_REVIEW).first()
    calls = _calls([*queue, *(one for one in (first, running) if one)], now)
    done = Review.objects.filter(assignment__reviewer=user, submitted_at__gt=now - timedelta(weeks=4))
    took = [(end - start).total_seconds() / 60 for start, end in done.values_list("started_at", "submitted_at") if end]
    overdue = mine.overdue(now).order_by("due_at")
    return Desk(
        next=calls[first.pk] if first else None,
        queue=[calls[one.pk] for one in queue],
        open=mine.open().count(),
        overdue=overdue.count(),
        oldest_due_at=overdue.values_list("due_at", flat=True).first(),
        due_today=mine.open().filter(due_at__gte=now, due_at__lt=midnight + timedelta(days=1)).count(),
        done_today=done.filter(submitted_at__gte=midnight).count(),
        in_review=calls[running.pk] if running else None,
        done_4_weeks=len(took),
        minutes_a_review=median(took) if took else None,
        next_draw_at=None if first else next_draw_at(user),
    )


def _calls(assignments: list[Assignment], now: datetime) -> dict[object, DeskCall]:
    found = Recording.objects.filter(pk__in=[one.recording_id for one in assignments]).select_related("profile")
    recordings = {recording.pk: recording for recording in found}
    return {one.pk: _call(one, recordings.get(one.recording_id), now) for one in assignments}


def _call(assignment: Assignment, recording: Recording | None, now: datetime) -> DeskCall:
    profile = getattr(recording, "profile", None)
    heard = profile.duration_seconds if profile else None
    return DeskCall(
        assignment=assignment,
        started_at=recording.started_at if recording else None,
        seconds=heard if heard or not recording else recording.length_seconds,
        direction=recording.get_direction_display().lower() if recording else "",
        line=assignment.line_of_business.name,
        is_overdue=assignment.due_at < now,
    )
