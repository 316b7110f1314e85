"""The door for phone systems: proven, stored first, answered fast, worked once. Each sample as it comes."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from recordings.models import IntakeDelivery, IntakeRefusal, Recording, SeenDelivery
from recordings.services.inbound import tidy_deliveries
from recordings.services.sources import configure_source
from recordings.services.working import work_due
from tests.telephony import Sample, sample, samples
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db

PUBLIC = "https://callward.example.com"
ALL = samples()


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_URL = PUBLIC


def configured(case: Sample, **more) -> None:
    configure_source(name=case.source, values=case.settings | more, actor=CALLWARD)


def posted(case: Sample, *, body: bytes | None = None, **changed: str):
    """The sample as its vendor would send it to our address: signed anew where the address is signed too."""
    query = case.request["url"].partition("?")[2]
    path = f"/api/v1/intake/{case.source}/" + (f"?{query}" if query else "")
    headers = dict(case.headers) | resigned(case, PUBLIC + path) | changed
    headers.pop("Host", None)
    kind = headers.pop("Content-Type", "application/octet-stream")
    return Client().post(path, case.body if body is None else body, content_type=kind, headers=headers)


def resigned(case: Sample, url: str) -> dict[str, str]:
    if case.expected["answer"] == "refuse":
        return {}
    keys = case.settings
    if case.source == "twilio":
        is_json = case.headers["Content-Type"].startswith("application/json")
        is_new = "X-Twilio-Webhooks-Signature-Settings" in case.headers
        validator = RequestValidator(keys["shared_key_secret"] if is_new else keys["auth_token"])
        form = {} if is_json else {name: values[0] for name, values in case.sent.fields.items()}
        algorithm = "HMAC_SHA256" if is_new else "HMAC_SHA1"
        return {"X-Twilio-Signature": validator.compute_signature(url, form, algorithm)}
    if case.source == "plivo":
        fields = "".join(name + case.sent.form[name] for name in sorted(case.sent.form))
        message = f"{url}?{fields}.{case.headers['X-Plivo-Signature-V3-Nonce']}".encode()
        return {
            "X-Plivo-Signature-V3": base64.b64encode(
                hmac.digest(keys["auth_token"].encode(), message, "sha256")
            ).decode()
        }
    return {}


@pytest.mark.parametrize("case", ALL, ids=[one.name for one in ALL])
def test_each_sample_is_answered_as_it_should_be(case, django_capture_on_commit_callbacks):
    configured(case)
    with time_machine.travel(case.received_at, tick=False):
        answer = posted(case)
    assert answer.status_code in case.expected["http_status"], answer.content
    if case.expected["answer"] == "challenge":
        assert answer.json() == case.expected["response_json"]
    stored = IntakeDelivery.objects.count()
    assert stored == (1 if case.expected["answer"] == "accept" else 0)
    if case.expected["answer"] == "refuse":
        assert IntakeRefusal.objects.get().source == case.source
        assert answer.json()["type"].startswith("/problems/delivery-un")


ACCEPTED = [one for one in ALL if one.expected["answer"] == "accept"]


@pytest.mark.parametrize("case", ACCEPTED, ids=[one.name for one in ACCEPTED])
def test_each_accepted_sample_becomes_one_recording_with_what_was_told_and_nothing_more(case, bearer):
    configured(case)
    with time_machine.travel(case.received_at, tick=False):
        posted(case)
        assert work_due(timezone.now()) == 1
    wanted = case.expected["recording"]
    told = (
        Client()
        .get(
            "/api/v1/recordings/",
            {"source": wanted["source"], "external_id": wanted["external_id"]},
            headers=bearer("recordings:read"),
        )
        .json()["results"]
    )
    assert len(told) == 1
    (found,) = told
    slack = timedelta(seconds=case.request.get("tolerance_s", 0.002))
    for name in ("started_at", "ended_at"):
        assert (found[name] is None) == (wanted[name] is None), name
        if wanted[name]:
            assert abs(moment(found[name]) - moment(wanted[name])) <= slack
    assert found["direction"] == wanted["direction"]
    agent = wanted["agent"] or {"id": None, "extension": None}
    assert found["agent"]["id"] == (agent["id"] or agent["extension"] or "")
    assert Recording.objects.get().parties.count() == len(wanted["parties"])
    delivery = IntakeDelivery.objects.get()
    assert (delivery.state, delivery.reason) == ("done", "taken in"), delivery.reason
    assert bytes(delivery.sealed) == b""
    assert delivery.recording_ids == [Recording.objects.get().pk]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def worked_at(case: Sample, times: int = 1):
    with time_machine.travel(case.received_at, tick=False):
        for _ in range(times):
            assert posted(case).status_code == 200
        work_due(timezone.now())


def test_the_same_delivery_twice_before_the_work_is_done_once():
    case = sample("zoom_phone/recording_completed")
    configured(case)
    worked_at(case, times=2)
    assert Recording.objects.count() == 1
    assert sorted(IntakeDelivery.objects.values_list("reason", flat=True)) == ["came before", "taken in"]
    assert SeenDelivery.objects.count() == 1


def test_the_same_delivery_after_the_work_is_answered_and_stores_nothing():
    case = sample("zoom_phone/recording_completed")
    configured(case)
    worked_at(case)
    with time_machine.travel(case.received_at, tick=False):
        answer = posted(case)
    assert (answer.status_code, answer.json()["state"]) == (200, "duplicate")
    assert IntakeDelivery.objects.count() == 1


def test_a_delivery_that_was_not_worked_is_not_taken_for_known():
    case = sample("zoom_phone/recording_completed")
    configured(case)
    with time_machine.travel(case.received_at, tick=False):
        posted(case)
    assert not SeenDelivery.objects.exists()


ZOOM = "zoom_phone/recording_completed"


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_signature_is_refused_and_leaves_nothing_but_a_count(seconds):
    case = sample(ZOOM)
    configured(case)
    with time_machine.travel(case.received_at + timedelta(seconds=seconds), tick=False):
        answer = posted(case)
    assert answer.status_code == 401
    assert "clocks" in answer.json()["detail"]
    assert not IntakeDelivery.objects.exists()
    refusal = IntakeRefusal.objects.get()
    assert (refusal.reason, refusal.count) == ("stale_timestamp", 1)


def test_a_source_that_nobody_configured_refuses_everything_and_says_what_to_do():
    answer = posted(sample(ZOOM))
    assert answer.status_code == 401
    assert "configure_source" in answer.json()["detail"]


def test_an_unknown_source_is_not_found_and_leaves_nothing():
    answer = Client().post("/api/v1/intake/nobody/", b"{}", content_type="application/json")
    assert answer.status_code == 404
    assert not IntakeRefusal.objects.exists()


def test_a_refusal_where_the_address_is_signed_tells_which_address_was_verified_without_its_query():
    case = sample("twilio/completed_with_query")
    configured(case)
    answer = posted(case, **{"X-Twilio-Signature": "no"})
    assert answer.status_code == 401
    assert f"{PUBLIC}/api/v1/intake/twilio/ (PUBLIC_URL)" in answer.json()["detail"]
    assert "6145550123" not in answer.content.decode()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><recording xmlns="urn:ietf:params:xml:ns:recording:1"><session
session_id="&c;"/></recording>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><recording><session
session_id="&x;"/></recording>"""
HOSTILE = {
    "entities that multiply": ("siprec/final_metadata", BOMB, 400, "xml_forbidden"),
    "an entity from outside": ("siprec/final_metadata", OUTSIDE, 400, "xml_forbidden"),
    "no XML": ("siprec/final_metadata", b"<recording", 400, "bad_xml"),
    "deep XML": ("siprec/final_metadata", b"<a>" * 200 + b"</a>" * 200, 400, "bad_xml"),
    "no JSON": ("asterisk/ari_recording_finished", b"{no", 400, "bad_json"),
    "deep JSON": ("asterisk/ari_recording_finished", b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "bad_json"),
    "a key twice": ("asterisk/ari_recording_finished", b'{"type":"a","type":"b"}', 400, "bad_json"),
    "no CSV": ("asterisk/cdr_csv", b"one,two", 400, "bad_csv"),
    "no id": ("amazon_connect/contact_record", b'{"Channel":"VOICE"}', 400, "no_id"),
    "too large": ("asterisk/ari_recording_finished", b" " * ((1 << 20) + 1), 413, "too_large"),
    "much too large": ("genesys_cloud/export_metadata", b" " * (20 << 20), 413, "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_and_leaves_nothing_but_a_count(name):
    sample_name, body, status, reason = HOSTILE[name]
    case = sample(sample_name)
    configured(case)
    with time_machine.travel(case.received_at, tick=False):
        answer = posted(case, body=body)
    assert answer.status_code == status, answer.content
    assert not IntakeDelivery.objects.exists()
    assert IntakeRefusal.objects.get().reason == reason


def test_nothing_of_a_delivery_stands_readable_in_the_database():
    case = sample(ZOOM)
    configured(case)
    with time_machine.travel(case.received_at, tick=False):
        posted(case)
    kept = bytes(IntakeDelivery.objects.get().sealed)
    assert len(kept) > len(case.body)
    for word in (b"6145550123", b"Alex", b"recording_completed"):
        assert word not in kept
        assert base64.b64encode(word)[:10] not in kept


def test_a_token_opens_no_door_of_a_vendor(bearer):
    case = sample("asterisk/ari_recording_finished")
    configured(case)
    assert posted(case, **bearer("recordings:write")).status_code == 401


# --- what vendors do with their keys


def test_each_of_several_signatures_may_be_the_right_one():
    case = sample("plivo/recording_callback")
    configured(case)
    right = resigned(case, f"{PUBLIC}/api/v1/intake/plivo/")["X-Plivo-Signature-V3"]
    assert posted(case, **{"X-Plivo-Signature-V3": f"bm8=,{right}"}).status_code == 200


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_a_token_with_another_algorithm_proves_nothing(algorithm):
    case = sample("vonage/record_event")
    configured(case)
    claims = {"iat": int(case.received_at.timestamp()), "payload_hash": hashlib.sha256(case.body).hexdigest()}
    forged = jwt.encode(claims, case.settings["signature_secret"] if algorithm != "none" else None, algorithm)
    with time_machine.travel(case.received_at, tick=False):
        assert posted(case, Authorization=f"Bearer {forged}").status_code == 401


def test_a_json_callback_whose_body_nothing_binds_is_refused():
    case = sample("twilio/json_body")
    configured(case)
    url = f"{PUBLIC}/api/v1/intake/twilio/"
    signature = RequestValidator(case.settings["auth_token"]).compute_signature(url, {})
    answer = Client().post(
        "/api/v1/intake/twilio/", case.body, content_type="application/json", headers={"X-Twilio-Signature": signature}
    )
    assert answer.status_code == 401
    assert IntakeRefusal.objects.get().reason == "body_not_bound"


def test_a_shared_key_is_refused_where_none_is_configured():
    case = sample("twilio/shared_key_sha256")
    values = {name: value for name, value in case.settings.items() if not name.startswith("shared")}
    configure_source(name="twilio", values=values, actor=CALLWARD)
    assert posted(case).status_code == 401


def _asked(source: str, query: str, **headers: str):
    return Client().get(f"/api/v1/intake/{source}/?{query}", headers=headers)


def test_twilio_may_send_its_callback_as_a_query():
    case = sample("twilio/completed")
    configured(case)
    query = case.body.decode()
    url = f"{PUBLIC}/api/v1/intake/twilio/?{query}"
    signature = RequestValidator(case.settings["auth_token"]).compute_signature(url, {})
    assert _asked("twilio", query, **{"X-Twilio-Signature": signature}).status_code == 200
    assert _asked("twilio", query + "0", **{"X-Twilio-Signature": signature}).status_code == 401
    work_due(timezone.now())
    assert Recording.objects.get().external_id == case.expected["recording"]["external_id"]


def test_vonage_may_send_its_event_as_a_query_whose_json_is_hashed():
    case = sample("vonage/record_event")
    configured(case)
    said = {name: str(value) for name, value in json.loads(case.body).items()}
    compact = json.dumps(said, separators=(",", ":")).encode()
    claims = {"iat": int(case.received_at.timestamp()), "payload_hash": hashlib.sha256(compact).hexdigest()}
    token = f"Bearer {jwt.encode(claims, case.settings['signature_secret'], 'HS256')}"
    with time_machine.travel(case.received_at, tick=False):
        assert _asked("vonage", urlencode(said), Authorization=token).status_code == 200
        assert _asked("vonage", urlencode(said | {"size": "1"}), Authorization=token).status_code == 401
        work_due(timezone.now())
    assert Recording.objects.get().external_id == case.expected["recording"]["external_id"]


def test_a_source_that_never_sends_so_is_not_asked_with_get():
    configured(sample(ZOOM))
    assert _asked("zoom_phone", "").status_code == 405


def test_telnyx_signed_anew_for_a_retry_makes_no_second_recording():
    case = sample("telnyx/call_recording_saved")
    configured(case)
    worked_at(case)
    body = case.body.replace(b'"attempt":1', b'"attempt":2')
    stamp = str(int(case.received_at.timestamp()))
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(case.settings["private_seed_base64"]))
    signature = base64.b64encode(private.sign(f"{stamp}|".encode() + body)).decode()
    with time_machine.travel(case.received_at, tick=False):
        answer = posted(case, body=body, **{"Telnyx-Timestamp": stamp, "Telnyx-Signature-Ed25519": signature})
        assert answer.status_code == 200
        work_due(timezone.now())
    assert Recording.objects.count() == 1
    assert set(IntakeDelivery.objects.values_list("reason", flat=True)) == {"taken in", "nothing new"}


def test_what_has_had_its_time_is_forgotten():
    case = sample(ZOOM)
    configured(case)
    worked_at(case)
    assert tidy_deliveries(case.received_at + timedelta(days=31)) == 1  # what was seen
    assert tidy_deliveries(case.received_at + timedelta(days=91)) == 1  # the entry of the log
    assert Recording.objects.count() == 1


def test_dead_contents_are_gone_after_a_week():
    case = sample(ZOOM)
    configured(case)
    with time_machine.travel(case.received_at, tick=False):
        posted(case)
    IntakeDelivery.objects.update(state="dead", next_attempt_at=None, reason="A test says so.")
    tidy_deliveries(case.received_at + timedelta(days=6))
    assert bytes(IntakeDelivery.objects.get().sealed)
    tidy_deliveries(case.received_at + timedelta(days=8))
    assert not bytes(IntakeDelivery.objects.get().sealed)
