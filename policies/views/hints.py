"""What if a hint about a party's place were wrong: the same call, placed elsewhere, and how the answer differs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from policies.domain.calls import Call, PartyFacts
from policies.domain.law import Law
from policies.views.words import KEYS, kept, lettered, place_name, who_is

UNSURE = frozenset({"low", "none"})
WEIGHTIEST = 6  # differences told; more than that and the reader looks at that call itself


@dataclass(frozen=True)
class Elsewhere:
    """One other place for one party: what to call it, and the call that it makes."""

    says: str
    call: Call
    place: str  # empty: unknown


def elsewheres(call: Call, answer: dict[str, Any], law: Law) -> Iterator[Elsewhere]:
    """For each party whose place is only a hint: where else a source points, and a place that nobody knows."""
    for index, place in enumerate(answer["parties"]):
        if place["certainty"] not in UNSURE and not place["mismatch"]:
            continue
        who = who_is(place["role"])
        for code in dict.fromkeys([place["mismatch"], *place.get("hints", ())]):
            if code and code != place["jurisdiction"]:
                name = place_name(code, law)
                yield Elsewhere(f"If {who} is in {name}", _moved(call, index, code), code)
        if place["jurisdiction"]:
            yield Elsewhere(f"If nobody knows where {who} is", _moved(call, index, ""), "")


def _moved(call: Call, index: int, code: str) -> Call:
    party = PartyFacts(call.parties[index].role, jurisdiction=code or None)
    return replace(call, parties=(*call.parties[:index], party, *call.parties[index + 1 :]))


def differences(before: dict[str, Any], after: dict[str, Any], zone: str) -> list[str]:
    """What the second answer says otherwise, in sentences, the weightiest first; empty: nothing."""
    found = [*_recording(before, after), *_consent(before, after), *_said(before, after)]
    if (dates := kept(after, zone)) != kept(before, zone):
        found.append(dates)
    return found[:WEIGHTIEST]


def _recording(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if before["may_record"] != after["may_record"]:
        yield "It may be recorded." if after["may_record"] else "It may not be recorded."
    if before["must_record"] != after["must_record"]:
        yield "It has to be recorded." if after["must_record"] else "It does not have to be recorded."


def _consent(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    was, becomes = lettered(before["consent"]["standard"]), lettered(after["consent"]["standard"])
    if was != becomes:
        yield f"{becomes.word} instead of {was.word.lower()}."
    if before["consent"]["form"] != after["consent"]["form"]:
        yield FORM_SENTENCES[after["consent"]["form"]]


FORM_SENTENCES = {
    "none": "Nobody has to agree.",
    "implied_by_notice": "Staying on the line after the notice is enough.",
    "express": "It takes a yes, a key press or another active step.",
    "written": "It takes a signed document.",
}


def _said(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    was, becomes = ({item["key"]: None for item in answer["disclosures"]} for answer in (before, after))
    if more := [_key(key) for key in becomes if key not in was]:
        yield f"Say also: {'; '.join(more)}."
    if less := [_key(key) for key in was if key not in becomes]:
        yield f"No longer said: {'; '.join(less)}."


def _key(key: str) -> str:
    words = KEYS.get(key, key.replace("_", " "))
    return words[0].lower() + words[1:]
