"""Try a call: the answer, the words to say, the proof. Nothing is stored, and no number stands in an address."""

import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.pages import Page, is_part
from accounts.permissions import Act
from policies.domain.calls import Call, ConsentDocument, PartyFacts
from policies.domain.inputs import CompanyPolicy
from policies.domain.law import Law
from policies.domain.notices import KINDS as NOTICES
from policies.domain.periods import last_day
from policies.domain.places import is_place
from policies.forms.trying import LANGUAGE_WORDS, TryForm
from policies.models import PolicyVersion
from policies.services import decisions
from policies.services.snapshot import company_policy
from policies.views.hints import differences, elsewheres
from policies.views.proof import proof_of
from policies.views.register import law_in_effect
from policies.views.versions import lines_seen, person
from policies.views.words import WHEN, headline, place_name

EXAMPLES = (  # from an agent in Texas: (place, who, why it is worth a look)
    ("US-FL", "A customer in Florida", "one party would do for the agent in Texas; Florida asks for all of them"),
    ("US-NY", "A customer in New York", "one party suffices on both ends, and our policy asks for more"),
    ("DE", "A customer in Germany", "recording without consent is a crime there, and a basis is needed besides"),
    ("CA-QC", "A customer in Quebec", "a lawful basis, and the caller is told why and for how long"),
)
SOURCES = {
    "explicit": "as you said",
    "address": "by the address on file",
    "number": "by the number",
    "default": "by the default of our policy for withheld numbers",
}
PAUSES = {"before_payment": "Before the payment, until it is done", "when_taken": "If card data are taken"}


