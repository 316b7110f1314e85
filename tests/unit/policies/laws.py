"""The shipped law and calls for tests of the pure rules: no database."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from policies.domain.calls import Call, PartyFacts
from policies.domain.decision import Outcome, decided
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.law import JurisdictionRule, Law
from policies.domain.places import places_of
from policies.domain.register.build import law_of_register
from policies.domain.register.checks import register_of
from policies.domain.register.files import COLUMNS
from policies.services.register import SHIPPED


def texts():
    return {file: (SHIPPED / file).read_text(encoding="utf-8") for file in COLUMNS}


@cache
def shipped_law() -> Law:
    register, wrong = register_of(texts())
    assert not wrong
    return law_of_register(register, 1, "shipped")


def call(*places: str, **changed) -> Call:
    """A call between an agent at the first place and customers at the others; `+…` is a number, "" nothing known."""
    parties = tuple(
        PartyFacts(
            "customer" if index else "agent", **({"number": at} if at.startswith("+") else {"jurisdiction": at or None})
        )
        for index, at in enumerate(places)
    )
    facts = {
        key: (value,) if isinstance(value, str) else tuple(value) for key, value in changed.pop("facts", {}).items()
    }
    usual = {
        "direction": "inbound",
        "medium": "phone",
        "line_of_business": "home-cover",
        "purposes": ("quality_assurance",),
        "started_at": datetime(2026, 11, 24, 15, tzinfo=UTC),
    }
    return Call(parties=parties, facts=facts, **usual | changed)


def outcome(asked: Call, document=None, zone: str = "America/New_York", law: Law | None = None) -> Outcome:
    law = law or shipped_law()
    policy = CompanyPolicy("v", "Our policy, version 1", policy_document(document or CAREFUL_DEFAULT, is_demo=True))
    places = places_of(asked, law, withheld_default=policy.document.withheld_default or "")
    return decided(Inputs(law, policy, asked, places, ZoneInfo(zone)))


def answer(*places: str, document=None, zone: str = "America/New_York", **changed):
    return outcome(call(*places, **changed), document, zone).answer


def place_rule(code="US-XX", name="Exland", **changed) -> JurisdictionRule:
    """A place that exists in tests alone: one party is enough, nothing is unsettled."""
    usual = {
        "parent": "",
        "citation": f"{name} Code 1",
        "confidence": "high",
        "verify_note": "",
        "consent_rule": "one_party",
        "telephone_rule": "one_party",
        "in_person_rule": "one_party",
        "cautious_rule": "one_party",
        "consent_form": "none",
        "summary": "",
    }
    return JurisdictionRule(code=code, name=name, **usual | changed)
