"""The law by place, as a map and a list, and our policies beside it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.pages import Page, is_part
from accounts.permissions import Act, may
from accounts.services import names_of
from policies.domain.documents import stored_document
from policies.domain.law import STANDARDS, JurisdictionRule, Law
from policies.domain.scopes import scope_words
from policies.models import LawRelease, PolicyVersion
from policies.services.register import current_release
from policies.services.snapshot import law_of
from policies.views.words import (
    LETTERS,
    STANDINGS,
    TILES,
    PlaceRow,
    in_short,
    lettered,
    place_row,
)

FIRST_SHOWN = "US-FL"
OFTEN_CALLED = frozenset({"AU", "BR", "CA", "CA-QC", "CH", "DE", "FR", "GB", "IE", "IN", "JP", "MX", "NL", "PT"})


def law_in_effect() -> Law:
    release = current_release()
    return law_of(release.number, release.digest)


def places_today() -> dict[str, JurisdictionRule]:
    """The rows of every place that are in effect today."""
    return dict(law_in_effect().at(timezone.localdate()).rules)


class PolicyList(Page):
    """Every place's rule, as a map and a list; our policies and their versions."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        rules = places_today()
        rows = [place_row(rule) for rule in rules.values()]
        chosen = rules.get(request.GET.get("place", FIRST_SHOWN)) or rules[FIRST_SHOWN]
        shown = {"place": place_row(chosen), "readings": len(chosen.readings), "letters": _legend(rows)}
        if is_part(request) and "place" in request.GET:
            return render(request, "policies/_place.html", shown)
        found = _filtered(rows, request)
        elsewhere = {
            "elsewhere": found,
            "places": len(rows),
            "is_filtered": _is_filtered(request) or "all" in request.GET,
        }
        if is_part(request):
            return render(request, "policies/_places.html", elsewhere)
        context = (
            shown
            | elsewhere
            | {
                "tiles": [row for row in rows if row.code in TILES],
                "release": current_release(),
                "candidates": LawRelease.objects.candidates().filter(override=None),
                "versions": _versions(request),
                "asked": request.GET,
                "may_draft": may(request.user, Act.DRAFT_POLICY),  # type: ignore[arg-type]
                "may_try": may(request.user, Act.DECIDE_CALL),  # type: ignore[arg-type]
            }
        )
        return render(request, "policies/list.html", context)


def _legend(rows: list[PlaceRow]) -> list[dict[str, Any]]:
    """Each standard with the number of places where it counts, which its link lists."""
    rules = [(standard, lettered(standard)) for standard in STANDARDS]
    return [
        {"standard": standard, "rule": rule, "count": sum(row.rule == rule for row in rows)} for standard, rule in rules
    ]


def _is_filtered(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in ("q", "rule", "certainty"))


def _filtered(rows: list[PlaceRow], request: HttpRequest) -> list[PlaceRow]:
    """By text in name, code or clause, by rule, by certainty; without a filter some that are often called."""
    text = request.GET.get("q", "").strip().casefold()
    rule, certainty = request.GET.get("rule", ""), request.GET.get("certainty", "")
    if not _is_filtered(request) and "all" not in request.GET:
        rows = [row for row in rows if row.code in OFTEN_CALLED]
    return [
        row
        for row in sorted(rows, key=lambda row: (row.name, row.code))
        if (not text or text in f"{row.name} {row.code} {row.citation}".casefold())
        and (rule not in LETTERS or row.rule == lettered(rule))
        and (not certainty or row.certainty == certainty)
    ]


def _versions(request: HttpRequest) -> list[dict[str, Any]]:
    versions = list(
        PolicyVersion.objects.visible_to(request.user)  # type: ignore[arg-type]
        .select_related("policy")
        .prefetch_related("policy__lines")
        .order_by("policy__name", "-number")[:100]
    )
    now = timezone.now()
    names = names_of(str(who) for version in versions for who in (version.author_id, version.approver_id) if who)
    return [
        {
            "version": version,
            "short": in_short(version.document),
            "lines": [line.name for line in version.policy.lines.all()],
            "scope": scope_words(stored_document(version.document).scope),
            "standing": version.standing(now),
            "state": STANDINGS[version.standing(now)],
            "author": names.get(str(version.author_id), "Callward"),
            "approver": names.get(str(version.approver_id), ""),
        }
        for version in versions
    ]
