"""SIPREC (RFC 7865, 7866): the metadata of a recording session, as a recorder forwards it with a bearer token.

It says who is on which stream, never where the file ends up: the audio is brought to the recording's own address.
"""

import re
from email.parser import BytesParser
from email.policy import HTTP
from xml.etree.ElementTree import Element

from recordings.domain.told import AudioTold, CallTold, PartyTold, Understood, party, told
from recordings.intake.port import Sent, Setup, assert_bearer, named, text
from recordings.intake.xml import children, name_of, parsed, said

WANTED = ("bearer_token",)
METADATA = {"application/rs-metadata+xml", "application/rs-metadata", "application/xml", "text/xml"}
_DOMAIN = re.compile(r"@([^;>:]+)")


def verify(sent: Sent, setup: Setup) -> None:
    assert_bearer(sent, setup.key("bearer_token"))


def understand(sent: Sent, setup: Setup) -> Understood:
    document = _metadata(sent)
    if document is None:
        return Understood(ignored="no_metadata")  # an INVITE with SDP alone, as some recorders send it
    root = parsed(document)
    session = next(iter(children(root, "session")), None)
    if name_of(root) != "recording" or session is None:
        return Understood(ignored="no_metadata")
    labels = _labels(root)
    people = {one.get("participant_id", ""): _person(one, setup) for one in children(root, "participant")}
    found = [person for person in people.values() if person is not None]
    parties = tuple(_sided(person, number) for number, person in enumerate(found))
    agent = next((one for one in parties if one.role == "agent"), None)
    call = CallTold(
        source="siprec",
        external_id=named(session.get("session_id"), "session_id"),
        call_id=text(said(session, "sipSessionID").partition(";")[0]),
        parties=parties,
        agent_id=_user(agent.sip_uri) if agent else "",
        agent_name=agent.name if agent else "",
        channels=len(labels) or None,
        agent_channel=_agent_channel(root, labels, people),
        audio=AudioTold("recorder"),
    )
    return Understood((told(call, started_at=said(session, "start-time"), ended_at=said(session, "stop-time")),))


def _metadata(sent: Sent) -> bytes | None:
    if not sent.kind.startswith("multipart/"):
        return sent.body
    head = f"Content-Type: {sent.header('content-type')}\r\n\r\n".encode("latin-1", "replace")
    for part in BytesParser(policy=HTTP).parsebytes(head + sent.body).walk():
        if part.get_content_type() in METADATA:
            content = part.get_payload(decode=True)
            return content.strip() if isinstance(content, bytes) else None
    return None


def _person(node: Element, setup: Setup) -> PartyTold | None:
    """Whose domain is one of ours is the agent; without such a setting nobody's role is known."""
    identity = next(iter(children(node, "nameID")), None)
    if identity is None:
        return None
    address = text(identity.get("aor"), 200)
    if address and ":" not in address.partition("@")[0]:
        address = f"sip:{address}" if "@" in address else address
    found = party(address, name=text(said(identity, "name")), region=setup.region)
    if found is None:
        return None
    domain = _DOMAIN.search(address)
    ours = {name.lower() for name in setup.words("own_domains")}
    role = "unknown" if not ours else "agent" if domain and domain[1].lower() in ours else "customer"
    return PartyTold(role, "", found.number, found.name, found.sip_uri, found.international)


def _sided(person: PartyTold, number: int) -> PartyTold:
    side = ("caller", "callee")[number] if number < 2 else ""
    return PartyTold(person.role, side, person.number, person.name, person.sip_uri, person.international)


def _labels(root: Element) -> dict[str, str]:
    """Stream → its label, which is the SDP's `a=label`."""
    found = {one.get("stream_id", ""): said(one, "label") for one in children(root, "stream")}
    return {stream: label for stream, label in found.items() if label}


def _agent_channel(root: Element, labels: dict[str, str], people: dict[str, PartyTold | None]) -> int | None:
    """Who sends the stream speaks on its channel; channels stand in the order of the labels."""
    order = sorted(
        labels.values(), key=lambda label: (not label.isdigit(), int(label) if label.isdigit() else 0, label)
    )
    for one in children(root, "participantstreamassoc"):
        person = people.get(one.get("participant_id", ""))
        label = labels.get(said(one, "send"))
        if person is not None and person.role == "agent" and label is not None:
            return order.index(label)
    return None


def _user(address: str) -> str:
    return address.partition(":")[2].partition("@")[0][:120]
