"""Give decisions: each is stored with its trail event, in one statement, before anybody hears of it.

The statement inserts only while the database still bears the name of the generation under which the answers were
computed, and while the answers that it points at are there. Where it inserts nothing, something was published in
between: all is computed again. So no answer is ever given by rules that had been replaced.

What an answer comes to is computed once for all calls of one kind and day, and kept with the rules that gave it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from policies.domain.answers import instant
from policies.domain.calls import Call, PartyFacts
from policies.domain.decision import EDITION
from policies.domain.errors import NoPolicyInForce, RulesUnsettled
from policies.domain.places import international, places_of
from policies.services.decision_rows import Row, insert_decisions
from policies.services.decisions import demand_line, naming_call, stored_call, token_of, weighed
from policies.services.snapshot import Governing, Rules, rules_now
from trail.domain.actors import Actor
from trail.domain.chain import plain_canonical_json
from trail.domain.ids import uuid7

ATTEMPTS = 5  # something would have to be published within the same millisecond, each time
MOMENT = b'"keep_until":"'
STARTED_AT = '"started_at":'
NO_MOMENT = STARTED_AT + "null"


@dataclass(frozen=True)
class Given:
    """A decision that is stored: its id, and the answer in canonical JSON."""

    id: UUID
    token: str
    answer: bytes

    @property
    def body(self) -> bytes:
        """The answer as it goes out, with id and token."""
        return b'{"id":"%s","token":"%s",%s' % (str(self.id).encode(), self.token.encode(), self.answer[1:])


def give(call: Call, *, actor: Actor) -> Given:
    """Decide one call. Raises UnknownLine, NoPolicyInForce, RulesUnsettled."""
    return give_many([call], actor=actor, in_list=False)[0]


def give_many(calls: Sequence[Call], *, actor: Actor, in_list: bool = True) -> list[Given]:
    """Decide several calls, all or none. Raises UnknownLine, NoPolicyInForce, RulesUnsettled."""
    for _ in range(ATTEMPTS):
        rules = rules_now()
        drafts = drafted(calls, rules, actor, in_list=in_list)
        if stored(drafts, rules, actor):
            return [draft.given for draft in drafts]
    raise RulesUnsettled("What governs changed again and again meanwhile. Ask again in a second.")


# --- what an answer comes to, once for all calls of one kind and day


@dataclass
class Worked:
    """An answer worked out. Where no rule sets a minimum, the call's own moment stands between `head` and `tail`."""

    head: bytes
    tail: bytes | None  # None: the answer is `head`, whatever the moment
    kept_digest: str  # of what is kept in the database
    version_id: UUID
    may_record: bool
    call_head: str  # the stored call in JSON, before and after its moment
    call_tail: str
    is_kept: bool = field(default=False)  # it is in the database

    def answer(self, moment: datetime) -> bytes:
        return self.head if self.tail is None else self.head + instant(moment).encode() + self.tail

    @property
    def kept_body(self) -> str:
        return (self.head if self.tail is None else self.head + self.tail).decode()


@dataclass(frozen=True)
class Draft:
    """A decision that is worked out and not stored."""

    call: Call
    line_id: UUID
    worked: Worked
    given: Given
    digest: str


def drafted(calls: Sequence[Call], rules: Rules, actor: Actor, *, in_list: bool) -> list[Draft]:
    """Raises UnknownLine, NoPolicyInForce; in a list they name the call."""
    drafts = []
    for index, call in enumerate(calls):
        with naming_call(index if in_list else None):
            governs = rules.governing(call.line_of_business, call.started_at)
            demand_line(actor, governs, call)
            drafts.append(_draft(call, governs, rules))
    return drafts


def _draft(call: Call, governs: Governing, rules: Rules) -> Draft:
    worked: Worked
    if governs.line.is_demo:  # its periods may be seconds, so that each moment has its own answer
        worked = _work_out(call, governs, is_shared=False)
    else:
        worked = rules.answers.get(_kind_of(call, governs), lambda: _work_out(call, governs, is_shared=True))
    answer = worked.answer(call.counted_from)
    digest = hashlib.sha256(answer).hexdigest()
    decision_id = uuid7()
    given = Given(decision_id, token_of(decision_id, digest, call), answer)
    return Draft(call, governs.line.id, worked, given, digest)


def _kind_of(call: Call, governs: Governing) -> tuple[Any, ...]:
    """All that an answer depends on under one generation. A number counts by its place, a moment by its local day."""
    return (
        governs.line.code,
        tuple(version.id for version in governs.versions),
        call.direction,
        call.medium,
        call.purposes,
        tuple(call.facts.items()),
        tuple(
            (party.role, party.jurisdiction, party.address, _is_withheld(party), place)
            for party, place in zip(call.parties, places_of(call, governs.law), strict=True)
        ),
        _local_day(call.started_at, governs),
        call.ended_at,
        call.language,
        call.consent_document,
    )


def _is_withheld(party: PartyFacts) -> bool:
    return not party.number or not international(party.number)


def _local_day(moment: datetime, governs: Governing) -> date:
    return moment.astimezone(governs.line.zone).date()


def _work_out(call: Call, governs: Governing, *, is_shared: bool) -> Worked:
    """Raises NoPolicyInForce."""
    done = weighed(call, governs)
    if done.policy_version_id is None:
        raise NoPolicyInForce("No published policy speaks for this line on this day. Publish one first.")
    head, tail = plain_canonical_json(done.outcome.answer), None
    if is_shared and not done.outcome.schedule.min_period:
        head, _, rest = head.partition(MOMENT + instant(call.counted_from).encode())
        head, tail = head + MOMENT, rest
    kept = stored_call(call, done.inputs.places, governs.line.zone.key) | {"started_at": None}
    call_head, _, call_tail = plain_canonical_json(kept).decode().partition(NO_MOMENT)
    return Worked(
        head=head,
        tail=tail,
        kept_digest=hashlib.sha256(head + (tail or b"")).hexdigest(),
        version_id=done.policy_version_id,
        may_record=bool(done.outcome.answer["may_record"]),
        call_head=call_head + STARTED_AT,
        call_tail=call_tail,
    )


# --- storing


def stored(drafts: Sequence[Draft], rules: Rules, actor: Actor) -> bool:
    """Store the decisions, each with its event, in one statement: all of them, or none and False.

    Answers that this process does not know to be there go along.
    """
    new = any(not draft.worked.is_kept for draft in drafts)  # then all of them: none is asked for on its own
    answers = {draft.worked.kept_digest: draft.worked.kept_body for draft in drafts} if new else {}
    now = timezone.now()
    is_done = insert_decisions([_row(draft, rules, now) for draft in drafts], answers, rules.generation, actor)
    for draft in drafts:
        draft.worked.is_kept = is_done
    return is_done


def _row(draft: Draft, rules: Rules, now: datetime) -> Row:
    worked = draft.worked
    return Row(
        id=draft.given.id,
        at=now,
        line_id=draft.line_id,
        version_id=worked.version_id,
        release=rules.law.release if rules.law else 0,
        edition=EDITION,
        call=f'{worked.call_head}"{draft.call.started_at.isoformat()}"{worked.call_tail}',
        kept=worked.kept_digest,
        digest=draft.digest,
        may_record=worked.may_record,
    )
