"""What the API's description shows is what the API does: every example in it is sent, and every call is made.

A new operation fails here until `PREPARED` says which rows it needs, and, where it takes a body, shows an example.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone

from policies.domain.calls import Call, PartyFacts
from policies.services.giving import give
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold
from recordings.services.retention.triggers import tell_of_matching
from recordings.services.sources import configure_source
from tests.deliveries import BOUNDARY, clip, upload
from tests.factories import RecordingFactory
from tests.telephony import sample
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db

DESCRIPTION = json.loads((settings.BASE_DIR / "openapi.json").read_text())
HELD_IN_THE_EXAMPLE = UUID("018d0dc4-7a31-7c44-9d2e-5b1f0c6a8e21")
JSON, MULTIPART, AUDIO = "application/json", "multipart/form-data", "audio/*"
OF_A_VENDOR = "*/*"  # whatever a phone system sends, with its own proof


DELIVERED = sample("asterisk/ari_recording_finished")


@dataclass(frozen=True)
class Needs:
    """What an operation's call needs: rows, whose values fill the address; and a query."""

    rows: tuple[str, ...] = ()
    query: dict[str, str] = field(default_factory=dict)


PREPARED = {
    "audits_results": Needs(),
    "certificates_list": Needs(("destroyed",)),
    "certificates_retrieve": Needs(("destroyed",)),
    "decide_call": Needs(),
    "decision_read": Needs(("decision",)),
    "decision_tell_outcome": Needs(("decision",)),
    "findings_list": Needs(),
    "holds_list": Needs(("hold",)),
    "holds_place": Needs(("held_in_the_example", "of_the_agent")),
    "holds_read": Needs(("hold",)),
    "holds_release_preview": Needs(("hold",)),
    "holds_report": Needs(("hold",)),
    "holds_release": Needs(("hold",)),
    "intake_receive": Needs(("source",)),
    "keys_list": Needs(),
    "policy_schema": Needs(),
    "preview_decision": Needs(),
    "recordings_audio": Needs(("call",), {"purpose": "quality_assurance"}),
    "recordings_create": Needs(),
    "recordings_events": Needs(("call",)),
    "recordings_list": Needs(("call",)),
    "recordings_put_audio": Needs(("awaiting",)),
    "recordings_read": Needs(("call",)),
    "recordings_retention": Needs(("call",)),
    "recordings_tell_event": Needs(("call",)),
    "recordings_tell_trigger": Needs(("call",)),
    "recordings_triggers": Needs(("call",)),
    "recordings_vcon": Needs(("call",)),
    "triggers_read": Needs(("trigger",)),
    "triggers_tell": Needs(),
}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    about: dict

    @property
    def id(self) -> str:
        return self.about["operationId"]

    @property
    def bodies(self) -> dict[str, dict]:
        return self.about.get("requestBody", {}).get("content", {})

    @property
    def examples(self) -> list[object]:
        return [shown["value"] for body in self.bodies.values() for shown in body.get("examples", {}).values()]


OPERATIONS = {
    about["operationId"]: Operation(method, path, about)
    for path, methods in DESCRIPTION["paths"].items()
    for method, about in methods.items()
}
SENT = [
    pytest.param(operation, content_type, number, id=f"{operation.id}-{content_type or 'no body'}-{number}")
    for operation in OPERATIONS.values()
    for content_type in operation.bodies or [""]
    for number in range(len(operation.examples) if content_type in {JSON, MULTIPART} else 1)
]


