"""What law demands of one call before anybody weighs it: rules that bind it, duties to record, each party's consent."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from policies.domain.conditions import BINDING_KINDS
from policies.domain.consent import BEST, PartyConsent, party_consent, strictest_hint, with_authority
from policies.domain.inputs import Inputs
from policies.domain.law import DisclosureRule, RetentionRule
from policies.domain.once import once
from policies.domain.pause import PAUSE_KEY
from policies.domain.places import Place
from policies.domain.retention import FROM_THE_CALL, MAXIMUM, MINIMUM, Limit

_BINDING = frozenset(BINDING_KINDS)


@dataclass(frozen=True)
class Waiting:
    """A rule that would apply, once these facts are stated."""

    rule: RetentionRule | DisclosureRule
    facts: tuple[str, ...]

    @once
    def as_plain(self) -> dict[str, Any]:
        """As the API gives it; the same object each time, so copy it before you give it away."""
        return {"rule": self.rule.code, "citation": self.rule.citation, "waits_for": list(self.facts)}


@dataclass(frozen=True)
class Kept:
    """What the retention rules ask: duties to record, periods, and rules that wait for a fact."""

    duties: tuple[RetentionRule, ...]
    limits: tuple[Limit, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True)
class Said:
    """Disclosure requirements that are due, and those that wait for a fact."""

    due: tuple[DisclosureRule, ...]
    waiting: tuple[Waiting, ...]

    @once
    def pause_due(self) -> DisclosureRule | None:
        return next((rule for rule in self.due if rule.key == PAUSE_KEY), None)

    @once
    def pause_waiting(self) -> DisclosureRule | None:
        rules = (item.rule for item in self.waiting)
        return next((rule for rule in rules if isinstance(rule, DisclosureRule) and rule.key == PAUSE_KEY), None)


def kept_by_law(inputs: Inputs) -> Kept:
    """The retention rules that bind this recording: by place, by the facts, and by what kind of record it is."""
    key = (inputs.law_of_day, inputs.reach, *inputs.circumstances)
    return _kept.get(key) or _remember(_kept, key, _kept_by_law(inputs))


def _kept_by_law(inputs: Inputs) -> Kept:
    facts = inputs.facts
    kinds = _BINDING | facts.get("record_kind", _BINDING)
    duties, limits, waiting = [], [], []
    for rule in inputs.law_of_day.retention_at(inputs.reach):
        if rule.record_kind not in kinds:
            continue
        missing = rule.applies_when.waits_for(facts)
        if missing is None:
            continue
        if missing:
            waiting.append(Waiting(rule, missing))
            continue
        if rule.must_record:
            duties.append(rule)
        limits += _limits_of(rule, inputs.reach)
    return Kept(tuple(duties), tuple(limits), tuple(waiting))


def _limits_of(rule: RetentionRule, reach: frozenset[str]) -> list[Limit]:
    periods = [(MINIMUM, rule.min_period), (MAXIMUM, rule.max_period)]
    stated = [(kind, text) for kind, text in periods if text] or [(MAXIMUM, "")]
    return [
        Limit(
            rule=rule.code,
            citation=rule.citation,
            kind=kind,
            period=text,
            because=rule.summary,
            certainty=rule.confidence,
            trigger=rule.trigger or FROM_THE_CALL,
            verify=rule.verify_note,
            place=places_of_rule(rule, reach),
        )
        for kind, text in stated
    ]


def places_of_rule(rule: RetentionRule, reach: frozenset[str]) -> str:
    """The places of the call that bring the rule: `US`, or `IS, NO`; empty for a rule of anywhere."""
    return ", ".join(sorted(rule.applies_when.places & reach))


def consents_by_law(inputs: Inputs, duties: Sequence[RetentionRule]) -> list[PartyConsent]:
    """What each party's place demands, by the best reading of its law."""
    return [_consent_at(inputs, place, duties, BEST) for place in inputs.places]


