"""Vonage: the event of an NCCO's `record` action, proven by a JWT (HS256) whose `payload_hash` binds the body.

PyJWT checks the signature with the algorithm pinned; the body's hash, the age and whose account it is are checked here.
"""

import hashlib
import json

import jwt

from recordings.domain.errors import DeliveryUnproven
from recordings.domain.told import AudioTold, CallTold, Understood, number_of, told
from recordings.intake.port import Sent, Setup, assert_recent, named, same, text
from recordings.intake.query import from_query

WANTED = ("signature_secret",)
TAKES_GET = True


def verify(sent: Sent, setup: Setup) -> None:
    secret = setup.key("signature_secret")
    scheme, _, token = sent.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise DeliveryUnproven("no_credentials", "The JWT of a signed webhook is missing. Switch signing on at Vonage.")
    try:
        claims = jwt.decode(
            token.strip(), secret, algorithms=["HS256"], options={"verify_iat": False, "verify_aud": False}
        )
    except jwt.InvalidTokenError as error:
        raise DeliveryUnproven("bad_signature", "The JWT is not signed with the secret configured here.") from error
    if not same(text(claims.get("payload_hash")).lower(), hashlib.sha256(_payload(sent)).hexdigest()):
        raise DeliveryUnproven("payload_hash_mismatch", "The body is not the one that the JWT was made for.")
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise DeliveryUnproven("stale_timestamp", "The JWT does not say when it was issued.")
    assert_recent(float(issued), sent)
    for name in ("api_key", "application_id"):
        if setup.text(name) and claims.get(name) not in (None, setup.text(name)):
            raise DeliveryUnproven("bad_credentials", f"The JWT belongs to another {name}.")


def _payload(sent: Sent) -> bytes:
    """What the hash is over: the body; of a GET its query, in the order received, as compact JSON."""
    if sent.method != "GET":
        return sent.body
    return json.dumps(sent.query, separators=(",", ":"), ensure_ascii=False).encode()


def understand(sent: Sent, setup: Setup) -> Understood:
    said = sent.told
    if not said.get("recording_url") and not said.get("recording_uuid"):
        return Understood(ignored="no_recording")
    address = text(said.get("recording_url"), 2000)
    size = number_of(said.get("size"))
    call = CallTold(
        source="vonage",
        external_id=named(said.get("recording_uuid"), "recording_uuid"),
        call_id=text(said.get("conversation_uuid")),
        audio=AudioTold("url", address, size_bytes=int(size) if size else None) if address else None,
    )
    return Understood(
        (told(from_query(call, sent.query, setup), started_at=said.get("start_time"), ended_at=said.get("end_time")),)
    )
