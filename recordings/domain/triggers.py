"""What a period counts from when it does not count from the call: the end of a contract, the close of a complaint.

The names are those of the register's column `trigger`. Until one is told, its period counts from the call's end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.answers import explanation
from policies.domain.register.checks import TRIGGERS
from policies.domain.retention import FROM_THE_CALL, MAXIMUM, MINIMUM, Limit, retention_schedule
from recordings.domain.errors import TriggerRefused

KINDS = tuple(sorted(TRIGGERS - {FROM_THE_CALL}))
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # some systems write 1970 where they know no time
AHEAD = timedelta(days=1)  # how far the clock of whoever tells it may be before ours
AT_LEAST = "P0D"  # stands in where no maximum is known: the recording's own date is never undercut by it

WORDS: Mapping[str, str] = {
    "contract_signed": "the contract was signed",
    "contract_end": "the contract ended",
    "contract_period_end": "the contract's period ended",
    "transaction_end": "the transaction ended",
    "complaint_closed": "the complaint was closed",
    "claim_closed": "the claim was closed",
    "fault_closed": "the fault was mended",
    "file_closed": "the file was closed",
    "last_use": "it was used last",
    "last_contact": "they were in contact last",
    "last_collection_activity": "the debt was worked on last",
    "last_in_effect": "it was in effect last",
    "consent_given": "consent was given",
    "consent_last_used": "consent was relied on last",
    "offer_made": "the offer was made",
    "payment_authorized": "the payment was authorised",
    "purpose_fulfilled": "its purpose was fulfilled",
    "limitation_end": "the time to sue ended",
    "erasure_request": "erasure was asked for",
    "hold_released": "the hold was released",
    "action_notified": "the action was notified",
    "disclosure_made": "the disclosure was made",
    "advice_given": "the advice was given",
    "document_created": "the document was made",
    "fiscal_year_end": "the fiscal year ended",
}


def assert_possible(kind: str, happened_at: datetime, now: datetime) -> None:
    """Raises TriggerRefused: no such trigger, in the future by over a day, or before 1971."""
    if kind not in KINDS:
        raise TriggerRefused(f"No period counts from {kind!r}. Write one of: {', '.join(KINDS)}.", pointer="/kind")
    if happened_at > now + AHEAD:
        raise TriggerRefused("It lies in the future. Tell it once it has happened.", pointer="/at")
    if happened_at < EARLIEST:
        raise TriggerRefused("It lies before 1971. Write when it happened.", pointer="/at")


@dataclass(frozen=True)
class Kept:
    """A recording's dates with what gives them. `explanation` as the decision's `retention.explanation`."""

    ended_at: datetime
    zone: str
    keep_until: datetime
    delete_by: datetime
    explanation: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Recounted:
    """The dates that its rules give, counted from all that is known. `is_open`: a minimum waits for another trigger.

    `conflicts`: a minimum that ends after a maximum of law.
    """

    keep_until: datetime
    delete_by: datetime
    explanation: list[dict[str, Any]]
    conflicts: bool
    is_open: bool

    def lengthened(self, kept: Kept) -> tuple[datetime, datetime]:
        """The later of each two dates: a date never comes earlier by itself."""
        keep_until = max(self.keep_until, kept.keep_until)
        return keep_until, max(self.delete_by, kept.delete_by, keep_until)

    def shortened(self, kept: Kept, *, than: "Recounted") -> tuple[datetime, datetime]:
        """The stored dates, but each that came earlier than it was by the count of before, which is `than`.

        A date that something else made later, a person's word, stays as it is.
        """
        keep_until = min(kept.keep_until, self.keep_until) if self.keep_until < than.keep_until else kept.keep_until
        delete_by = min(kept.delete_by, self.delete_by) if self.delete_by < than.delete_by else kept.delete_by
        return keep_until, max(delete_by, keep_until)


def recounted(kept: Kept, starts: Mapping[str, datetime]) -> Recounted:
    """Weigh the rules that gave its dates once more, each counted from its trigger where that is known.

    Where no maximum is among them, the date by which it goes is the stored one, or the minimum's where that is later.
    """
    limits = [_limit(each) for each in kept.explanation if each["rule"] != DECIDED_RULE]
    schedule = retention_schedule(
        limits, counted_from=kept.ended_at, zone=ZoneInfo(kept.zone), fallback_period=AT_LEAST, starts=starts
    )
    delete_by = schedule.delete_by
    if not any(limit.kind == MAXIMUM and limit.period for limit in limits):
        delete_by = max(schedule.keep_until, kept.delete_by)
    return Recounted(
        keep_until=schedule.keep_until,
        delete_by=delete_by,
        explanation=explanation(schedule),
        conflicts=bool(schedule.conflicts),
        is_open=schedule.may_last_longer,
    )


def waits_for(explained: Sequence[Mapping[str, Any]]) -> list[str]:
    """Triggers that its periods count from, and of which nobody told yet."""
    return sorted({each["trigger"] for each in explained if each["period"] and _waits(each)})


def counts_from(explained: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every trigger, told or not, that a period of its rules counts from."""
    return sorted({name for each in explained if each["period"] and (name := _trigger(each)) != FROM_THE_CALL})


def minimum_is_open(explained: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a minimum counts from something that nobody told yet."""
    return any(each["kind"] == MINIMUM and each["period"] and _waits(each) for each in explained)


def read_starts(stored: Mapping[str, str]) -> dict[str, datetime]:
    """What `Recording.known_triggers` keeps, as instants."""
    return {name: datetime.fromisoformat(text) for name, text in stored.items()}


# --- what a person decided where rules contradict each other

DECIDED_RULE = "decided"


def with_decision(
    explained: Sequence[Mapping[str, Any]], *, until: datetime, because: str, by: str
) -> list[dict[str, Any]]:
    """The explanation with the person's decision before all; what decided until then is outranked by it."""
    outranked = [
        {**each, "standing": "outranked" if each["until"] else each["standing"], "outranked_by": DECIDED_RULE}
        for each in explained
        if each["rule"] != DECIDED_RULE
    ]
    decision: dict[str, Any] = {
        "rule": DECIDED_RULE,
        "citation": by,
        "kind": MAXIMUM,
        "period": None,
        "until": until.isoformat(),
        "standing": "decides",
        "outranked_by": None,
        "because": because,
        "certainty": "high",
        "trigger": FROM_THE_CALL,
        "by": "company",
        "verify": "",
    }
    return [decision, *outranked]


def _limit(each: Mapping[str, Any]) -> Limit:
    return Limit(
        rule=each["rule"],
        citation=each["citation"],
        kind=each["kind"],
        period=each["period"] or "",
        because=each["because"],
        certainty=each["certainty"],
        trigger=_trigger(each),
        is_law=each["by"] == "law",
        verify=each.get("verify", ""),
    )


def _trigger(each: Mapping[str, Any]) -> str:
    return str(each.get("trigger") or FROM_THE_CALL)


def _waits(each: Mapping[str, Any]) -> bool:
    return _trigger(each) != FROM_THE_CALL and not each.get("counted_from")
