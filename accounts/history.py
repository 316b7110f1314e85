"""What happened to one thing, in words, for its page and its API."""

from dataclasses import dataclass
from datetime import datetime

from accounts.services import names_of
from trail import verbs
from trail.models import Event


@dataclass(frozen=True)
class HistoryEntry:
    """One event: when, what, by whom."""

    at: datetime
    sentence: str
    who: str
    verb: str


def history(subject_kind: str, subject_id: object) -> list[HistoryEntry]:
    """Every event about this thing, oldest first. `subject_kind` is the model's label: `recordings.recording`."""
    events = list(Event.objects.filter(subject_kind=subject_kind, subject_id=str(subject_id)).order_by("sequence"))
    names = names_of(event.actor_id for event in events)
    return [
        HistoryEntry(
            at=event.occurred_at,
            sentence=verbs.sentence(event.verb, event.facts),
            who=names.get(event.actor_id, "Somebody who is gone"),
            verb=event.verb,
        )
        for event in events
    ]
