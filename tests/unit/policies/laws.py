"""The shipped law and calls for tests of the pure rules: no database."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from policies.domain.calls import Call, PartyFacts
from policies.domain.conditions import condition
from policies.domain.decision import Outcome, decided
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.law import AreaCode, DisclosureRule, JurisdictionRule, Law, RetentionRule
from policies.domain.places import place_of
from policies.domain.register_rows import AREA_CODES, COLUMNS, DISCLOSURES, JURISDICTIONS, RETENTION, register_of
from policies.services.register import SHIPPED


def texts():
    return {file: (SHIPPED / file).read_text(encoding="utf-8") for file in COLUMNS}


@cache
def shipped_law() -> Law:
    register, wrong = register_of(texts())
    assert not wrong
    rows = {file: [row for _, row in register.rows[file]] for file in COLUMNS}
    return Law(
        release=1,
        digest="shipped",
        jurisdictions={row["code"]: _jurisdiction(row) for row in rows[JURISDICTIONS]},
        retention=tuple(_retention(row) for row in rows[RETENTION]),
        disclosures=tuple(_disclosure(row) for row in rows[DISCLOSURES]),
        area_codes={
            row["area_code"]: AreaCode(
                row["area_code"], row["region_code"], row["note"].startswith("shared:"), row["confidence"]
            )
            for row in rows[AREA_CODES]
        },
    )


def _day(text):
    return date.fromisoformat(text) if text else None


def _jurisdiction(row):
    kept = {name: row[name] for name in JurisdictionRule.__dataclass_fields__ if name in row}
    return JurisdictionRule(**kept | {"citation": row["statute"], "effective_from": _day(row["effective_from"])})


def _retention(row):
    kept = {name: row[name] for name in RetentionRule.__dataclass_fields__}
    return RetentionRule(
        **kept
        | {
            "applies_when": condition(row["applies_when"]),
            "must_record": row["must_record"] == "true",
            "legal_authority_to_record": row["legal_authority_to_record"] == "true",
            "effective_from": _day(row["effective_from"]),
        }
    )


def _disclosure(row):
    kept = {name: row[name] for name in DisclosureRule.__dataclass_fields__ if name in row}
    return DisclosureRule(
        **kept
        | {
            "place": row["jurisdiction_or_regime"],
            "key": row["requirement_key"],
            "satisfies_consent": row["satisfies_consent"] == "true",
            "applies_when": condition(row["applies_when"]),
        }
    )


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
    places = tuple(place_of(party, law) for party in asked.parties)
    return decided(Inputs(law, policy, asked, places, ZoneInfo(zone)))


def answer(*places: str, document=None, zone: str = "America/New_York", **changed):
    return outcome(call(*places, **changed), document, zone).answer
