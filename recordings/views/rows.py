"""A recording as one row of a list: finished values, so that the template chooses only words and order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.permissions import Act, may
from recordings import words
from recordings.models import Party, Recording
from recordings.services.people import People, people_of
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Moment:
    """When something ends: a local day where it ends with one, else the instant."""

    text: str
    at: datetime

    @property
    def exact(self) -> str:
        """For the hover, as everywhere: to the second, in UTC."""
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class Sees:
    """What this person may know beside the call itself."""

    names: bool
    matters: bool
    under: UUID | None = None  # the hold whose page it is


@dataclass(frozen=True)
class Row:
    recording: Recording
    state: str
    title: str  # the number where this person may see it, else who was called
    place: str
    under: str  # the title's second line: place and agent, as far as this person may know them
    seconds: float | None  # None: not known
    keep_until: Moment
    delete_by: Moment
    note: str  # under the delete-by day: what makes it another one; the matter, for who may see holds
    reasons: tuple[str, ...]
    marks: tuple[str, ...]  # what a listener should know of the audio, in a word or two each

    @property
    def has_minimum(self) -> bool:
        """Something asks to keep it; without that, `keep_until` is the call's own end."""
        return self.recording.keep_until > self.recording.ended_at


def rows_of(recordings: Iterable[Recording], actor: Actor, *, under: UUID | None = None) -> list[Row]:
    """Rows of recordings that have their line, profile, key, parties and holds with them: no query for each.

    `under`: on the page of this hold its own name is no news; which other matters keep a call is, or its date.
    """
    found = list(recordings)
    people = people_of(found, actor)
    places = words.place_names()
    now = timezone.now()
    sees = Sees(may(actor, Act.SEE_NAMES), may(actor, Act.SEE_HOLDS), under)
    return [_row(recording, people[recording.pk], places, sees, now) for recording in found]


def for_rows() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a row reads beside the recording itself: to join, to prefetch."""
    return ("line_of_business", "profile", "key"), ("parties", "holds__hold")


def state_of(recording: Recording, now: datetime) -> str:
    """The one state that a list shows: what a person should look at comes before what is normal."""
    if recording.state == Recording.State.QUARANTINED:
        return "quarantined"
    if recording.is_held:
        return "held"
    if recording.restricted_at:
        return "restricted"
    if recording.delete_by <= now:
        return "late"
    return "listed" if recording.is_listed else recording.state


def last_moment(at: datetime, zone: str) -> Moment:
    """`keep_until` and `delete_by` are the first moment after a local day; people read the day that they end."""
    local = at.astimezone(ZoneInfo(zone))
    if local.hour == local.minute == local.second == 0:
        before = local - timedelta(days=1)
        return Moment(f"{before.day} {before:%b %Y}", at)
    here = timezone.localtime(at)
    return Moment(f"{here.day} {here:%b %Y}, {here:%H:%M}", at)


def customer_of(recording: Recording) -> Party | None:
    """Whom the call was with: the first party that is not the agent."""
    parties = list(recording.parties.all())
    others = [party for party in parties if party.role != Party.Role.AGENT]
    return next(iter(others or parties), None)


def _row(recording: Recording, people: People, places: dict[str, str], sees: Sees, now: datetime) -> Row:
    customer = customer_of(recording)
    place = places.get(customer.jurisdiction, customer.jurisdiction) if customer else ""
    number = people.number_of(customer) if customer else ""
    profile = getattr(recording, "profile", None)
    length = profile.duration_seconds if profile else None
    return Row(
        recording=recording,
        state=state_of(recording, now),
        title=number or (f"Customer in {place}" if place else "A customer"),
        place=place or "place unknown",
        under=_under(place, people.agent or recording.agent_id or "no agent named", sees, is_titled=not number),
        seconds=length or recording.length_seconds,
        keep_until=last_moment(recording.keep_until, recording.zone),
        delete_by=last_moment(recording.delete_by, recording.zone),
        note=_note(recording, sees),
        reasons=tuple(words.REASONS.get(reason, reason) for reason in recording.quarantine_reasons),
        marks=tuple(words.MARKED.get(mark, mark) for mark in profile.marks) if profile else (),
    )


def _under(place: str, agent: str, sees: Sees, *, is_titled: bool) -> str:
    """`Florida, Dana Whitfield`. Who does not see names reviews blind: the agent's id would tell them as much."""
    where = "" if is_titled and place else place or "place unknown"
    return ", ".join(part for part in (where, agent if sees.names else "agent hidden") if part)


def _note(recording: Recording, sees: Sees) -> str:
    if recording.is_held and not sees.matters:
        return ""
    if recording.is_held:
        holds = [member.hold for member in recording.holds.all() if member.released_at is None]
        matters = [hold.matter for hold in holds if hold.pk != sees.under]
        if sees.under and not matters:
            return f"else {last_moment(recording.delete_by, recording.zone).text}"
        return words.listed(matters) if len(matters) < 3 else f"{len(matters)} matters"
    return "provisional" if recording.is_provisional else ""
