"""States of a recording, why it may stand in quarantine, and who may let it out.

awaiting_audio ──audio──▶ stored            no reason against it
awaiting_audio ──audio──▶ quarantined       at least one reason
stored ◀──release, evidence──▶ quarantined
"""

from collections.abc import Collection
from enum import StrEnum

AWAITING_AUDIO = "awaiting_audio"
STORED = "stored"
QUARANTINED = "quarantined"


class QuarantineReason(StrEnum):
    """Why a recording is set apart until somebody decides. The words are the API's: they never change."""

    CONSENT_MISSING = "consent_missing"  # everybody had to agree, and nothing shows that they did
    CONSENT_REFUSED = "consent_refused"  # somebody said no
    NO_LINE = "no_line"  # delivered without a line of business
    NO_POLICY = "no_policy"  # no company policy governs the call; the default's dates are provisional
    RETENTION_CONFLICT = "retention_conflict"  # the law asks to keep it longer than it allows
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"  # recorded for a purpose that the policy does not know
    MUST_NOT_BE_KEPT = "must_not_be_kept"  # the law forbids to keep such a recording
    DAMAGED_AUDIO = "damaged_audio"  # part of the sound is lost
    UNREADABLE_AUDIO = "unreadable_audio"  # nothing of the sound can be decoded
    CHANGED_AUDIO = "changed_audio"  # what is stored is not what was stored


WORDS: dict[QuarantineReason, str] = {
    QuarantineReason.CONSENT_MISSING: "Everybody on the call had to agree, and no evidence shows that they did.",
    QuarantineReason.CONSENT_REFUSED: "Somebody on the call refused to be recorded.",
    QuarantineReason.NO_LINE: "The call was delivered without a line of business.",
    QuarantineReason.NO_POLICY: "No company policy governs this call; its dates are provisional.",
    QuarantineReason.RETENTION_CONFLICT: "The rules ask to keep it longer than they allow.",
    QuarantineReason.PURPOSE_NOT_ALLOWED: "It was recorded for a purpose that its policy does not allow.",
    QuarantineReason.MUST_NOT_BE_KEPT: "A law forbids to keep this recording.",
    QuarantineReason.DAMAGED_AUDIO: "Part of the audio is damaged.",
    QuarantineReason.UNREADABLE_AUDIO: "The audio cannot be decoded.",
    QuarantineReason.CHANGED_AUDIO: "The stored audio is missing, or was changed after it was stored.",
}

# What the decision found, by the kind of its conflict; a kind that is not here settles itself and holds nothing back.
REASON_OF_CONFLICT: dict[str, QuarantineReason] = {
    "minimum_after_maximum": QuarantineReason.RETENTION_CONFLICT,
    "company_minimum_after_maximum": QuarantineReason.RETENTION_CONFLICT,
    "no_policy": QuarantineReason.NO_POLICY,
    "purpose_not_allowed": QuarantineReason.PURPOSE_NOT_ALLOWED,
    "must_not_be_kept": QuarantineReason.MUST_NOT_BE_KEPT,
}
ABOUT_CONSENT = frozenset({QuarantineReason.CONSENT_MISSING, QuarantineReason.CONSENT_REFUSED})
ABOUT_AUDIO = frozenset(
    {QuarantineReason.DAMAGED_AUDIO, QuarantineReason.UNREADABLE_AUDIO, QuarantineReason.CHANGED_AUDIO}
)


def state_of(*, has_audio: bool, reasons: Collection[str]) -> str:
    """The state that a recording with these reasons is in; without audio it waits, whatever the reasons."""
    if not has_audio:
        return AWAITING_AUDIO
    return QUARANTINED if reasons else STORED


def in_order(reasons: Collection[str]) -> list[str]:
    """Each reason once, in the order of the dictionary above, so that equal sets are stored equally."""
    return [reason.value for reason in QuarantineReason if reason.value in reasons]
