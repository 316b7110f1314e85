"""The shape of a policy document: what the company asks on top of law. Checked field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.domain.calls import PURPOSES
from policies.domain.disclosures import CORE
from policies.domain.errors import DocumentRefused, PeriodUnreadable
from policies.domain.law import FORMS, STANDARDS
from policies.domain.periods import Period, day_of_clash, period
from policies.domain.scripts import SLOTS, slots_of

REFUSALS = ("stop_recording", "delete", "keep_reason_only")
READINGS = ("best", "cautious")
ADDED = (*CORE, "agent_and_company_identity", "call_purpose", "controller_identity", "rights_notice")
COOLING = "P7D"
ALLOWED = {
    "": {"summary", "company", "consent", "retention", "purposes", "disclosures", "on_refusal", "script"},
    "consent": {"standard", "form", "reading"},
    "retention": {"min_period", "max_period", "cooling_period", "needs_approval"},
}


@dataclass(frozen=True)
class PolicyDocument:
    """A policy version's content. `None` as a minimum: none of the company's own."""

    company: str
    standard: str
    form: str
    reading: str
    min_period: Period | None
    max_period: Period
    cooling: Period
    needs_approval: bool
    purposes: tuple[str, ...]
    disclosures: tuple[str, ...]
    on_refusal: str
    summary: str = ""
    script: Mapping[str, str] = field(default_factory=dict)


CAREFUL_DEFAULT: dict[str, Any] = {
    "summary": "Tells every party that the call is recorded, how long it is kept, how it is used and stored,"
    " and that they may refuse. Kept for 90 days.",
    "company": "our company",
    "consent": {"standard": "notice_required", "form": "implied_by_notice", "reading": "best"},
    "retention": {"min_period": None, "max_period": "P90D", "cooling_period": COOLING, "needs_approval": False},
    "purposes": list(PURPOSES),
    "disclosures": list(CORE),
    "on_refusal": "stop_recording",
    "script": {"en": {}},
}


class _Reader:
    """Collects what is wrong, so that a person mends all of it at once."""

    def __init__(self) -> None:
        self.problems: list[dict[str, str]] = []

    def wrong(self, pointer: str, detail: str) -> None:
        self.problems.append({"pointer": pointer, "detail": detail})

    def part(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = raw.get(name, {})
        if not isinstance(value, Mapping):
            self.wrong(f"/{name}", "Send an object.")
            return {}
        for key in sorted(set(value) - ALLOWED[name]):
            self.wrong(f"/{name}/{key}", f"Unknown; {name} has {', '.join(sorted(ALLOWED[name]))}.")
        return value

    def choice(self, raw: Mapping[str, Any], path: str, allowed: tuple[str, ...], default: str) -> str:
        value = raw.get(path.rpartition("/")[2], default)
        if value not in allowed:
            self.wrong(path, f"Use one of: {', '.join(allowed)}.")
            return default
        return str(value)

    def choices(self, raw: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        value = raw.get(name, list(allowed) if name == "purposes" else [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(f"/{name}", "Send a list.")
            return ()
        for position, item in enumerate(value):
            if item not in allowed:
                self.wrong(f"/{name}/{position}", f"Use one of: {', '.join(allowed)}.")
        return tuple(item for item in allowed if item in value)

    def period(self, raw: Mapping[str, Any], path: str, default: str | None) -> Period | None:
        value = raw.get(path.rpartition("/")[2], default)
        if value is None or value == "":
            return period(default) if default else None
        try:
            if not isinstance(value, str):
                raise PeriodUnreadable("Write a period as text, such as P90D.")
            return period(value)
        except PeriodUnreadable as error:
            self.wrong(path, str(error))
            return None

    def flag(self, raw: Mapping[str, Any], path: str) -> bool:
        value = raw.get(path.rpartition("/")[2], False)
        if not isinstance(value, bool):
            self.wrong(path, "Send true or false.")
        return value is True

    def text(self, raw: Mapping[str, Any], name: str, default: str, longest: int) -> str:
        value = raw.get(name, default)
        if not isinstance(value, str) or len(value) > longest:
            self.wrong(f"/{name}", f"Send text of at most {longest} characters.")
            return default
        return value.strip() or default


def policy_document(raw: object, *, is_demo: bool = False) -> PolicyDocument:
    """Read a document. Raises DocumentRefused with every wrong field.

    Periods in seconds are for demo lines; a minimum may not pass the maximum.
    """
    reader = _Reader()
    if not isinstance(raw, Mapping):
        raise DocumentRefused("A policy document is an object.", [{"pointer": "", "detail": "Send an object."}])
    for key in sorted(set(raw) - ALLOWED[""], key=str):
        reader.wrong(f"/{key}", f"Unknown; a policy has {', '.join(sorted(ALLOWED['']))}.")
    consent, retention = reader.part(raw, "consent"), reader.part(raw, "retention")
    minimum = reader.period(retention, "/retention/min_period", None)
    maximum = reader.period(retention, "/retention/max_period", "P90D") or period("P90D")
    cooling = reader.period(retention, "/retention/cooling_period", COOLING) or period(COOLING)
    purposes = reader.choices(raw, "purposes", tuple(PURPOSES))
    if not purposes:
        reader.wrong("/purposes", "Name at least one purpose; a recording without one may not be made.")
    document = PolicyDocument(
        company=reader.text(raw, "company", "our company", 120),
        standard=reader.choice(consent, "/consent/standard", STANDARDS, "notice_required"),
        form=reader.choice(consent, "/consent/form", FORMS, "implied_by_notice"),
        reading=reader.choice(consent, "/consent/reading", READINGS, "best"),
        min_period=minimum,
        max_period=maximum,
        cooling=cooling,
        needs_approval=reader.flag(retention, "/retention/needs_approval"),
        purposes=purposes,
        disclosures=reader.choices(raw, "disclosures", ADDED),
        on_refusal=reader.choice(raw, "/on_refusal", REFUSALS, "stop_recording"),
        summary=reader.text(raw, "summary", "", 500),
        script=_script(raw.get("script", {}), reader),
    )
    _check_periods(document, reader, is_demo=is_demo)
    if reader.problems:
        raise DocumentRefused("The policy document needs mending; errors names each place.", reader.problems)
    return document


def _check_periods(document: PolicyDocument, reader: _Reader, *, is_demo: bool) -> None:
    minimum, maximum = document.min_period, document.max_period
    if minimum and (day := day_of_clash(minimum, maximum)):
        reader.wrong(
            "/retention/min_period",
            f"The minimum {minimum} ends later than the maximum {maximum} for a call of {day}."
            " Shorten the one or lengthen the other.",
        )
    for name, length in (("min_period", minimum), ("max_period", maximum), ("cooling_period", document.cooling)):
        if length and length.in_seconds and not is_demo:
            reader.wrong(f"/retention/{name}", "Hours and seconds are for demo lines. Write days, months or years.")


def _script(raw: object, reader: _Reader) -> Mapping[str, str]:
    """`{"en": {"recording": "…"}}`; slots in braces are those of scripts.SLOTS."""
    if not isinstance(raw, Mapping) or set(raw) - {"en"} or not isinstance(raw.get("en", {}), Mapping):
        reader.wrong("/script", 'Send {"en": {key: text}}.')
        return {}
    words: Mapping[Any, Any] = raw.get("en", {})
    for key, text in words.items():
        pointer = f"/script/en/{key}"
        if not isinstance(text, str) or not text.strip() or len(text) > 1000:
            reader.wrong(pointer, "Send the words to say, at most 1000 characters.")
            continue
        try:
            unknown = slots_of(text) - set(SLOTS)
        except ValueError:
            unknown = {"an open brace"}
        if unknown:
            reader.wrong(
                pointer, f"{', '.join(sorted(unknown))} is no slot. Use {', '.join(f'{{{s}}}' for s in SLOTS)}."
            )
    return {str(key): text for key, text in words.items() if isinstance(text, str)}
