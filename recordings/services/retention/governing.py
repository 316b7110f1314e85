"""Calls that no policy governed: decided anew once a policy speaks for them, or once a person names their line."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import LineOfBusiness
from accounts.permissions import Act, lines_of
from policies.services.decisions import Decided, decide_again
from recordings.domain.consent import Evidence, consent_reason
from recordings.domain.errors import CaseNotMovable
from recordings.domain.lifecycle import ABOUT_CONSENT, REASON_OF_CONFLICT, QuarantineReason, in_order, state_of
from recordings.domain.triggers import Kept, read_starts, recounted
from recordings.models import Circumstances, Recording, RetentionCase, RetentionChange
from recordings.services.dates import NewDates, change_dates
from recordings.services.deciding import DECISIVE
from recordings.services.exposure import START
from recordings.services.retention.conflicts import close, locked_case, said
from trail.domain.actors import CALLWARD, Actor

Case = RetentionCase


@transaction.atomic
def assign_line(*, case: RetentionCase, line: LineOfBusiness, reason: str, actor: Actor) -> RetentionCase:
    """Say to which line of business its call belongs: it is decided anew under that line's policy.

    Dates that were provisional become what that decides; others never come earlier. Raises NotAllowed, CaseNotFound;
    CaseNotMovable: it is no such case, the line is not the actor's, or nothing is known to decide from.
    """
    case, recording = locked_case(case, actor, Act.JUDGE_QUARANTINE)
    if case.kind != Case.Kind.NO_POLICY or case.state != Case.State.OPEN:
        raise CaseNotMovable("It does not wait for this. Load the page again to see its state.")
    seen = lines_of(actor)
    if line.code == LineOfBusiness.UNASSIGNED or (seen is not None and line.pk not in seen):
        raise CaseNotMovable("Choose one of your lines of business.", pointer="/line_of_business")
    if recording.circumstances_id is None:
        raise CaseNotMovable("Of this call too little is known to decide it anew. Let it go on its day.")
    case.reason, case.decided_at = said(reason), timezone.now()
    case.decided_by_kind, case.decided_by_id = actor.actor_kind, actor.actor_id
    decided = _decided(recording, line)
    _apply(recording, decided, line, timezone.now(), actor)
    if decided.policy_version_id is None:
        raise CaseNotMovable(
            f"No policy speaks for such a call of {line.name}. Publish one first.", pointer="/line_of_business"
        )
    close(case, Case.Outcome.ASSIGNED, timezone.now())
    trail.append("case.closed", actor=actor, subject=case, outcome=Case.Outcome.ASSIGNED)
    return case


def govern(recording: Recording, at: datetime) -> bool:
    """Let the policy that speaks for it govern a locked recording; whether one does. In the caller's transaction."""
    if recording.circumstances_id is None:
        return False
    decided = _decided(recording, recording.line_of_business)
    if decided.policy_version_id is None:
        return False
    _apply(recording, decided, recording.line_of_business, at, CALLWARD)
    case = Case.objects.open().select_for_update().filter(recording_id=recording.pk, kind=Case.Kind.NO_POLICY).first()
    if case is not None:
        close(case, Case.Outcome.GOVERNED, at)
        trail.append("case.closed", actor=CALLWARD, subject=case, outcome=Case.Outcome.GOVERNED)
    return True


def _decided(recording: Recording, line: LineOfBusiness) -> Decided:
    stored = Circumstances.objects.get(pk=recording.circumstances_id or START)
    return decide_again(
        stored.call, line_of_business=line.code, started_at=recording.started_at, ended_at=recording.ended_at
    )


def _apply(recording: Recording, decided: Decided, line: LineOfBusiness, at: datetime, actor: Actor) -> None:
    """The new decision with its dates, and what speaks against the recording now."""
    keep_until, delete_by, explained = _dates(recording, decided)
    recording.line_of_business = line
    change = NewDates(
        recording=recording,
        keep_until=keep_until,
        delete_by=delete_by,
        cause=RetentionChange.Cause.ASSIGNED,
        policy_version_id=decided.policy_version_id,
        law_release=decided.law_release,
        explanation=explained,
    )
    change_dates([change], verb="recording.governed", at=at, actor=actor)
    recording.decided, recording.zone = decided.answer, decided.zone
    recording.policy_version_id, recording.law_release = decided.policy_version_id, decided.law_release
    recording.cooling_seconds, recording.needs_approval = decided.cooling_seconds, decided.needs_approval
    recording.is_provisional = recording.is_provisional and (
        decided.is_provisional or not DECISIVE.isdisjoint(recording.unknown)
    )
    recording.quarantine_reasons = in_order(_reasons(recording, decided, line))
    recording.state = state_of(has_audio=recording.object_key is not None, reasons=recording.quarantine_reasons)
    recording.listed_at = recording.approved_at = None  # who looked at the list saw other dates
    recording.approved_by_id = ""
    recording.save(update_fields=_FIELDS)


_FIELDS = [
    "line_of_business",
    "decided",
    "zone",
    "policy_version_id",
    "law_release",
    "cooling_seconds",
    "needs_approval",
    "is_provisional",
    "quarantine_reasons",
    "state",
    "listed_at",
    "approved_at",
    "approved_by_id",
]


def _dates(recording: Recording, decided: Decided) -> tuple[datetime, datetime, list[dict[str, object]]]:
    """Counted from what was told meanwhile too. Only provisional dates come earlier."""
    keep_until, delete_by = decided.keep_until, decided.delete_by
    explained = decided.answer["retention"]["explanation"]
    if recording.known_triggers:
        kept = Kept(recording.ended_at, decided.zone, keep_until, delete_by, explained)
        counted = recounted(kept, read_starts(recording.known_triggers))
        keep_until, delete_by = counted.lengthened(kept)
        explained = counted.explanation
    if not recording.is_provisional:
        keep_until = max(keep_until, recording.keep_until)
        delete_by = max(delete_by, recording.delete_by, keep_until)
    return keep_until, delete_by, explained


def _reasons(recording: Recording, decided: Decided, line: LineOfBusiness) -> set[str]:
    """As at intake, for what is known now; what the audio itself says stays, and what a person let out stays out."""
    found: set[str] = {
        REASON_OF_CONFLICT[one["kind"]] for one in decided.conflicts if one["kind"] in REASON_OF_CONFLICT
    }
    if line.code == LineOfBusiness.UNASSIGNED:
        found.add(QuarantineReason.NO_LINE)
    if decided.policy_version_id is None:
        found.add(QuarantineReason.NO_POLICY)
    roles = list(recording.parties.values_list("role", flat=True))
    evidence = [
        Evidence(row.party.position if row.party else None, row.method, row.result)
        for row in recording.consent.select_related("party")
    ]
    consent = consent_reason(
        standard=decided.consent_standard,
        form=decided.answer["consent"]["form"],
        roles=roles,
        evidence=evidence,
    )
    if consent is not None:
        found.add(consent)
    if recording.release_reason:
        found &= set(recording.quarantine_reasons)
    about_rules = {QuarantineReason.NO_LINE, *REASON_OF_CONFLICT.values(), *ABOUT_CONSENT}
    return found | (set(recording.quarantine_reasons) - about_rules)
