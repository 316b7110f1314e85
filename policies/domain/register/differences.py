"""What one release changes against another: rules added, removed, and changed column by column."""

from dataclasses import dataclass

from policies.domain.register.files import AREA_CODES, EXAMPLES, READINGS, RULES, Register, Row

_KEYS = {AREA_CODES: ("area_code",), READINGS: ("code", "reading", "who"), EXAMPLES: ("rule", "name")}


@dataclass(frozen=True)
class RuleChange:
    """One row's change. `columns`: (column, before, after); all of its cells where it was added or removed."""

    code: str
    table: str  # the file's name
    kind: str  # added, removed, changed
    columns: tuple[tuple[str, str, str], ...]
    effective_from: str = ""


def rule_changes(old: Register, new: Register) -> list[RuleChange]:
    """File by file, by code. A row is the same one if its code and first day are."""
    found: list[RuleChange] = []
    for file in (*RULES, AREA_CODES, READINGS, EXAMPLES):
        before, after = _by_key(file, old), _by_key(file, new)
        changes = [_change(file, before.get(key), after.get(key)) for key in sorted({*before, *after})]
        found += [change for change in changes if change]
    return found


def _by_key(file: str, register: Register) -> dict[tuple[str, ...], Row]:
    columns = _KEYS.get(file, ("code", "effective_from"))
    return {tuple(row[column] for column in columns): row for row in register.of(file)}


def _change(file: str, before: Row | None, after: Row | None) -> RuleChange | None:
    row = after or before or {}
    columns = tuple(
        (column, (before or {}).get(column, ""), (after or {}).get(column, ""))
        for column in row
        if (before or {}).get(column, "") != (after or {}).get(column, "")
    )
    if not columns:
        return None
    kind = "changed" if before and after else "added" if after else "removed"
    code = row.get("code") or row.get("rule") or row["area_code"]
    return RuleChange(code, file, kind, columns, row.get("effective_from", ""))
