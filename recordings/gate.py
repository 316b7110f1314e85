"""Whether this process may look at recordings at all. Closed while the database is older than the disposition log.

A backup of the database brings back what was destroyed since. Until that is destroyed again, nothing is listed, opened
or played: every look-up and every key passes here. One flag of the process, so that asking costs nothing; who sets it:
`recordings.ledger.state`.
"""

from recordings.domain.errors import RecordingsClosed

_reason = ""


def assert_open() -> None:
    """Raises RecordingsClosed."""
    if _reason:
        raise RecordingsClosed(_reason)


def set_reason(reason: str) -> None:
    """Close for this reason; open where it is empty."""
    global _reason
    _reason = reason


def reason() -> str:
    """Why it is closed, in a sentence; empty where it is open."""
    return _reason
