"""Twilio: recording status callbacks. Verified by Twilio's own library, over the public address and the parameters.

A JSON body is bound by `bodySHA256` in the signed address; without it nothing binds the body, and it is refused.
"""

from email.utils import parsedate_to_datetime

from twilio.request_validator import RequestValidator, get_signature_algorithm

from recordings.domain.errors import DeliveryUnproven, DeliveryUnreadable
from recordings.domain.told import AudioTold, CallTold, Understood, number_of, told
from recordings.intake.port import Sent, Setup, named, text
from recordings.intake.query import from_query

WANTED = ("auth_token",)
SIGNS_ADDRESS = True
TAKES_GET = True
SETTINGS = "x-twilio-webhooks-signature-settings"


class _Fields(dict[str, list[str]]):
    """What the library asks for several values of one name."""

    getlist = dict.__getitem__


def verify(sent: Sent, setup: Setup) -> None:
    signature = sent.header("x-twilio-signature")
    if not signature:
        raise DeliveryUnproven("no_credentials", "The header X-Twilio-Signature is missing.")
    algorithm = get_signature_algorithm(sent.header(SETTINGS))
    validator = RequestValidator(_secret(sent, setup, algorithm))
    if not _is_json(sent):
        is_proven = validator.validate(sent.url, _Fields(sent.fields), signature, algorithm)
    elif "bodySHA256" not in sent.query:
        raise DeliveryUnproven("body_not_bound", "The address of a JSON callback has to carry bodySHA256.")
    else:
        is_proven = validator.validate(sent.url, _as_text(sent.body), signature, algorithm)
    if not is_proven:
        raise DeliveryUnproven("bad_signature", "The signature is not Twilio's for this address and these parameters.")


def understand(sent: Sent, setup: Setup) -> Understood:
    said = sent.told
    external_id = named(said.get("RecordingSid"), "RecordingSid")
    status = text(said.get("RecordingStatus"))
    if status != "completed":
        return Understood(ignored="not_finished" if status == "in-progress" else "no_recording")
    address = text(said.get("RecordingUrl"), 2000)
    call = CallTold(
        source="twilio",
        external_id=external_id,
        call_id=text(said.get("CallSid")),
        channels=_channels(said.get("RecordingChannels")),
        audio=AudioTold("url", f"{address}.wav", "audio/wav") if address else None,
    )
    call = from_query(call, sent.query, setup)
    duration = number_of(said.get("RecordingDuration"))
    return Understood((told(call, started_at=_started(said.get("RecordingStartTime")), duration_s=duration),))


def _secret(sent: Sent, setup: Setup, algorithm: str) -> str:
    if sent.header(SETTINGS):
        parts = dict(part.strip().partition("=")[::2] for part in sent.header(SETTINGS).split(","))
        if parts.get("key") == setup.text("shared_key_id") and algorithm.upper() == "HMAC_SHA256":
            return setup.key("shared_key_secret")
        raise DeliveryUnproven("not_configured", "It is signed with a shared key that is not configured here.")
    return setup.key("auth_token")


def _is_json(sent: Sent) -> bool:
    return sent.kind == "application/json"


def _as_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise DeliveryUnreadable("bad_json", "The body is not UTF-8.") from error


def _channels(value: object) -> int | None:
    return {"1": 1, "2": 2}.get(text(value))


def _started(value: object) -> object:
    """RFC 2822, in UTC: `Tue, 17 Nov 2026 14:03:11 +0000`."""
    try:
        found = parsedate_to_datetime(text(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
