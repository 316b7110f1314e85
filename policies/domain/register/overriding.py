"""A register under an override: for its days the officer's row stands in place of the shipped one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from policies.domain.errors import OverrideRefused
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


@dataclass(frozen=True)
class RuleOverride:
    """`changes`: column → text as in the files. It counts from `begins` until the day before `ends`."""

    table: str
    code: str
    changes: Mapping[str, str]
    begins: date
    ends: date
    examples: tuple[Row, ...] = field(default=())


def overridden(register: Register, override: RuleOverride) -> Register:
    """The register with the override's row for its days; every other day keeps the row that it had.

    Raises OverrideRefused: no such rule, a column that it has not, or no row in effect on any of these days.
    """
    file = TABLES[override.table]
    rows = {name: list(register.of(name)) for name in register.rows}
    if override.begins < override.ends:
        rows[file] = [piece for row in rows[file] for piece in _pieces(row, override)]
        rows[EXAMPLES] = _with_examples(rows[EXAMPLES], override)
    return numbered(rows)


def covered_rows(register: Register, override: RuleOverride) -> list[Row]:
    """The rows that it would stand in for. Raises OverrideRefused: none, or a column that the table has not."""
    rows = [row for row in register.of(TABLES[override.table]) if row["code"] == override.code]
    if not rows:
        raise _refused("code", f"{override.code!r} is no rule of this table. Use the code of one that is in effect.")
    if unknown := sorted(set(override.changes) - (set(rows[0]) - _FIXED)):
        allowed = ", ".join(sorted(set(rows[0]) - _FIXED))
        raise _refused(f"changes/{unknown[0]}", f"{unknown[0]!r} cannot be changed. Use one of: {allowed}.")
    covered = [row for row in rows if _overlap(row, override)]
    if not covered:
        raise _refused("effective_from", f"{override.code} is in effect on none of these days.")
    return covered


def _refused(name: str, detail: str) -> OverrideRefused:
    return OverrideRefused(detail, [{"pointer": f"/{name}", "detail": detail}])


def _overlap(row: Row, override: RuleOverride) -> tuple[date, date] | None:
    begins = max(day_of(row["effective_from"]) or date.min, override.begins)
    ends = min(day_of(row["effective_to"]) or date.max, override.ends)
    return (begins, ends) if begins < ends else None


def _pieces(row: Row, override: RuleOverride) -> list[Row]:
    """The row before the override, the override's, the row after it; those that have a day."""
    shared = _overlap(row, override) if row["code"] == override.code else None
    if shared is None:
        return [row]
    begins, ends = (day.isoformat() for day in shared)
    before, after = dict(row, effective_to=begins), dict(row, effective_from=ends)
    pieces = [dict(row, **override.changes, effective_from=begins, effective_to=ends)]
    if row["effective_from"] != begins:
        pieces.insert(0, before)
    if row["effective_to"] != ends:
        pieces.append(after)
    return pieces


def _with_examples(examples: list[Row], override: RuleOverride) -> list[Row]:
    """The override's examples in place of those of the same name; one without expectations takes it out."""
    own = {row["name"]: row for row in override.examples}
    kept = [row for row in examples if row["rule"] != override.code or row["name"] not in own]
    return [*kept, *(row for row in own.values() if row["expects"])]
