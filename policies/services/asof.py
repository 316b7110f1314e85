"""What was required on a day, as far as Callward knew it at a moment; and how one rule came to be what it is."""

from dataclasses import dataclass
from datetime import date, datetime

from policies.domain.law import Law
from policies.domain.register.files import RULES, Row
from policies.models import LawOverride, LawRelease
from policies.services.register import release_at
from policies.services.snapshot import law_of
from policies.services.stored_register import MODELS, text_row


@dataclass(frozen=True)
class RuleState:
    """One row of a rule as a release brought it. `changed`: the columns in which it differs from the row before."""

    release: LawRelease
    known_from: datetime
    row: Row
    changed: tuple[str, ...]
    override: LawOverride | None = None


def law_on(day: date, known_at: datetime) -> Law:
    """The rules in effect on `day`, as they were believed at `known_at`. Raises LawRefused: none was known yet."""
    release = release_at(known_at)
    return law_of(release.number, release.digest).only(day)


def history_of(code: str) -> list[RuleState]:
    """Every row of this rule that came to be believed, the newest first; a row that stayed is told once."""
    found: list[RuleState] = []
    before: dict[str, Row] = {}  # first day → row
    for release in _with_rule_changes(code):
        rows = _rows(code, release)
        for begins, row in rows.items():
            old = before.get(begins) or _row_before(before, begins)
            changed = tuple(column for column in row if old and old[column] != row[column])
            if before.get(begins) != row and release.known_from is not None:
                found.append(RuleState(release, release.known_from, row, changed, release.override))
        before = rows
    return found[::-1]


def _with_rule_changes(code: str) -> list[LawRelease]:
    """The published releases since which any row of this rule is believed, in order."""
    since: set[int] = set()
    for model in MODELS.values():
        rows = model.objects.filter(code=code, release__state=LawRelease.State.PUBLISHED)
        since |= {first or release for first, release in rows.values_list("since", "release").distinct()}
    return list(LawRelease.objects.published().filter(pk__in=since).select_related("override").order_by("number"))


def _rows(code: str, release: LawRelease) -> dict[str, Row]:
    for file in RULES:
        rows = [text_row(file, item) for item in MODELS[file].objects.filter(release=release, code=code).values()]
        if rows:
            return {row["effective_from"]: row for row in rows}
    return {}


def _row_before(rows: dict[str, Row], begins: str) -> Row | None:
    """The row that was in effect on that day until this one took it over."""
    earlier = [first for first in rows if first <= begins]
    return rows[max(earlier)] if earlier else None
