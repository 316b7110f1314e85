"""Findings: opened with the submission of a review, withdrawn with its undo, closed by a person with a note."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import User
from accounts.permissions import Act, may
from audits.domain.due import due_at
from audits.domain.errors import FindingClosed, FindingNotFound, FindingRefused
from audits.models import Assignment, Finding, Review
from trail.domain.actors import Actor

DUE_WORKING_DAYS = 5
NOTE_LENGTH = 4000


def open_findings(*, review: Review, assignment: Assignment, questions: Collection[str], actor: Actor) -> list[Finding]:
    """A finding for each of these questions, inside the transaction of the submission.

    They open at once, not when the ten seconds of undo are over: nothing is lost if Callward stops in between. An undo
    withdraws them; another submission opens the same rows again.
    """
    answers = {answer.question: answer for answer in review.answers.all()}
    asked = {question["key"]: question for question in review.questions}
    return [
        open_finding(
            review=review,
            assignment=assignment,
            question=asked[key],
            comment=answers[key].comment,
            moment_seconds=answers[key].moment_seconds,
            actor=actor,
        )
        for key in questions
    ]


def open_finding(
    *,
    review: Review,
    assignment: Assignment,
    question: dict[str, Any],
    comment: str,
    moment_seconds: float | None,
    actor: Actor,
) -> Finding:
    """Open one, inside a transaction. Twice for the same question of a review is once."""
    now = timezone.now()
    due = due_at(now, DUE_WORKING_DAYS, assignment.line_of_business.zone)
    finding, is_new = Finding.objects.get_or_create(
        review=review,
        question=question["key"],
        defaults={
            "recording_id": assignment.recording_id,
            "line_of_business": assignment.line_of_business,
            "agent_id": review.call.get("agent_id", ""),
            "requirement": question["text"],
            "citation": question["citation"],
            "severity": "critical",
            "comment": comment,
            "moment_seconds": moment_seconds,
            "opened_at": now,
            "due_at": due,
        },
    )
    if not is_new and finding.state != Finding.State.WITHDRAWN:
        return finding
    if not is_new:
        finding.state, finding.opened_at, finding.due_at = Finding.State.OPEN, now, due
        finding.comment, finding.moment_seconds = comment, moment_seconds
        finding.save(update_fields=["state", "opened_at", "due_at", "comment", "moment_seconds"])
    trail.append(
        "finding.opened",
        actor=actor,
        subject=finding,
        question=finding.question,
        review=str(review.pk),
        severity=finding.severity,
    )
    return finding


def withdraw_findings(*, review: Review, actor: Actor) -> int:
    """Take back what the undone submission opened, inside its transaction."""
    opened = list(review.findings.open())
    review.findings.open().update(state=Finding.State.WITHDRAWN)
    trail.append_many("finding.withdrawn", actor=actor, subjects=opened)
    return len(opened)


def find_finding(finding_id: UUID, actor: Actor) -> Finding:
    """Raises FindingNotFound: wrong, foreign or withdrawn."""
    visible = Finding.objects.standing().visible_to(actor)
    found = visible.select_related("line_of_business", "closed_by", "review__assignment__sample__plan").filter(
        pk=finding_id
    )
    if (finding := found.first()) is None:
        raise FindingNotFound
    return finding


@transaction.atomic
def close_finding(*, finding: Finding, note: str, actor: Actor) -> Finding:
    """Close it with what was done about it. Raises NotAllowed, FindingClosed, FindingRefused: no note."""
    finding = Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
    if not may(actor, Act.CLOSE_FINDING, finding):
        raise NotAllowed("A supervisor or an officer of this line closes its findings.")
    if not note.strip() or len(note) > NOTE_LENGTH:
        detail = f"Write what was done about it, in up to {NOTE_LENGTH:,} characters."
        raise FindingRefused(detail, [{"pointer": "/note", "detail": detail}])
    if finding.state != Finding.State.OPEN:
        raise FindingClosed
    finding.state, finding.closed_at = Finding.State.CLOSED, timezone.now()
    finding.closed_by = actor if isinstance(actor, User) else None
    finding.closing_note = note.strip()
    finding.save(update_fields=["state", "closed_at", "closed_by", "closing_note"])
    trail.append("finding.closed", actor=actor, subject=finding)
    return finding
