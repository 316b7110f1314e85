"""Cells of a table that a spreadsheet opens: what would be run as a formula there is kept as text."""

from collections.abc import Iterable

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """The value as text, with an apostrophe before what a spreadsheet would compute: `=1+1` becomes `'=1+1`.

    Source: OWASP, CSV Injection. None is an empty cell.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def safe_row(values: Iterable[object]) -> list[str]:
    return [safe_cell(value) for value in values]
