"""Zoom Phone: recording events, signed HMAC-SHA256 over `v0:timestamp:body`; its challenge is answered each time."""

import hmac
from typing import Any

from recordings.domain.errors import DeliveryUnproven
from recordings.domain.told import (
    AudioTold,
    CallTold,
    NewsTold,
    PartyTold,
    Understood,
    by_direction,
    moment,
    number_of,
    party,
    told,
)
from recordings.intake.port import Sent, Setup, assert_recent, inside, named, objects, same, stamp_of, text
from recordings.intake.query import direction_of

WANTED = ("secret_token",)
NEWS = {"phone.recording_paused": "paused", "phone.recording_resumed": "resumed"}


def verify(sent: Sent, setup: Setup) -> None:
    stamp, given = sent.header("x-zm-request-timestamp"), sent.header("x-zm-signature")
    if not stamp or not given:
        raise DeliveryUnproven("no_credentials", "The headers of Zoom's signature are missing.")
    if not same(given, "v0=" + _digest(setup, b"v0:" + stamp.encode() + b":" + sent.body)):
        raise DeliveryUnproven("bad_signature", "The signature is not Zoom's for this body.")
    assert_recent(stamp_of(stamp), sent)


def understand(sent: Sent, setup: Setup) -> Understood:
    event = text(sent.json.get("event"))
    if event == "endpoint.url_validation":
        plain = text(inside(sent.json, "payload", "plainToken"))
        return Understood(answer={"plainToken": plain, "encryptedToken": _digest(setup, plain.encode())})
    said = inside(sent.json, "payload", "object")
    if event in NEWS:
        return _news(NEWS[event], said)
    if event != "phone.recording_completed":
        return Understood(ignored="not_finished" if event == "phone.recording_started" else "no_recording")
    calls = tuple(_call(recording, setup) for recording in objects(inside(said, "recordings")))
    return Understood(calls) if calls else Understood(ignored="no_recording")


def _call(said: dict[str, Any], setup: Setup) -> CallTold:
    owner = said.get("owner") if inside(said, "owner", "type") in {"user", None} else None
    direction = direction_of(said.get("direction"))
    address = text(said.get("download_url"), 2000)
    call = CallTold(
        source="zoom_phone",
        external_id=named(said.get("id"), "recording id"),
        call_id=text(said.get("call_id") or said.get("call_log_id")),
        direction=direction,
        parties=by_direction(direction, _party("caller", said, setup), _party("callee", said, setup)),
        agent_id=text(inside(owner, "id") or said.get("user_id"), 120),
        agent_name=text(inside(owner, "name")),
        agent_extension=text(inside(owner, "extension_number"), 40),
        audio=AudioTold("url", address, "audio/mpeg") if address else None,
    )
    return told(
        call,
        started_at=said.get("date_time"),
        ended_at=said.get("end_time"),
        duration_s=number_of(said.get("duration")),
    )


def _party(side: str, said: dict[str, Any], setup: Setup) -> PartyTold | None:
    return party(
        text(said.get(f"{side}_number")),
        name=text(said.get(f"{side}_name")),
        region=setup.region,
        other=text(said.get(f"{side}_did_number")),
    )


def _news(kind: str, said: Any) -> Understood:
    at = moment(inside(said, "date_time"))
    if at is None:
        return Understood(ignored="no_time")
    return Understood(news=(NewsTold("zoom_phone", named(inside(said, "id"), "recording id"), kind, at),))


def _digest(setup: Setup, message: bytes) -> str:
    return hmac.new(setup.key("secret_token").encode(), message, "sha256").hexdigest()
