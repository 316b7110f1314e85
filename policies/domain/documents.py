"""The shape of a policy document: what the company asks on top of law. Checked field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES
from policies.domain.conditions import FACTS
from policies.domain.disclosures import CORE
from policies.domain.document_fields import DocumentFields
from policies.domain.errors import DocumentRefused
from policies.domain.languages import LANGUAGES
from policies.domain.law import FORMS, STANDARDS
from policies.domain.periods import Period, day_of_clash, period
from policies.domain.scripts import YES_KEY, missing_slots, unknown_slots

REFUSALS = ("stop_recording", "delete", "keep_reason_only")
READINGS = ("best", "cautious")
HINTS = ("best_source", "strictest")
PAUSES = ("always", "when_taken", "never")  # of a recording while card data is spoken
PHONE_KEYS = tuple(key for key in "0123456789*#" if key != YES_KEY)
SECTORS = tuple(sorted(FACTS["sector"]))
ADDED = (*CORE, "agent_and_company_identity", "call_purpose", "controller_identity", "rights_notice")
COOLING = "P7D"
LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Scope:
    """Which calls a policy speaks for. An empty part means any; `policies.domain.scopes` compares."""

    direction: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()


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
    scope: Scope = Scope()
    readings: Mapping[str, str] = field(default_factory=dict)  # by place, before `reading`
    withheld_default: str | None = None  # the place of an inbound caller of whom nothing is known
    hints: str = "best_source"
    pause_card_data: str = "when_taken"
    language: str = "en"  # spoken where a call states none
    scripts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # language, key → the company's own words
    opt_out_key: str = "9"

    def script_in(self, language: str) -> Mapping[str, str]:
        """The company's own words in this language, by key; what is not here is said as it ships."""
        return self.scripts.get(language, {})

    def reading_of(self, place: str) -> str:
        """How law that is not settled is read at this place: by a choice for it, for its country, else for all."""
        country = place.partition("-")[0]
        return self.readings.get(place) or self.readings.get(country) or self.reading


CAREFUL_DEFAULT: dict[str, Any] = {
    "summary": "Tells every party that the call is recorded, how long it is kept, how it is used and stored,"
    " and that they may refuse. Kept for 90 days.",
    "company": "our company",
    "contact": {"opt_out_key": "9"},
    "scope": {"direction": [], "medium": [], "countries": [], "sectors": []},
    "consent": {"standard": "notice_required", "form": "implied_by_notice", "reading": "best", "readings": {}},
    "location": {"withheld_default": None, "hints": "best_source"},
    "retention": {"min_period": None, "max_period": "P90D", "cooling_period": COOLING, "needs_approval": False},
    "pause": {"card_data": "when_taken"},
    "purposes": list(PURPOSES),
    "disclosures": list(CORE),
    "on_refusal": "stop_recording",
    "language": "en",
    "script": {"en": {}},
}


def policy_document(raw: object, *, is_demo: bool = False) -> PolicyDocument:
    """Read a document that somebody hands in. Raises DocumentRefused with every wrong field.

    Periods in seconds are for demo lines; a minimum may not pass the maximum; own words say what their key is for.
    """
    fields = DocumentFields()
    document = _read(raw, fields)
    _check_periods(document, fields, is_demo=is_demo)
    _check_said(document, fields)
    return _unless_wrong(document, fields)


def stored_document(raw: object) -> PolicyDocument:
    """Read a version's document as it was taken in, whatever was added to the checks since. Raises DocumentRefused."""
    fields = DocumentFields()
    return _unless_wrong(_read(raw, fields), fields)


def _unless_wrong(document: PolicyDocument, fields: DocumentFields) -> PolicyDocument:
    if fields.problems:
        raise DocumentRefused("The policy document needs mending; errors names each place.", fields.problems)
    return document


