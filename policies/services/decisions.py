"""Decide a call: what is said, may it be recorded, how long is it kept. Nothing here stores anything."""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.permissions import Act, lines_of, may
from policies.domain.calls import Call, PartyFacts
from policies.domain.decision import Outcome, decided
from policies.domain.documents import policy_document
from policies.domain.errors import DecisionTokenRefused, PolicyProblem, unknown_line
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.places import Place, international, places_of
from policies.domain.scopes import choose
from policies.domain.stored_calls import read_call, read_places
from policies.models import Decision
from policies.services.register import release_at
from policies.services.snapshot import Governing, governing, law_of, rules_now
from trail.domain.actors import Actor
from trail.domain.chain import plain_canonical_json

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
    """Answer for one call under the law and the policy of its day.

    Raises UnknownLine: no such line, or (where an actor is given) not one of theirs; both look alike.
    """
    rules = governing(call.line_of_business, call.started_at)
    demand_line(actor, rules, call)
    return _told(weighed(call, rules), rules)


def decider() -> Callable[[Call], Decided]:
    """`decide` for many calls in a row, all under the rules as they are now: they are asked for once."""
    rules = rules_now()

    def decide_call(call: Call) -> Decided:
        governs = rules.governing(call.line_of_business, call.started_at)
        return _told(weighed(call, governs), governs)

    return decide_call


def decide_again(
    stored: Mapping[str, Any], *, line_of_business: str, started_at: datetime, ended_at: datetime
) -> Decided:
    """The answer for a call of which only its circumstances are known, under the policy that is in force now.

    The law is that of the call's day; the parties stand where they stood. Raises UnknownLine, LawRefused.
    """
    rules = rules_now().governing(line_of_business, timezone.now())
    call = read_call(stored, line_of_business=line_of_business, started_at=started_at, ended_at=ended_at)
    return _told(weighed(call, rules, places=read_places(stored)), rules)


def preview(
    call: Call, *, document: Mapping[str, Any] | None = None, draft: CompanyPolicy | None = None, actor: Actor
) -> Decided:
    """The same with a policy that is not in force: a document, or a version's. Raises DocumentRefused."""
    return preview_many([call], document=document, draft=draft, actor=actor, in_list=False)[0]


def preview_many(
    calls: Sequence[Call],
    *,
    document: Mapping[str, Any] | None = None,
    draft: CompanyPolicy | None = None,
    known_at: datetime | None = None,
    actor: Actor,
    in_list: bool = True,
) -> list[Decided]:
    """Several calls under the same policy, all or none; with `known_at` by the law as it was believed at that moment.

    Raises DocumentRefused, UnknownLine, LawRefused: no law was known yet.
    """
    rules, told = rules_now(), []
    believed = release_at(known_at) if known_at else None
    inline: dict[bool, CompanyPolicy] = {}  # by whether the line may have periods in seconds
    for index, call in enumerate(calls):
        with naming_call(index if in_list else None):
            governs = rules.governing(call.line_of_business, call.started_at)
            demand_line(actor, governs, call)
        if believed is not None:
            governs = replace(governs, law=law_of(believed.number, believed.digest))
        instead, is_demo = draft, governs.line.is_demo
        if document is not None:
            if is_demo not in inline:
                parsed = policy_document(document, is_demo=is_demo)
                inline[is_demo] = CompanyPolicy("inline", "The policy in this request", parsed)
            instead = inline[is_demo]
        told.append(_told(weighed(call, governs, instead), governs))
    return told


@contextmanager
def naming_call(index: int | None) -> Iterator[None]:
    """What is wrong with one call of a list is told with its place in the list."""
    try:
        yield
    except PolicyProblem as error:
        if index is not None:
            error.fields = [field | {"pointer": f"/calls/{index}{field['pointer']}"} for field in error.fields]
        raise


@dataclass(frozen=True)
class Weighed:
    """One call weighed: its inputs, and what came of them."""

    inputs: Inputs
    outcome: Outcome
    policy_version_id: UUID | None


def weighed(
    call: Call, rules: Governing, instead: CompanyPolicy | None = None, *, places: tuple[Place, ...] | None = None
) -> Weighed:
    """Choose the policy that speaks for the call, find out whose law counts, and weigh both.

    Where `places` are given, the parties stand there, whatever the call says of them.
    """
    policy, version_id = (instead, None) if instead else _policy_of(call, rules, places)
    if places is None:
        default = (policy.document.withheld_default or "") if policy else ""
        places = places_of(call, rules.law, withheld_default=default)
    inputs = Inputs(rules.law, policy, call, places, rules.line.zone)
    return Weighed(inputs, decided(inputs), version_id)


