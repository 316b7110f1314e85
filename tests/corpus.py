"""The corpus of decisions: calls of every kind with their answers' digests, under a law and policies frozen with them.

    python -m tests.corpus          writes tests/data/decisions/edition-N.* anew, for a new EDITION of the rules
    tests/unit/policies/test_corpus.py   computes every answer again, byte for byte

The law is a copy of the register as it stood when the edition was frozen, so mending a row changes nothing here. Each
line of edition-N.jsonl is a case: `policy` names a document of edition-N-policies.json, `call` is what a decision
stores, `sha256` is of the answer's canonical JSON; some carry the whole `answer`, to be read.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.calls import Call, PartyFacts
from policies.domain.conditions import FACTS, Condition, condition
from policies.domain.decision import EDITION, decided
from policies.domain.documents import CAREFUL_DEFAULT, stored_document
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.law import AreaCode, DisclosureRule, JurisdictionRule, Law, Reading, RetentionRule
from policies.domain.places import Place, places_of
from policies.domain.stored_calls import read_call, read_places
from trail.domain.chain import canonical_json

FOLDER = Path(__file__).parent / "data" / "decisions"
AGENT, NOON = "US-TX", "2026-11-24T15:00:00+00:00"
WHOLE = 8  # cases whose answer is written in full

POLICIES: dict[str, Any] = {
    "default": CAREFUL_DEFAULT,
    "lax": {"consent": {"standard": "one_party", "form": "none"}, "disclosures": [], "pause": {"card_data": "never"}},
    "cautious": {"consent": {"standard": "one_party", "form": "none", "reading": "cautious"}, "on_refusal": "delete"},
    "by place": {
        "consent": {"standard": "one_party", "form": "none", "readings": {"US-CT": "cautious", "BE": "cautious"}},
        "location": {"withheld_default": "US-CA", "hints": "strictest"},
        "on_refusal": "keep_reason_only",
    },
    "written": {
        "company": "Harbor & Vale",
        "consent": {"standard": "all_party", "form": "written"},
        "retention": {"min_period": "P1Y", "max_period": "P10Y", "needs_approval": True},
        "purposes": ["training", "contract_evidence"],
        "pause": {"card_data": "always"},
    },
    "spanish": {
        "language": "es",
        "contact": {"opt_out_key": "0"},
        "disclosures": ["storage", "rights_notice", "controller_identity"],
        "script": {"es": {"recording": "{company} graba esta llamada."}, "en": {"refusal": "Say no, and we stop."}},
    },
    "seconds": {"retention": {"max_period": "PT120S", "cooling_period": "PT10S"}},
}


# --- the cases


def cases(law: Law) -> Iterator[dict[str, Any]]:
    """Every place, every rule, every policy, conflict, source of place, language and zone; in a fixed order."""
    yield from _places(law)
    yield from _rules(law)
    yield from _policies(law)
    yield from _sources(law)
    yield from _times(law)
    yield from _clashes(law)


def _places(law: Law) -> Iterator[dict[str, Any]]:
    places = [*sorted({rule.code for rule in law.rules}), "", "CA-ON", "US-MP", "DE-BY", "KE"]
    for place in places:
        yield _case(law, f"place {place or 'unknown'}", [AGENT, place])
    unsettled = [rule.code for rule in law.rules if rule.telephone_rule != rule.in_person_rule]
    for place in unsettled:
        for medium in ("in_person", "video"):
            yield _case(law, f"{medium} {place}", [place, place], medium=medium)
    disputed = [rule.code for rule in law.rules if rule.telephone_rule != rule.cautious_rule]
    for place in disputed:
        yield _case(law, f"read cautiously {place}", [AGENT, place], policy="cautious")


def _rules(law: Law) -> Iterator[dict[str, Any]]:
    for rule in law.retention:
        kind = {"record_kind": [rule.record_kind]} if "_record" in rule.record_kind else {}
        name, at = _row(rule)
        yield _case(law, f"retention {name}", *_meeting(rule.applies_when, rule.code, kind), at=at)
    for said in law.disclosures:
        place = said.place if said.place in law.jurisdictions else "US-FL"
        name, at = _row(said)
        yield _case(law, f"disclosure {name}", *_meeting(said.applies_when, said.code, {}, place), at=at)
    for sector in sorted(FACTS["sector"]):
        for parties in ([AGENT, "US-FL"], ["FR", "GB"]):
            yield _case(law, f"sector {sector} with {' '.join(parties)}", parties, {"sector": [sector]})


def _row(rule: RetentionRule | DisclosureRule) -> tuple[str, str]:
    """A row's name, and a moment at which it counts: a code may stand again from another day on."""
    if rule.effective_from and rule.effective_from > date(2026, 11, 24):
        return f"{rule.code} from {rule.effective_from}", f"{rule.effective_from}T17:00:00+00:00"
    if rule.effective_to and rule.effective_to <= date(2026, 11, 24):
        last = rule.effective_to - timedelta(days=1)
        return f"{rule.code} until {last}", f"{last}T17:00:00+00:00"
    return rule.code, NOON


