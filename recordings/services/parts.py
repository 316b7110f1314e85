"""What hangs on a recording: its key, its parties, the evidence of their consent. Names and numbers are sealed."""

from dataclasses import dataclass
from typing import Self

from tink import aead

from policies.domain.places import Place
from policies.services.decisions import Decided
from recordings import keys
from recordings.domain.consent import Evidence, consent_reason
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyGiven, party_position
from recordings.domain.lifecycle import REASON_OF_CONFLICT, QuarantineReason
from recordings.models import ConsentEvidence, Party, Recording, RecordingKey


@dataclass(frozen=True)
class Parts:
    """The rows of one new recording, made before its transaction, so that this is short."""

    key: RecordingKey
    parties: list[Party]
    consent: list[ConsentEvidence]
    evidence: list[Evidence]

    @classmethod
    def of(cls, recording: Recording, key: aead.Aead, wrapped: bytes, delivery: Delivery, decided: Decided) -> Self:
        """Raises DeliveryRefused: evidence names a party that is not on the call."""
        parties = [
            _party(recording, key, number, party, decided.places[number])
            for number, party in enumerate(delivery.parties)
        ]
        roles = [party.role for party in delivery.parties]
        rows, evidence = [], []
        for number, given in enumerate(delivery.consent):
            position = party_position(given.party, roles, pointer=f"/consent/{number}/party")
            rows.append(_evidence_row(recording, given, parties[position] if position is not None else None))
            evidence.append(Evidence(position, given.method, given.result))
        return cls(RecordingKey(recording=recording, wrapped=wrapped), parties, rows, evidence)

    def of_parties(self) -> list[ConsentEvidence]:
        """The evidence, now that the parties which it names have their keys."""
        for row in self.consent:
            row.party = row.party
        return self.consent


def reasons_to_quarantine(decided: Decided, parts: Parts, *, has_line: bool) -> list[QuarantineReason]:
    """Everything that speaks against keeping the recording like any other."""
    conflicts = [conflict["kind"] for conflict in decided.conflicts]
    reasons = [REASON_OF_CONFLICT[kind] for kind in conflicts if kind in REASON_OF_CONFLICT]
    if not has_line:
        reasons.append(QuarantineReason.NO_LINE)
    if decided.policy_version_id is None:
        reasons.append(QuarantineReason.NO_POLICY)
    consent = consent_reason(
        standard=decided.consent_standard,
        form=decided.answer["consent"]["form"],
        roles=[party.role for party in parts.parties],
        evidence=parts.evidence,
    )
    return [*reasons, consent] if consent else reasons


def names_label(position: int) -> bytes:
    """What a party's sealed name and number are bound to: their place on the call; the key is the recording's own."""
    return b"party" + position.to_bytes(2)


def _party(recording: Recording, key: aead.Aead, position: int, given: PartyGiven, place: Place) -> Party:
    said = {name: value for name, value in (("number", given.number), ("name", given.name)) if value}
    party = Party(
        recording=recording,
        position=position,
        role=given.role,
        jurisdiction=place.jurisdiction,
        location_source=place.source,
        certainty=place.certainty,
        number_index=keys.number_index(given.number) if given.number else None,
        name_index=keys.name_index(given.name) if given.name else None,
    )
    if said:
        party.sealed = keys.seal_json(key, said, names_label(position))
    return party


def _evidence_row(recording: Recording, given: EvidenceGiven, party: Party | None) -> ConsentEvidence:
    return ConsentEvidence(
        recording=recording,
        party=party,
        method=given.method,
        result=given.result,
        offset_seconds=given.offset_seconds,
        document_sha256=given.document_sha256,
    )
