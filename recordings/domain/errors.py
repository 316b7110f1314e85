"""What can be wrong in this room. The text of an error says how to mend it; `fields` points at the places."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID


class Refused(Exception):
    """A request that cannot be done as sent. `fields` is a list of {pointer, detail}; the pointer is RFC 6901."""

    def __init__(self, detail: str, *, pointer: str = "") -> None:
        super().__init__(detail)
        self.fields = [{"pointer": pointer, "detail": detail}] if pointer else []


class DeliveryRefused(Refused):
    """The metadata names something that is not so here: a line, a party, a decision for another call."""


class DeliveryContradicts(Refused):
    """This source and external id were delivered before with other content."""

    def __init__(self, recording_id: UUID | None, what: str) -> None:
        known = f" (recording {recording_id})" if recording_id else ""
        super().__init__(
            f"This source and external_id were delivered before with other {what}{known}. "
            "Send the same again, or another external_id for another call."
        )


class RequestKeyReused(Refused):
    """The Idempotency-Key stood on another request before."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request. Take a new key for a new request.")


class RequestStillRunning(Refused):
    """The first request with this Idempotency-Key has not been answered yet."""

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running. Ask again in a few seconds.")


class AudioRefused(Refused):
    """The audio is not what it says. `reason_code`: empty, not_audio, bad_header, truncated, length_mismatch."""

    def __init__(self, reason_code: str, detail: str) -> None:
        super().__init__(detail, pointer="/audio")
        self.reason_code = reason_code
        self.fields[0]["code"] = reason_code


class AudioTooLarge(Refused):
    """More bytes than AUDIO_MAX_BYTES."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Audio may have at most {limit} bytes. Send a shorter or a compressed file.")


class FileRefused(Refused):
    """A file of an import cannot be taken. `reason_code`: link, outside, bad_name, archive, name, time, columns, …"""

    def __init__(self, reason_code: str, detail: str) -> None:
        super().__init__(detail)
        self.reason_code = reason_code

    def __reduce__(self) -> tuple[Any, ...]:  # it travels between processes
        return FileRefused, (self.reason_code, str(self))


class ImportRefused(Refused):
    """The folder, manifest or pattern of an import is none that can be used."""


class CallListRefused(Refused):
    """The list of calls cannot be read."""


class DigestMismatch(Refused):
    """The bytes that arrived are not those that the sender digested."""

    def __init__(self, pointer: str) -> None:
        super().__init__("The SHA-256 of what arrived differs from the one announced. Send it again.", pointer=pointer)


class UploadCutShort(Refused):
    """The body ended before it should."""

    def __init__(self) -> None:
        super().__init__("The body ended early; nothing was kept. Send the whole of it again.")


class UploadUnreadable(Refused):
    """The multipart body does not have the two parts that it should."""


class EventRefused(Refused):
    """The event names a party or a moment that the call does not have."""


class ReleaseRefused(Refused):
    """The recording is not in quarantine, or the reason for letting it out is missing."""


class AudioNotKept(LookupError):
    """The recording has no audio yet."""

    def __str__(self) -> str:
        return "The recording has no audio yet. Send it with PUT to this recording's audio address."


class RenditionNotReady(Exception):
    """No browser plays the call's own codec, and its playable form is not there: still being made, or impossible."""

    def __init__(self, *, can_be_made: bool) -> None:
        super().__init__(
            "The call is being made playable. Ask again in a few seconds."
            if can_be_made
            else "The call cannot be made playable. Download the original, and open it with a program for its codec."
        )


class AudioIntegrityLost(Exception):
    """What the store returned is not what was stored: a piece fails its authentication, or is missing."""


class KeyDoesNotFit(AudioIntegrityLost):
    """The stored key of a recording was changed, or is another recording's: nothing of it can be read."""

    def __init__(self) -> None:
        super().__init__("The key that is stored for this recording does not fit it.")


class StoreUnavailable(Exception):
    """The audio store cannot write or read just now: full, read-only, away."""


class StoreFull(StoreUnavailable):
    """No room is left for what was to be written. What is there is read, and removed, all the same."""


class StoreLocked(StoreUnavailable):
    """The store itself keeps the object: until a moment, or while a legal hold is on it."""

    def __init__(self, reason: str, until: datetime | None) -> None:
        self.until = until
        super().__init__(reason)


class RotationNotMovable(Exception):
    """The keyset cannot be changed that way just now; the sentence says what has to come first."""