def consents_by_company(
    inputs: Inputs, duties: Sequence[RetentionRule], by_law: Sequence[PartyConsent]
) -> Sequence[PartyConsent]:
    """The same in the company's reading of each place, and everywhere that a party may be where it counts that.

    The very same values where the company reads as law is best read.
    """
    if inputs.document.reading == BEST and not inputs.document.readings and not inputs.counts_hints:
        return by_law
    return [_in_own_reading(inputs, place, duties, of_law) for place, of_law in zip(inputs.places, by_law, strict=True)]


def _in_own_reading(
    inputs: Inputs, place: Place, duties: Sequence[RetentionRule], of_law: PartyConsent
) -> PartyConsent:
    document = inputs.document
    reading = document.reading_of(place.jurisdiction)
    own = of_law if reading == BEST else _consent_at(inputs, place, duties, reading)
    if not inputs.counts_hints or not place.hints:
        return own
    elsewhere = [Place(hint, "hint", "low") for hint in place.hints]
    hinted = [_consent_at(inputs, hint, duties, document.reading_of(hint.jurisdiction)) for hint in elsewhere]
    return strictest_hint([own, *hinted])


def _consent_at(inputs: Inputs, place: Place, duties: Sequence[RetentionRule], reading: str) -> PartyConsent:
    rule = inputs.law_of_day.rule_of(place.jurisdiction) if place.jurisdiction else None
    asks = inputs.asks_consent
    consent = party_consent(place, rule, medium=inputs.call.medium, reading=reading, asks_consent=asks)
    if duties:
        reach = inputs.law.covered_by(place.jurisdiction)
        for duty in duties:
            if duty.legal_authority_to_record and not reach.isdisjoint(duty.applies_when.places):
                return with_authority(consent, duty.citation)
    return consent


def said_by_law(inputs: Inputs, form: str, consents: Sequence[PartyConsent]) -> Said:
    """The disclosure requirements of this call, whose consent takes this `form`."""
    silenced = _silenced(inputs, consents)
    key = (inputs.law_of_day, inputs.reach, form, silenced, *inputs.circumstances)
    return _said.get(key) or _remember(_said, key, _said_by_law(inputs, form, silenced))


def _said_by_law(inputs: Inputs, form: str, silenced: frozenset[str]) -> Said:
    facts = inputs.facts | {"consent_form": frozenset({form})}
    due, waiting = [], []
    for rule in inputs.law_of_day.disclosures_at(inputs.reach):
        missing = rule.applies_when.waits_for(facts)
        asks_for_yes = rule.key == "consent_obtained" and not rule.applies_when.clauses
        if missing is None or (asks_for_yes and rule.place in silenced):
            continue
        if missing:
            waiting.append(Waiting(rule, missing))
        else:
            due.append(rule)
    return Said(tuple(due), tuple(waiting))


def _silenced(inputs: Inputs, consents: Sequence[PartyConsent]) -> frozenset[str]:
    """Places whose question for consent is left out: a duty to record is the ground for every party there."""
    if not any(party.authority for party in consents):
        return frozenset()
    reached = [(inputs.law.covered_by(party.place.jurisdiction), bool(party.authority)) for party in consents]
    grounded = frozenset().union(*[places for places, has_ground in reached if has_ground])
    return grounded.difference(*[places for places, has_ground in reached if not has_ground])


Found = TypeVar("Found")

# What the rules' conditions gave for equal places and facts under the same law. Values only, so sharing them is safe.
_kept: dict[tuple[Hashable, ...], Kept] = {}
_said: dict[tuple[Hashable, ...], Said] = {}
_REMEMBERED = 4096


def _remember(found: dict[tuple[Hashable, ...], Found], key: tuple[Hashable, ...], value: Found) -> Found:
    if len(found) >= _REMEMBERED:
        found.clear()
    found[key] = value
    return value
