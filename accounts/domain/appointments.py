"""Who may make whom what. Pure: roles and lines in, the reason against it out."""

from collections.abc import Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """A role with its lines; `lines` None: all of them."""

    role: str
    lines: Set[object] | None


OFFICER = "officer"  # the role that publishes, holds and approves


def objection(*, by: Standing, before: Standing | None, after: Standing, is_self: bool) -> str:
    """Why a supervisor may not give this standing; empty where they may. `before` None: somebody new.

    Nobody appoints themselves. Nobody gives what they do not have: lines that are not theirs. The officer's role is not
    given from inside at all, for who could make officers could be both halves of every four-eyes act.
    """
    if is_self:
        return "Nobody changes their own role or lines. Ask another supervisor."
    if OFFICER in {after.role, before.role if before else ""}:
        return "Officers are appointed on the machine, by manage.py add_person: nobody makes their own second person."
    if before is not None and not _within(before.lines, by.lines):
        return "This person works in lines of business that are not yours."
    if not _within(after.lines, by.lines):
        return "Give lines of business that are yours."
    return ""


def _within(inner: Set[object] | None, outer: Set[object] | None) -> bool:
    """None is every line."""
    return outer is None or (inner is not None and inner <= outer)