class KeysUnavailable(Exception):
    """The keyset is missing or cannot open this recording's key."""


class RecordingNotFound(LookupError):
    """No such recording, or one of which the actor may know nothing."""

    def __init__(self) -> None:
        super().__init__("Check the id, and which lines of business and sources you may see.")


class RecordingDestroyed(Exception):
    """The recording is gone; its certificate stands in its place."""

    def __init__(self, recording_id: UUID, destroyed_at: datetime) -> None:
        self.recording_id = recording_id
        self.extra = {"certificate": f"/api/v1/certificates/{recording_id}/"}
        when = f"{destroyed_at:%Y-%m-%d at %H:%M:%S} UTC"
        super().__init__(f"It was destroyed on {when}. Read its certificate at {self.extra['certificate']}.")


class RecordingsUnavailable(Exception):
    """Some of the recordings are destroyed, or are none that the actor may see."""

    def __init__(self, missing: Collection[UUID], fields: list[dict[str, str]]) -> None:
        self.missing, self.fields = missing, fields
        super().__init__("Nothing was held. Leave out the recordings that errors names, and ask again.")


class HoldNotFound(LookupError):
    """No such hold, or one that keeps nothing which the actor may see."""

    def __init__(self) -> None:
        super().__init__("Check the id in the list of holds.")


class HoldReleased(Exception):
    """The hold was released before."""

    def __init__(self) -> None:
        super().__init__("Read when, by whom and why in the list of holds.")


class SecondPersonNeeded(Exception):
    """Who did the first half of a four-eyes act may not do the second."""

    def __init__(self, detail: str = "Ask another officer, or another client, to release it.") -> None:
        super().__init__(detail)


class HoldKeepsNothing(Exception):
    """Neither recordings nor a query were named."""

    def __init__(self) -> None:
        self.fields = [{"pointer": "/recordings", "detail": "Name recordings, or a query that later ones join too."}]
        super().__init__("Name recordings by id, or a query with at least one filter.")


class HoldUnclear(Exception):
    """What a hold is to reach cannot be told from what was asked."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self.fields = [{"pointer": pointer, "detail": detail} for pointer, detail in told.items()]
        super().__init__("Mend what errors names, and ask again. Nothing was held.")


class HoldStillFills(Exception):
    """Not every recording that the hold reaches is written under it yet, or it is still letting go of some."""

    def __init__(self) -> None:
        super().__init__("Its recordings are still being put under it; they are protected. Look again in a minute.")


class ReleaseChanged(Exception):
    """What the hold keeps is not what the second person saw before."""

    def __init__(self) -> None:
        super().__init__("What it keeps has changed since you looked. Look at the preview again, then release it.")


class NotListed(Exception):
    """The recording does not stand on the disposition list."""

    def __init__(self) -> None:
        super().__init__("Only what is listed can be approved or objected to.")


class CountChanged(Exception):
    """The number that a person confirmed is not the number that would go."""

    def __init__(self, confirmed: int, found: int) -> None:
        super().__init__(f"You confirmed {confirmed}; {found} stand there now. Look at the list again.")


class ShorteningNotMovable(Exception):
    """The shortening is not in the state from which this step leads on, or its rules are not in force."""


class BrakeHolds(Exception):
    """The list is so long that whoever approves it has to type its number."""

    def __init__(self, count: int, of: int) -> None:
        detail = f"Type {count}, the number of recordings that would leave earlier."
        self.fields = [{"pointer": "/typed_count", "detail": detail}]
        super().__init__(f"{count} of {of} recordings would leave earlier, which cannot be undone. {detail}")


class DispositionStopped(Exception):
    """Clock, keys, store or trail cannot be trusted, so nothing is destroyed."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


class RunNotFound(LookupError):
    """No run of disposition of this id, or one of which the actor sees nothing."""

    def __init__(self) -> None:
        super().__init__("There is no such run that you may see.")


class RunNotMovable(Exception):
    """The run is not where this step begins. The text says what it is instead."""


class PauseNotMovable(Exception):
    """Destruction is paused already, or it is not."""


class EarlyDisposalNotFound(LookupError):
    """No early disposal of this id, or a foreign one."""

    def __init__(self) -> None:
        super().__init__("There is no such early disposal that you may see.")


class EarlyDisposalRefused(Exception):
    """A recording of it may not go early, or it is not where this step begins. The text says which and why."""


class ExtensionRefused(Exception):
    """The new day is not later than the one that stands, or law asks that it goes before."""


