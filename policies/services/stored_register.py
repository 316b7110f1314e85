"""The rows of a release in the database: written once, read back as the same rows that the files had."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from policies.domain.register.build import day_of
from policies.domain.register.files import (
    AREA_CODES,
    COLUMNS,
    DISCLOSURES,
    EXAMPLES,
    JURISDICTIONS,
    READINGS,
    RETENTION,
    RULES,
    Register,
    Row,
    numbered,
)
from policies.models import AreaCode, DisclosureRequirement, ExampleCall, Jurisdiction, LawRelease, RetentionRule

MODELS: Mapping[str, type[Jurisdiction] | type[RetentionRule] | type[DisclosureRequirement]] = {
    JURISDICTIONS: Jurisdiction,
    RETENTION: RetentionRule,
    DISCLOSURES: DisclosureRequirement,
}
_FIELDS = {(JURISDICTIONS, "statute"): "citation"}  # columns that have another name in the table
_BOOLEANS = {
    "notice_required",
    "beep_tone_allowed_as_notice",
    "must_record",
    "legal_authority_to_record",
    "satisfies_consent",
}
_DAYS = {"effective_from", "effective_to", "reviewed_on", "next_review_on", "day"}


def store(release: LawRelease, register: Register, base: LawRelease | None) -> None:
    """Write every row. A row that stood in `base` in the same words keeps the release since which it is believed."""
    before = rows_of(base) if base else None
    since = _since(base) if base else {}
    readings = _readings(register)
    for file, model in MODELS.items():
        old = {_key(row): row for row in before.of(file)} if before else {}
        make: Any = model
        make.objects.bulk_create(
            make(
                release=release,
                since_id=since.get((file, *_key(row)), release.pk) if old.get(_key(row)) == row else release.pk,
                **_typed(file, row),
                **({"readings": readings.get(row["code"], [])} if file == JURISDICTIONS else {}),
            )
            for row in register.of(file)
        )
    AreaCode.objects.bulk_create(AreaCode(release=release, **row) for row in register.of(AREA_CODES))
    ExampleCall.objects.bulk_create(
        ExampleCall(release=release, **_typed(EXAMPLES, row)) for row in register.of(EXAMPLES)
    )


def rows_of(release: LawRelease) -> Register:
    """The release as rows, in the order of their codes."""
    rows: dict[str, list[Row]] = {}
    for file in RULES:
        rows[file] = [text_row(file, item) for item in MODELS[file].objects.filter(release=release).values()]
    area_codes = AreaCode.objects.filter(release=release).order_by("area_code", "region_code")
    rows[AREA_CODES] = list(area_codes.values(*COLUMNS[AREA_CODES]))
    examples = ExampleCall.objects.filter(release=release)
    rows[EXAMPLES] = [text_row(EXAMPLES, item) for item in examples.values(*COLUMNS[EXAMPLES])]
    by_place = dict(Jurisdiction.objects.filter(release=release).values_list("code", "readings"))
    rows[READINGS] = [{"code": code, **reading} for code, readings in by_place.items() for reading in readings]
    return numbered(rows)


def _since(base: LawRelease) -> dict[tuple[str, str, str], int]:
    """(file, code, first day) → the number of the release since which the row is believed."""
    found = {}
    for file, model in MODELS.items():
        for code, begins, since in model.objects.filter(release=base).values_list("code", "effective_from", "since"):
            found[file, code, _text(begins)] = since or base.pk
    return found


def _key(row: Row) -> tuple[str, str]:
    return row["code"], row["effective_from"]


def _readings(register: Register) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in register.of(READINGS):
        found.setdefault(row["code"], []).append({name: row[name] for name in COLUMNS[READINGS] if name != "code"})
    return found


def _typed(file: str, row: Row) -> dict[str, Any]:
    """The cells as the table has them: true and false, days, and text."""
    return {_FIELDS.get((file, column), column): _value(column, text) for column, text in row.items()}


def _value(column: str, text: str) -> object:
    if column in _BOOLEANS:
        return text == "true"
    return day_of(text) if column in _DAYS else text


def text_row(file: str, item: Mapping[str, Any]) -> Row:
    """A stored row as the file had it."""
    return {column: _text(item[_FIELDS.get((file, column), column)]) for column in COLUMNS[file]}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value or "")
