"""The releases of the law register: what each changes, rule by rule, and who brings it into effect."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from policies.domain.register.differences import RuleChange
from policies.domain.register.files import EXAMPLES, READINGS
from policies.models import Decision, DisclosureRequirement, ImpactReport, Jurisdiction, LawRelease, RetentionRule
from policies.services import releases
from policies.services.register import current_release, difference
from policies.views.cells import MAIN_COLUMNS, Cell, cells, table_words
from policies.views.impact import reported

COMPARED = 6  # of the newest, row by row with the one that each was made from; of older ones new rows are counted
State = LawRelease.State
STATES: Mapping[str, tuple[str, str, str]] = {  # (data-state, symbol, word)
    State.CANDIDATE: ("due", "clock", "Waits for an officer"),
    State.PUBLISHED: ("stored", "stored", "Published"),
    State.DISCARDED: ("destroyed", "destroyed", "Discarded"),
}
IN_EFFECT = ("met", "check", "In effect")
CHANGES: Mapping[str, tuple[str, str, str]] = {
    "added": ("due", "plus", "Added"),
    "removed": ("failed", "cross", "Removed"),
    "changed": ("low", "info", "Changed"),
}

BESIDE: Mapping[str, str] = {READINGS: "readings", EXAMPLES: "example calls"}  # they speak about rules and are none


@dataclass(frozen=True)
class ReleaseRow:
    """One release, as the pages show it."""

    number: int
    state: tuple[str, str, str]
    is_candidate: bool
    origin: str
    changes: str
    known_from: datetime | None
    loaded_at: datetime | None
    reviewed_on: date
    who: str
    digest: str


@dataclass(frozen=True)
class ChangeRow:
    code: str
    title: str
    url: str
    state: tuple[str, str, str]
    cells: list[Cell]


@dataclass(frozen=True)
class ChangeGroup:
    title: str
    rows: list[ChangeRow]


class ReleaseList(Page):
    act = Act.SEE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        found = LawRelease.objects.select_related("based_on", "override", "published_by")
        now, new = current_release(), _new_rows()
        rows = [
            release_row(release, now, _told(release) if place < COMPARED else _newly(release, new))
            for place, release in enumerate(found)
        ]
        return render(request, "policies/releases.html", {"rows": rows})


class ReleasePage(Page):
    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        release = release_of(number)
        changes = _changes(release)
        row = release_row(release, current_release(), _in_short(release, changes))
        context = {
            "row": row,
            "base": release.based_on_id,
            "lead": _lead(release, row),
            "move": _move(release, row),
            "groups": _groups(changes, number),
            "figures": _figures(release, changes),
            "tables": _tables(release),
            "history": history("policies.lawrelease", number),
            "reported": reported(release, signed_in(request)),
            "subject_kind": "release",
            "subject_id": number,
            "needs_report": Decision.objects.exists(),
            "may_ask": row.is_candidate and may(signed_in(request), Act.DRAFT_LAW),
            "may_publish": row.is_candidate
            and release.based_on_id == current_release().number
            and may(signed_in(request), Act.APPROVE_LAW, release),
            "may_discard": row.is_candidate and may(signed_in(request), Act.APPROVE_LAW, release),
        }
        return render(request, "policies/release.html", context)


class ReleasePublishAct(Page):
    act = {"POST": Act.APPROVE_LAW}

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        release = release_of(number)
        releases.publish_release(release=release, actor=signed_in(request), report=finished_report("release", number))
        toast(request, f"Law release {number} is in effect.")
        return redirect("policies:release", number)


class ReleaseDiscardAct(Page):
    act = {"POST": Act.APPROVE_LAW}

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        releases.discard_release(release=release_of(number), actor=signed_in(request))
        toast(request, f"Law release {number} is discarded.")
        return redirect("policies:release", number)


def release_of(number: int) -> LawRelease:
    found = LawRelease.objects.select_related("based_on", "override", "published_by").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def finished_report(kind: str, subject_id: object) -> ImpactReport | None:
    """The newest what-if of this change that ran to its end."""
    reports = ImpactReport.objects.filter(kind=kind, subject_id=str(subject_id), state=ImpactReport.State.DONE)
    return reports.first()


def release_row(release: LawRelease, now: LawRelease, changes: str) -> ReleaseRow:
    return ReleaseRow(
        number=release.number,
        state=IN_EFFECT if release.number == now.number else STATES[release.state],
        is_candidate=release.state == State.CANDIDATE,
        origin=_origin(release),
        changes=changes,
        known_from=release.known_from,
        loaded_at=release.loaded_at or release.known_from,
        reviewed_on=release.reviewed_on,
        who=str(release.published_by) if release.published_by else "",
        digest=release.digest,
    )


def _origin(release: LawRelease) -> str:
    if release.override:
        return f"made by the override of {release.override.code}"
    return "loaded from files" if release.based_on_id else "ships with Callward"


def _changes(release: LawRelease) -> list[RuleChange]:
    """Against the release that it was made from; nothing for the first."""
    return difference(release.based_on, release) if release.based_on else []


def _in_short(release: LawRelease, changes: list[RuleChange]) -> str:
    """`1 rule changed, with readings and example calls`."""
    if not release.based_on_id:
        return "the first release"
    words = [f"{count:,} {_noun(count)} {kind}" for kind, count in _counted(changes).items() if count]
    beside = [BESIDE[table] for table in BESIDE if any(change.table == table for change in changes)]
    if words and beside:
        return f"{', '.join(words)}, with {' and '.join(beside)}"
    return ", ".join(words) or " and ".join(beside) or "nothing"


def _told(release: LawRelease) -> str:
    return _in_short(release, _changes(release))


def _new_rows() -> Counter[int]:
    """{release: how many rows of rules are believed since it}; cheap, where many releases are listed."""
    new: Counter[int] = Counter()
    for model in (Jurisdiction, RetentionRule, DisclosureRequirement):
        counts = model.objects.filter(since=F("release")).order_by().values_list("release").annotate(Count("pk"))
        new.update(dict(counts))
    return new


def _newly(release: LawRelease, new: Counter[int]) -> str:
    if not release.based_on_id:
        return "the first release"
    count = new[release.number]
    return f"{count:,} row{'' if count == 1 else 's'} of rules new or changed"


def _noun(count: int) -> str:
    return "rule" if count == 1 else "rules"


def _counted(changes: list[RuleChange]) -> dict[str, int]:
    """Rules by kind of change. A rule in several rows, each for its days, counts once."""
    kinds = {
        kind: {change.code for change in changes if change.kind == kind and change.table not in BESIDE}
        for kind in CHANGES
    }
    return {kind: len(codes - kinds["changed"] if kind == "added" else codes) for kind, codes in kinds.items()}


def _lead(release: LawRelease, row: ReleaseRow) -> str:
    if not release.based_on_id:
        return "What Callward knew first. Calls from before it are judged by it too."
    said = f"Against release {release.based_on_id}: {row.changes}."
    if release.state == State.CANDIDATE:
        return f"{said} It does not count yet: an officer looks at what it touches and publishes it."
    if release.state == State.DISCARDED:
        return f"{said} An officer laid it aside; it never counted."
    return f"{said} What it says stays readable, also after later releases."


def _move(release: LawRelease, row: ReleaseRow) -> str:
    if release.state == State.CANDIDATE:
        if release.override:
            return "It belongs to an override, which a second officer approves or refuses."
        if release.based_on_id != current_release().number:
            return "Nobody's as it is: another release took effect since it was loaded. Load it again."
        return "An officer's who sees every line: look at what it touches, then publish or discard it."
    if row.state == IN_EFFECT:
        return "Nobody's. Every decision is made under it until the next release takes effect."
    return "Nobody's. It is kept so that past decisions can be computed again."


def _figures(release: LawRelease, changes: list[RuleChange]) -> dict[str, int]:
    return _counted(changes) | {"rules": sum(count for _, count in _tables(release))}


def _tables(release: LawRelease) -> list[tuple[str, int]]:
    """(what a table is about, how many rows the release has in it)."""
    counts = {
        "jurisdictions": release.jurisdictions.count(),
        "retention_rules": release.retentionrules.count(),
        "disclosure_requirements": release.disclosurerequirements.count(),
        "nanp_area_codes": release.area_codes.count(),
    }
    return [(table_words(table), count) for table, count in counts.items()]


def _groups(changes: list[RuleChange], number: int) -> list[ChangeGroup]:
    titles = _titles(number)
    groups: dict[str, list[ChangeRow]] = {}
    for change in changes:
        groups.setdefault(change.table, []).append(_change_row(change, titles))
    return [ChangeGroup(table_words(table), rows) for table, rows in groups.items()]


def _change_row(change: RuleChange, titles: Mapping[str, str]) -> ChangeRow:
    shown = [
        (column, before, after)
        for column, before, after in change.columns
        if change.kind == "changed" or (column in MAIN_COLUMNS and (before or after))
    ]
    in_register = change.code in titles and change.kind != "removed"
    return ChangeRow(
        code=change.code,
        title=titles.get(change.code, change.code),
        url=reverse("policies:jurisdiction", args=[change.code]) if in_register else "",
        state=CHANGES[change.kind],
        cells=cells(shown, kind=change.kind),
    )


def _titles(number: int) -> dict[str, str]:
    """{code: what to call the rule}: a place by its name, another rule by its clause."""
    found = dict(RetentionRule.objects.filter(release=number).values_list("code", "citation"))
    found |= dict(DisclosureRequirement.objects.filter(release=number).values_list("code", "citation"))
    return found | dict(Jurisdiction.objects.filter(release=number).values_list("code", "name"))
