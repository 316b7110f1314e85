"""vCon (draft-ietf-vcon-vcon-core): the whole call as one JSON document, pushed with Standard Webhooks' signature.

A document may be signed itself (JWS, RS256): then by the certificate that was configured, since `x5c` proves nothing by
itself. Versions and unknown members are passed over, but a `critical` extension that is not known here is refused.
"""

import hmac
import json
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from recordings.domain.errors import DeliveryUnproven, DeliveryUnreadable
from recordings.domain.told import AudioTold, CallTold, PartyTold, Understood, number_of, party, told
from recordings.intake.port import (
    Sent,
    Setup,
    assert_recent,
    from_base64,
    inside,
    json_object,
    named,
    objects,
    stamp_of,
    text,
)

WANTED = ("standard_webhooks_secret",)
LIMIT_BYTES = 16 << 20  # audio may come inside
ROLES = {"agent", "customer", "third_party"}


def verify(sent: Sent, setup: Setup) -> None:
    message_id, stamp = sent.header("webhook-id"), sent.header("webhook-timestamp")
    given = sent.header("webhook-signature")
    if not message_id or not stamp or not given:
        raise DeliveryUnproven("no_credentials", "The headers of Standard Webhooks are missing.")
    secret = from_base64(setup.key("standard_webhooks_secret").removeprefix("whsec_"))
    if not secret:
        raise DeliveryUnproven("not_configured", "standard_webhooks_secret is not whsec_ and base64.")
    message = f"{message_id}.{stamp}.".encode() + sent.body
    digest = hmac.digest(secret, message, "sha256")
    signatures = [from_base64(one.partition(",")[2]) or b"" for one in given.split() if one.startswith("v1,")]
    if not any(hmac.compare_digest(one, digest) for one in signatures):
        raise DeliveryUnproven("bad_signature", "The signature is not the one of this body.")
    assert_recent(stamp_of(stamp), sent)
    if b'"signatures"' in sent.body:
        _document(sent, setup)


def understand(sent: Sent, setup: Setup) -> Understood:
    document = _document(sent, setup)
    if document.get("critical"):
        raise DeliveryUnreadable("critical_extension", "The vCon has a critical extension that is not known here.")
    people = objects(document.get("parties"))
    uuid = named(document.get("uuid"), "uuid")
    dialogs = enumerate(objects(document.get("dialog")))
    found = [(number, dialog) for number, dialog in dialogs if text(dialog.get("type")) == "recording"]
    calls = tuple(
        _call(uuid if place == 0 else f"{uuid}/{number}", uuid, dialog, number, people, setup)
        for place, (number, dialog) in enumerate(found)
    )
    return Understood(calls) if calls else Understood(ignored="no_recording")


def inline_audio(sent: Sent, setup: Setup, ref: str) -> bytes:
    """The bytes of `dialog[0].body`. Raises DeliveryUnreadable."""
    position = int(ref.removeprefix("dialog[").partition("]")[0])
    dialog = objects(_document(sent, setup).get("dialog"))[position]
    audio = from_base64(str(dialog.get("body") or ""), url_safe=True)
    if text(dialog.get("encoding")) != "base64url" or not audio:
        raise DeliveryUnreadable("bad_audio", "The body of the dialog is not base64url.")
    return audio


# --- the document


def _document(sent: Sent, setup: Setup) -> dict[str, Any]:
    """The vCon itself, out of its signature. Raises DeliveryUnproven, DeliveryUnreadable."""
    outer = sent.json
    if "ciphertext" in outer:
        raise DeliveryUnreadable("encrypted", "An encrypted vCon cannot be read here. Send it signed or plain.")
    if "signatures" not in outer:
        return outer
    pem = setup.text("trusted_certificate_pem")
    if not pem:
        raise DeliveryUnproven("not_configured", "The vCon is signed, and no trusted_certificate_pem is configured.")
    if not any(_is_signed(outer, one, pem) for one in objects(outer.get("signatures"))[:4]):
        raise DeliveryUnproven("bad_jws_signature", "The vCon's own signature is not of the certificate trusted here.")
    return json_object(from_base64(str(outer.get("payload") or ""), url_safe=True) or b"")