def _meeting(
    when: Condition, code: str, facts: dict[str, list[str]], place: str = ""
) -> tuple[list[str], dict[str, list[str]]]:
    """Parties and facts under which a condition holds; the call itself says direction and medium below."""
    stated = {key: [sorted(values)[len(code) % len(values)]] for key, values in when.clauses}
    home = place or (sorted(when.places)[0] if when.places else "US-FL")
    return [AGENT, "US-FL" if home == "US" else "FR" if home == "EU" else home], facts | stated


def _policies(law: Law) -> Iterator[dict[str, Any]]:
    for policy in POLICIES:
        for parties in (["US-TX", "US-NY"], ["US-CA", "US-FL"], ["DE", "GB"], ["US-CT", "BE", "", "AU-VIC"]):
            yield _case(law, f"policy {policy} with {' '.join(parties)}", parties, policy=policy)
        for language in ("en", "es", "fr-CA", "de", "pt"):
            name = f"policy {policy} in {language}"
            yield _case(law, name, [AGENT, "FR"], {"sector": ["insurance"]}, policy=policy, language=language)


def _sources(law: Law) -> Iterator[dict[str, Any]]:
    numbers = ["+18135550142", "+12425550100", "+18005550100", "+442079460958", "+4915112345678", "anonymous", ""]
    for number in numbers:
        for said, address in (("", ""), ("US-NY", ""), ("", "DE"), ("US-NY", "DE")):
            party = PartyFacts("customer", number or None, said or None, address or None)
            for policy in ("default", "by place"):
                name = f"source {number or 'none'} {said or '-'} {address or '-'} by {policy}"
                yield _case(law, name, [AGENT, party], policy=policy)


def _times(law: Law) -> Iterator[dict[str, Any]]:
    moments = [
        "2024-02-29T23:30:00+00:00",
        "2026-03-08T06:59:59+00:00",
        "2026-09-30T23:00:00-04:00",
        "2026-10-01T04:30:00Z",
    ]
    moments += ["2026-12-31T12:00:00.250000+00:00", "1999-12-31T23:59:59+00:00"]
    for at in moments:
        for zone in ("UTC", "America/New_York", "Australia/Lord_Howe"):
            facts = {"sector": ["medicare"], "channel": ["sales"]}
            yield _case(law, f"at {at} in {zone}", [AGENT, "US-FL"], facts, at=at, zone=zone, policy="written")


def _clashes(law: Law) -> Iterator[dict[str, Any]]:
    orders = {"sector": ["securities"], "activity": ["client_order"]}
    signed = {"sha256": "ab" * 32, "signed_on": "2026-11-01", "purposes": ["training"]}
    medicare = {"sector": ["medicare"], "channel": ["sales", "enrollment"]}
    yield _case(law, "no policy", [AGENT, "US-FL"], policy=None)
    yield _case(law, "a duty that is the ground", ["DE", "DE"], orders)
    yield _case(law, "a duty and a place elsewhere", ["DE", "US-CA"], orders)
    yield _case(law, "a duty that is no ground", [AGENT, "US-FL"], medicare)
    yield _case(law, "a duty against a policy's way", [AGENT, "US-TX"], medicare, policy="cautious")
    yield _case(law, "minimum after maximum", ["FR", "FR"], orders, purposes=["training"])
    yield _case(law, "company minimum after maximum", ["FR", "FR"], purposes=["training"], policy="written")
    yield _case(law, "must not be kept", ["DE", "DE"], {"consent": ["missing"]})
    yield _case(law, "purpose not allowed", [AGENT, "US-TX"], policy="written", purposes=["regulatory"])
    for name, document in (
        ("signed", signed),
        ("signed later", signed | {"signed_on": "2027-01-01"}),
        ("for more", signed | {"purposes": []}),
    ):
        yield _case(law, f"written consent {name}", [AGENT, "US-TX"], policy="written", document=document)
    for content in ("payment_card_sad", "payment_card_pan", "voiceprint", "clinical_information"):
        for policy in ("default", "lax", "written"):
            yield _case(law, f"{content} by {policy}", [AGENT, "US-IL"], {"content": [content]}, policy=policy)
    yield _case(law, "consent as the basis", ["DE", "LU", "GB"], {"legal_basis": ["consent"]}, policy="cautious")
    yield _case(law, "a place as a fact", [AGENT, "US-TX"], {"jurisdiction": ["GB", "US-CA"]})
    yield _case(law, "nobody", [])


