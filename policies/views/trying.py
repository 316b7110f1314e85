"""Try a call: the answer, the words to say, the proof. Nothing is stored, and no number stands in an address."""

import json
import time
from datetime import UTC, datetime
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import LineOfBusiness
from accounts.pages import Page, is_part
from accounts.permissions import Act
from policies.domain.calls import Call, PartyFacts
from policies.domain.periods import last_day
from policies.domain.places import is_place
from policies.forms.trying import TryForm
from policies.models import PolicyVersion
from policies.services import decisions
from policies.services.snapshot import company_policy
from policies.views.proof import proof_of
from policies.views.register import law_in_effect
from policies.views.versions import lines_seen, person
from policies.views.words import WHEN, headline, place_name

ROLES = (("agent", "agent"), ("customer", "customer"), ("third", "third_party"))
FACT_FIELDS = ("sector", "channel", "entity")
EXAMPLES = (  # from an agent in Texas: (place, who, why it is worth a look)
    ("US-FL", "A customer in Florida", "one party would do for the agent in Texas; Florida asks for all of them"),
    ("US-NY", "A customer in New York", "one party suffices on both ends, and our policy asks for more"),
    ("DE", "A customer in Germany", "recording without consent is a crime there, and a basis is needed besides"),
    ("CA-QC", "A customer in Quebec", "a lawful basis, and the caller is told why and for how long"),
)


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
                return render(request, "policies/try.html", {"form": form} | _answered(request, form.cleaned_data))
        return render(request, "policies/try.html", {"form": self._form(request, initial=start), "examples": EXAMPLES})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request, data=request.POST)
        if not form.is_valid():
            return render(request, "policies/try.html", {"form": form}, status=422)
        context = {"form": form} | _answered(request, form.cleaned_data)
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


def _answered(request: HttpRequest, values: dict[str, Any]) -> dict[str, Any]:
    call = _call(values)
    draft = None
    if values["version"]:
        version = PolicyVersion.objects.visible_to(person(request)).select_related("policy").get(pk=values["version"])
        draft = company_policy(version)
    began = time.perf_counter()
    outcome = decisions.preview(call, draft=draft, actor=person(request))
    took = time.perf_counter() - began
    law = law_in_effect()
    answer = outcome.answer
    return {
        "answer": answer,
        "headline": headline(answer, outcome.zone),
        "script": _script(answer["disclosures"]),
        "proof": proof_of(answer, law, outcome.zone),
        "places": [_place(place, law) for place in answer["parties"]],
        "unsure": [place for place in answer["parties"] if place["certainty"] in {"low", "none"}],
        "deciding": sum(reason["decides"] for reason in answer["because"]),
        "milliseconds": max(1, round(took * 1000)),
        "policy_name": draft.name if draft else _policy_name(outcome),
        "delete_on": last_day(outcome.delete_by, ZoneInfo(outcome.zone)),
        "request_body": json.dumps(_as_request(values), indent=2),
    }


def _call(values: dict[str, Any]) -> Call:
    line: LineOfBusiness = values["line"]
    day = values["day"]
    return Call(
        direction=values["direction"],
        medium=values["medium"],
        line_of_business=line.code,
        purposes=(values["purpose"],) if values["purpose"] else (),
        facts={key: (values[key],) for key in FACT_FIELDS if values[key]},
        parties=tuple(_party(role, values[name]) for name, role in ROLES if name != "third" or values[name]),
        started_at=datetime.combine(day, clock(12), UTC) if day else timezone.now().replace(microsecond=0),
    )


def _party(role: str, said: str) -> PartyFacts:
    return PartyFacts(role, jurisdiction=said) if is_place(said) else PartyFacts(role, number=said or None)


def _as_request(values: dict[str, Any]) -> dict[str, Any]:
    parties = []
    for name, role in ROLES:
        said = values[name]
        if name == "third" and not said:
            continue
        parties.append(
            {"role": role} | ({"jurisdiction": said} if is_place(said) else {"number": said} if said else {})
        )
    facts = {key: values[key] for key in FACT_FIELDS if values[key]}
    body: dict[str, Any] = {"direction": values["direction"], "line_of_business": values["line"].code}
    if values["medium"] != "phone":
        body["medium"] = values["medium"]
    if values["purpose"]:
        body["purposes"] = [values["purpose"]]
    if values["day"]:
        body["day"] = values["day"].isoformat()
    return body | {"facts": facts, "parties": parties}


def _policy_name(outcome: decisions.Decided) -> str:
    if outcome.policy_version_id is None:
        return "no policy"
    return str(PolicyVersion.objects.select_related("policy").get(pk=outcome.policy_version_id))


def _script(disclosures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with its moment in words: the first of a moment by its name, the others *then*."""
    lines, before = [], ""
    for item in disclosures:
        moment = WHEN.get(item["when"], item["when"])
        lines.append(item | {"moment": "then" if moment == before else moment})
        before = moment
    return lines


def _place(place: dict[str, Any], law: Any) -> dict[str, Any]:
    return place | {
        "name": place_name(place["jurisdiction"], law),
        "said": {"explicit": "as you said", "number": "by its number"}.get(place["source"], "nothing tells where"),
        "hint": place_name(place["mismatch"], law) if place["mismatch"] else "",
    }
