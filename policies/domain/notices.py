"""What a careful person should know beside the answer: where it rests on a hint, on unsettled law, on old checks.

A notice never changes the answer and never holds a recording back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.domain.consent import CAUTIOUS, STANDARD_WORDS, PartyConsent, readings_of
from policies.domain.disclosures import Disclosure
from policies.domain.inputs import Inputs
from policies.domain.languages import shipped
from policies.domain.law import FLOORS, RetentionRule
from policies.domain.places import Place
from policies.domain.retention import Limit

KINDS: Mapping[str, str] = {
    "location_mismatch": "Two sources name two places",
    "area_code_unknown": "The register does not have this area code",
    "location_assumed": "The place is the company's assumption for withheld numbers",
    "location_uncertain": "The place is a guess",
    "federal_floor": "Only the country is known, and its law is a floor",
    "unsettled_law": "Law is read in two ways here",
    "low_confidence": "Nobody has verified this rule",
    "review_overdue": "The rule is due for a review",
    "translation_missing": "Words are missing in the caller's language",
}


@dataclass(frozen=True)
class Notice:
    """`party` as the answer names it; `rule` with its citation where the notice is about one."""

    kind: str
    detail: str
    party: str | None = None
    rule: str | None = None
    citation: str = ""


def notices_of(
    inputs: Inputs,
    consents: Sequence[PartyConsent],
    duties: Iterable[RetentionRule],
    limits: Iterable[Limit],
    said: Iterable[Disclosure],
) -> list[Notice]:
    """In order: each party's place and its rule, the duties and periods that decide, the language."""
    found: list[Notice] = []
    for name, place, consent in zip(inputs.names, inputs.places, consents, strict=True):
        found += _of_place(name, place)
        found += _of_rule(name, consent, inputs)
    found += _of_periods(duties, limits)
    found += _of_language(inputs, said)
    return found


def _of_place(name: str, place: Place) -> Iterator[Notice]:
    if place.hints:
        others = " and ".join(place.hints)
        yield Notice(
            "location_mismatch",
            f"{place.jurisdiction} is known by the {_SOURCES[place.source]}; another source names {others}.",
            name,
        )
    if place.unlisted_area_code:
        yield Notice(
            "area_code_unknown",
            f"Area code {place.unlisted_area_code} is not in the register, so the number tells no place. Add the code.",
            name,
        )
    if place.source == "default":
        yield Notice(
            "location_assumed",
            f"The number is withheld. {place.jurisdiction} is assumed, and the strictest rule counts beside its own.",
            name,
        )
    elif place.certainty == "none":
        yield Notice("location_uncertain", "Nothing tells where the party is. Ask, or state the place.", name)
    elif place.certainty == "low":
        yield Notice(
            "location_uncertain",
            f"{place.jurisdiction} is told by the number alone, and people keep a number when they move."
            " If the party is elsewhere, the strictest rule may count: every party has to agree.",
            name,
        )


_SOURCES = {"explicit": "caller's word", "address": "address of record", "number": "number"}


def _of_rule(name: str, consent: PartyConsent, inputs: Inputs) -> Iterator[Notice]:
    rule, place = consent.rule, consent.place
    if rule is None:
        country = place.jurisdiction.partition("-")[0]
        if country in FLOORS and place.source != "default":
            yield Notice(
                "federal_floor",
                f"{place.jurisdiction}: the state's law is not known, and {country} law is only a floor."
                " Name the state.",
                name,
                country,
            )
        return
    best, cautious = readings_of(rule, inputs.call.medium)
    if best != cautious:
        taken = "careful" if consent.reading == CAUTIOUS else "best"
        yield Notice(
            "unsettled_law",
            f"{rule.name}: by the best reading {STANDARD_WORDS[best]}; by the careful one {STANDARD_WORDS[cautious]}."
            f" This answer takes the {taken} one.",
            name,
            rule.code,
            rule.citation,
        )
    if rule.confidence == "low":
        yield Notice(
            "low_confidence", f"{rule.name} is read carefully. {rule.verify_note}", name, rule.code, rule.citation
        )
    if rule.next_review_on and rule.next_review_on <= inputs.day:
        yield Notice(
            "review_overdue",
            f"{rule.name} was due for a review on {rule.next_review_on}.",
            name,
            rule.code,
            rule.citation,
        )


def _of_periods(duties: Iterable[RetentionRule], limits: Iterable[Limit]) -> list[Notice]:
    unsure = {duty.code: (duty.citation, duty.verify_note) for duty in duties if duty.confidence == "low"}
    unsure |= {
        limit.rule: (limit.citation, limit.verify) for limit in limits if limit.decides and limit.certainty == "low"
    }
    return [
        Notice("low_confidence", f"{citation} is not verified. {verify}", None, code, citation)
        for code, (citation, verify) in unsure.items()
    ]


def _of_language(inputs: Inputs, said: Iterable[Disclosure]) -> Iterator[Notice]:
    asked, spoken = inputs.call.language, inputs.language
    if asked and shipped(asked) is None:
        yield Notice("translation_missing", f"No script is there in {asked}; it is in {spoken.name}.")
    for item in said:
        if not item.is_translated:
            yield Notice(
                "translation_missing",
                f"{item.key} is in the rule's own words, not in {spoken.name}. Give the policy words for it.",
                None,
                item.rules[0] if item.rules else None,
                item.citation,
            )
