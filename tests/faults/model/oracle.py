"""What must be true of calls and holds, in plain Python that knows nothing of tables, locks or stores."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
COOLING = timedelta(days=7)


def goes_on(ended_at: datetime, days: int) -> datetime:
    """The first moment after the local day on which so many days are over."""
    last = ended_at.astimezone(ZONE).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time(), ZONE)


@dataclass
class Call:
    """One call that was acknowledged."""

    ended_at: datetime
    delete_by: datetime
    audio: bytes | None
    holds: set[int] = field(default_factory=set)
    listed_at: datetime | None = None
    objected_until: datetime | None = None
    is_gone: bool = False


@dataclass
class Oracle:
    """Every call by its external id, every hold by its number, and the time of the story."""

    at: datetime
    days: int  # how long the policy keeps that is in force now
    days_then: int  # how long the one kept that governed on the day of every call
    calls: dict[str, Call] = field(default_factory=dict)
    holds: dict[int, bool] = field(default_factory=dict)  # whether it is in force
    standing: set[int] = field(default_factory=set)  # those that later calls join too

    @property
    def here(self) -> dict[str, Call]:
        return {name: call for name, call in self.calls.items() if not call.is_gone}

    def takes_in(self, name: str, ended_at: datetime, audio: bytes | None, *, may_be_held: bool) -> None:
        holds = {number for number in self.standing if self.holds[number] and may_be_held}
        self.calls[name] = Call(ended_at, goes_on(ended_at, self.days_then), audio, holds)

    def holds_these(self, number: int, names: list[str]) -> None:
        self.holds[number] = True
        for name in names:
            self.calls[name].holds.add(number)
            self.calls[name].listed_at = None

    def releases(self, number: int) -> None:
        self.holds[number] = False
        for call in self.calls.values():
            call.holds.discard(number)

    def redates(self) -> None:
        """A policy that keeps longer moves what is here; one that keeps shorter moves nothing."""
        for call in self.here.values():
            later = goes_on(call.ended_at, self.days)
            if later > call.delete_by:
                call.delete_by, call.listed_at = later, None

    def rings(self) -> None:
        """One ring of the beat: what is due is listed; what was listed, has cooled and is due, goes."""
        for call in self.here.values():
            if not call.holds and call.listed_at is None and call.delete_by - COOLING <= self.at:
                call.listed_at = self.at
        for call in self.here.values():
            if self.goes(call):
                call.is_gone = True

    def goes(self, call: Call) -> bool:
        """Whether it is destroyed when the beat rings now."""
        objected = call.objected_until is not None and call.objected_until > self.at
        return (
            not call.holds
            and not objected
            and call.delete_by <= self.at
            and call.listed_at is not None
            and call.listed_at + COOLING <= self.at
        )