@pytest.fixture
def row(line):
    """Makes the rows that a call needs; answers what their ids are called in an address."""

    def call(**given):
        return {"recording_id": RecordingFactory(line_of_business=line, **given).pk}

    def hold():
        held = call()["recording_id"]
        placed = place_hold(matter="A", reason="b", recording_ids=[held], actor=CALLWARD)
        return {"hold_id": placed.pk}

    def destroyed():
        gone = call(expired=True)
        purge_batch(at=timezone.now())
        return gone

    def of_the_agent():
        october = datetime(2026, 10, 12, 9, tzinfo=UTC)
        return call(agent_id="a-17", started_at=october)

    def decision():
        parties = (PartyFacts("agent", jurisdiction="US-TX"), PartyFacts("customer", jurisdiction="US-FL"))
        asked = Call("inbound", "phone", line.code, (), {}, parties, timezone.now())
        return {"decision_id": give(asked, actor=CALLWARD).id}

    def source():
        configure_source(name=DELIVERED.source, values=DELIVERED.settings, actor=CALLWARD)
        return {"source": DELIVERED.source}

    def trigger():
        told = tell_of_matching(
            match={"agent": "a-17"}, kind="contract_end", happened_at=timezone.now(), replaces=False, actor=CALLWARD
        )
        return {"trigger_id": told.pk}

    makers = {
        "call": call,
        "trigger": trigger,
        "source": source,
        "decision": decision,
        "awaiting": lambda: call(awaiting=True),
        "held_in_the_example": lambda: call(pk=HELD_IN_THE_EXAMPLE),
        "of_the_agent": of_the_agent,
        "hold": hold,
        "destroyed": destroyed,
    }
    return lambda name: makers[name]()


def _send(client, headers, operation, address, content_type, number):
    if content_type == "":
        return client.get(address, PREPARED[operation.id].query, headers=headers)
    if content_type == AUDIO:
        return client.put(address, clip("full_inbound.opus"), content_type="audio/ogg", headers=headers)
    if content_type == OF_A_VENDOR:
        own = {"Authorization": DELIVERED.headers["Authorization"]}
        return client.post(address, DELIVERED.body, content_type=JSON, headers=own)
    example = operation.examples[number]
    if operation.id == "holds_release":  # the preview's digest is another one each time
        preview = client.get(f"{address}preview/", headers=headers).json()["digest"]
        example = example | {"preview": preview}
    if content_type == MULTIPART:  # the example is the part that is told in JSON
        body = upload(example, clip("full_inbound.opus"))
        return client.post(address, body, content_type=f"{MULTIPART}; boundary={BOUNDARY}", headers=headers)
    return client.generic(operation.method, address, json.dumps(example).encode(), content_type=JSON, headers=headers)


def test_every_operation_is_known_here():
    assert set(OPERATIONS) == set(PREPARED), "a new operation: say in PREPARED which rows its examples need"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_shows_what_it_takes_and_what_it_answers(operation):
    if JSON in operation.bodies:
        assert operation.examples, f"{operation.id} takes a body and shows no example of it"
    for status, answer in operation.about["responses"].items():
        if status.startswith("2"):
            for shape in answer["content"].values():
                assert shape.get("schema") or shape.get("examples"), f"{operation.id} does not say what {status} is"


@pytest.mark.parametrize(("operation", "content_type", "number"), SENT)
def test_every_example_is_answered_as_documented(client, bearer, row, operation, content_type, number):
    filled = {}
    for name in PREPARED[operation.id].rows:
        filled |= row(name)
    address = operation.path.format(**filled)
    answer = _send(client, bearer(), operation, address, content_type, number)
    documented = [int(status) for status in operation.about["responses"] if status.startswith("2")]
    assert answer.status_code in documented, b"".join(answer) if answer.streaming else answer.content
    told = operation.about["responses"][str(answer.status_code)]["content"]
    if JSON in told:
        _has_the_shape(json.loads(answer.getvalue()), told[JSON]["schema"])


def _has_the_shape(told, schema):
    """As far as names go: nothing that is required is missing, nothing undocumented is told."""
    if "$ref" in schema:
        schema = _shape_named(schema["$ref"])
    if "oneOf" in schema and isinstance(told, dict):
        shapes = [_shape_named(one["$ref"]) for one in schema["oneOf"] if "$ref" in one]
        schema = next(shape for shape in shapes if set(shape.get("required", ())) <= set(told))
    if isinstance(told, list):
        for each in told:
            _has_the_shape(each, schema.get("items", {}))
    elif isinstance(told, dict) and "properties" in schema:
        known = schema["properties"]
        assert set(schema.get("required", ())) <= set(told)
        assert set(told) <= set(known)
        for name, value in told.items():
            _has_the_shape(value, known[name])


def _shape_named(reference):
    return DESCRIPTION["components"]["schemas"][reference.rpartition("/")[2]]
