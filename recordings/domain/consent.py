"""Whether the evidence on a call shows the consent that its law and its policy demand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from recordings.domain.lifecycle import QuarantineReason

GIVEN, REFUSED = "given", "refused"
ACTIVE = frozenset({"spoken", "keypad", "written"})  # somebody said or did something
# Which methods are enough for which form of consent (policies: consent.form).
METHODS: dict[str, frozenset[str]] = {
    "none": ACTIVE | {"announcement"},
    "implied_by_notice": ACTIVE | {"announcement"},
    "express": ACTIVE,
    "written": frozenset({"written"}),
}


@dataclass(frozen=True)
class Evidence:
    """One piece of it. `position`: whose; None: of all parties."""

    position: int | None
    method: str
    result: str


def consent_reason(
    *, standard: str, form: str, roles: Sequence[str], evidence: Collection[Evidence]
) -> QuarantineReason | None:
    """Why the consent on this call is not enough; None where it is.

    A refusal always counts. Where all parties have to agree, everybody but the company's own agents must have, by a
    method that the form accepts: an announcement is enough where staying on the line is agreement, not where a yes is
    needed. Where nobody on the call is known, somebody was there who had to agree.
    """
    if any(piece.result == REFUSED for piece in evidence):
        return QuarantineReason.CONSENT_REFUSED
    if standard != "all_party":
        return None
    enough = [piece for piece in evidence if piece.result == GIVEN and piece.method in METHODS.get(form, ACTIVE)]
    covered = {piece.position for piece in enough}
    others = {position for position, role in enumerate(roles or ["unknown"]) if role != "agent"}
    return None if None in covered or others <= covered else QuarantineReason.CONSENT_MISSING
