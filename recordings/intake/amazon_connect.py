"""Amazon Connect: contact records and S3 events, forwarded by an EventBridge API destination with a header of ours.

Either may come first; both name the contact, and end in one recording. A record comes again whenever anything changes:
`LastUpdateTimestamp` says which is the newest.
"""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from recordings.domain.told import AudioTold, CallTold, Understood, by_direction, moment, number_of, party, told
from recordings.intake.port import Sent, Setup, assert_header_key, inside, media_type_of, named, objects, text

WANTED = ("connection_api_key_header", "connection_api_key")
_KEY = re.compile(r"(?:^|/)CallRecordings/.*?([0-9a-fA-F-]{36})_(\d{8}T\d{2}:\d{2})_UTC\.\w+$")
DIRECTIONS = {
    "INBOUND": "inbound",
    "OUTBOUND": "outbound",
    "CALLBACK": "outbound",
    "EXTERNAL_OUTBOUND": "outbound",
    "API": "outbound",
}


def verify(sent: Sent, setup: Setup) -> None:
    assert_header_key(sent, setup)


def understand(sent: Sent, setup: Setup) -> Understood:
    said = sent.json
    if inside(said, "detail", "object", "key") or "Records" in said:
        return _of_objects(said)
    record = said.get("detail") if isinstance(said.get("detail"), dict) else said
    return _of_record(record or {}, setup)


def _of_record(said: dict[str, Any], setup: Setup) -> Understood:
    contact = named(said.get("ContactId"), "ContactId")
    if text(said.get("Channel") or "VOICE").upper() != "VOICE":
        return Understood(ignored="not_a_call")
    found = _recording(said)
    if found is None:
        return Understood(ignored="no_recording")
    direction = DIRECTIONS.get(text(said.get("InitiationMethod")).upper(), "")
    customer, ours = _endpoint(said, "CustomerEndpoint", setup), _endpoint(said, "SystemEndpoint", setup)
    caller, callee = (ours, customer) if direction == "outbound" else (customer, ours)
    call = CallTold(
        source="amazon_connect",
        external_id=contact,
        call_id=text(said.get("InitialContactId")) or contact,
        direction=direction,
        parties=by_direction(direction or "inbound", caller, callee),
        agent_id=text(inside(said, "Agent", "Username"), 120),
        audio=AudioTold("s3", f"s3://{found['location']}", media_type_of(found["location"])),
        version=moment(said.get("LastUpdateTimestamp")),
    )
    start = found["start"] or inside(said, "Agent", "ConnectedToAgentTimestamp") or said.get("InitiationTimestamp")
    return Understood((told(call, started_at=start, ended_at=found["stop"] or said.get("DisconnectTimestamp")),))


def _recording(said: dict[str, Any]) -> dict[str, Any] | None:
    """The contact's audio that is there: `Recordings` tells more, `Recording` is in every record."""
    for entry in objects(said.get("Recordings")):
        is_audio = entry.get("MediaStreamType") in {"AUDIO", None} and entry.get("StorageType") in {"S3", None}
        if is_audio and entry.get("Status") != "DELETED" and text(entry.get("Location"), 1500):
            return {
                "location": text(entry["Location"], 1500),
                "start": entry.get("StartTimestamp"),
                "stop": entry.get("StopTimestamp"),
            }
    location = text(inside(said, "Recording", "Location"), 1500)
    if not location or inside(said, "Recording", "Status") == "DELETED":
        return None
    return {"location": location, "start": None, "stop": None}


def _endpoint(said: dict[str, Any], name: str, setup: Setup) -> Any:
    return party(text(inside(said, name, "Address")), region=setup.region)


def _of_objects(said: dict[str, Any]) -> Understood:
    """EventBridge tells of one object, its key as it is; S3's own notification of several, their keys URL-encoded."""
    found = [_of_object(inside(said, "detail", "bucket", "name"), inside(said, "detail", "object"), is_quoted=False)]
    found += [
        _of_object(inside(entry, "s3", "bucket", "name"), inside(entry, "s3", "object"), is_quoted=True)
        for entry in objects(said.get("Records"))
    ]
    calls = tuple(call for call in found if call is not None)
    return Understood(calls) if calls else Understood(ignored="no_recording")


def _of_object(bucket: Any, said: Any, *, is_quoted: bool) -> CallTold | None:
    key = text(inside(said, "key"), 1500)
    key = unquote_plus(key) if is_quoted else key
    shape = _KEY.search(key)
    if not shape or not text(bucket):
        return None
    size = number_of(inside(said, "size"))
    call = CallTold(
        source="amazon_connect",
        external_id=shape[1],
        call_id=shape[1],
        audio=AudioTold("s3", f"s3://{text(bucket)}/{key}", media_type_of(key), int(size) if size else None),
    )
    try:  # to the minute; the contact record knows the second
        start = datetime.strptime(shape[2], "%Y%m%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        start = None
    return told(call, started_at=start)