class TryPage(Page):
    act = Act.DECIDE_CALL

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty call to describe; with `?place=US-FL`, the answer for a customer there."""
        start = {"agent": "US-TX", "direction": "outbound", "medium": "phone"}
        start["version"] = request.GET.get("version", "")
        if is_place(request.GET.get("place", "")):
            start["customer"] = request.GET["place"]
            line = lines_seen(person(request)).order_by("name").first()
            form = self._form(request, data=start | {"line": line.code if line else ""})
            if form.is_valid():
                return render(request, "policies/try.html", {"form": form} | _answered(request, form))
        return render(request, "policies/try.html", {"form": self._form(request, initial=start), "examples": EXAMPLES})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request, data=request.POST)
        if not form.is_valid():
            return render(request, "policies/try.html", {"form": form}, status=422)
        context = {"form": form} | _answered(request, form)
        return render(request, "policies/_answer.html" if is_part(request) else "policies/try.html", context)

    def _form(self, request: HttpRequest, **options: Any) -> TryForm:
        user = person(request)
        waiting = (
            PolicyVersion.objects.visible_to(user)
            .exclude(state=PolicyVersion.State.RETIRED)
            .select_related("policy")
            .order_by("policy__name", "-number")
        )
        versions = [(str(version.pk), f"{version}, {version.get_state_display().lower()}") for version in waiting]
        return TryForm(lines=lines_seen(user), versions=versions, **options)


@dataclass(frozen=True)
class Alternative:
    """How the answer differs, were a party elsewhere. Without differences it stays the same."""

    says: str
    headline: str
    differs: list[str]


def _answered(request: HttpRequest, form: TryForm) -> dict[str, Any]:
    call = _call(form)
    draft = _draft(request, form.cleaned_data["version"])
    began = time.perf_counter()
    outcome = decisions.preview(call, draft=draft, actor=person(request))
    took = time.perf_counter() - began
    law = law_in_effect()
    answer = outcome.answer
    return _spoken(answer) | {
        "answer": answer,
        "headline": headline(answer, outcome.zone),
        "proof": proof_of(answer, law, outcome.zone),
        "places": [_place(place, law) for place in answer["parties"]],
        "alternatives": list(_alternatives(request, call, draft, outcome, law)),
        "deciding": sum(reason["decides"] for reason in answer["because"]),
        "milliseconds": max(1, round(took * 1000)),
        "delete_on": last_day(outcome.delete_by, ZoneInfo(outcome.zone)),
        "request_body": json.dumps(form.as_request(), indent=2),
    }


def _spoken(answer: dict[str, Any]) -> dict[str, Any]:
    """The parts of the answer that are read aloud or minded while the call runs, in words."""
    untranslated = _untranslated(answer)
    return {
        "script": _script(answer["disclosures"], untranslated),
        "if_it_happens": [_line(item, untranslated) for item in answer["if_it_happens"]],
        "untranslated": len(untranslated),
        "language": LANGUAGE_WORDS.get(answer["language"], answer["language"]),
        "pauses": [pause | {"moment": PAUSES[pause["when"]]} for pause in answer["pause"]],
        "purposes": [purpose.replace("_", " ") for purpose in answer["purposes"]],
        "notices": [
            notice | {"title": NOTICES[notice["kind"]]}
            for notice in answer["notices"]
            if notice["rule"] not in untranslated
        ],
        "open": [
            rule | {"facts": [(fact, fact.replace("_", " ")) for fact in rule["waits_for"]]} for rule in answer["open"]
        ],
    }


def _draft(request: HttpRequest, version: str) -> CompanyPolicy | None:
    if not version:
        return None
    return company_policy(PolicyVersion.objects.visible_to(person(request)).select_related("policy").get(pk=version))


def _alternatives(
    request: HttpRequest, call: Call, draft: CompanyPolicy | None, outcome: decisions.Decided, law: Law
) -> Iterator[Alternative]:
    for other in elsewheres(call, outcome.answer, law):
        again = decisions.preview(other.call, draft=draft, actor=person(request))
        differs = differences(outcome.answer, again.answer, outcome.zone)
        yield Alternative(other.says, headline(again.answer, outcome.zone), differs)


def _call(form: TryForm) -> Call:
    """The very call that the request beside the answer describes."""
    body, day = form.as_request(), form.cleaned_data["day"]
    document = body.get("consent_document")
    return Call(
        direction=body["direction"],
        medium=body.get("medium", "phone"),
        line_of_business=body["line_of_business"],
        purposes=tuple(body.get("purposes", ())),
        facts={key: (value,) for key, value in body.get("facts", {}).items()},
        parties=tuple(PartyFacts(**party) for party in body["parties"]),
        started_at=datetime.combine(day, clock(12), UTC) if day else timezone.now().replace(microsecond=0),
        language=body.get("language", ""),
        consent_document=ConsentDocument(document["sha256"], form.cleaned_data["signed_on"], ()) if document else None,
    )


def _untranslated(answer: dict[str, Any]) -> set[str]:
    """The rules whose own words stand in the script, because nobody gave any in its language."""
    missing = (notice for notice in answer["notices"] if notice["kind"] == "translation_missing")
    return {notice["rule"] for notice in missing if notice["rule"]}


def _line(item: dict[str, Any], untranslated: Collection[str]) -> dict[str, Any]:
    return item | {"is_foreign": any(rule in untranslated for rule in item["rules"][:1])}


def _script(disclosures: list[dict[str, Any]], untranslated: Collection[str]) -> list[dict[str, Any]]:
    """Each with its moment in words: the first of a moment by its name, the others *then*."""
    lines, before = [], ""
    for item in disclosures:
        moment = WHEN.get(item["when"], item["when"])
        lines.append(_line(item, untranslated) | {"moment": "then" if moment == before else moment})
        before = moment
    return lines


def _place(place: dict[str, Any], law: Law) -> dict[str, Any]:
    hints = [code for code in dict.fromkeys([place["mismatch"], *place.get("hints", ())]) if code]
    return place | {
        "who": place["role"].replace("_", " ").capitalize(),
        "name": place_name(place["jurisdiction"], law),
        "said": SOURCES.get(place["source"], "nothing tells where"),
        "hints": [place_name(code, law) for code in hints if code != place["jurisdiction"]],
    }
