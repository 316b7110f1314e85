"""Where a policy document would be laxer than law (refused) or than the careful default (warned of)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from policies.domain.conditions import BINDING_KINDS
from policies.domain.consent import FORM_WORDS, STANDARD_WORDS, party_consent, with_authority
from policies.domain.disclosures import CORE, KEYS
from policies.domain.documents import CAREFUL_DEFAULT, PolicyDocument, Scope, policy_document
from policies.domain.languages import BY_CODE, Language
from policies.domain.law import FLOORS, FORMS, SEVERITIES, STANDARDS, DisclosureRule, Law, RetentionRule
from policies.domain.periods import Period, day_of_clash, in_words, period
from policies.domain.places import Place
from policies.domain.retention import FROM_THE_CALL
from policies.domain.rules import reach_of
from policies.domain.scopes import scope_words
from policies.domain.words_of_keys import KEY_WORDS

NEVER = "never"
PAUSE_KEY = "recording_paused_for_payment"  # the register's key of a rule that asks for the pause
NAMES_THE_COMPANY = ("agent_and_company_identity", "controller_identity")


@dataclass(frozen=True)
class Laxer:
    """One point at which the document asks for less than law: what it says, what the rule asks, at which field."""

    rule: str
    citation: str
    says: str
    asks: str
    pointer: str

    @property
    def detail(self) -> str:
        """Both, with the rule and its citation, as a problem's detail."""
        return f"{self.says} {self.asks} ({self.rule}: {self.citation})"


@dataclass(frozen=True)
class Warning:  # noqa: A001  what people call it; nobody raises it
    """One point at which the document is laxer than the careful default. It may be published all the same."""

    pointer: str
    says: str
    default: str

    @property
    def detail(self) -> str:
        return f"{self.says} {self.default}"


def against_law(document: PolicyDocument, law: Law, day: date) -> list[Laxer]:
    """Every point at which the document is laxer than the law of `day` for the calls of its scope.

    A decision would take the stricter of both anyway; here the text itself is judged, so that nobody reads in a policy
    what no call may follow. Without countries in the scope only rules of anywhere bind all its calls.
    """
    return [
        *_consent(document, law, day),
        *_retention(document, law, day),
        *_pause(document, law, day),
        *_script(document, law, day),
    ]


def against_default(document: PolicyDocument) -> list[Warning]:
    """Every point at which the document is laxer than the policy that ships."""
    careful = policy_document(CAREFUL_DEFAULT)
    return [
        *_consent_warnings(document, careful),
        *_period_warnings(document, careful),
        *(
            Warning(
                "/disclosures",
                f"It does not announce by itself {KEY_WORDS[key]}.",
                "The careful default does.",
            )
            for key in CORE
            if key not in document.disclosures
        ),
    ]


# --- against law ---


def _consent(document: PolicyDocument, law: Law, day: date) -> Iterator[Laxer]:
    for code in document.scope.countries:
        rule = law.rule_of(code, day)
        if rule is None or code in FLOORS:
            continue
        medium = _strictest_medium(document.scope)
        asked = party_consent(Place(code, "explicit", "high"), rule, medium=medium, reading=document.reading_of(code))
        grounds = [duty for duty in _binding(document.scope, law, day, [code]) if duty.legal_authority_to_record]
        if grounds:
            asked = with_authority(asked, grounds[0].citation)
        for pointer, said, wanted, order, words in (
            ("/consent/standard", document.standard, asked.standard, STANDARDS, STANDARD_WORDS),
            ("/consent/form", document.form, asked.form, FORMS, FORM_WORDS),
        ):
            if order.index(said) < order.index(wanted):
                yield Laxer(
                    rule.code,
                    rule.citation,
                    f"The policy speaks for {scope_words(document.scope)} and says: {words[said]}.",
                    f"In {rule.name} {words[wanted]}. Ask for that, or take {code} out of the scope.",
                    pointer,
                )


def _strictest_medium(scope: Scope) -> str:
    """Which medium's rule counts for every call of the scope: the stricter of both, unless it names one alone."""
    return scope.medium[0] if len(scope.medium) == 1 else "phone" if not scope.medium else "video"


def _retention(document: PolicyDocument, law: Law, day: date) -> Iterator[Laxer]:
    for rule in _binding(document.scope, law, day, document.scope.countries):
        if rule.min_period and day_of_clash(period(rule.min_period), document.max_period):
            yield Laxer(
                rule.code,
                rule.citation,
                f"The policy keeps recordings for {in_words(document.max_period)} at most.",
                f"The law asks for {_said(rule.min_period)} at least on every call of its scope. Keep them as long.",
                "/retention/max_period",
            )
    for rule in _touching(document.scope, law, day):
        if rule.trigger != FROM_THE_CALL or not rule.max_period or not document.min_period:
            continue
        if day_of_clash(document.min_period, period(rule.max_period)):
            yield Laxer(
                rule.code,
                rule.citation,
                f"The policy keeps recordings for {in_words(document.min_period)} at least.",
                f"The law allows {_said(rule.max_period)} at most. Keep them no longer.",
                "/retention/min_period",
            )


def _said(text: str) -> str:
    return in_words(period(text))


