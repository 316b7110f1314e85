"""The document of a form version: what it has to hold, and its questions as values.

    {"format": 1, "title": "Standard form",
     "sections": [{"key": "said", "title": "What had to be said"}],
     "questions": [{"key": "recording", "section": "said", "asked": "when_due", "covers": ["recording_notice"],
                    "text": "Says that the call is recorded", "anchor": "Yes: … No: …", "weight": 10,
                    "critical": "form", "may_be_na": false}],
     "other": {"section": "said", "text": "Says: {say}", "anchor": "Yes: … No: …",
               "weights": {"critical": 10, "major": 5, "minor": 2}, "may_be_na": true}}

`covers` names the disclosure keys of a decision that the question stands for. `asked` is `when_due` (a covered
disclosure was due on the call), `always` or `never` (the disclosure is not made on the call). `critical` is `form` (a
no fails the whole form), `section` (only its section) or null. `other` words a disclosure that was due and that no
question covers. A question of another kind than yes and no has `kind` with its members (`audits.domain.kinds`), and may
be left open unless it is `required`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from audits.domain import kind_rules, kinds
from audits.domain.errors import FormRefused

Fails = Literal["form", "section", ""]
ASKED = {"when_due", "always", "never"}
SEVERITIES = ("critical", "major", "minor")


@dataclass(frozen=True)
class Section:
    key: str
    title: str


@dataclass(frozen=True)
class FormQuestion:
    """One question as the form words it."""

    key: str
    section: str
    asked: str
    covers: tuple[str, ...]
    text: str
    anchor: str
    weight: int
    fails: Fails
    may_be_na: bool
    kind: str = kinds.YES_NO
    required: bool = True
    members: Mapping[str, Any] = field(default_factory=dict)  # of its kind: options, low, high, …

    @property
    def takes(self) -> str:
        """What it takes, in words, where that is not yes or no."""
        return kinds.takes({"kind": self.kind, "weight": self.weight, **self.members})

    @property
    def is_critical(self) -> bool:
        return self.fails != ""


@dataclass(frozen=True)
class OtherDisclosure:
    """How a disclosure reads that was due and that no question of the form covers."""

    section: str
    text: str
    anchor: str
    weights: Mapping[str, int]
    may_be_na: bool


@dataclass(frozen=True)
class Form:
    """A form version's document, checked."""

    title: str
    sections: tuple[Section, ...]
    questions: tuple[FormQuestion, ...]
    other: OtherDisclosure

    def covering(self, disclosure: str) -> FormQuestion | None:
        """The question that stands for this disclosure key."""
        return next((one for one in self.questions if disclosure in (one.key, *one.covers)), None)


def form_of(document: Mapping[str, Any]) -> Form:
    """The form that the document describes. Raises FormRefused, which names every place that needs mending."""
    if problems := list(_problems(document)):
        raise FormRefused("Mend the form's document.", [{"pointer": at, "detail": detail} for at, detail in problems])
    other = document["other"]
    return Form(
        title=document["title"],
        sections=tuple(Section(one["key"], one["title"]) for one in document["sections"]),
        questions=tuple(_question(one) for one in document["questions"]),
        other=OtherDisclosure(
            other["section"], other["text"], other["anchor"], dict(other["weights"]), bool(other["may_be_na"])
        ),
    )


def _question(one: Mapping[str, Any]) -> FormQuestion:
    return FormQuestion(
        key=one["key"],
        section=one["section"],
        asked=one["asked"],
        covers=tuple(one.get("covers", ())),
        text=one["text"],
        anchor=one["anchor"],
        weight=one["weight"],
        fails=one.get("critical") or "",
        may_be_na=bool(one.get("may_be_na", False)),
        kind=kinds.kind_of(one),
        required=kinds.is_required(one),
        members=kinds.members(one),
    )


def _problems(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    missing = [name for name in ("format", "title", "sections", "questions", "other") if name not in document]
    if missing:
        return [(f"/{name}", "Add this member.") for name in missing]
    sections = {one.get("key") for one in document["sections"]}
    found: list[tuple[str, str]] = []
    if document["format"] != 1:
        found.append(("/format", "Write 1, the only format there is."))
    keys: set[str] = set()
    covered: set[str] = set()
    for place, one in enumerate(document["questions"]):
        found += [(f"/questions/{place}/{name}", detail) for name, detail in _question_problems(one, sections)]
        if one.get("key") in keys:
            found.append((f"/questions/{place}/key", "Give each question its own key."))
        if twice := covered & set(one.get("covers", ())):
            found.append((f"/questions/{place}/covers", f"{sorted(twice)[0]} is covered by an earlier question."))
        keys.add(one.get("key", ""))
        covered |= set(one.get("covers", ()))
    if not any(one.get("weight") for one in document["questions"]):
        found.append(("/questions", "Give at least one question a weight above 0: a score needs something to count."))
    if document["other"].get("section") not in sections:
        found.append(("/other/section", "Name one of the form's sections."))
    found += [
        (f"/other/weights/{severity}", "Write a whole number from 0.")
        for severity in SEVERITIES
        if not _is_weight(document["other"].get("weights", {}).get(severity))
    ]
    return found


def _question_problems(one: Mapping[str, Any], sections: set[Any]) -> list[tuple[str, str]]:
    found = [(name, "Add some words.") for name in ("key", "text", "anchor") if not one.get(name)]
    if one.get("section") not in sections:
        found.append(("section", "Name one of the form's sections."))
    if one.get("asked") not in ASKED:
        found.append(("asked", "Write when_due, always or never."))
    if one.get("asked") != "always" and not one.get("covers"):
        found.append(("covers", "Name the disclosures that this question stands for."))
    if one.get("critical") not in {None, "form", "section"}:
        found.append(("critical", "Write form, section or null."))
    if not _is_weight(one.get("weight")):
        found.append(("weight", "Write a whole number from 0 to 1000."))
    return found + kind_rules.problems_of(one)


def _is_weight(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000
