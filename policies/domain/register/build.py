"""Checked rows made into a Law. Tests, the loader and the reader of stored releases all build it here."""

from datetime import date

from policies.domain.conditions import condition
from policies.domain.law import AreaCode, DisclosureRule, JurisdictionRule, Law, Reading, RetentionRule
from policies.domain.register.files import (
    AREA_CODES,
    DISCLOSURES,
    JURISDICTIONS,
    READINGS,
    RETENTION,
    Register,
    Row,
)

_DAYS = ("effective_from", "effective_to", "reviewed_on", "next_review_on")


def law_of_register(register: Register, release: int, digest: str) -> Law:
    """The register's rows as values. The rows have passed `checks.register_of`."""
    readings: dict[str, list[Reading]] = {}
    for row in register.of(READINGS):
        readings.setdefault(row["code"], []).append(
            Reading(row["reading"], row["standard"], row["form"], row["who"], row["because"])
        )
    return Law(
        release=release,
        digest=digest,
        rules=tuple(_jurisdiction(row, tuple(readings.get(row["code"], ()))) for row in register.of(JURISDICTIONS)),
        retention=tuple(_retention(row) for row in register.of(RETENTION)),
        disclosures=tuple(_disclosure(row) for row in register.of(DISCLOSURES)),
        area_codes={row["area_code"]: _area_code(row) for row in register.of(AREA_CODES)},
    )


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _days(row: Row) -> dict[str, date | None]:
    return {name: day_of(row[name]) for name in _DAYS}


def _jurisdiction(row: Row, readings: tuple[Reading, ...]) -> JurisdictionRule:
    return JurisdictionRule(
        code=row["code"],
        name=row["name"],
        parent=row["parent"],
        citation=row["statute"],
        confidence=row["confidence"],
        verify_note=row["verify_note"],
        consent_rule=row["consent_rule"],
        telephone_rule=row["telephone_rule"],
        in_person_rule=row["in_person_rule"],
        cautious_rule=row["cautious_rule"],
        consent_form=row["consent_form"],
        summary=row["summary"],
        beep_tone_allowed_as_notice=row["beep_tone_allowed_as_notice"] == "true",
        readings=readings,
        **_days(row),
    )


def _retention(row: Row) -> RetentionRule:
    return RetentionRule(
        code=row["code"],
        citation=row["citation"],
        confidence=row["confidence"],
        verify_note=row["verify_note"],
        applies_when=condition(row["applies_when"]),
        record_kind=row["record_kind"],
        min_period=row["min_period"],
        max_period=row["max_period"],
        trigger=row["trigger"],
        must_record=row["must_record"] == "true",
        legal_authority_to_record=row["legal_authority_to_record"] == "true",
        summary=row["summary"],
        **_days(row),
    )


def _disclosure(row: Row) -> DisclosureRule:
    return DisclosureRule(
        code=row["code"],
        place=row["jurisdiction_or_regime"],
        key=row["requirement_key"],
        when=row["when"],
        text_example=row["text_example"],
        satisfies_consent=row["satisfies_consent"] == "true",
        severity=row["severity"],
        citation=row["citation"],
        confidence=row["confidence"],
        verify_note=row["verify_note"],
        applies_when=condition(row["applies_when"]),
        **_days(row),
    )


def _area_code(row: Row) -> AreaCode:
    return AreaCode(row["area_code"], row["region_code"], row["note"].startswith("shared:"), row["confidence"])
