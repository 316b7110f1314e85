"""Who has to agree, who has to be told: the strictest rule of all parties, and the party that caused it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from policies.domain.calls import ConsentDocument
from policies.domain.law import FLOORS, FORMS, STANDARDS, JurisdictionRule, stricter
from policies.domain.places import Place
from policies.domain.scripts import listed

BEST, CAUTIOUS = "best", "cautious"


@dataclass(frozen=True)
class PartyConsent:
    """What one party's place demands. `rule` is None where its law is unknown, which is the strictest."""

    standard: str
    form: str
    place: Place
    rule: JurisdictionRule | None
    because: str
    authority: str = ""  # the duty to record that stands in for this party's consent
    reading: str = BEST  # which reading of the rule was taken

    @property
    def strictness(self) -> tuple[int, int]:
        return STANDARDS.index(self.standard), FORMS.index(self.form)

    @property
    def code(self) -> str:
        return self.rule.code if self.rule else "unknown"


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

    @property
    def is_asked(self) -> bool:
        """Whether somebody is asked for an active yes."""
        return FORMS.index(self.form) >= FORMS.index("express")


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
    place: Place, rule: JurisdictionRule | None, *, medium: str, reading: str = BEST, asks_consent: bool = False
) -> PartyConsent:
    """What this party's place demands on this medium.

    `reading`: best, or cautious where law is unsettled; a row of low confidence is always read cautiously. A video
    call takes the stricter of telephone and in person. `asks_consent`: consent is the chosen lawful basis. A place that
    the company only assumes never makes a call laxer than an unknown one.
    """
    if rule is None:
        return PartyConsent("all_party", "express", place, None, _why_unknown(place))
    if place.source == "default":
        form = stricter("express", rule.consent_form, FORMS)
        return PartyConsent("all_party", form, place, None, _why_assumed(rule))
    best, cautious = readings_of(rule, medium)
    taken = CAUTIOUS if reading == CAUTIOUS or rule.confidence == "low" else BEST
    standard = cautious if taken == CAUTIOUS else best
    form = "none" if standard == "one_party" else rule.consent_form
    if standard != best or standard == "all_party":
        form = stricter(form, "implied_by_notice", FORMS)
    if asks_consent and "basis_required" in {standard, best}:  # the cautious reading never asks for less
        form = stricter(form, "express", FORMS)
    because = f"{rule.name}: {STANDARD_WORDS[standard]}"
    return PartyConsent(standard, form, place, rule, because, reading=taken)


def readings_of(rule: JurisdictionRule, medium: str) -> tuple[str, str]:
    """(the best reading, the cautious one) on this medium; the same twice where law is settled."""
    if medium == "phone":
        best = rule.telephone_rule
    elif medium == "in_person":
        best = rule.in_person_rule
    else:
        best = stricter(rule.telephone_rule, rule.in_person_rule)
    return best, stricter(best, rule.cautious_rule)


def with_authority(consent: PartyConsent, duty: str) -> PartyConsent:
    """A duty to record that is itself the ground for recording: no consent is needed, being told still is."""
    if consent.rule is None or consent.standard == "one_party":
        return consent
    standard = "basis_required" if consent.standard == "all_party" else consent.standard
    because = f"{consent.rule.name}: {duty} is the legal ground for recording; every party has to be told"
    return PartyConsent(standard, "none", consent.place, consent.rule, because, duty, consent.reading)


def strictest_hint(candidates: Sequence[PartyConsent]) -> PartyConsent:
    """Of everywhere that one party may be: the strictest standard and form; of two alike, the earlier place."""
    first = max(candidates, key=lambda candidate: candidate.strictness)
    form = max((candidate.form for candidate in candidates), key=FORMS.index)
    if form == first.form:
        return first
    return PartyConsent(first.standard, form, first.place, first.rule, first.because, first.authority, first.reading)


def strictest_consent(parties: Sequence[PartyConsent]) -> Consent:
    """The strictest standard and the strictest form of all; of two alike, the first by place decides, then by order.

    So the order of the parties changes nothing but names. Nobody known at all is the strictest: all_party, express.
    """
    if not parties:
        return Consent("all_party", "express", -1)
    strictness = [party.strictness for party in parties]
    strictest = max(strictness)
    alike = [index for index, found in enumerate(strictness) if found == strictest]
    decided_by = min(alike, key=lambda index: parties[index].place.jurisdiction)
    form = FORMS[max(form for _, form in strictness)]
    return Consent(parties[decided_by].standard, form, decided_by)


def lacks_document(document: ConsentDocument | None, *, purposes: Sequence[str], day: date) -> str:
    """Why a signed consent does not serve for a call of that day; empty: it does."""
    if document is None:
        return "A signed consent is needed. Attach it with its SHA-256, the day of signature and its purposes."
    if document.signed_on > day:
        return f"The consent was signed on {document.signed_on}, after the call's day. Attach one signed before."
    missing = [purpose for purpose in purposes if document.purposes and purpose not in document.purposes]
    if missing:
        return f"The signed consent does not speak for {listed(missing)}. Attach one that does."
    return ""


def _why_assumed(rule: JurisdictionRule) -> str:
    return f"The number is withheld; the company takes {rule.name} for such calls, and the strictest rule still counts"


def _why_unknown(place: Place) -> str:
    if not place.jurisdiction:
        return "The place is not known, so the strictest rule counts: every party has to agree"
    if place.jurisdiction.partition("-")[0] in FLOORS:
        return f"{place.jurisdiction}: the state is not known or has no rule, so the strictest rule counts"
    return f"{place.jurisdiction}: the register has no rule of this place, so the strictest rule counts"
