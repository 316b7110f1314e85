"""Decide a call: what is said, may it be recorded, how long is it kept. A given decision is stored and signed."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.permissions import Act, lines_of, may
from policies.domain.calls import Call, PartyFacts
from policies.domain.decision import decided
from policies.domain.documents import policy_document
from policies.domain.errors import DecisionTokenRefused, NoPolicyInForce, unknown_line
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.places import Place, international, place_of
from policies.models import Decision
from policies.services.snapshot import Governing, governing
from trail.domain.actors import Actor
from trail.domain.chain import canonical_json
from trail.rows import insert_rows

TOKEN_SALT = "policies.decision"  # noqa: S105  names the use of the key, is no secret
TOKEN_LIFE = timedelta(days=30)  # phone systems deliver late; a decision older than this is asked for again


@dataclass(frozen=True)
class Decided:
    """The answer for one call, and what intake keeps of it. Nothing was stored."""

    answer: dict[str, Any]
    places: tuple[Place, ...]
    policy_version_id: UUID | None
    law_release: int
    keep_until: datetime
    delete_by: datetime
    zone: str
    is_provisional: bool
    cooling_seconds: int
    needs_approval: bool
    consent_standard: str
    conflicts: list[dict[str, Any]]
    line_id: UUID
    circumstances: dict[str, Any]  # what it was computed from, but line and times: no number, no name


def decide(call: Call, *, actor: Actor | None = None) -> Decided:
    """Answer for one call under the law and the policy of its day. Stores nothing.

    Raises UnknownLine: no such line, or (where an actor is given) not one of theirs; both look alike.
    """
    return _decided(call, governing(call.line_of_business, call.started_at), actor)


def preview(
    call: Call, *, document: Mapping[str, Any] | None = None, draft: CompanyPolicy | None = None, actor: Actor
) -> Decided:
    """The same with a policy that is not in force: a document, or a version's. Raises DocumentRefused."""
    rules = governing(call.line_of_business, call.started_at)
    if document is not None:
        draft = CompanyPolicy("inline", "The policy in this request", policy_document(document, is_demo=rules.is_demo))
    return _decided(call, rules, actor, instead=draft)


def give(call: Call, *, actor: Actor) -> tuple[Decision, str]:
    """Decide, store the answer without any number, and sign a token that binds the call to it.

    The decision's one row is the whole change and its own proof: no transaction around it, no event beside it. Raises
    UnknownLine, NoPolicyInForce.
    """
    outcome = decide(call, actor=actor)
    if outcome.policy_version_id is None:
        raise NoPolicyInForce("No published policy speaks for this line on this day. Publish one first.")
    decision = Decision(
        decided_at=timezone.now(),
        line_of_business_id=outcome.line_id,
        policy_version_id=outcome.policy_version_id,
        law_release_id=outcome.law_release,
        call=_stored_call(call, outcome),
        answer=outcome.answer,
        digest=hashlib.sha256(canonical_json(outcome.answer)).hexdigest(),
    )
    insert_rows([decision])
    return decision, _token(decision, call)


def redeem(token: str, call: Call | None = None) -> Decision:
    """The decision that this token was given for; with a call, only where line and parties are those of the decision.

    Raises DecisionTokenRefused.
    """
    try:
        bound = signing.loads(token, salt=TOKEN_SALT, max_age=TOKEN_LIFE)
        decision_id, digest, parties = UUID(hex=bound["d"]), str(bound["g"]), str(bound["p"])
    except signing.SignatureExpired as error:
        raise DecisionTokenRefused("The decision token is older than 30 days. Send the call without it.") from error
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise DecisionTokenRefused("The decision token was not given by this Callward. Ask for a decision.") from error
    decision = Decision.objects.select_related("line_of_business").filter(pk=decision_id, digest=digest).first()
    if decision is None:
        raise DecisionTokenRefused("The decision of this token is not here. Ask for a new one.")
    if call is not None and (
        call.line_of_business != decision.line_of_business.code
        or not hmac.compare_digest(parties, parties_digest(call.parties))
    ):
        raise DecisionTokenRefused(
            "The decision was given for other parties or another line of business. Send the token of this call."
        )
    return decision


def parties_digest(parties: tuple[PartyFacts, ...]) -> str:
    """A keyed digest of who takes part, the same however a number was written and in whatever order they stand."""
    named = sorted(
        [party.role, international(party.number or "") or (party.number or ""), party.jurisdiction or ""]
        for party in parties
    )
    return salted_hmac("policies.parties", canonical_json(named), algorithm="sha256").hexdigest()


def _decided(call: Call, rules: Governing, actor: Actor | None, instead: CompanyPolicy | None = None) -> Decided:
    if actor is not None and not _may_decide(actor, rules.line_id):
        raise unknown_line(call.line_of_business)
    places = tuple(place_of(party, rules.law) for party in call.parties)
    inputs = Inputs(rules.law, instead or rules.policy, call, places, ZoneInfo(rules.zone))
    outcome = decided(inputs)
    cooling = inputs.document.cooling
    return Decided(
        answer=outcome.answer,
        places=places,
        policy_version_id=rules.version_id,
        law_release=rules.law.release,
        keep_until=outcome.schedule.keep_until.astimezone(UTC),
        delete_by=outcome.schedule.delete_by,
        zone=rules.zone,
        is_provisional=outcome.is_provisional,
        cooling_seconds=0 if rules.is_demo else cooling.days * 86400 + cooling.months * 30 * 86400 + cooling.seconds,
        needs_approval=inputs.document.needs_approval,
        consent_standard=outcome.consent.standard,
        conflicts=outcome.answer["conflicts"],
        line_id=rules.line_id,
        circumstances=circumstances_of(call, places),
    )


def _may_decide(actor: Actor, line_id: UUID) -> bool:
    lines = lines_of(actor)
    return may(actor, Act.DECIDE_CALL) and (lines is None or line_id in lines)


def circumstances_of(call: Call, places: tuple[Place, ...]) -> dict[str, Any]:
    """All that an answer depends on but line, times and language: places in the numbers' stead."""
    return {
        "direction": call.direction,
        "medium": call.medium,
        "purposes": list(call.purposes),
        "facts": {key: list(values) for key, values in sorted(call.facts.items())},
        "parties": [
            {
                "role": party.role,
                "jurisdiction": place.jurisdiction,
                "source": place.source,
                "certainty": place.certainty,
                "mismatch": place.mismatch,
            }
            for party, place in zip(call.parties, places, strict=True)
        ],
    }


def _stored_call(call: Call, outcome: Decided) -> dict[str, Any]:
    """What the answer was computed from, so that it can be computed again."""
    return {
        **outcome.circumstances,
        "line_of_business": call.line_of_business,
        "zone": outcome.zone,
        "started_at": call.started_at.isoformat(),
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
    }


def _token(decision: Decision, call: Call) -> str:
    bound = {"d": decision.pk.hex, "g": decision.digest, "p": parties_digest(call.parties)}
    return signing.dumps(bound, salt=TOKEN_SALT)
