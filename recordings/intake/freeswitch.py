"""FreeSWITCH: `mod_json_cdr` and `mod_xml_cdr`, behind HTTP Basic; every encoding they can be set to.

The defaults encode twice: the JSON in a form field, and each variable inside it. Where the content type is left out,
curl's form type stands on a JSON body, so the body itself tells what it is.
"""

import base64
import re
from typing import Any
from urllib.parse import unquote, unquote_plus

from recordings.domain.errors import DeliveryUnproven, DeliveryUnreadable
from recordings.domain.told import (
    SHORTEST_NUMBER,
    AudioTold,
    CallTold,
    Understood,
    by_direction,
    epoch,
    number_of,
    party,
    told,
)
from recordings.intake.port import (
    Sent,
    Setup,
    from_base64,
    inside,
    json_object,
    media_type_of,
    named,
    objects,
    same,
    text,
)
from recordings.intake.query import direction_of
from recordings.intake.xml import as_dict, parsed

WANTED = ("basic_user", "basic_password")
_RECORDED = ("record_name", "record_path", "cc_record_filename", "record_seconds", "record_ms", "record_samples")


def verify(sent: Sent, setup: Setup) -> None:
    wanted = base64.b64encode(f"{setup.key('basic_user')}:{setup.key('basic_password')}".encode()).decode()
    scheme, _, given = sent.header("authorization").partition(" ")
    if not given:
        raise DeliveryUnproven("no_credentials", "Set cred in the module's configuration to user:password.")
    if scheme.lower() != "basic" or not same(given.strip(), wanted):
        raise DeliveryUnproven("bad_credentials", "User or password is not the one configured for this source.")


def understand(sent: Sent, setup: Setup) -> Understood:
    said = _cdr(sent)
    variables = {name: _plain(value) for name, value in _dict(said.get("variables")).items()}
    uuid = named(variables.get("uuid") or sent.query.get("uuid", "").removeprefix("a_"), "uuid")
    path = _path(variables, said)
    if not path and not any(variables.get(name) for name in _RECORDED):
        return Understood(ignored="no_recording")
    flows = objects(said.get("callflow")) if isinstance(said.get("callflow"), list) else [_dict(said.get("callflow"))]
    profile = _dict(flows[0].get("caller_profile")) if flows else {}
    caller = _plain(profile.get("caller_id_number")) or variables.get("caller_id_number", "")
    callee = _plain(profile.get("destination_number")) or variables.get("sip_to_user", "")
    direction = _direction(variables, caller, callee)
    name = variables.get("caller_id_name") or _plain(profile.get("caller_id_name"))
    agent = variables.get("cc_agent", "")
    extension = agent.partition("@")[0]
    call = CallTold(
        source="freeswitch",
        external_id=uuid,
        call_id=uuid,
        direction=direction,
        parties=by_direction(
            direction,
            party(caller, name="" if name == caller else name, region=setup.region),
            party(callee, region=setup.region),
        ),
        agent_id=text(agent, 120),
        agent_extension=extension if extension.isdigit() else "",
        channels=2 if variables.get("RECORD_STEREO", "").lower() in {"true", "yes", "1"} else None,
        audio=AudioTold("file", path, media_type_of(path)),
    )
    return Understood((told(call, **_times(variables)),))


def _cdr(sent: Sent) -> dict[str, Any]:
    """The record, whatever it is wrapped in. Raises DeliveryUnreadable."""
    body = sent.body.lstrip()
    if body[:1] == b"<":
        return as_dict(parsed(body))
    if body[:1] != b"{":
        field = body.partition(b"=")[2]
        if sent.kind == "application/x-www-form-base64-encoded":
            body = from_base64(unquote(field.decode("ascii", "replace"))) or b""
        else:
            body = unquote_plus(field.decode("utf-8", "replace")).encode()
        if body.lstrip()[:1] == b"<":
            return as_dict(parsed(body))
    if not body:
        raise DeliveryUnreadable("bad_form", "The form has no field cdr.")
    return json_object(body)


def _plain(value: Any) -> str:
    """A variable's value; `encode-values` writes it URL-encoded, and a plain value stays what it is."""
    found = text(value, 2000)
    return unquote(found) if re.search(r"%[0-9A-Fa-f]{2}", found) else found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _path(variables: dict[str, str], said: dict[str, Any]) -> str:
    """Where the file lies on the exchange: as FusionPBX, the call centre or the application says."""
    if name := variables.get("record_name"):
        folder = variables.get("record_path", "")
        return f"{folder.rstrip('/')}/{name}" if folder else name
    if name := variables.get("cc_record_filename"):
        return name
    for application in objects(inside(said, "app_log", "applications")):
        if application.get("app_name") in {"record_session", "record"}:
            return _plain(application.get("app_data")).partition(" ")[0]
    return ""


def _direction(variables: dict[str, str], caller: str, callee: str) -> str:
    """The call's, not the leg's: a leg of our own extension comes in to the exchange when somebody calls out."""
    if told_ := direction_of(variables.get("call_direction")):
        return told_
    leg = direction_of(variables.get("direction"))
    if leg == "inbound" and _is_extension(caller):
        return "internal" if _is_extension(callee) else "outbound"
    return leg


def _is_extension(number: str) -> bool:
    return number.isdigit() and len(number) < SHORTEST_NUMBER


def _times(variables: dict[str, str]) -> dict[str, Any]:
    """The `_uepoch` variables are UTC; 0 is never; the `_stamp` ones are local and say nothing."""
    milliseconds = number_of(variables.get("billmsec"))
    seconds = number_of(variables.get("billsec"))
    return {
        "started_at": _at(variables, "answer") or _at(variables, "start"),
        "ended_at": _at(variables, "end"),
        "duration_s": milliseconds / 1000 if milliseconds is not None else seconds,
    }


def _at(variables: dict[str, str], name: str) -> Any:
    for ending, per_second in (("uepoch", 1_000_000), ("epoch", 1)):
        value = variables.get(f"{name}_{ending}", "")
        if value.strip("0") and (found := epoch(value, per_second=per_second)):
            return found
    return None