def _policy_of(
    call: Call, rules: Governing, places: tuple[Place, ...] | None
) -> tuple[CompanyPolicy | None, UUID | None]:
    """The most specific version in force, with why it is this one."""
    candidates = [version.candidate() for version in rules.versions]
    there = places_of(call, rules.law) if places is None else places
    chosen = choose(candidates, call, there, call.facts, reach=rules.law.covered_by)
    winner = chosen.winner
    if winner is None:
        return None, None
    policy = CompanyPolicy(
        version=winner.version,
        name=winner.name,
        document=winner.document,
        number=winner.number,
        because=chosen.because,
        outranked=tuple((other.name, other.because) for other in chosen.outranked),
    )
    return policy, UUID(winner.version)


def demand_line(actor: Actor | None, rules: Governing, call: Call) -> None:
    """Raises UnknownLine, as if there were none, where the line is not one of the actor's."""
    if actor is None:
        return
    lines = lines_of(actor)
    if not may(actor, Act.DECIDE_CALL) or (lines is not None and rules.line.id not in lines):
        raise unknown_line(call.line_of_business)


def _told(weighed: Weighed, rules: Governing) -> Decided:
    inputs, outcome = weighed.inputs, weighed.outcome
    cooling = inputs.document.cooling
    seconds = cooling.days * 86400 + cooling.months * 30 * 86400 + cooling.seconds
    return Decided(
        answer=outcome.answer,
        places=inputs.places,
        policy_version_id=weighed.policy_version_id,
        law_release=rules.law.release,
        keep_until=outcome.schedule.keep_until.astimezone(UTC),
        delete_by=outcome.schedule.delete_by,
        zone=rules.line.zone.key,
        is_provisional=outcome.is_provisional,
        cooling_seconds=0 if rules.line.is_demo else seconds,
        # a minimum that counts from a contract's end may end later than anybody can tell now: a person says when it has
        needs_approval=inputs.document.needs_approval or outcome.schedule.may_last_longer,
        consent_standard=outcome.consent.standard,
        conflicts=outcome.answer["conflicts"],
        line_id=rules.line.id,
        circumstances=circumstances_of(inputs.call, inputs.places),
    )


# --- what is stored of a call: all that its answer was computed from, and no number


def circumstances_of(call: Call, places: Sequence[Place]) -> dict[str, Any]:
    """All that an answer depends on but line, times and language: places in the numbers' stead."""
    document = call.consent_document
    attached = (
        {"sha256": document.sha256, "signed_on": document.signed_on.isoformat(), "purposes": list(document.purposes)}
        if document
        else None
    )
    return {
        "direction": call.direction,
        "medium": call.medium,
        "purposes": list(call.purposes),
        "facts": {key: list(values) for key, values in sorted(call.facts.items())},
        "parties": [_party(party, place) for party, place in zip(call.parties, places, strict=True)],
    } | ({"consent_document": attached} if attached else {})


def _party(party: PartyFacts, place: Place) -> dict[str, Any]:
    """What stands here in every case stands first; the rest only where there is something to tell."""
    said = {
        "role": party.role,
        "jurisdiction": place.jurisdiction,
        "source": place.source,
        "certainty": place.certainty,
        "mismatch": place.mismatch,
    }
    rare = {"hints": list(place.hints), "unlisted_area_code": place.unlisted_area_code}
    return said | {name: value for name, value in rare.items() if value}


def stored_call(call: Call, places: Sequence[Place], zone: str) -> dict[str, Any]:
    """What the answer was computed from, so that it can be computed again."""
    return circumstances_of(call, places) | {
        "line_of_business": call.line_of_business,
        "zone": zone,
        "language": call.language,
        "started_at": call.started_at.isoformat(),
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
    }


# --- the token that binds a call to its decision


def token_of(decision_id: UUID, digest: str, call: Call) -> str:
    bound = {"d": decision_id.hex, "g": digest, "p": parties_digest(call.parties)}
    return signing.dumps(bound, salt=TOKEN_SALT)


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
    decision = (
        Decision.objects.select_related("line_of_business", "outcome").filter(pk=decision_id, digest=digest).first()
    )
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


def parties_digest(parties: Sequence[PartyFacts]) -> str:
    """A keyed digest of who takes part, the same however a number was written and in whatever order they stand."""
    named = sorted(
        [party.role, international(party.number or "") or (party.number or ""), party.jurisdiction or ""]
        for party in parties
    )
    return salted_hmac("policies.parties", plain_canonical_json(named), algorithm="sha256").hexdigest()
