"""One rule of the register with all that is known of it: a place, a period, something that has to be said.

As it stands today, or as it stood on a day and as it was known on a day.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.pages import Page, signed_in
from accounts.permissions import Act, may
from policies.domain.law import ANYWHERE, AnyRule, DisclosureRule, JurisdictionRule, Law, RetentionRule
from policies.domain.periods import in_words, period
from policies.forms.law import AsOfForm
from policies.models import Jurisdiction, LawRelease
from policies.services.asof import law_on
from policies.views.register import law_in_effect
from policies.views.ruling import example_rows, override_rows, review_state, state_rows
from policies.views.words import FORMS, KEYS, WHEN, Lettered, condition_words, lettered, place_name, place_row

READING_WORDS = {"best": "The best reading", "cautious": "The cautious reading", "other": "Another reading"}


@dataclass(frozen=True)
class AsOf:
    """A day of law and a moment of knowing. Both today's unless somebody asks."""

    day: date
    known_at: datetime
    is_today: bool
    form: AsOfForm

    @property
    def says(self) -> str:
        return f"As the law stood on {self.day.day} {self.day:%B %Y}, and as we knew it on {_local(self.known_at)}"


@dataclass(frozen=True)
class ReadingRow:
    """One way to read an unsettled rule."""

    name: str
    rule: Lettered
    form: str
    who: str
    because: str
    is_ours: bool


