"""A recording as a vCon (draft-ietf-vcon-vcon-core): parties, the dialog by reference, why it is kept attached."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

VENDOR = "callward"
CONSENT_PURPOSE, KEPT_PURPOSE = "consent", "retention"


@dataclass(frozen=True)
class PartyOut:
    """Somebody on the call; name and number only where whoever asks may read them."""

    role: str
    name: str = ""
    number: str = ""
    jurisdiction: str = ""


@dataclass(frozen=True)
class AudioOut:
    """Where the audio is heard, and the digest of its bytes: `sha512-` and base64url without padding."""

    url: str
    content_hash: str
    media_type: str
    duration_s: float | None


@dataclass(frozen=True)
class AnalysisOut:
    """What another room found out about the call, such as a review: plain JSON, without names."""

    kind: str  # what the vCon calls `type`
    body: dict[str, Any]
    schema: str = ""


@dataclass(frozen=True)
class CallOut:
    """What is told of one call. A time that is not known is None."""

    recording_id: UUID
    created_at: datetime
    started_at: datetime | None
    direction: str
    parties: Sequence[PartyOut] = ()
    audio: AudioOut | None = None
    kept: dict[str, Any] = field(default_factory=dict)  # why it is kept and until when
    analysis: Sequence["AnalysisOut"] = ()
    consent: Sequence[dict[str, Any]] = ()


def vcon(call: CallOut) -> dict[str, Any]:
    """The document. Nothing that is not known stands in it."""
    return {
        "uuid": str(vcon_uuid(call.recording_id)),
        "created_at": call.created_at.isoformat(),
        "parties": [_party(party) for party in call.parties],
        "dialog": [_dialog(call, call.audio)] if call.audio is not None else [],
        "analysis": [_analysis(one, has_dialog=call.audio is not None) for one in call.analysis],
        "attachments": _attachments(call),
    }


def vcon_uuid(recording_id: UUID) -> UUID:
    """Version 8, as a vCon wants it, from the recording's own id: the same again each time."""
    return UUID(int=recording_id.int & ~(0xF << 76) | 0x8 << 76)


def _party(party: PartyOut) -> dict[str, Any]:
    tel = {"tel": party.number} if party.number.startswith("+") else {}
    sip = {"sip": party.number} if party.number.lower().startswith(("sip:", "sips:")) else {}
    place = {"civicaddress": {"country": party.jurisdiction[:2]}} if party.jurisdiction else {}
    name = {"name": party.name} if party.name else {}
    return {"role": party.role, **tel, **sip, **name, **place}


def _dialog(call: CallOut, audio: AudioOut) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "recording",
        "start": call.started_at.isoformat() if call.started_at else None,
        "duration": audio.duration_s,
        "parties": list(range(len(call.parties))) or None,
        "originator": _originator(call),
        "mediatype": audio.media_type or None,
        "url": audio.url,
        "content_hash": audio.content_hash,
    }
    return {name: value for name, value in told.items() if value is not None}


def _originator(call: CallOut) -> int | None:
    """Who called: on an outbound call the agent, on an inbound one the first who is not."""
    wanted = {"outbound": True, "inbound": False}.get(call.direction)
    if wanted is None:
        return None
    return next((at for at, party in enumerate(call.parties) if (party.role == "agent") is wanted), None)


def _analysis(one: AnalysisOut, *, has_dialog: bool) -> dict[str, Any]:
    told = {
        "type": one.kind,
        "dialog": 0 if has_dialog else None,
        "vendor": VENDOR,
        "schema": one.schema or None,
        "mediatype": "application/json",
        "encoding": "json",
        "body": one.body,
    }
    return {name: value for name, value in told.items() if value is not None}


def _attachments(call: CallOut) -> list[dict[str, Any]]:
    bodies = [(KEPT_PURPOSE, call.kept), *((CONSENT_PURPOSE, one) for one in call.consent)]
    start = (call.started_at or call.created_at).isoformat()
    return [
        {"purpose": purpose, "start": start, "mediatype": "application/json", "encoding": "json", "body": body}
        for purpose, body in bodies
        if body
    ]
