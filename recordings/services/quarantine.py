"""Into quarantine and out of it: by evidence, by the probe, by a person who says why."""

from collections.abc import Collection, Sequence

from django.db import transaction

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, may
from recordings.domain.consent import Evidence, consent_reason
from recordings.domain.errors import RecordingNotFound, ReleaseRefused
from recordings.domain.lifecycle import ABOUT_CONSENT, QuarantineReason, in_order, state_of
from recordings.models import Recording
from trail.domain.actors import CALLWARD, Actor

SHORTEST_REASON = 10  # characters: a reason says something


@transaction.atomic
def release_from_quarantine(*, recording: Recording, reason: str, actor: Actor) -> Recording:
    """Let it out, in the knowledge of what speaks against it; its dates stay. The reason goes with the recording.

    Raises NotAllowed; ReleaseRefused: it is not in quarantine, or the reason says nothing; RecordingNotFound.
    """
    locked = Recording.objects.visible_to(actor).locked([recording.pk]).first()
    if locked is None:
        raise RecordingNotFound
    if not may(actor, Act.JUDGE_QUARANTINE, locked):
        raise NotAllowed("A supervisor or an officer of this line lets a call out of quarantine.")
    if locked.state != Recording.State.QUARANTINED:
        raise ReleaseRefused("The recording is not in quarantine. Load it again to see its state.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReleaseRefused(
            f"Write in {SHORTEST_REASON} characters or more why it may be kept and heard.", pointer="/reason"
        )
    lifted = list(locked.quarantine_reasons)
    _set_reasons(locked, [])
    locked.release_reason = reason.strip()
    locked.save(update_fields=["state", "quarantine_reasons", "release_reason"])
    trail.append("recording.released", actor=actor, subject=locked, reasons=lifted)
    return locked


def judge_consent(
    *, recording: Recording, roles: Sequence[str], evidence: Collection[Evidence], actor: Actor
) -> Recording:
    """Weigh all the evidence anew, on a locked row in the caller's transaction: it may begin or end a quarantine."""
    consent = recording.decided.get("consent", {})
    found = consent_reason(
        standard=consent.get("standard", "all_party"),
        form=consent.get("form", "express"),
        roles=roles,
        evidence=evidence,
    )
    if found is QuarantineReason.CONSENT_MISSING and recording.release_reason:
        found = None  # somebody let it out knowing that
    others = set(recording.quarantine_reasons) - ABOUT_CONSENT
    return _judged(recording, {*others, found} if found else others, actor)


def quarantine(*, recording: Recording, reason: QuarantineReason, actor: Actor = CALLWARD) -> Recording:
    """Set a locked recording apart for one more reason, in the caller's transaction."""
    return _judged(recording, {*recording.quarantine_reasons, reason}, actor)


def lift(*, recording: Recording, reasons: Collection[QuarantineReason], actor: Actor) -> Recording:
    """Take these reasons off a locked recording, in the caller's transaction; the others stay."""
    return _judged(recording, set(recording.quarantine_reasons) - set(reasons), actor)


def _judged(recording: Recording, reasons: Collection[str], actor: Actor) -> Recording:
    before = list(recording.quarantine_reasons)
    _set_reasons(recording, reasons)
    if recording.quarantine_reasons == before:
        return recording
    recording.save(update_fields=["state", "quarantine_reasons"])
    lifted = sorted(set(before) - set(recording.quarantine_reasons))
    if set(recording.quarantine_reasons) - set(before):
        trail.append("recording.quarantined", actor=actor, subject=recording, reasons=recording.quarantine_reasons)
    else:
        trail.append("recording.released", actor=actor, subject=recording, reasons=lifted)
    return recording


def _set_reasons(recording: Recording, reasons: Collection[str]) -> None:
    recording.quarantine_reasons = in_order(reasons)
    recording.state = state_of(has_audio=recording.object_key is not None, reasons=recording.quarantine_reasons)