class JurisdictionPage(Page):
    """A place: who must agree, what is said, how long it is kept. Another code: that one rule."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        asof = _as_of(request)
        law, now = law_on(asof.day, asof.known_at), law_in_effect()
        if code in now.jurisdictions:
            return self._place(request, now.jurisdictions[code], law, asof)
        return self._rule(request, code, law, now, asof)

    def _place(self, request: HttpRequest, newest: JurisdictionRule, law: Law, asof: AsOf) -> HttpResponse:
        code, day = newest.code, law.at(asof.day)
        row = day.rules.get(code)
        reach = law.covered_by(code)
        shown = row or newest
        context = _shared(request, code, "jurisdiction", shown, law, asof) | {
            "place": place_row(shown),
            "is_in_effect": row is not None,
            "rule": shown,
            "across": _across(law, code),
            "readings": reading_rows(shown),
            "parents": [place_row(day.rules[parent]) for parent in sorted(reach - {code}) if parent in day.rules],
            "said": _own_first(
                code, [(item.place, _said_row(item)) for item in law.disclosures_at(reach, asof.day)], ANYWHERE
            ),
            "kept": _own_first(
                code,
                [(_place_of(item, code), _period_row(item)) for item in law.retention_at(reach, asof.day)],
            ),
            "may_try": may(signed_in(request), Act.DECIDE_CALL),
        }
        return render(request, "policies/jurisdiction.html", context)

    def _rule(self, request: HttpRequest, code: str, law: Law, now: Law, asof: AsOf) -> HttpResponse:
        rule = _by_code(law, asof.day, code)
        shown = rule or _by_code(now, asof.day, code) or _any_day(now, code)
        if shown is None:
            raise Http404
        is_period = isinstance(shown, RetentionRule)
        context = _shared(request, code, "retention" if is_period else "disclosure", shown, law, asof) | {
            "rule": shown,
            "is_in_effect": rule is not None,
            "period": _period_row(shown) if isinstance(shown, RetentionRule) else None,
            "said": _said_row(shown) if isinstance(shown, DisclosureRule) else None,
            "title": _title(shown),
            "lead": shown.summary if isinstance(shown, RetentionRule) else _whose(shown, now),
        }
        return render(request, "policies/rule.html", context)


def _shared(request: HttpRequest, code: str, table: str, rule: AnyRule, law: Law, asof: AsOf) -> dict[str, Any]:
    """What every page of a rule has beside the rule itself."""
    return {
        "code": code,
        "table": table,
        "asof": asof,
        "address": reverse("policies:jurisdiction", args=[code]),
        "release": LawRelease.objects.get(pk=law.release),
        "review": review_state(rule.next_review_on, timezone.localdate()),
        "states": state_rows(code, timezone.localdate()),
        "examples": example_rows(code, law),
        "overrides": override_rows(code=code),
        "may_override": may(signed_in(request), Act.DRAFT_LAW),
    }


def reading_rows(rule: JurisdictionRule) -> list[ReadingRow]:
    """Side by side; the one that counts unless a policy chooses otherwise is ours."""
    counts = rule.cautious_rule if rule.confidence == "low" else rule.telephone_rule
    ours = next((reading for reading in rule.readings if reading.standard == counts), None)
    return [
        ReadingRow(
            name=READING_WORDS[reading.reading],
            rule=lettered(reading.standard),
            form=FORMS[reading.form],
            who=reading.who,
            because=reading.because,
            is_ours=reading is ours,
        )
        for reading in rule.readings
    ]


def _as_of(request: HttpRequest) -> AsOf:
    """What the address asks for; a day that nobody can mean counts as today."""
    asked = any(request.GET.get(name) for name in ("day", "known"))
    form = AsOfForm(request.GET if asked else None)
    values = form.cleaned_data if asked and form.is_valid() else {}
    day, known = values.get("day"), values.get("known")
    if known and (unknown := _unknown_at(known)):
        form.add_error("known", unknown)
        known = None
    return AsOf(
        day=day or timezone.localdate(),
        known_at=_end_of(known) if known else timezone.now(),
        is_today=not (day or known),
        form=form,
    )


def _unknown_at(day: date) -> str:
    """Why there is nothing to show as known on that day; empty: there is."""
    published = LawRelease.objects.published()
    first = published.order_by("number").first()
    if first is None or first.known_from is None or published.known_at(_end_of(day)).exists():
        return ""
    return f"Nothing was known yet on that day. The first release is known from {_local(first.known_from)}."


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))


def _local(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y}"


def _by_code(law: Law, day: date, code: str) -> RetentionRule | DisclosureRule | None:
    state = law.at(day)
    return _named(code, *state.retention, *state.disclosures)


def _any_day(law: Law, code: str) -> RetentionRule | DisclosureRule | None:
    return _named(code, *law.retention, *law.disclosures)


def _named(code: str, *rules: RetentionRule | DisclosureRule) -> RetentionRule | DisclosureRule | None:
    return next((rule for rule in rules if rule.code == code), None)


def _across(law: Law, code: str) -> str:
    """What the place says of calls across its border."""
    row = Jurisdiction.objects.filter(release=law.release, code=code).first()
    return row.interstate_rule if row else ""


def _title(rule: RetentionRule | DisclosureRule) -> str:
    if isinstance(rule, RetentionRule):
        return rule.citation
    return KEYS.get(rule.key, rule.key.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Rules:
    """Rules that count at a place: its own, and those that reach it from above."""

    own: list[dict[str, Any]]
    above: list[dict[str, Any]]

    @property
    def count(self) -> int:
        return len(self.own) + len(self.above)


def _own_first(code: str, rows: list[tuple[str, dict[str, Any]]], left_out: Collection[str] = ()) -> Rules:
    """Rows by the place that brings them; those of anywhere that the page leaves out are not counted."""
    kept = [(place, row) for place, row in rows if place not in left_out]
    return Rules([row for place, row in kept if place == code], [row for place, row in kept if place != code])


def _place_of(rule: RetentionRule, code: str) -> str:
    """The place that brings a period: this one where the rule names it, else one above it or anywhere."""
    return code if code in rule.applies_when.places else ""


def _whose(rule: DisclosureRule, law: Law) -> str:
    """Who asks for something to be said."""
    if rule.place == "BASELINE":
        return "Callward's own baseline: said on every call, whatever the place."
    return f"Asked by {place_name(rule.place, law)}."


def _period_row(rule: RetentionRule) -> dict[str, Any]:
    return {
        "rule": rule,
        "least": in_words(period(rule.min_period)) if rule.min_period else "",
        "most": in_words(period(rule.max_period)) if rule.max_period else "",
        "when": condition_words(rule.applies_when),
        "trigger": rule.trigger.replace("_", " "),
        "kind": rule.record_kind.replace("_", " "),
    }


def _said_row(rule: DisclosureRule) -> dict[str, Any]:
    return {"rule": rule, "moment": WHEN[rule.when], "where": condition_words(rule.applies_when)}
