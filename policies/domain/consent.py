"""Who has to agree, who has to be told: the strictest rule of all parties, and the party that caused it."""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.domain.law import FLOORS, FORMS, STANDARDS, JurisdictionRule, stricter
from policies.domain.places import Place


@dataclass(frozen=True)
class PartyConsent:
    """What one party's place demands. `rule` is None where its law is unknown, which is the strictest."""

    standard: str
    form: str
    place: Place
    rule: JurisdictionRule | None
    because: str
    authority: str = ""  # the duty to record that stands in for this party's consent

    @property
    def strictness(self) -> tuple[int, int]:
        return STANDARDS.index(self.standard), FORMS.index(self.form)


@dataclass(frozen=True)
class Consent:
    """The whole call's. `decided_by` is the index of the party whose place is the strictest."""

    standard: str
    form: str
    decided_by: int

    @property
    def strictness(self) -> tuple[int, int]:
        return STANDARDS.index(self.standard), FORMS.index(self.form)

    @property
    def everybody_is_told(self) -> bool:
        return self.standard != "one_party"


STANDARD_WORDS = {
    "one_party": "one party's consent is enough",
    "notice_required": "every party has to be told",
    "basis_required": "a lawful basis is needed, and every party has to be told",
    "all_party": "every party has to agree",
}
FORM_WORDS = {
    "none": "no agreement is needed",
    "implied_by_notice": "staying on the line after a clear notice counts as agreement",
    "express": "a yes, a key press or another active step is needed",
    "written": "a signed document is needed",
}


def party_consent(
    place: Place, rule: JurisdictionRule | None, *, medium: str, reading: str = "best", asks_consent: bool = False
) -> PartyConsent:
    """What this party's place demands on this medium.

    `reading`: best, or cautious where law is unsettled; a row of low confidence is always read cautiously. A video
    call takes the stricter of telephone and in person. `asks_consent`: consent is the chosen lawful basis.
    """
    if rule is None:
        return PartyConsent("all_party", "express", place, None, _why_unknown(place))
    best = _best_reading(rule, medium)
    standard = best
    if reading == "cautious" or rule.confidence == "low":
        standard = stricter(best, rule.cautious_rule)
    form = "none" if standard == "one_party" else rule.consent_form
    if standard != best or standard == "all_party":
        form = stricter(form, "implied_by_notice", FORMS)
    if "basis_required" in {standard, best} and asks_consent:  # the cautious reading never asks for less
        form = stricter(form, "express", FORMS)
    return PartyConsent(standard, form, place, rule, f"{rule.name}: {STANDARD_WORDS[standard]}")


def with_authority(consent: PartyConsent, duty: str) -> PartyConsent:
    """A duty to record that is itself the ground for recording: no consent is needed, being told still is."""
    if consent.rule is None or consent.standard == "one_party":
        return consent
    standard = "basis_required" if consent.standard == "all_party" else consent.standard
    because = f"{consent.rule.name}: {duty} is the legal ground for recording; every party has to be told"
    return PartyConsent(standard, "none", consent.place, consent.rule, because, duty)


def strictest_consent(parties: Sequence[PartyConsent]) -> Consent:
    """The strictest standard and the strictest form of all; of two alike, the earlier party decides.

    Nobody known at all is the strictest: all_party, express.
    """
    if not parties:
        return Consent("all_party", "express", -1)
    decided_by = max(range(len(parties)), key=lambda index: (parties[index].strictness, -index))
    form = max((party.form for party in parties), key=FORMS.index)
    return Consent(parties[decided_by].standard, form, decided_by)


def _best_reading(rule: JurisdictionRule, medium: str) -> str:
    if medium == "phone":
        return rule.telephone_rule
    return rule.in_person_rule if medium == "in_person" else stricter(rule.telephone_rule, rule.in_person_rule)


def _why_unknown(place: Place) -> str:
    if not place.jurisdiction:
        return "The place is not known, so the strictest rule counts: every party has to agree"
    if place.jurisdiction.partition("-")[0] in FLOORS:
        return f"{place.jurisdiction}: the state is not known or has no rule, so the strictest rule counts"
    return f"{place.jurisdiction}: the register has no rule of this place, so the strictest rule counts"