def _is_signed(outer: dict[str, Any], signature: dict[str, Any], pem: str) -> bool:
    protected, value = (
        str(signature.get("protected") or ""),
        from_base64(str(signature.get("signature")), url_safe=True),
    )
    try:
        head = json.loads(from_base64(protected, url_safe=True) or b"{}")
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        if not isinstance(head, dict) or head.get("alg") != "RS256" or not isinstance(public, rsa.RSAPublicKey):
            return False
        signed = f"{protected}.{outer.get('payload') or ''}".encode()
        public.verify(value or b"", signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError, RecursionError):
        return False
    return True


def _call(
    external_id: str, uuid: str, dialog: dict[str, Any], number: int, people: list[dict[str, Any]], setup: Setup
) -> CallTold:
    on_call = _positions(dialog.get("parties"), len(people)) or list(range(len(people)))
    first = dialog.get("originator")
    originator = first if isinstance(first, int) and not isinstance(first, bool) else next(iter(on_call), None)
    agents = {at for at in on_call if _is_agent(people[at])}
    direction = ""
    if agents and originator is not None and len(agents) < len(on_call):
        direction = "outbound" if originator in agents else "inbound"
    agent = people[min(agents)] if agents else {}
    channels = dialog.get("parties")
    call = CallTold(
        source="vcon",
        external_id=external_id,
        call_id=uuid,
        direction=direction,
        parties=tuple(
            found for at in on_call if (found := _party(people[at], at == originator, agents, at, setup)) is not None
        ),
        agent_id=text(agent.get("uuid"), 120),
        agent_name=text(agent.get("name")),
        channels=len(channels) if isinstance(channels, list) and channels else None,
        agent_channel=_agent_channel(channels, agents),
        audio=_audio(dialog, number),
    )
    return told(call, started_at=dialog.get("start"), duration_s=number_of(dialog.get("duration")))


def _positions(named_parties: Any, count: int) -> list[int]:
    """Indexes, however they stand: one, a list, or a list for each channel with nobody on some."""
    entries = named_parties if isinstance(named_parties, list) else [named_parties]
    flat = [one for entry in entries for one in (entry if isinstance(entry, list) else [entry])]
    known = [one for one in flat if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < count]
    return list(dict.fromkeys(known))


def _agent_channel(channels: Any, agents: set[int]) -> int | None:
    if not isinstance(channels, list) or len(channels) < 2:
        return None
    for number, entry in enumerate(channels):
        if any(one in agents for one in (entry if isinstance(entry, list) else [entry]) if isinstance(one, int)):
            return number
    return None


def _is_agent(said: dict[str, Any]) -> bool:
    return text(said.get("role")).lower() == "agent"


def _party(said: dict[str, Any], is_caller: bool, agents: set[int], at: int, setup: Setup) -> PartyTold | None:  # noqa: FBT001
    found = party(
        text(said.get("tel")).removeprefix("tel:") or text(said.get("sip")),
        name=text(said.get("name")),
        region=setup.region,
    )
    if found is None:
        return None
    role = text(said.get("role")).lower()
    role = role if role in ROLES else "agent" if at in agents else "customer" if agents else "unknown"
    side = "caller" if is_caller else "callee"
    return PartyTold(role, side, found.number, found.name, found.sip_uri, found.international)


def _audio(dialog: dict[str, Any], number: int) -> AudioTold | None:
    media_type = text(dialog.get("mediatype") or dialog.get("mimetype"))
    if address := text(dialog.get("url"), 4000):
        return AudioTold("url", address, media_type, content_hash=_hash(dialog))
    if dialog.get("body"):
        return AudioTold("inline", f"dialog[{number}].body", media_type)
    return None


def _hash(dialog: dict[str, Any]) -> str:
    """`sha512-…`, the first of a list; older files have `alg` and `signature`."""
    given = dialog.get("content_hash")
    entries = given if isinstance(given, list) else [given]
    known = [text(one) for one in entries if text(one).startswith(("sha512-", "sha256-"))]
    if known:
        return known[0]
    if text(inside(dialog, "alg")).upper() in {"SHA-512", "SHA512"} and text(dialog.get("signature")):
        return f"sha512-{text(dialog['signature'])}"
    return ""
