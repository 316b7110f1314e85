"""What-if reports for a page: how far one is, what it counts, what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from policies.domain.conflicts import KINDS as CONFLICTS
from policies.domain.consent import FORM_WORDS, STANDARD_WORDS
from policies.domain.impact import KINDS
from policies.domain.words_of_keys import KEY_WORDS
from policies.models import ImpactReport, LawOverride, LawRelease, PolicyVersion
from policies.services import impact
from policies.services.impact import Subject

State = ImpactReport.State
TITLES: Mapping[str, str] = {  # of a kind of change, as a figure
    "consent": "Other consent",
    "noncompliant": "Lack the new consent",
    "script": "Other words",
    "later": "Kept longer",
    "earlier": "Would go earlier",
    "conflict": "New conflict",
    "solved": "Conflict solved",
}
NOTES: Mapping[str, str] = {
    "consent": "asked for on such a call from then on",
    "noncompliant": "what was given then would not do now",
    "script": "said on such a call from then on",
    "later": "dates move out in the background",
    "earlier": "not by this: only by a list of its own",
    "conflict": "a person would have to look",
    "solved": "nobody has to look any more",
}

DECISIONS: Mapping[str, str] = {
    "looked_at": "Looked at",
    "consent": "Other consent",
    "script": "Other words",
    "conflict": "New conflict",
    "solved": "Conflict solved",
}
TOUCHED = (
    ("holds", "Legal holds", "with such a call; they keep what they keep"),
    ("held", "Calls on hold", "stay, whatever their dates"),
    ("open_audits", "Open reviews", "of such a call"),
)


@dataclass(frozen=True)
class Number:
    """One figure of a report, and the list that it counts."""

    kind: str
    title: str
    count: int
    note: str


@dataclass(frozen=True)
class Reported:
    """The latest report about a subject. `why_not` says why nobody may approve on its ground; empty: they may."""

    report: ImpactReport | None
    why_not: str = ""
    figures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        return self.report is not None and self.report.state in impact.UNFINISHED

    @property
    def is_done(self) -> bool:
        return self.report is not None and self.report.state == State.DONE

    @property
    def is_current(self) -> bool:
        return self.is_done and not self.why_not

    @property
    def counts(self) -> Mapping[str, int]:
        return self.figures.get("counts", {})

    @property
    def numbers(self) -> list[Number]:
        return [Number(kind, TITLES[kind], self.counts.get(kind, 0), NOTES[kind]) for kind in TITLES if kind in KINDS]

    @property
    def looked_at(self) -> int:
        return self.counts.get("looked_at", 0)

    @property
    def consequence(self) -> str:
        """What will happen when it is published, with its numbers, for whoever presses the button."""
        later, earlier = self.counts.get("later", 0), self.counts.get("earlier", 0)
        parts = [f"Of {_recordings(self.looked_at)} that you see, {self.counts.get('touched', 0):,} would be touched."]
        if later:
            parts.append(f"{later:,} will be kept longer: their dates move out in the background.")
        if earlier:
            parts.append(
                f"{earlier:,} would go earlier. Publishing does not shorten them: that takes a list of its own and two"
                " people."
            )
        if not later and not earlier:
            parts.append("No stored date moves.")
        return " ".join(parts)

    @property
    def progress(self) -> "Progress | None":
        return _progress(self.report) if self.report is not None else None


@dataclass(frozen=True)
class Progress:
    """How far a report is: rows, rows a second, seconds left (None: nobody can say yet)."""

    done: int
    of: int
    a_second: int
    left_seconds: int | None


def _progress(report: ImpactReport) -> Progress:
    began = report.started_at
    took = (timezone.now() - began).total_seconds() if began else 0.0
    rate = report.done_count / took if took > 0 else 0.0
    left = max(0, round((report.of_count - report.done_count) / rate)) if rate else None
    return Progress(report.done_count, report.of_count, round(rate), left)


def reported(subject: Subject, user: User) -> Reported:
    """The latest report about the subject, its figures over the lines that the user sees."""
    report = impact.impact_of(subject)
    return of_report(report, subject, user) if report else Reported(None)


def of_report(report: ImpactReport, subject: Subject, user: User) -> Reported:
    figures = impact.figures_for(report, user) if report.state == State.DONE else {}
    return Reported(report, impact.why_not(report, subject) if report.state == State.DONE else "", figures)


def subject_seen(kind: str, subject_id: str, user: User) -> Subject:
    """What a report is or would be about, where this person may see it. Raises Http404."""
    found: Subject | None
    try:
        if kind == ImpactReport.Kind.VERSION:
            versions = PolicyVersion.objects.visible_to(user).select_related("policy")
            found = versions.filter(pk=subject_id).first()
        elif kind == ImpactReport.Kind.RELEASE:
            found = LawRelease.objects.filter(pk=subject_id).first()
        else:
            found = LawOverride.objects.filter(pk=subject_id).first()
    except (ValidationError, ValueError):
        found = None
    if found is None:
        raise Http404
    return found


def consents(figures: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, str, int]]:
    """(from, to, recordings) in words, most first."""
    for change, count in figures.get("consent", {}).items():
        before, _, after = change.partition(" → ")
        yield _consent(before), _consent(after), count


def scripts(figures: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, int]]:
    """(what is said otherwise, recordings), most first."""
    for key, count in figures.get("script", {}).items():
        yield _of_key(key), count


def conflicts(figures: Mapping[str, Mapping[str, int]], part: str) -> Iterator[tuple[str, int]]:
    """(kind of conflict in words, recordings); `part` is conflicts or solved."""
    for kind, count in figures.get(part, {}).items():
        yield CONFLICTS[kind].words if kind in CONFLICTS else kind.replace("_", " "), count


def _of_key(key: str) -> str:
    return KEY_WORDS.get(key, key.replace("_", " "))


def _consent(text: str) -> str:
    standard, _, form = text.partition(", ")
    return f"{STANDARD_WORDS.get(standard, standard)}; {FORM_WORDS.get(form, form)}"


def _recordings(count: int) -> str:
    return f"{count:,} stored recording{'' if count == 1 else 's'}"


def details(reported: Reported) -> dict[str, Any]:
    """The parts of a finished report: what changes into what, and what else is touched."""
    figures, counts = reported.figures, reported.counts
    decisions = figures.get("decisions", {})
    forms = reported.report.figures.get("forms", []) if reported.report else []
    forms = [form | {"keys": [_of_key(key) for key in form["keys"]]} for form in forms]
    return {
        "consents": list(consents(figures)),
        "scripts": list(scripts(figures)),
        "conflicts": list(conflicts(figures, "conflicts")),
        "solved": list(conflicts(figures, "solved")),
        "decisions": [(DECISIONS[kind], decisions[kind]) for kind in DECISIONS if decisions.get(kind)],
        "touched": [(title, counts[name], words) for name, title, words in TOUCHED if counts.get(name)],
        "forms": forms,
        "storage": _storage(counts.get("byte_days_more", 0), counts.get("byte_days_less", 0)),
        "due_at_once": counts.get("due_at_once", 0),
    }


def _storage(more: int, less: int) -> str:
    """Bytes times days, for people: gigabytes kept for a day longer, or less long."""
    parts = [f"{amount / 1e9:,.1f} GB-days {word}" for amount, word in ((more, "more"), (less, "less")) if amount]
    return " and ".join(parts) or "as it is"
