"""Promises that the database keeps for every room."""

import pgtrigger


def never_emptied(name: str) -> pgtrigger.Trigger:
    """TRUNCATE is refused: it would pass by every row's own protection."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'This table is never emptied.' USING ERRCODE = 'restrict_violation';",
    )
