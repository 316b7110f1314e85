"""Finding a call by what somebody remembers of it: an id, the phone system's id, an agent, a number, a name."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from recordings import keys
from recordings.models import Party, Recording
from recordings.models.queries import RecordingQuerySet
from trail.domain.actors import Actor

_NUMBER = re.compile(r"[+(]?[\d\s().\-/+]{5,}")


@dataclass(frozen=True)
class Found:
    """One call, or the filters of a list. A number and a name become keyed digests, so that an address names nobody."""

    recording_id: UUID | None = None
    filters: dict[str, str] = field(default_factory=dict)


def find(text: str, *, actor: Actor) -> Found:
    """What the text names, among the calls that the actor may know of; in doubt a name."""
    if (exact := _uuid(text)) is not None:
        return Found(exact)
    mine = Recording.objects.visible_to(actor)
    by_source = list(mine.filter(external_id=text).values_list("pk", flat=True)[:2])
    if by_source:
        return Found(by_source[0]) if len(by_source) == 1 else Found(filters={"external": text})
    if agent := mine.filter(agent_id__in={text, text.lower(), text.upper()}).values_list("agent_id", flat=True).first():
        return Found(filters={"agent": agent})
    if _NUMBER.fullmatch(text):
        return Found(filters={"caller": keys.number_index(text).hex()})
    return Found(filters={"person": keys.name_index(text).hex()})


def with_name(recordings: RecordingQuerySet, digest: bytes) -> RecordingQuerySet:
    """Calls with a party of this name. Served by party_name_idx."""
    return recordings.filter(pk__in=Party.objects.filter(name_index=digest).values("recording_id"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
