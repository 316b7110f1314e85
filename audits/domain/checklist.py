"""The questions of one review: what law and policy of the call's day demanded of this call, and the form's own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from audits.domain import kinds
from audits.domain.forms import SEVERITIES, Form, FormQuestion

WHEN = {
    "start": "at the start",
    "before_recording": "before anything is recorded",
    "before_payment": "before payment",
    "end": "at the end",
    "any": "at any time",
}


def due_of(form: Form, decided: Mapping[str, Any], happened: Collection[str]) -> list[Mapping[str, Any]]:
    """The disclosures that were due on the call: those of every such call, and those for what `happened` on it.

    `decided` is the answer of the decision that governs the call; `happened` the keys of its `if_it_happens` that did.
    One that the form always asks about is taken along, so that its question has its clause.
    """
    conditional = [
        one
        for one in decided.get("if_it_happens", [])
        if one["key"] in happened or ((asked := form.covering(one["key"])) is not None and asked.asked == "always")
    ]
    return [*decided.get("disclosures", []), *conditional]


def questions_of(form: Form, disclosures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The checklist in the form's order: one question for each disclosure that was due, and those the form always asks.

    `disclosures` are those of the decision that governs the call. Several that one question stands for become that
    question, with every citation and reason; one that no question covers is asked in the form's general words.
    A question is critical where the form says so, or where the rule that demands it does. Plain JSON values, fixed when
    the review starts.
    """
    due = _by_question(form, disclosures)
    asked = [
        _question(one, due.get(one.key, ()))
        for one in form.questions
        if one.asked == "always" or (one.asked == "when_due" and one.key in due)
    ]
    others = [disclosure for disclosure in disclosures if form.covering(str(disclosure["key"])) is None]
    listed = asked + [_other(form, key, same) for key, same in _by_key(others).items()]
    order = {section.key: place for place, section in enumerate(form.sections)}
    return sorted(listed, key=lambda question: order[question["section"]])  # stable: the form's order within a section


def words(key: str) -> str:
    """A disclosure's key as words: `mini_miranda` → `Mini miranda`; a rule's code stays as it is."""
    return key if key.isupper() else key.replace("_", " ").capitalize()


def _by_question(form: Form, disclosures: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for disclosure in disclosures:
        if (question := form.covering(str(disclosure["key"]))) is not None:
            found.setdefault(question.key, []).append(disclosure)
    return found


def _by_key(disclosures: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for disclosure in disclosures:
        found.setdefault(str(disclosure["key"]), []).append(disclosure)
    return found


def _question(one: FormQuestion, due: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    by_rule = any(disclosure.get("severity") == "critical" for disclosure in due)
    return {
        "key": one.key,
        "section": one.section,
        "text": one.text,
        "anchor": one.anchor,
        "critical": one.is_critical or by_rule,
        "fails": one.fails or ("form" if by_rule else ""),
        "weight": one.weight,
        "may_be_na": one.may_be_na,
        "kind": one.kind,
        "required": one.required,
        **one.members,
        **_demanded(due),
    }


def _other(form: Form, key: str, due: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = {one.get("severity") for one in due}
    severity = next((level for level in SEVERITIES if level in known), "major")
    return {
        "key": key,
        "section": form.other.section,
        "text": form.other.text.format(what=words(key)),
        "anchor": form.other.anchor,
        "critical": severity == "critical",
        "fails": "form" if severity == "critical" else "",
        "weight": form.other.weights[severity],
        "may_be_na": form.other.may_be_na,
        "kind": kinds.YES_NO,
        "required": True,
        **_demanded(due),
    }


def _demanded(due: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the rules said: clauses, what should be heard and when, and why. Empty for the form's own questions."""
    when = _joined(one.get("when") for one in due)
    return {
        "citation": _joined(one.get("citation") for one in due),
        "say": _joined((one.get("say") for one in due[:1]), " "),
        "when": WHEN.get(when, when),
        "because": _joined(one.get("because") for one in due),
        "disclosures": sorted({str(one["key"]) for one in due}),
    }


def _joined(values: Iterable[Any], between: str = "; ") -> str:
    """Each once, in their order; a list counts as its members, an object as its text."""
    found: dict[str, None] = {}
    for value in values:
        for one in value if isinstance(value, list | tuple) else [value]:
            if text := _text(one):
                found[text] = None
    return between.join(found)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return next((str(value[name]) for name in ("detail", "text", "rule", "citation") if value.get(name)), "")
    return str(value or "")