def _read(raw: object, fields: DocumentFields) -> PolicyDocument:
    if not isinstance(raw, Mapping):
        raise DocumentRefused("A policy document is an object.", [{"pointer": "", "detail": "Send an object."}])
    fields.only(raw, "")
    consent, retention = fields.part(raw, "consent"), fields.part(raw, "retention")
    location, pause, contact = fields.part(raw, "location"), fields.part(raw, "pause"), fields.part(raw, "contact")
    purposes = fields.choices(raw, "/purposes", tuple(PURPOSES), tuple(PURPOSES))
    if not purposes:
        fields.wrong("/purposes", "Name at least one purpose; a recording without one may not be made.")
    return PolicyDocument(
        company=fields.text(raw, "company", "our company", 120),
        standard=fields.choice(consent, "/consent/standard", STANDARDS, "notice_required"),
        form=fields.choice(consent, "/consent/form", FORMS, "implied_by_notice"),
        reading=fields.choice(consent, "/consent/reading", READINGS, "best"),
        readings=fields.choice_by_place(consent, "/consent/readings", READINGS),
        min_period=fields.period(retention, "/retention/min_period", None),
        max_period=fields.period(retention, "/retention/max_period", "P90D") or period("P90D"),
        cooling=fields.period(retention, "/retention/cooling_period", COOLING) or period(COOLING),
        needs_approval=fields.flag(retention, "/retention/needs_approval"),
        purposes=purposes,
        disclosures=fields.choices(raw, "/disclosures", ADDED),
        on_refusal=fields.choice(raw, "/on_refusal", REFUSALS, "stop_recording"),
        summary=fields.text(raw, "summary", "", 500),
        scope=_scope(fields.part(raw, "scope"), fields),
        withheld_default=fields.place(location, "/location/withheld_default"),
        hints=fields.choice(location, "/location/hints", HINTS, "best_source"),
        pause_card_data=fields.choice(pause, "/pause/card_data", PAUSES, "when_taken"),
        language=fields.choice(raw, "/language", LANGUAGES, "en"),
        scripts=_scripts(raw.get("script", {}), fields),
        opt_out_key=fields.choice(contact, "/contact/opt_out_key", PHONE_KEYS, "9"),
    )


def _scope(raw: Mapping[str, Any], fields: DocumentFields) -> Scope:
    return Scope(
        direction=fields.choices(raw, "/scope/direction", DIRECTIONS),
        medium=fields.choices(raw, "/scope/medium", MEDIA),
        countries=fields.places(raw, "/scope/countries"),
        sectors=fields.choices(raw, "/scope/sectors", SECTORS),
    )


def _check_periods(document: PolicyDocument, fields: DocumentFields, *, is_demo: bool) -> None:
    minimum, maximum = document.min_period, document.max_period
    if minimum and (day := day_of_clash(minimum, maximum)):
        fields.wrong(
            "/retention/min_period",
            f"The minimum {minimum} ends later than the maximum {maximum} for a call of {day}."
            " Shorten the one or lengthen the other.",
        )
    for name, length in (("min_period", minimum), ("max_period", maximum), ("cooling_period", document.cooling)):
        if length and length.in_seconds and not is_demo:
            fields.wrong(f"/retention/{name}", "Hours and seconds are for demo lines. Write days, months or years.")


def _scripts(raw: object, fields: DocumentFields) -> Mapping[str, Mapping[str, str]]:
    """`{"en": {"recording": "…"}}`; slots in braces are those of scripts.SLOTS."""
    if not isinstance(raw, Mapping):
        fields.wrong("/script", 'Send an object by language, such as {"en": {"recording": "…"}}.')
        return {}
    found = {}
    for language, words in raw.items():
        if language not in LANGUAGES:
            fields.wrong(f"/script/{language}", f"Use one of: {', '.join(LANGUAGES)}.")
        elif not isinstance(words, Mapping):
            fields.wrong(f"/script/{language}", "Send an object of texts by key.")
        else:
            found[language] = {
                str(key): text for key, text in words.items() if _is_sayable(f"/script/{language}/{key}", text, fields)
            }
    return found


def _is_sayable(pointer: str, text: object, fields: DocumentFields) -> bool:
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
        fields.wrong(pointer, f"Send the words to say, at most {LONGEST_TEXT} characters.")
        return False
    if problem := unknown_slots(text):
        fields.wrong(pointer, problem)
        return False
    return True


def _check_said(document: PolicyDocument, fields: DocumentFields) -> None:
    for language, words in document.scripts.items():
        for key, text in words.items():
            if problem := missing_slots(key, text):
                fields.wrong(f"/script/{language}/{key}", problem)
