"""Telnyx: `call.recording.saved`, signed with Ed25519 over `timestamp|body`.

By hand with `cryptography`: Telnyx's library loads its whole client and needs PyNaCl for one signature.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from recordings.domain.errors import DeliveryUnproven
from recordings.domain.told import AudioTold, CallTold, Understood, by_direction, party, told
from recordings.intake.port import Sent, Setup, assert_recent, from_base64, inside, named, stamp_of, text
from recordings.intake.query import direction_of, from_query

WANTED = ("public_key_base64",)
LINK_LIVES_SECONDS = 600


def verify(sent: Sent, setup: Setup) -> None:
    stamp, given = sent.header("telnyx-timestamp"), sent.header("telnyx-signature-ed25519")
    if not stamp or not given:
        raise DeliveryUnproven("no_credentials", "The headers of Telnyx's signature are missing.")
    public = from_base64(setup.key("public_key_base64"))
    signature = from_base64(given)
    if public is None or len(public) != 32:
        raise DeliveryUnproven("not_configured", "public_key_base64 is not a key of 32 bytes. Copy it from the portal.")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature or b"", stamp.encode() + b"|" + sent.body)
    except InvalidSignature as error:
        raise DeliveryUnproven("bad_signature", "The signature is not Telnyx's for this body.") from error
    assert_recent(stamp_of(stamp), sent)


def understand(sent: Sent, setup: Setup) -> Understood:
    if inside(sent.json, "data", "event_type") != "call.recording.saved":
        return Understood(ignored="no_recording")
    said = inside(sent.json, "data", "payload")
    own = _client_state(inside(said, "client_state"))
    direction = direction_of(inside(said, "direction") or own.get("direction"))
    call = CallTold(
        source="telnyx",
        external_id=_external_id(said),
        call_id=text(inside(said, "call_session_id")),
        direction=direction,
        parties=by_direction(
            direction,
            party(inside(said, "from"), region=setup.region),
            party(inside(said, "to"), region=setup.region),
        ),
        agent_id=text(own.get("agent"), 120),
        agent_name=text(own.get("agent_name")),
        channels={"single": 1, "dual": 2}.get(text(inside(said, "channels"))),
        audio=_audio(said),
    )
    return Understood(
        (
            told(
                from_query(call, sent.query, setup),
                started_at=inside(said, "recording_started_at"),
                ended_at=inside(said, "recording_ended_at"),
            ),
        )
    )


def _external_id(said: Any) -> str:
    """`recording_id` is sent, but in no published schema: without it, the leg and its start name the recording."""
    if found := text(inside(said, "recording_id")):
        return named(found, "recording_id")
    leg, start = text(inside(said, "call_leg_id")), text(inside(said, "recording_started_at"))
    return named(f"{leg}/{start}" if leg and start else "", "recording_id or call_leg_id with recording_started_at")


def _client_state(value: Any) -> dict[str, Any]:
    """The integrator's own: base64 of JSON with `agent`, `agent_name`, `direction`; anything else is passed over."""
    try:
        said = json.loads(from_base64(text(value, 4000)) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _audio(said: Any) -> AudioTold | None:
    """The public links live on, the others ten minutes; WAV before MP3."""
    for name, lives in (("public_recording_urls", None), ("recording_urls", LINK_LIVES_SECONDS)):
        for kind, media_type in (("wav", "audio/wav"), ("mp3", "audio/mpeg")):
            if (address := text(inside(said, name, kind), 4000)) and urlsplit(address).scheme:
                return AudioTold("url", address, media_type, expires_after_s=lives)
    return None
