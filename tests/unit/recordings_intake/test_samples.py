"""Every sample of every phone system: proven or refused as it should be, and read to the last fact."""

import json
from datetime import datetime, timedelta

import pytest

from policies.domain.places import place_of_number
from policies.services.snapshot import governing
from recordings.domain.errors import DeliveryUnproven, DeliveryUnreadable
from recordings.domain.told import CallTold
from recordings.intake import ADAPTERS
from tests.telephony import samples

ALL = samples()
PROVEN = [one for one in ALL if one.expected["answer"] != "refuse"]
REFUSED = [one for one in ALL if one.expected["answer"] == "refuse"]
ACCEPTED = [one for one in ALL if one.expected["answer"] == "accept"]


def named(cases):
    return {"argvalues": cases, "ids": [case.name for case in cases]}


def test_every_adapter_has_samples_and_every_sample_its_adapter():
    assert {one.source for one in ALL} == set(ADAPTERS)
    assert len(ALL) > 30


@pytest.mark.parametrize("case", **named(REFUSED))
def test_what_is_not_proven_is_refused_with_its_reason(case):
    with pytest.raises((DeliveryUnproven, DeliveryUnreadable)) as refused:
        ADAPTERS[case.source].verify(case.sent, case.setup)
    reason = refused.value.reason_code
    assert reason == {"body_hash_mismatch": "bad_signature"}.get(case.expected["reason"], case.expected["reason"])


@pytest.mark.parametrize("case", **named(PROVEN))
def test_what_is_proven_is_read(case):
    adapter = ADAPTERS[case.source]
    adapter.verify(case.sent, case.setup)
    found = adapter.understand(case.sent, case.setup)
    if case.expected["answer"] == "challenge":
        assert found.answer == case.expected["response_json"]
    elif case.expected["answer"] == "ignore":
        assert found.ignored == case.expected["reason"]
        assert not found.calls
    else:
        assert len(found.calls) == 1


@pytest.mark.parametrize("case", **named(ACCEPTED))
def test_each_fact_is_the_one_that_was_told(case):
    (call,) = ADAPTERS[case.source].understand(case.sent, case.setup).calls
    wanted = case.expected["recording"]
    assert (call.source, call.external_id, call.call_id) == (wanted["source"], wanted["external_id"], wanted["call_id"])
    tolerance = timedelta(seconds=case.request.get("tolerance_s", 0.002))
    assert_close(call.started_at, wanted["started_at"], tolerance)
    assert_close(call.ended_at, wanted["ended_at"], tolerance)
    assert call.duration_s == wanted["duration_s"]
    assert (call.direction or None) == wanted["direction"]
    assert call.channels == wanted["channels"]
    assert call.missing == list(wanted["missing"])


@pytest.mark.parametrize("case", **named(ACCEPTED))
def test_each_party_is_the_one_that_was_told(case):
    (call,) = ADAPTERS[case.source].understand(case.sent, case.setup).calls
    wanted = case.expected["recording"]
    found = [
        {
            "role": one.role,
            "side": one.side,
            "number": one.number or None,
            "number_e164": one.international or None,
            "name": one.name or None,
            "sip_uri": one.sip_uri or None,
            "withheld": one.is_withheld,
        }
        for one in call.parties
    ]
    assert found == [{name: one[name] for name in found[0]} for one in wanted["parties"]]
    agent = wanted["agent"] or {"id": None, "name": None, "extension": None}
    assert (call.agent_id or None, call.agent_name or None, call.agent_extension or None) == (
        agent["id"],
        agent["name"],
        agent["extension"],
    )


@pytest.mark.parametrize("case", **named(ACCEPTED))
def test_the_audio_is_where_it_was_told(case):
    (call,) = ADAPTERS[case.source].understand(case.sent, case.setup).calls
    wanted = case.expected["recording"]["audio"]
    assert (call.audio.kind, call.audio.ref or None) == (wanted["kind"], wanted["ref"])
    assert (call.audio.media_type or None) == wanted["mediatype"]
    assert call.audio.size_bytes == wanted.get("size")
    assert call.audio.content_hash == wanted.get("content_hash", "")
    assert call.audio.expires_after_s == wanted.get("expires_after_s")


@pytest.mark.parametrize("case", **named(ACCEPTED))
def test_what_was_told_is_the_same_after_it_was_kept(case):
    (call,) = ADAPTERS[case.source].understand(case.sent, case.setup).calls
    assert CallTold.from_json(json.loads(json.dumps(call.to_json()))) == call


def test_the_numbers_of_the_samples_hint_at_their_places(db):
    law = governing("unassigned", datetime.fromisoformat("2026-11-17T14:00:00+00:00")).law
    for case in ACCEPTED:
        (call,) = ADAPTERS[case.source].understand(case.sent, case.setup).calls
        for one, wanted in zip(call.parties, case.expected["recording"]["parties"], strict=True):
            hint = wanted["jurisdiction_hint"]
            place = place_of_number(one.international, law.area_codes).jurisdiction
            assert place == (hint["region"] if hint else "")


def assert_close(found, wanted, tolerance):
    assert (found is None) == (wanted is None)
    if wanted:
        assert abs(found - datetime.fromisoformat(wanted.replace("Z", "+00:00"))) <= tolerance
