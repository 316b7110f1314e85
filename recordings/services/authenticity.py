"""Whether what is heard is what was recorded: authentic, changed, or unknown, and what that was told from.

Three things are compared: the seal of every piece, which is bound to the recording and to its place in it; the SHA-256
of all bytes, taken while they arrived; and that digest as it stands in the trail, whose events are sealed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from recordings.domain.errors import KeysUnavailable, StoreUnavailable
from recordings.models import AudioProfile, IntegrityIncident, Recording
from recordings.services.storekeeping import fixity, incidents
from trail.models import Event

AUTHENTIC, CHANGED, UNKNOWN = "authentic", "changed", "unknown"
STILL_FRESH = timedelta(minutes=10)  # so soon again the answer stands: a player asks at each first play


@dataclass(frozen=True)
class Standing:
    """`verdict`: one of the three words. `said`: why, in a sentence. `checked_at`: when all bytes were last read."""

    verdict: str
    said: str
    checked_at: datetime | None = None

    @property
    def word(self) -> str:
        return {AUTHENTIC: "Authentic", CHANGED: "Changed", UNKNOWN: "Not checked yet"}[self.verdict]


NOT_YET = "Its bytes have not been compared with the SHA-256 that was taken at its arrival."
WHOLE = "All its bytes gave the SHA-256 that was taken at its arrival and stands in the trail, and every seal held."
NO_ANSWER = "The store or the keys did not answer, so nothing could be compared. Try again later."
OTHER_IN_TRAIL = "The SHA-256 in the database is not the one that the trail noted at its arrival."
LOST = {
    IntegrityIncident.Kind.MISSING: "Its audio is not in the store any more.",
    IntegrityIncident.Kind.CHANGED: "What is in the store is not what was stored: a seal, the length or the SHA-256 "
    "differs.",
    IntegrityIncident.Kind.KEY: "The key that is kept for it does not fit it: nothing of it can be opened.",
}


def standing(recording: Recording) -> Standing:
    """What is known without reading a byte: an open incident, or when it was last found whole."""
    incident = incidents.open_for(recording.pk)
    if incident is not None:
        return Standing(CHANGED, LOST[IntegrityIncident.Kind(incident.kind)], incident.found_at)
    if recording.object_key is None:
        return Standing(UNKNOWN, "Its audio has not come yet.")
    checked_at = _checked_at(recording)
    if checked_at is None:
        return Standing(UNKNOWN, NOT_YET)
    return Standing(AUTHENTIC, WHOLE, checked_at)


def check(recording: Recording, *, at: datetime) -> Standing:
    """Read all its bytes and compare; a loss becomes an incident, a recovery ends one. What was just read stands."""
    known = standing(recording)
    is_fresh = known.checked_at is not None and at - known.checked_at < STILL_FRESH
    if recording.object_key is None or (known.verdict == AUTHENTIC and is_fresh):
        return known
    if not _is_as_in_the_trail(recording):
        incidents.report(
            recording.pk, kind=IntegrityIncident.Kind.CHANGED, found_by=IntegrityIncident.FoundBy.PLAYBACK, at=at
        )
        return Standing(CHANGED, OTHER_IN_TRAIL, at)
    try:
        kind = fixity.examine(recording) and fixity.examine(recording)  # twice: a line may flip a bit on the way
    except (StoreUnavailable, KeysUnavailable):
        return Standing(UNKNOWN, NO_ANSWER, known.checked_at)
    if kind:
        incidents.report(recording.pk, kind=kind, found_by=IntegrityIncident.FoundBy.PLAYBACK, at=at)
        return Standing(CHANGED, LOST[IntegrityIncident.Kind(kind)], at)
    incidents.close_whole(recording.pk, at=at)
    AudioProfile.objects.filter(recording=recording).update(checked_at=at)
    return Standing(AUTHENTIC, WHOLE, at)


def _checked_at(recording: Recording) -> datetime | None:
    profile = AudioProfile.objects.filter(recording=recording).values_list("checked_at", flat=True).first()
    known = [moment for moment in (profile, fixity.last_checked(recording)) if moment is not None]
    return max(known, default=None)


def _is_as_in_the_trail(recording: Recording) -> bool:
    """The digest of its row is the one that the trail noted when it was stored."""
    noted = Event.objects.about(recording).filter(verb="recording.stored").values_list("facts__sha256", flat=True)
    first = noted.first()
    return first is None or first == bytes(recording.sha256 or b"").hex()
