"""A given decision looked up again, and what became of it on the call."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, may
from policies.domain.errors import DecisionNotFound, OutcomeContradicts
from policies.domain.outcomes import Next, Told, checked, next_of
from policies.models import Decision, DecisionOutcome
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Kept:
    """The outcome as it is kept, what follows, and whether this telling made it."""

    outcome: DecisionOutcome
    next: Next
    created: bool


def given_decision(decision_id: UUID, actor: Actor) -> Decision:
    """Raises DecisionNotFound: no such one, or of a line that is not the actor's; both look alike."""
    decision = Decision.objects.select_related("kept", "outcome").filter(pk=decision_id).first()
    if decision is None or not may(actor, Act.DECIDE_CALL, decision):
        raise DecisionNotFound("Check the id, and the token's lines of business.")
    return decision


def tell_outcome(*, decision_id: UUID, told: Told, actor: Actor) -> Kept:
    """Keep what became of the decision, once. The same again changes nothing.

    Raises DecisionNotFound; OutcomeRefused; OutcomeContradicts: another outcome was told before.
    """
    decision = given_decision(decision_id, actor)
    checked(told, [party["role"] for party in decision.call["parties"]])
    follows = next_of(told, decision.answer)
    try:
        with transaction.atomic():
            outcome = DecisionOutcome.objects.create(decision=decision, told_at=timezone.now(), **vars(told))
            trail.append(
                "decision.outcome_told",
                actor=actor,
                subject=decision,
                announced=told.announced,
                consent=told.consent,
                method=told.method,
                offset_seconds=told.offset_seconds,
            )
        return Kept(outcome, follows, created=True)
    except IntegrityError:
        known = DecisionOutcome.objects.get(decision=decision_id)
        if told_of(known) != told:
            raise OutcomeContradicts("This decision has another outcome already; it was told once.") from None
        return Kept(known, follows, created=False)


def told_of(outcome: DecisionOutcome) -> Told:
    """As it was told."""
    return Told(**{name: getattr(outcome, name) for name in Told.__dataclass_fields__})
