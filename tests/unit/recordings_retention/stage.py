"""Recordings with rules of their own, so that a test says which limits gave their dates."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from policies.domain.answers import explanation
from policies.domain.retention import MAXIMUM, MINIMUM, Limit, retention_schedule
from tests.factories import RecordingFactory

CONTRACT, COMPLAINT = "contract_end", "complaint_closed"


def limit(kind, period, *, rule, trigger="recording_created", is_law=True):
    return Limit(rule, f"{rule}, 1", kind, period, f"{rule} asks for it.", "high", trigger, is_law)


KEEP_AFTER_CONTRACT = limit(MINIMUM, "P90D", rule="XX-KEEP", trigger=CONTRACT)
AT_MOST_A_YEAR = limit(MAXIMUM, "P1Y", rule="policy:Ours", is_law=False)
AT_MOST_SIXTY = limit(MAXIMUM, "P60D", rule="XX-PRIVACY")
KEEP_NINETY = limit(MINIMUM, "P90D", rule="XX-KEEP")


def kept(line, *limits, days_ago=10, on_refusal="stop_recording", **values):
    """A recording whose dates these limits gave, as intake stores it."""
    started_at = timezone.now() - timedelta(days=days_ago)
    ended_at = started_at + timedelta(minutes=4)
    zone = ZoneInfo(line.zone)
    schedule = retention_schedule(limits, counted_from=ended_at, zone=zone, fallback_period="P90D")
    conflicts = [{"kind": one.kind, "rules": list(one.rules), "detail": one.detail} for one in schedule.conflicts]
    given = {
        "keep_until": schedule.keep_until,
        "delete_by": schedule.delete_by,
        "needs_approval": schedule.may_last_longer,
        "is_provisional": bool(schedule.conflicts),
        "law_release": 1,
        "decided": {
            "on_refusal": on_refusal,
            "retention": {"explanation": explanation(schedule)},
            "conflicts": conflicts,
            "consent": {"standard": "all_party", "form": "express"},
        },
    }
    if schedule.conflicts:
        given |= {"state": "quarantined", "quarantine_reasons": ["retention_conflict"]}
    return RecordingFactory(line_of_business=line, started_at=started_at, ended_at=ended_at, **(given | values))


def dates(recording):
    recording.refresh_from_db()
    return recording.keep_until, recording.delete_by
