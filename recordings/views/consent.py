"""The consent sheet and the parties of a call: what was asked, what was got, from whom, when."""

from dataclasses import dataclass

from recordings import words
from recordings.domain.lifecycle import QuarantineReason
from recordings.models import ConsentEvidence, Party, Recording
from recordings.services.people import People

SURE = {"high": "known", "medium": "likely", "low": "by the number alone", "none": "not known"}


@dataclass(frozen=True)
class Evidence:
    """One piece of it: `at_seconds` where it is heard on the call."""

    who: str
    words: str
    at_seconds: float | None
    is_refusal: bool
    document: str


@dataclass(frozen=True)
class Consent:
    """`state` and `verdict` are how it stands; `asked` and `because` are what the rules asked for."""

    state: str
    verdict: str
    asked: str
    because: str
    citation: str
    certainty: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class PartyRow:
    role: str
    name: str
    number: str
    place: str
    sure: str


def consent_of(recording: Recording) -> Consent:
    asked = recording.decided.get("consent", {})
    cause = asked.get("because_of") or {}
    state, verdict = _standing(recording, asked)
    return Consent(
        state=state,
        verdict=verdict,
        asked=words.standard(asked.get("standard", "")) if asked else "Nothing was decided yet",
        because=cause.get("because", ""),
        citation=cause.get("citation", ""),
        certainty=cause.get("certainty", ""),
        evidence=tuple(_evidence(row) for row in recording.consent.all()),
    )


def parties_of(recording: Recording, people: People) -> list[PartyRow]:
    places = words.place_names()
    return [
        PartyRow(
            role=party.get_role_display(),
            name=people.of(party).name,
            number=people.number_of(party),
            place=places.get(party.jurisdiction, party.jurisdiction) or "Place not known",
            sure=SURE.get(party.certainty, party.certainty) if party.jurisdiction else "so the strictest rule counts",
        )
        for party in recording.parties.all()
    ]


def _standing(recording: Recording, asked: dict[str, object]) -> tuple[str, str]:
    if QuarantineReason.CONSENT_REFUSED in recording.quarantine_reasons:
        return "failed", "Refused"
    if QuarantineReason.CONSENT_MISSING in recording.quarantine_reasons:
        return "quarantined", "Missing"
    if asked.get("form") in {"express", "written"} or asked.get("standard") == "all_party":
        return "met", "All parties"
    return "met", "As the rules ask"


def _evidence(row: ConsentEvidence) -> Evidence:
    who = "Everybody" if row.party is None else Party.Role(row.party.role).label
    return Evidence(
        who=who,
        words=f"{words.method(row.method).capitalize()}: {'agreed' if row.result == 'given' else 'refused'}",
        at_seconds=row.offset_seconds,
        is_refusal=row.result == "refused",
        document=row.document_sha256,
    )
