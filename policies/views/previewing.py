"""A document while it is written: what would be said, what law refuses, what is laxer than the careful default."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from accounts.models import LineOfBusiness, User
from policies.domain import laxity
from policies.domain.calls import Call, PartyFacts
from policies.domain.documents import PolicyDocument, policy_document
from policies.domain.errors import DocumentRefused
from policies.domain.languages import BY_CODE
from policies.domain.law import Law
from policies.forms.document import field_at
from policies.forms.editor import PolicyForm
from policies.forms.preview import OFTEN
from policies.services.decisions import preview
from policies.views.words import WHEN, headline, place_name


@dataclass(frozen=True)
class Said:
    """One thing that is said: when, the words, who asks for it."""

    moment: str
    say: str
    citation: str
    is_law: bool


@dataclass(frozen=True)
class ToMend:
    """What keeps the document from being saved: the field's label and its id, where it has one, and how to mend it."""

    label: str
    target: str
    detail: str


@dataclass(frozen=True)
class Preview:
    place: str
    language: str
    language_code: str
    headline: str = ""
    script: Sequence[Said] = ()
    mend: Sequence[ToMend] = ()
    refused: Sequence[laxity.Laxer] = ()
    warned: Sequence[laxity.Warning] = ()


def previewed(
    form: PolicyForm, *, place: str, language: str, line: LineOfBusiness | None, law: Law, actor: User
) -> Preview:
    """What the fields, as they stand, would have an agent say. Fields with an error count as they ship."""
    if form.is_bound:
        form.is_valid()
    raw = form.document()
    document, wrong = readable(raw, is_demo=line is not None and line.is_demo)
    mend = [*_of_form(form), *(_of_document(form, problem) for problem in wrong)]
    code = place or next(iter(raw.get("scope", {}).get("countries", [])), OFTEN[0])
    spoken = language or raw.get("language", "en")
    shown = Preview(place_name(code, law), BY_CODE[spoken].in_english, spoken, mend=mend)
    if document is None:
        return shown
    shown = replace(
        shown,
        refused=laxity.against_law(document, law, timezone.localdate()),
        warned=laxity.against_default(document),
    )
    if line is None:
        return shown
    outcome = preview(_call(document, code, spoken, line), document=_without(raw, wrong), actor=actor)
    script = _script(outcome.answer["disclosures"])
    return replace(shown, headline=headline(outcome.answer, outcome.zone), script=script)


def _call(document: PolicyDocument, place: str, language: str, line: LineOfBusiness) -> Call:
    """A call that the document is for, with a customer at this place."""
    return Call(
        direction=next(iter(document.scope.direction), "outbound"),
        medium=next(iter(document.scope.medium), "phone"),
        line_of_business=line.code,
        purposes=(),
        facts={"sector": document.scope.sectors[:1]} if document.scope.sectors else {},
        parties=(PartyFacts("customer", jurisdiction=place), PartyFacts("agent", jurisdiction="US-TX")),
        started_at=timezone.now().replace(microsecond=0),
        language=language,
    )


def readable(raw: Mapping[str, Any], *, is_demo: bool) -> tuple[PolicyDocument | None, list[dict[str, str]]]:
    """(the document without the words that cannot be said, what is wrong). None: it is wrong elsewhere too."""
    try:
        return policy_document(raw, is_demo=is_demo), []
    except DocumentRefused as error:
        wrong = list(error.fields)
    try:
        return policy_document(_without(raw, wrong), is_demo=is_demo), wrong
    except DocumentRefused:
        return None, wrong


def _without(raw: Mapping[str, Any], wrong: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The document without the words at these places: those that ship are said instead."""
    kept = deepcopy(dict(raw))
    for problem in wrong:
        parts = problem["pointer"].strip("/").split("/")
        if parts[0] == "script" and len(parts) > 2:
            kept["script"].get(parts[1], {}).pop(parts[2], None)
    return kept


def _of_form(form: PolicyForm) -> list[ToMend]:
    """What the fields themselves refuse; what is merely still empty is no news while somebody writes."""
    return [
        ToMend(str(form[name].label), form[name].id_for_label, text)
        for name, errors in form.errors.items()
        for error in errors.as_data()
        if name in form.fields and error.code != "required"
        for text in error.messages
    ]


def _of_document(form: PolicyForm, problem: Mapping[str, str]) -> ToMend:
    name = field_at(problem["pointer"], form.fields)
    if name is None:
        return ToMend(problem["pointer"].strip("/").replace("/", ", "), "", problem["detail"])
    return ToMend(str(form[name].label), form[name].id_for_label, problem["detail"])


def _script(items: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Each with its moment: the first of a moment by its name, the others *then*."""
    lines: list[Said] = []
    before = ""
    for item in items:
        moment = WHEN.get(item["when"], item["when"])
        said = "then" if moment == before else moment
        lines.append(Said(said, item["say"], item["citation"], is_law=item["by"] == "law"))
        before = moment
    return lines
