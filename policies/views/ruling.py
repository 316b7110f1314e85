"""What every page of a rule shows beside it: how it stood before, its example calls, its overrides, its reviews."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Case, IntegerField, When
from django.utils import timezone

from policies.domain.law import Law
from policies.domain.register.files import Row
from policies.domain.register.overriding import TABLES
from policies.models import ExampleCall, LawOverride, LawRelease
from policies.services.asof import RuleState, history_of
from policies.services.register import current_release
from policies.services.stored_register import MODELS
from policies.views.cells import Cell, cells, claims_in_words, in_cell

State = LawOverride.State
STATES: Mapping[str, tuple[str, str, str]] = {  # (data-state, symbol, word)
    State.PROPOSED: ("due", "clock", "Waits for approval"),
    State.APPROVED: ("met", "check", "Approved"),
    State.REFUSED: ("destroyed", "destroyed", "Refused"),
    State.ENDED: ("stored", "stored", "Ended"),
}
KINDS = {"change": "counsel reads it otherwise", "sign_off": "counsel confirms the reading"}
IN_FORCE = frozenset({"effective_from", "effective_to"})
REVIEWS = ("reviewed_on", "next_review_on")
SOON = timedelta(days=90)  # as far ahead as rules are flagged

Change = tuple[str, str, str]  # column, before, after


@dataclass(frozen=True)
class StateRow:
    """How a rule stood from one release on."""

    says: str
    release: int
    known_from: datetime
    period: str
    cells: list[Cell]
    is_current: bool
    is_ahead: bool


@dataclass(frozen=True)
class ExampleRow:
    """A call that tests the rule."""

    name: str
    call: str
    expects: str


@dataclass(frozen=True)
class OverrideRow:
    """An override as lists show it. `changes`: the shipped cell before, the officer's after."""

    pk: UUID
    code: str
    table: str
    title: str
    kind: str
    changes: list[Cell]
    effective_from: date
    expires_on: date
    expiry: str
    author: str
    approver: str
    state: tuple[str, str, str]
    waits: bool  # for a second officer


def state_rows(code: str, today: date) -> list[StateRow]:
    """How the rule stood, the newest first: a row for each release that changed it, with what it changed."""
    states = history_of(code)
    rows = []
    for place, (release, group) in enumerate(groupby(states, key=lambda state: state.release)):
        told = max(((state, _changed(state, states)) for state in group), key=lambda pair: len(pair[1]))
        rows.append(_state_row(*told, release, today, is_newest=not place))
    return rows


def _changed(state: RuleState, states: Sequence[RuleState]) -> list[Change]:
    """Against the row that it took over from. Days of an override are told by its period, not as changes."""
    begins = state.row["effective_from"]
    older = [other.row for other in states if other.release.number < state.release.number]
    before = next((row for row in older if row["effective_from"] <= begins), None)
    if before is None:
        return []
    left_out = IN_FORCE if state.override else frozenset[str]()
    return [(column, before[column], state.row[column]) for column in state.changed if column not in left_out]


def _state_row(
    state: RuleState, changed: list[Change], release: LawRelease, today: date, *, is_newest: bool
) -> StateRow:
    return StateRow(
        says=_says(state, len(changed)),
        release=release.number,
        known_from=state.known_from,
        period=_days(state.row),
        cells=cells(changed),
        is_current=is_newest,
        is_ahead=state.row["effective_from"] > today.isoformat(),
    )


def example_rows(code: str, law: Law) -> list[ExampleRow]:
    """The calls that this rule had to pass when its release was loaded."""
    examples = LawRelease.objects.get(pk=law.release).examples.filter(rule=code)
    return [ExampleRow(example.name, _call_in_words(example), claims_in_words(example.expects)) for example in examples]


def _call_in_words(example: ExampleCall) -> str:
    """`outbound, securities; agent in US-TX, customer unknown; 24 Nov 2026`."""
    facts = ", ".join(clause.partition("=")[2].replace("_", " ") for clause in example.call.split(";") if clause)
    parties = (party.partition("=") for party in example.parties.split())
    people = ", ".join(f"{role} {'unknown' if place == '?' else place}" for role, _, place in parties)
    return "; ".join(filter(None, (facts, people, in_cell("day", example.day))))


def override_rows(*, code: str = "", today: date | None = None) -> list[OverrideRow]:
    """Overrides, those that wait first, then the newest; with a code: that rule's."""
    first = Case(When(state=State.PROPOSED, then=0), default=1, output_field=IntegerField())
    found = LawOverride.objects.select_related("author", "approver").order_by(first, "-proposed_at")
    if code:
        found = found.filter(code=code)
    return [override_row(override) for override in found[:100]]


def override_row(override: LawOverride) -> OverrideRow:
    title, shipped = shipped_row(override)
    in_order = sorted(override.changes.items(), key=lambda change: change[0] in REVIEWS)
    changed = [(column, shipped.get(column), after) for column, after in in_order]
    return OverrideRow(
        pk=override.pk,
        code=override.code,
        table=override.get_table_display(),
        title=title,
        kind=KINDS[override.kind],
        changes=cells(changed),
        effective_from=override.effective_from,
        expires_on=override.counts_until,
        expiry=_expiry(override, timezone.localdate()),
        author=str(override.author),
        approver=str(override.approver) if override.approver else "",
        state=STATES[override.state],
        waits=override.state == State.PROPOSED,
    )


def shipped_row(override: LawOverride) -> tuple[str, dict[str, object]]:
    """(what to call the rule, its cells as they stand without the override)."""
    derived = override.releases.order_by("number").first()
    release = derived.based_on_id if derived else current_release().number
    rows = MODELS[TABLES[override.table]]._default_manager.filter(release=release, code=override.code)
    row: Mapping[str, object] = rows.order_by("effective_from").values().last() or {}
    name = row.get("name") or row.get("citation") or override.code
    return str(name), {**row, "statute": row.get("citation")}


def review_state(on: date | None, today: date) -> tuple[str, str, str] | None:
    """How the day of the next review lies: past, near, or far off, which says nothing."""
    if on is None or on - today > SOON:
        return None
    if on <= today:
        late = (today - on).days
        return ("overdue", "late", f"{late} day{'' if late == 1 else 's'} past" if late else "Today")
    return ("due", "clock", f"In {(on - today).days} days")


def _expiry(override: LawOverride, today: date) -> str:
    if override.state != State.APPROVED:
        return ""
    left = (override.counts_until - today).days
    if left <= 0:
        return "over: the shipped row counts again"
    return f"{left} days left" if left <= SOON.days else ""


def _says(state: RuleState, changed: int) -> str:
    if state.override:
        return "Our override" if changed else "Our override ended"
    return f"{changed} column{'' if changed == 1 else 's'} changed" if changed else "As first known"


def _days(row: Row) -> str:
    """`in force from 1 Jan 2027`; nothing for a row that counts always."""
    if not (row["effective_from"] or row["effective_to"]):
        return ""
    begins = f" from {in_cell('effective_from', row['effective_from'])}" if row["effective_from"] else ""
    ends = f" until {in_cell('effective_to', row['effective_to'])}" if row["effective_to"] else ""
    return f"in force{begins}{ends}"