def _case(
    law: Law,
    name: str,
    parties: list[str | PartyFacts],
    facts: dict[str, list[str]] | None = None,
    *,
    policy: str | None = "default",
    zone: str = "America/New_York",
    at: str = NOON,
    medium: str = "",
    language: str = "",
    purposes: list[str] | None = None,
    document: dict[str, Any] | None = None,
) -> dict[str, Any]:
    facts = dict(facts or {})
    said = {key: facts.pop(key)[0] for key in ("direction", "medium") if key in facts}
    facts.pop("call_date", None)
    facts.pop("consent_form", None)
    people = tuple(
        one if isinstance(one, PartyFacts) else PartyFacts("customer" if index else "agent", None, one or None)
        for index, one in enumerate(parties)
    )
    call = Call(said.get("direction", "inbound"), "phone", "x", (), {}, people, datetime.fromisoformat(at))
    default = (stored_document(POLICIES[policy]).withheld_default or "") if policy else ""
    places = places_of(call, law, withheld_default=default)
    stored = {
        "direction": call.direction,
        "medium": medium or said.get("medium", "phone"),
        "purposes": purposes if purposes is not None else ["quality_assurance"] if policy != "written" else [],
        "facts": facts,
        "parties": [_party(party, place) for party, place in zip(people, places, strict=True)],
        "started_at": at,
        "language": language,
        "zone": zone,
    }
    return {"name": name, "policy": policy, "call": stored | ({"consent_document": document} if document else {})}


def _party(party: PartyFacts, place: Place) -> dict[str, Any]:
    return {"role": party.role, **asdict(place)}


# --- what is frozen, and read again


def answer_of(case: dict[str, Any], law: Law, policies: dict[str, Any]) -> dict[str, Any]:
    """The answer of a case, computed by the rules as they are."""
    call = case["call"]
    started_at = datetime.fromisoformat(call["started_at"])
    asked = read_call(call, line_of_business="x", started_at=started_at, language=call["language"])
    policy = None
    if case["policy"]:
        because, outranked = "It speaks for every call.", (("Another", "It is for less."),)
        document = stored_document(policies[case["policy"]])
        policy = CompanyPolicy("v1", "Own, version 1", document, 1, because, outranked)
    return decided(Inputs(law, policy, asked, read_places(call), ZoneInfo(call["zone"]))).answer


def digest_of(answer: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(answer)).hexdigest()


def frozen_cases(edition: int) -> list[dict[str, Any]]:
    text = (FOLDER / f"edition-{edition}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def frozen_policies(edition: int) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"edition-{edition}-policies.json").read_text(encoding="utf-8")))


@cache
def frozen_law(edition: int) -> Law:
    raw = json.loads((FOLDER / f"edition-{edition}-law.json").read_text(encoding="utf-8"))
    return Law(
        release=raw["release"],
        digest=raw["digest"],
        rules=tuple(_read(JurisdictionRule, row) for row in raw["rules"]),
        retention=tuple(_read(RetentionRule, row) for row in raw["retention"]),
        disclosures=tuple(_read(DisclosureRule, row) for row in raw["disclosures"]),
        area_codes={row["area_code"]: AreaCode(**row) for row in raw["area_codes"]},
    )


def _written(rule: Any) -> dict[str, Any]:
    """A rule's fields as JSON; what is empty, and would be so without being named, is left out."""
    plain: dict[str, Any] = {}
    for field in fields(rule):
        value = getattr(rule, field.name)
        if isinstance(value, Condition):
            value = value.text
        elif isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, tuple):
            value = [asdict(one) for one in value]
        if value not in (None, []):
            plain[field.name] = value
    return plain


def _read(shape: Any, row: dict[str, Any]) -> Any:
    values = dict(row)
    if "applies_when" in values:
        values["applies_when"] = condition(values["applies_when"])
    if "readings" in values:
        values["readings"] = tuple(Reading(**one) for one in values["readings"])
    for name in ("effective_from", "effective_to", "reviewed_on", "next_review_on"):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    return shape(**values)


def freeze(law: Law) -> int:
    """Write the corpus of this edition; returns how many cases it has."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    frozen = {
        "release": law.release,
        "digest": law.digest,
        "frozen_on": datetime.now(UTC).date().isoformat(),
        "rules": [_written(rule) for rule in law.rules],
        "retention": [_written(rule) for rule in law.retention],
        "disclosures": [_written(rule) for rule in law.disclosures],
        "area_codes": [asdict(area) for area in law.area_codes.values()],
    }
    _write(f"edition-{EDITION}-law.json", frozen)
    _write(f"edition-{EDITION}-policies.json", POLICIES)
    frozen_law.cache_clear()
    lines = []
    for number, case in enumerate(cases(law)):
        answer = answer_of(case, frozen_law(EDITION), POLICIES)
        whole = {"answer": answer} if case["name"] in _SHOWN or number % (1000 // WHOLE) == 1 else {}
        lines.append(json.dumps({**case, "sha256": digest_of(answer), **whole}, ensure_ascii=False, sort_keys=True))
    (FOLDER / f"edition-{EDITION}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


_SHOWN = {"a duty that is the ground", "a duty that is no ground", "minimum after maximum", "nobody"}


def _write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_site.settings.test")
    django.setup()
    from tests.unit.policies.laws import shipped_law

    print(f"{freeze(shipped_law())} cases of edition {EDITION} are written.")  # noqa: T201
