"""What changes in law and in our policies, and what has to be looked at again: month by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.pages import Page, signed_in
from accounts.permissions import Act
from policies.services.flags import CalendarEntry, calendar

MONTHS = 14
FEW = 4
LOOKED_BACK = timedelta(days=365)  # what fell due in the last year and still waits is told first


@dataclass(frozen=True)
class Kind:
    """How entries of a kind look, and under which word they are filtered."""

    state: tuple[str, str, str]  # (data-state, symbol, word)
    group: str


@dataclass(frozen=True)
class Item:
    """One thing that happens on a day."""

    title: str
    what: str
    url: str


@dataclass(frozen=True)
class AgendaRow:
    """What of one kind happens on one day: a few things by name, many under their number."""

    on: date
    state: tuple[str, str, str]
    items: list[Item]
    noun: str

    @property
    def is_many(self) -> bool:
        return len(self.items) > FEW


@dataclass(frozen=True)
class Month:
    """One month with its days."""

    anchor: str
    name: str
    short: str
    rows: list[AgendaRow]

    @property
    def count(self) -> int:
        return sum(len(row.items) for row in self.rows)


KINDS: Mapping[str, Kind] = {
    "rule_begins": Kind(("due", "clock", "Rule begins"), "changes"),
    "rule_ends": Kind(("due", "clock", "Rule ends"), "changes"),
    "rule_review": Kind(("low", "info", "Review of a rule"), "reviews"),
    "version_begins": Kind(("due", "policies", "Policy begins"), "policies"),
    "version_ends": Kind(("stored", "policies", "Policy ends"), "policies"),
    "version_review": Kind(("low", "info", "Review of a policy"), "reviews"),
    "override_begins": Kind(("held", "flag", "Override begins"), "overrides"),
    "override_ends": Kind(("held", "flag", "Override ends"), "overrides"),
}
NOUNS = {"rule": "rules", "version": "policies", "override": "overrides"}
RULE_DAYS = ("rule_begins", "rule_ends")
GROUPS = {"": "Everything", "changes": "Law", "policies": "Policies", "reviews": "Reviews", "overrides": "Overrides"}


class CalendarPage(Page):
    """Fourteen months ahead, and what is past its day and still waits."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        ends = _month_after(today, MONTHS)
        found = _once(calendar(today - LOOKED_BACK, ends - timedelta(days=1), signed_in(request)))
        group = request.GET.get("kind", "")
        chosen = [entry for entry in found if group not in GROUPS or not group or KINDS[entry.kind].group == group]
        past = [entry for entry in chosen if entry.on < today and KINDS[entry.kind].group == "reviews"]
        months = _months(_rows([entry for entry in chosen if entry.on >= today]), today)
        context = {
            "begins": today,
            "ends": ends - timedelta(days=1),
            "past": _rows(past),
            "months": months,
            "kinds": _kinds(found, today, group),
            "total": len(past) + sum(month.count for month in months),
        }
        return render(request, "policies/calendar.html", context)


def _once(entries: list[CalendarEntry]) -> list[CalendarEntry]:
    """Without what an override's own entry says: that the row of its rule begins, or ends, on that day."""
    told = {(entry.on, entry.code) for entry in entries if entry.kind.startswith("override")}
    return [entry for entry in entries if entry.kind not in RULE_DAYS or (entry.on, entry.code) not in told]


def _rows(entries: list[CalendarEntry]) -> list[AgendaRow]:
    """By day, then by kind."""
    days: dict[tuple[date, str], list[Item]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.on, list(KINDS).index(entry.kind), entry.what)):
        days.setdefault((entry.on, entry.kind), []).append(_item(entry))
    return [
        AgendaRow(on, KINDS[kind].state, items, NOUNS[kind.partition("_")[0]]) for (on, kind), items in days.items()
    ]


def _item(entry: CalendarEntry) -> Item:
    """`Florida` as the link, and after it what happens."""
    title, _, what = entry.what.rpartition(": ")
    if entry.kind.startswith("version"):
        return Item(title, what, reverse("policies:version", args=[entry.pk]))
    if entry.kind.startswith("override"):
        return Item(title, what, reverse("policies:override", args=[entry.pk]))
    return Item(title, what, reverse("policies:jurisdiction", args=[entry.code]))


def _kinds(entries: list[CalendarEntry], today: date, chosen: str) -> list[dict[str, object]]:
    """The filters with their numbers, of what is still to come."""
    ahead = [KINDS[entry.kind].group for entry in entries if entry.on >= today]
    address = reverse("policies:calendar")
    return [
        {
            "word": word,
            "count": ahead.count(group) if group else len(ahead),
            "url": f"{address}?{urlencode({'kind': group})}" if group else address,
            "is_here": group == (chosen if chosen in GROUPS else ""),
        }
        for group, word in GROUPS.items()
    ]


def _months(rows: list[AgendaRow], today: date) -> list[Month]:
    starts = [_month_after(today, place) for place in range(MONTHS)]
    return [
        Month(
            anchor=f"m{start:%Y-%m}",
            name=f"{start:%B %Y}",
            short=f"{start:%b %Y}",
            rows=[row for row in rows if (row.on.year, row.on.month) == (start.year, start.month)],
        )
        for start in starts
    ]


def _month_after(day: date, months: int) -> date:
    """The first day of the month that lies so many months later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