def _binding(scope: Scope, law: Law, day: date, countries: Sequence[str]) -> list[RetentionRule]:
    """Retention rules that hold for every call of the scope: at each of its countries, whatever else is stated."""
    covers = [law.covered_by(code) for code in countries]
    return [
        rule
        for rule in _of_recordings(law, day, covers)
        if _follows(rule, scope)
        and (not rule.applies_when.places or (covers and all(cover & rule.applies_when.places for cover in covers)))
    ]


def _touching(scope: Scope, law: Law, day: date) -> list[RetentionRule]:
    """Retention rules that hold for every call with one of the scope's countries."""
    covers = [law.covered_by(code) for code in scope.countries]
    return [rule for rule in _of_recordings(law, day, covers) if _follows(rule, scope)]


def _of_recordings(law: Law, day: date, covers: Sequence[frozenset[str]]) -> list[RetentionRule]:
    places = frozenset(place for cover in covers for place in cover)
    return [rule for rule in law.retention_at(places, day) if rule.record_kind in BINDING_KINDS]


def _follows(rule: RetentionRule | DisclosureRule, scope: Scope) -> bool:
    """Whether every clause of the rule holds for all calls of the scope."""
    named = {"sector": scope.sectors, "direction": scope.direction, "medium": scope.medium}
    return all(named.get(key) and set(named[key]) <= values for key, values in rule.applies_when.clauses)


def _pause(document: PolicyDocument, law: Law, day: date) -> Iterator[Laxer]:
    """On calls inside the company nobody takes a customer's card."""
    if document.pause_card_data != NEVER or document.scope.direction == ("internal",):
        return
    for rule in _disclosures(document.scope, law, day):
        if rule.key == PAUSE_KEY:
            yield Laxer(
                rule.code,
                rule.citation,
                "The policy never pauses the recording.",
                "A card's security code may not be recorded. Pause when card data are taken, or always.",
                "/pause/card_data",
            )


def _script(document: PolicyDocument, law: Law, day: date) -> Iterator[Laxer]:
    rules = _disclosures(document.scope, law, day)
    for code, words in document.scripts.items():
        for key, text in words.items():
            missing = _missing(key, text, BY_CODE[code], document.company)
            asking = [rule for rule in rules if KEYS.get(rule.key, rule.key) == key]
            if missing and asking:
                rule = max(asking, key=lambda rule: _weight(rule, law))
                says = f"The {BY_CODE[code].in_english} words under {key} {missing}."
                asks = f"They have to say {KEY_WORDS[key]}."
                yield Laxer(rule.code, rule.citation, says, asks, f"/script/{code}/{key}")


def _missing(key: str, text: str, language: Language, company: str) -> str:
    """What an own text leaves out; empty where it says what its key is for."""
    lowered = text.casefold()
    if key in NAMES_THE_COMPANY:
        return "" if "{company}" in text or company.casefold() in lowered else "do not name the company"
    mentions = language.mentions.get(key)
    if mentions is None or any(part in lowered for part in mentions):
        return ""
    return "do not speak of recording" if key == "recording" else "do not offer to refuse"


def _disclosures(scope: Scope, law: Law, day: date) -> tuple[DisclosureRule, ...]:
    """The requirements that may reach a call of the scope; without countries: all there are."""
    places: Iterable[str] = (
        code for country in scope.countries or law.jurisdictions for code in law.covered_by(country)
    )
    return law.disclosures_at(frozenset(places), day)


def _weight(rule: DisclosureRule, law: Law) -> tuple[bool, bool, int, int, str]:
    """Law before baseline, what holds on every call before what holds on some, then severity, then the wider reach."""
    reach = reach_of(rule)
    reached = sum(reach in law.covered_by(code) for code in law.jurisdictions)
    is_law = rule.place != "BASELINE"
    return is_law, not rule.applies_when.clauses, SEVERITIES.index(rule.severity), reached, rule.code


# --- against the careful default ---


def _consent_warnings(document: PolicyDocument, careful: PolicyDocument) -> Iterator[Warning]:
    for pointer, said, wanted, order, words in (
        ("/consent/standard", document.standard, careful.standard, STANDARDS, STANDARD_WORDS),
        ("/consent/form", document.form, careful.form, FORMS, FORM_WORDS),
    ):
        if order.index(said) < order.index(wanted):
            yield Warning(pointer, f"It says: {words[said]}.", f"The careful default says: {words[wanted]}.")


def _period_warnings(document: PolicyDocument, careful: PolicyDocument) -> Iterator[Warning]:
    if day_of_clash(document.max_period, careful.max_period):
        yield Warning(
            "/retention/max_period",
            f"It keeps recordings for {in_words(document.max_period)}.",
            f"The careful default keeps them for {in_words(careful.max_period)}.",
        )
    if _is_shorter(document.cooling, careful.cooling):
        yield Warning(
            "/retention/cooling_period",
            f"It lists recordings {in_words(document.cooling)} before they go.",
            f"The careful default gives {in_words(careful.cooling)} to object.",
        )
    if document.pause_card_data == NEVER:
        yield Warning(
            "/pause/card_data",
            "It never pauses the recording for card data.",
            "The careful default pauses when they are taken.",
        )


def _is_shorter(length: Period, than: Period) -> bool:
    return day_of_clash(than, length) is not None
