"""A clock that leaps ahead would make everything due at once. The sweep notes each minute that it ran."""

from datetime import datetime, timedelta

from django.conf import settings

from recordings.models import LedgerHead

LONGEST_PAUSE = timedelta(days=30)  # for which Callward may have been switched off without anybody being asked
NOTED_EVERY = timedelta(minutes=1)


def leapt(seen_at: datetime | None, at: datetime) -> bool:
    """Whether so much time has passed since Callward last ran that a person has to say that the clock is right."""
    return seen_at is not None and at - seen_at > LONGEST_PAUSE and not settings.DEMO


def reasons(at: datetime) -> list[str]:
    seen_at = LedgerHead.objects.values_list("seen_at", flat=True).first()
    if not leapt(seen_at, at) or seen_at is None:
        return []
    return [
        f"Callward last ran {(at - seen_at).days} days ago by this machine's clock. If that is so, and the clock is "
        "right, run manage.py trust_clock; else set the clock."
    ]


def note(head: LedgerHead, at: datetime, *, confirmed: bool = False) -> None:
    """Remember that Callward ran; not across a leap, which a person confirms."""
    if confirmed or (not leapt(head.seen_at, at) and (head.seen_at is None or at - head.seen_at >= NOTED_EVERY)):
        head.seen_at = at
        head.save(update_fields=["seen_at"])
