"""What a token may be for. A scope is a promise to an integrator: names never change."""

from enum import StrEnum


class Scope(StrEnum):
    DECISIONS = "decisions"
    RECORDINGS_WRITE = "recordings:write"
    RECORDINGS_READ = "recordings:read"  # certificates too
    RECORDINGS_LISTEN = "recordings:listen"
    HOLDS_READ = "holds:read"
    HOLDS_WRITE = "holds:write"  # reads too
    AUDITS_READ = "audits:read"  # findings too
    TRAIL_READ = "trail:read"


IMPLIED = {Scope.HOLDS_WRITE: {Scope.HOLDS_READ}}


def covered(scopes: set[str], wanted: Scope) -> bool:
    """Whether the scopes hold the wanted one, by name or by implication: `holds:write` reads too."""
    return wanted in scopes or any(wanted in implied for scope, implied in IMPLIED.items() if scope in scopes)
