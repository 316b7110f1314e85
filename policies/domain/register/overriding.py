"""A register under an override: for its days the officer's row stands in place of the shipped one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from policies.domain.errors import OverrideRefused
from policies.domain.law import FORMS, stricter
from policies.domain.register.build import day_of
from policies.domain.register.files import (
    DISCLOSURES,
    EXAMPLES,
    JURISDICTIONS,
    RETENTION,
    Register,
    Row,
    numbered,
)

TABLES: Mapping[str, str] = {
    "jurisdiction": JURISDICTIONS,
    "retention": RETENTION,
    "disclosure": DISCLOSURES,
}
_FIXED = frozenset({"code", "effective_from", "effective_to"})
SIGN_OFF = frozenset({"reading", "confidence", "reviewed_on", "next_review_on", "verify_note"})


@dataclass(frozen=True)
class RuleOverride:
    """`changes`: column → text as in the files. It counts from `begins` until the day before `ends`."""

    table: str
    code: str
    changes: Mapping[str, str]
    begins: date
    ends: date
    examples: tuple[Row, ...] = ()

    @property
    def file(self) -> str:
        return TABLES[self.table]


@dataclass(frozen=True)
class Displaced:
    """What an override stands in for: the rows of its days, and the examples of the names that it took."""

    rows: tuple[Row, ...]
    examples: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        return {"rows": list(self.rows), "examples": list(self.examples)}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Displaced":
        return cls(tuple(stored["rows"]), tuple(stored["examples"]))


def overridden(register: Register, override: RuleOverride) -> Register:
    """The register with the override's row for its days; every other day keeps the row that it had.

    Raises OverrideRefused: no such rule, a column that it has not, or no row in effect on any of these days.
    """
    return overridden_and_displaced(register, override)[0]


def overridden_and_displaced(register: Register, override: RuleOverride) -> tuple[Register, Displaced]:
    """As `overridden`, and what the override stands in for."""
    if override.begins >= override.ends:  # ended before it began
        return register, Displaced((), ())
    covered = _covered(register, override)
    names = {example["name"] for example in override.examples}
    mine = [row for row in register.of(EXAMPLES) if row["rule"] == override.code and row["name"] in names]
    rows = {name: list(register.of(name)) for name in register.rows}
    rows[override.file] = [piece for row in rows[override.file] for piece in _pieces(row, override)]
    rows[EXAMPLES] = [row for row in rows[EXAMPLES] if row not in mine]
    rows[EXAMPLES] += [example for example in override.examples if example["expects"]]
    return numbered(rows), Displaced(tuple(covered), tuple(mine))


def restored(register: Register, override: RuleOverride, displaced: Displaced, ends: date) -> Register:
    """The register in which the override ends on that day: from then on what it displaced counts again."""
    rows = {name: list(register.of(name)) for name in register.rows}
    others = [row for row in rows[override.file] if row["code"] != override.code]
    own = [row for row in rows[override.file] if row["code"] == override.code]
    before = [piece for row in own if (piece := _clipped(row, date.min, ends))]
    after = [piece for row in own if (piece := _clipped(row, override.ends, date.max))]
    again = [piece for row in displaced.rows if (piece := _clipped(row, ends, override.ends))]
    rows[override.file] = [*others, *_joined([*before, *again, *after])]
    over = [example for example in override.examples if not _shows_a_day_before(example, ends)]
    names = {example["name"] for example in over}
    kept = [row for row in rows[EXAMPLES] if row["rule"] != override.code or row["name"] not in names]
    rows[EXAMPLES] = kept + [row for row in displaced.examples if row["name"] in names]
    return numbered(rows)


def until(override: RuleOverride, ends: date) -> RuleOverride:
    """The same override, ended on that day."""
    examples = tuple(example for example in override.examples if _shows_a_day_before(example, ends))
    return replace(override, ends=ends, examples=examples)


def signed_off(changes: Mapping[str, str], row: Row) -> dict[str, str]:
    """What counsel's confirmation of a reading changes in this row: the reading is the rule, and no other is open.

    `reading` is best or cautious and only a place has one; without it the row's own words are confirmed.
    """
    if unknown := sorted(set(changes) - SIGN_OFF):
        raise _refused(f"changes/{unknown[0]}", f"A sign-off says {', '.join(sorted(SIGN_OFF))}.")
    told = {name: text for name, text in changes.items() if name != "reading"}
    told.setdefault("confidence", "high")
    reading = changes.get("reading", "")
    if not reading:
        return told
    if reading not in {"best", "cautious"} or "telephone_rule" not in row:
        raise _refused("changes/reading", "A place's reading is best or cautious; other rules have none.")
    if reading == "best":
        return {**told, "cautious_rule": row["telephone_rule"]}
    form = stricter(row["consent_form"], "implied_by_notice", FORMS)
    return {**told, "telephone_rule": row["cautious_rule"], "consent_form": form, "notice_required": "true"}


def row_on(register: Register, table: str, code: str, day: date) -> Row:
    """The row that an override from that day would begin with. Raises OverrideRefused: there is none."""
    rows = [row for row in register.of(TABLES[table]) if row["code"] == code]
    if not rows:
        raise _refused("code", f"{code!r} is no rule of this table. Use the code of one that is in effect.")
    covering = [row for row in rows if _clipped(row, day, date.max)]
    if not covering:
        raise _refused("effective_from", f"{code} is not in effect on that day or later.")
    return min(covering, key=lambda row: row["effective_from"])


def _covered(register: Register, override: RuleOverride) -> list[Row]:
    """The rows that it stands in for, of its days. Raises OverrideRefused: none, or a column that the table has not."""
    first = row_on(register, override.table, override.code, override.begins)
    if unknown := sorted(set(override.changes) - (set(first) - _FIXED)):
        allowed = ", ".join(sorted(set(first) - _FIXED))
        raise _refused(f"changes/{unknown[0]}", f"{unknown[0]!r} cannot be changed. Use one of: {allowed}.")
    rows = [row for row in register.of(override.file) if row["code"] == override.code]
    covered = [piece for row in rows if (piece := _clipped(row, override.begins, override.ends))]
    if not covered:
        raise _refused("effective_from", f"{override.code} is in effect on none of these days.")
    return covered


def _refused(name: str, detail: str) -> OverrideRefused:
    return OverrideRefused(detail, [{"pointer": f"/{name}", "detail": detail}])


def _span(row: Row) -> tuple[date, date]:
    return day_of(row["effective_from"]) or date.min, day_of(row["effective_to"]) or date.max


def _clipped(row: Row, begins: date, ends: date) -> Row | None:
    """The row for these days only; None: it is in effect on none of them."""
    first, last = _span(row)
    first, last = max(first, begins), min(last, ends)
    if first >= last:
        return None
    return dict(row, effective_from=_text(first), effective_to=_text(last))


def _text(day: date) -> str:
    return "" if day in (date.min, date.max) else day.isoformat()


def _pieces(row: Row, override: RuleOverride) -> list[Row]:
    """The row before the override, the override's, the row after it; those that have a day."""
    middle = _clipped(row, override.begins, override.ends) if row["code"] == override.code else None
    if middle is None:
        return [row]
    before, after = _clipped(row, date.min, override.begins), _clipped(row, override.ends, date.max)
    return [piece for piece in (before, middle | dict(override.changes), after) if piece]


def _joined(rows: list[Row]) -> list[Row]:
    """Rows that say the same and follow on each other, as one."""
    joined: list[Row] = []
    for row in sorted(rows, key=lambda row: _span(row)[0]):
        last = joined[-1] if joined else None
        if last and last["effective_to"] == row["effective_from"] and _says(last) == _says(row):
            joined[-1] = dict(last, effective_to=row["effective_to"])
        else:
            joined.append(row)
    return joined


def _says(row: Row) -> dict[str, str]:
    return {name: text for name, text in row.items() if name not in _FIXED}


def _shows_a_day_before(example: Row, ends: date) -> bool:
    day = day_of(example["day"])
    return day is not None and day < ends
