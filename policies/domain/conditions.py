"""The `applies_when` grammar: `key=value|value;key=value`. A condition holds, does not hold, or waits for a fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from policies.domain.errors import ConditionUnreadable

# The closed set of keys and values, as `data/SOURCES.md` lists it. Places are checked against the register.
FACTS: Mapping[str, frozenset[str]] = {
    key: frozenset(values.split())
    for key, values in {
        "activity": "client_order contract_entry market_sounding own_account_dealing personal_advice"
        " portfolio_management prize_promotion trading",
        "agent": "ai",
        "authorization": "oral",
        "call_date": "before_2026-10-01 from_2026-10-01",
        "call_no": "first later",
        "channel": "ai_voice autodialed customer_service enrollment fault_report inbound_sales marketing"
        " outbound_sales prerecorded sales upsell verification_call",
        "consent": "missing one_party_only",
        "consent_form": "express",
        "content": "clinical_information payment_card_pan payment_card_sad voiceprint",
        "direction": "outbound",
        "entity": "agent bank broker broker_dealer business_associate ccpa_business covered_entity fcm"
        " fdcpa_debt_collector introducing_broker_large investment_adviser investment_dealer large_company"
        " major_swap_participant nbfc nfa_enhanced_supervision registered_exchange_member rfed stock_broker"
        " swap_dealer taping_firm",
        "event": "complaint erasure_request litigation_reasonably_anticipated",
        "feature": "ai_transcription emotion_recognition voice_clone",
        "legal_basis": "consent",
        "locality": "new_york_city",
        "medium": "in_person video",
        "outcome": "contract_concluded no_contract refused",
        "party": "consumer",
        "payment": "other_than_card preacquired_account recurring_bank_debit",
        "product": "automatic_renewal carrier_change consumer_loan free_to_pay_conversion marketplace_plan"
        " mortgage_servicing security_based_swap swap",
        "purpose": "contract_evidence evaluation monitoring quality training",
        "sector": "bank claims_management consumer_credit crypto_assets debt_collection derivatives energy health"
        " health_insurance insurance medicare nonbank_financial payments postal public_service securities telecom"
        " telemarketing transport utilities wholesale_energy",
        "use": "decision_about_person",
    }.items()
}

# What the call itself says, so that nobody has to state it as a fact.
DERIVED = ("jurisdiction", "direction", "medium", "purpose", "call_date", "consent_form")

BINDING_KINDS = ("call_recording", "communication", "customer_information", "payment_data", "voiceprint")
SEPARATE_KINDS = (
    "analysis_document",
    "application_record",
    "call_metadata",
    "complaint_record",
    "consent_record",
    "disclosure_record",
    "order_record",
    "policy_document",
    "request_record",
)


@dataclass(frozen=True)
class Condition:
    """Every clause has to hold. `places` is the jurisdiction clause; empty: anywhere."""

    text: str = ""
    places: frozenset[str] = frozenset()
    clauses: tuple[tuple[str, frozenset[str]], ...] = ()

    def waits_for(self, facts: Mapping[str, frozenset[str]]) -> tuple[str, ...] | None:
        """What is still to be stated before the clauses hold: () when they hold; None when they do not."""
        missing = []
        for key, values in self.clauses:
            stated = facts.get(key)
            if stated is None:
                missing.append(key)
            elif stated.isdisjoint(values):
                return None
        return tuple(missing)


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """Read `jurisdiction=US;sector=health|insurance`. Raises ConditionUnreadable, naming what is allowed."""
    places: frozenset[str] = frozenset()
    clauses = []
    seen = set()
    for clause in filter(None, text.split(";")):
        key, equals, listed = clause.partition("=")
        values = frozenset(listed.split("|"))
        if not equals or "" in values or key in seen:
            raise ConditionUnreadable(f"{clause!r} is not key=value|value with a key that occurs once.")
        seen.add(key)
        if key == "jurisdiction":
            places = values
            continue
        if key not in FACTS:
            raise ConditionUnreadable(f"{key!r} is not a key. Use one of: jurisdiction, {', '.join(sorted(FACTS))}.")
        if wrong := values - FACTS[key]:
            raise ConditionUnreadable(
                f"{', '.join(sorted(wrong))} is not a value of {key}. Use one of: {', '.join(sorted(FACTS[key]))}."
            )
        clauses.append((key, values))
    return Condition(text, places, tuple(clauses))


@lru_cache(maxsize=4096)
def call_date_values(day: date) -> frozenset[str]:
    """Which values of `call_date` a day has: 2026-10-01 → `from_2026-10-01`."""
    found = set()
    for value in FACTS["call_date"]:
        side, _, boundary = value.partition("_")
        if (day < date.fromisoformat(boundary)) == (side == "before"):
            found.add(value)
    return frozenset(found)