class LedgerUnavailable(Exception):
    """The disposition log cannot be read or written, or is not whole; nothing is destroyed without it."""


class ReplayRefused(Exception):
    """What the disposition log tells cannot be done again as it stands, so nothing of it was, and all stays closed."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


class RecordingsClosed(Exception):
    """The database is older than the disposition log: what was destroyed since must not be looked at again."""


class PurposeRefused(Exception):
    """No purpose was named, or none for which this call was recorded."""

    def __init__(self, announced: Collection[str]) -> None:
        choice = ", ".join(announced)
        self.fields = [{"pointer": "/purpose", "detail": f"Write one of: {choice}."}]
        super().__init__(f"This call was recorded for: {choice}. Name one of them as ?purpose=.")


class InQuarantine(Exception):
    """A quarantined call is heard only by who judges the quarantine."""

    def __init__(self) -> None:
        super().__init__("A supervisor or an officer hears it first, and releases it or not.")


class Restricted(Exception):
    """To be erased by request of a person, and kept by a hold or a minimum alone: nobody plays it."""

    def __init__(self) -> None:
        super().__init__("The person asked for its erasure. A duty keeps it for now; until then nobody plays it.")


class PersonRequestNotFound(LookupError):
    """No request of a person of this id, or a foreign one."""

    def __init__(self) -> None:
        super().__init__("There is no such request.")


class PersonRequestNotMovable(Exception):
    """The request is not where this step begins. The text says what is missing."""


class CopyNotThere(Exception):
    """The copy was fetched, or its time is over."""

    def __init__(self) -> None:
        super().__init__("The copy was fetched once, or its days are over. Make a new one.")


class RangeUnsatisfiable(Exception):
    """The range begins after the end of the audio."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        super().__init__(f"The audio has {size_bytes} bytes; ask for a range within them.")


class NotADemonstration(Exception):
    """Only in demo mode, and only on lines marked demo, does a recording come due early."""


class SourceUnknown(LookupError):
    """No phone system of this name is known here."""

    def __init__(self) -> None:
        super().__init__("Write the name of an adapter in the address, such as twilio or vcon.")


class DeliveryUnproven(Exception):
    """Who sent it cannot be proven, or it was changed, or it is old. `reason_code` names which."""

    def __init__(self, reason_code: str, detail: str) -> None:
        self.reason_code = reason_code
        super().__init__(detail)


class DeliveryUnreadable(Exception):
    """Nothing can be read from it. `reason_code`: bad_json, bad_form, bad_xml, xml_forbidden, no_id, …"""

    def __init__(self, reason_code: str, detail: str) -> None:
        self.reason_code = reason_code
        super().__init__(detail)


class DeliveryTooLarge(Exception):
    """The body has more bytes than this source may send."""

    reason_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"This source may send at most {limit} bytes. Send audio by its address instead.")


class CallUnknownYet(Exception):
    """News of a call whose recording has not been told of yet: it may come later."""

    def __init__(self) -> None:
        super().__init__("The recording it tells of has not been delivered yet.")


class SettingsRefused(Refused):
    """A source's keys or settings are not what its adapter needs."""


class NotRunnable(Exception):
    """Only what was given up can be run again, and only while its content is kept."""

    def __init__(self) -> None:
        super().__init__("It is no dead letter, or its content is gone. Ask the phone system to send it again.")


class AudioNotReady(Exception):
    """The audio is not there yet, or its place does not answer: it is asked for again later.

    `after_seconds`: how long to wait, where its place said so.
    """

    def __init__(self, detail: str, *, after_seconds: float | None = None) -> None:
        self.after_seconds = after_seconds
        super().__init__(detail)


class AudioUnreachable(Exception):
    """The audio cannot be fetched from where it is said to be, and asking again would not help."""


class TriggerRefused(Refused):
    """What was told cannot be what a period counts from: no such trigger, or a moment that cannot be."""


class TriggerContradicts(Refused):
    """The same was told before with another moment, which stands."""

    def __init__(self, known: datetime) -> None:
        super().__init__(
            f"It was told before as {known.isoformat()}. Send replace: true where that was wrong.", pointer="/at"
        )


class TriggerNotFound(Exception):
    """No such trigger, or none that the actor may know of; both look alike."""


class CaseNotFound(Exception):
    """No such case, or none of the actor's lines; both look alike."""


class CaseNotMovable(Refused):
    """The case is closed, waits for a second person, or cannot be decided like that."""
