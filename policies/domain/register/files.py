"""The files of a law release and their columns; each row keeps the line on which it begins."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Row = dict[str, str]

JURISDICTIONS, RETENTION, DISCLOSURES, AREA_CODES, READINGS, EXAMPLES = (
    "jurisdictions.csv",
    "retention_rules.csv",
    "disclosure_requirements.csv",
    "nanp_area_codes.csv",
    "readings.csv",
    "example_calls.csv",
)
RULES = (JURISDICTIONS, RETENTION, DISCLOSURES)
_IN_EFFECT = ("effective_from", "effective_to")
_REVIEW = ("reviewed_on", "next_review_on")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    JURISDICTIONS: (
        "code",
        "name",
        "parent",
        "consent_rule",
        "notice_required",
        "consent_form",
        "applies_to",
        "interstate_rule",
        "beep_tone_allowed_as_notice",
        "statute",
        "summary",
        "confidence",
        "verify_note",
        "telephone_rule",
        "in_person_rule",
        "cautious_rule",
        *_IN_EFFECT,
        *_REVIEW,
    ),
    RETENTION: (
        "code",
        "authority",
        "citation",
        "applies_when",
        "record_kind",
        "min_period",
        "max_period",
        "trigger",
        "storage_requirements",
        "must_record",
        "summary",
        "confidence",
        "verify_note",
        "legal_authority_to_record",
        *_IN_EFFECT,
        *_REVIEW,
    ),
    DISCLOSURES: (
        "code",
        "jurisdiction_or_regime",
        "requirement_key",
        "when",
        "text_example",
        "satisfies_consent",
        "severity",
        "citation",
        "verify_note",
        "applies_when",
        "confidence",
        *_IN_EFFECT,
        *_REVIEW,
    ),
    AREA_CODES: ("area_code", "region_code", "note", "confidence"),
    READINGS: ("code", "reading", "standard", "form", "who", "because"),
    EXAMPLES: ("rule", "name", "call", "parties", "day", "expects"),
}
MOST_PROBLEMS = 1000  # a file that is something else altogether is told by its first cells


@dataclass(frozen=True)
class WrongCell:
    file: str
    line: int
    column: str
    detail: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.detail}"


@dataclass
class Register:
    """The rows of all files, each with the line on which it begins."""

    rows: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)

    @property
    def places(self) -> set[str]:
        return {row["code"] for row in self.of(JURISDICTIONS)}

    def of(self, file: str) -> list[Row]:
        return [row for _, row in self.rows[file]]


def read(file: str, text: str) -> tuple[list[tuple[int, Row]], list[WrongCell]]:
    """The rows of one file, and what keeps it from being read."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, Row]] = []
    wrong = []
    try:
        names = list(reader.fieldnames or ())
        if sorted(names) != sorted(COLUMNS[file]):
            return [], [WrongCell(file, 1, "header", _header(names, COLUMNS[file]))]
        begins = reader.line_num + 1
        for row in reader:
            if None in row or None in row.values():
                wrong.append(WrongCell(file, begins, "row", f"The row has not {len(COLUMNS[file])} cells."))
            else:
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        wrong.append(WrongCell(file, max(reader.line_num, 1), "row", f"The row is not CSV: {error}."))
    return rows, wrong


def _header(names: list[str], needed: tuple[str, ...]) -> str:
    said = [f"The columns are {', '.join(needed)}."]
    if missing := [name for name in needed if name not in names]:
        said.append(f"Missing: {', '.join(missing)}.")
    if strange := [name for name in names if name not in needed]:
        said.append(f"Unknown: {', '.join(map(repr, strange[:10]))}.")
    return " ".join(said)


def written(register: Register) -> dict[str, str]:
    """The files of these rows, as text; `read` gives the same rows again."""
    return {file: _written(file, register.of(file)) for file in COLUMNS}


def _written(file: str, rows: list[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS[file], extrasaction="raise")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def numbered(rows: Mapping[str, list[Row]]) -> Register:
    """Rows that came from elsewhere than a file, with the lines that they would have in one."""
    return Register({file: list(_lines(rows.get(file, []))) for file in COLUMNS})


def _lines(rows: list[Row]) -> Iterator[tuple[int, Row]]:
    line = 2
    for row in rows:
        yield line, row
        line += 1 + sum(text.count("\n") for text in row.values())
