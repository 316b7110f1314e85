"""The clock of a person's request: how long the law of their place gives, and how far a told reason extends it."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

FORGET_AFTER_MONTHS = 24  # 11 CCR § 7101(a): records of requests are kept for at least 24 months


@dataclass(frozen=True)
class Clock:
    """Months or days to answer in, and by how many more in all the time may be extended."""

    law: str
    months: int = 0
    days: int = 0
    more_months: int = 0
    more_days: int = 0

    def due_on(self, received_on: date) -> date:
        """The last day to answer: 31 Jan and one month is 28 or 29 Feb."""
        return _later(received_on, self.months, self.days)

    def extended_to(self, received_on: date) -> date:
        """The last day where the time was extended; counted from the receipt, as both laws count."""
        return _later(received_on, self.months + self.more_months, self.days + self.more_days)


# Art. 12(3) GDPR: one month, two further months where necessary.
# Cal. Civ. Code § 1798.130(a)(2): 45 days, once 45 more.
GDPR = Clock("GDPR, art. 12(3)", months=1, more_months=2)
UK_GDPR = Clock("UK GDPR, art. 12(3)", months=1, more_months=2)
CCPA = Clock("CCPA, Cal. Civ. Code § 1798.130(a)(2)", days=45, more_days=45)
HOUSE = Clock("no rule of its own here, so as GDPR, art. 12(3)", months=1, more_months=2)

EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)


def clock_of(place: str) -> Clock:
    """By the code of a place: `US-CA`, `DE`, `DE-BY`, `GB-SCT`; elsewhere the shorter clock of the two."""
    if place == "US-CA":
        return CCPA
    country = place.partition("-")[0]
    return GDPR if country in EEA or place == "EU" else UK_GDPR if country in {"GB", "UK"} else HOUSE


def forget_on(answered_on: date) -> date:
    """The day on which who asked is forgotten."""
    return _later(answered_on, FORGET_AFTER_MONTHS, 0)


def _later(day: date, months: int, days: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(days=days)
