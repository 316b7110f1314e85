"""A law of a few rows that stands in tests alone, so that a whole answer can be read by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from policies.domain.calls import Call, PartyFacts
from policies.domain.conditions import condition
from policies.domain.decision import Outcome, decided
from policies.domain.documents import policy_document
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.law import DisclosureRule, JurisdictionRule, Law, RetentionRule
from policies.domain.places import places_of
from tests.unit.policies.laws import place_rule

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LAX = {"consent": {"standard": "one_party", "form": "none"}, "disclosures": []}


def retention_rule(code, when="", **changed) -> RetentionRule:
    usual = {
        "citation": f"{code} s. 1",
        "confidence": "high",
        "verify_note": "",
        "record_kind": "call_recording",
        "min_period": "",
        "max_period": "",
        "trigger": "recording_created",
        "must_record": False,
        "legal_authority_to_record": False,
        "summary": f"What {code} says.",
    }
    return RetentionRule(code=code, applies_when=condition(when), **usual | changed)


def disclosure_rule(code, place, key, applies="", **changed) -> DisclosureRule:
    usual = {
        "when": "start",
        "text_example": f"Words of {code} for Northwind Ltd.",
        "satisfies_consent": False,
        "severity": "major",
        "citation": f"{code} s. 2",
        "confidence": "high",
        "verify_note": "",
    }
    return DisclosureRule(code=code, place=place, key=key, applies_when=condition(applies), **usual | changed)


US = place_rule("US", "United States", citation="18 USC")
FLORIDA = place_rule(
    "US-FL",
    "Florida",
    parent="US",
    citation="Fla. Stat.",
    consent_rule="all_party",
    telephone_rule="all_party",
    in_person_rule="all_party",
    cautious_rule="all_party",
    consent_form="implied_by_notice",
    verify_note="Check 934.",
)
TEXAS = place_rule("US-TX", "Texas", parent="US", citation="Tex. Code")
CONNECTICUT = place_rule(
    "US-CT",
    "Connecticut",
    parent="US",
    citation="Conn. Gen. Stat.",
    consent_rule="mixed",
    telephone_rule="notice_required",
    cautious_rule="all_party",
    consent_form="implied_by_notice",
    beep_tone_allowed_as_notice=True,
)
CALIFORNIA = replace(FLORIDA, code="US-CA", name="California", citation="Cal. Code", beep_tone_allowed_as_notice=True)
AUSTRALIA = place_rule(
    "AU",
    "Australia",
    citation="TIA Act",
    consent_rule="notice_required",
    telephone_rule="notice_required",
    in_person_rule="all_party",
    cautious_rule="all_party",
)
VICTORIA = place_rule(
    "AU-VIC",
    "Victoria",
    parent="AU",
    citation="SDA",
    telephone_rule="notice_required",
    cautious_rule="notice_required",
)
EUROPE = place_rule(
    "EU", "European Union", citation="GDPR", consent_rule="basis_required", telephone_rule="basis_required"
)
GERMANY = place_rule(
    "DE",
    "Germany",
    parent="EU",
    citation="StGB",
    consent_rule="all_party",
    telephone_rule="all_party",
    in_person_rule="all_party",
    cautious_rule="all_party",
    consent_form="express",
)
PLACES = (US, FLORIDA, TEXAS, CONNECTICUT, CALIFORNIA, AUSTRALIA, VICTORIA, EUROPE, GERMANY)
DUTY = retention_rule("US-DUTY", "jurisdiction=US;sector=medicare", must_record=True, min_period="P6Y")
GROUND = retention_rule(
    "DE-DUTY",
    "jurisdiction=DE;sector=securities",
    must_record=True,
    legal_authority_to_record=True,
    min_period="P5Y",
    max_period="P7Y",
)
PCI = disclosure_rule(
    "PCI", "PCI DSS", "recording_paused_for_payment", "content=payment_card_sad", when="before_payment"
)


def law(*, places=PLACES, retention=(DUTY, GROUND), disclosures=(PCI,)) -> Law:
    rules = tuple(places)
    assert all(isinstance(rule, JurisdictionRule) for rule in rules)
    return Law(4, "small", rules, tuple(retention), tuple(disclosures), {})


def asked(*places, **changed) -> Call:
    """The agent at the first place, a customer at each other one; "" is nowhere known."""
    parties = tuple(PartyFacts("customer" if index else "agent", None, at or None) for index, at in enumerate(places))
    facts = {key: (value,) for key, value in changed.pop("facts", {}).items()}
    usual = {"direction": "inbound", "medium": "phone", "purposes": ("training",), "parties": parties}
    return Call(line_of_business="x", facts=facts, started_at=NOON, **usual | changed)


def outcome(call: Call, document=LAX, under=None, policy=None, zone="UTC") -> Outcome:
    under = under or law()
    policy = policy or CompanyPolicy("v7", "Own, version 7", policy_document(document), 7, "It is the only one.")
    places = places_of(call, under, withheld_default=policy.document.withheld_default or "")
    return decided(Inputs(under, policy, call, places, ZoneInfo(zone)))


def answer(*places, document=LAX, under=None, **changed):
    return outcome(asked(*places, **changed), document, under).answer
