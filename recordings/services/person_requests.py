"""Requests of people about their calls: opened, looked through, answered in time. Who they are stays sealed.

Each step is one transaction with one event, which names the request and counts, never a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from tink import aead

import trail.services as trail
from accounts.models import LineOfBusiness
from accounts.permissions import Act, demand, lines_of, may
from recordings import keys
from recordings.domain.errors import PersonRequestNotFound, PersonRequestNotMovable, SecondPersonNeeded
from recordings.domain.person_requests import clock_of, forget_on
from recordings.models import Party, PersonRequest, PersonRequestItem, PersonRequestKey, Recording
from trail.domain.actors import CALLWARD, Actor

State, Kind, Choice = PersonRequest.State, PersonRequest.Kind, PersonRequestItem.Choice
MOST_CALLS = 2_000  # of one person; a list that people look through
SHORTEST_REASON = 10
_PERSON, _REASON = b"person request", b"left out"


@dataclass(frozen=True)
class Requester:
    """Who asks, as far as it is known; and the words that people wrote about the request."""

    name: str = ""
    number: str = ""
    address: str = ""
    extension: str = ""  # the reason that was told for the longer time
    refusal: str = ""

    @property
    def indexes(self) -> tuple[bytes | None, bytes | None]:
        """(number, name) as keyed digests, to find their calls by."""
        number = keys.number_index(self.number) if self.number else None
        return number, keys.name_index(self.name) if self.name else None


@transaction.atomic
def open_request(
    *, kind: str, requester: Requester, received_on: date, place: str, language: str, actor: Actor
) -> PersonRequest:
    """Begin the clock and list every call that the number or the name finds, in the lines that the actor sees.

    Raises NotAllowed; PersonRequestNotMovable: neither number nor name, received in the future, or too many calls.
    """
    demand(actor, Act.HANDLE_PERSON_REQUEST)
    if not (requester.number or requester.name):
        raise PersonRequestNotMovable("Write a number or a name to find their calls by.")
    if received_on > timezone.localdate():
        raise PersonRequestNotMovable("A request was received today or before.")
    lines = lines_of(actor)
    reach = LineOfBusiness.objects.values_list("pk", flat=True) if lines is None else lines
    request = PersonRequest(
        kind=kind,
        lines=sorted(reach),
        place=place,
        language=language,
        received_on=received_on,
        due_on=clock_of(place).due_on(received_on),
        opened_at=timezone.now(),
        opened_by_id=actor.actor_id,
    )
    wrapped, key = keys.new_key(request.pk)
    request.sealed = keys.seal_json(key, vars(requester), _PERSON)
    request.save(force_insert=True)
    PersonRequestKey.objects.create(request=request, wrapped=wrapped)
    found = _list_calls(request, requester, actor)
    trail.append("request.opened", actor=actor, subject=request, kind=kind, recordings=found)
    return request


def _list_calls(request: PersonRequest, requester: Requester, actor: Actor) -> int:
    by_number, by_name = requester.indexes
    found: dict[UUID, str] = {}
    for how, lookup in (("number", {"number_index": by_number}), ("name", {"name_index": by_name})):
        if next(iter(lookup.values())) is not None:
            for pk in Party.objects.filter(**lookup).values_list("recording_id", flat=True):
                found[pk] = "both" if found.get(pk, how) != how else how
    rows = Recording.objects.visible_to(actor).filter(pk__in=found)
    calls = list(rows.order_by("started_at", "pk")[: MOST_CALLS + 1])
    if len(calls) > MOST_CALLS:
        raise PersonRequestNotMovable(f"More than {MOST_CALLS:,} calls match. Ask for the number, not the name alone.")
    PersonRequestItem.objects.bulk_create(
        PersonRequestItem(
            request=request,
            recording_id=call.pk,
            source=call.source,
            line_of_business_id=call.line_of_business_id,
            started_at=call.started_at,
            zone=call.zone,
            found_by=found[call.pk],
        )
        for call in calls
    )
    return len(calls)


@transaction.atomic
def check_identity(*, request_id: UUID, how: str, actor: Actor) -> PersonRequest:
    """Note by what and by whom it was checked that they are who they say. Raises as `_moved`."""
    request = _locked(request_id, actor, State.OPEN)
    request.identity_by, request.identity_checked_at = how, timezone.now()
    request.identity_checked_by_id = actor.actor_id
    request.save(update_fields=["identity_by", "identity_checked_at", "identity_checked_by_id"])
    trail.append("request.identity_checked", actor=actor, subject=request, checked_by=how)
    return request


@transaction.atomic
def choose_calls(*, request_id: UUID, choices: Mapping[int, tuple[str, str]], actor: Actor) -> int:
    """Say of each item (by its key) that it is theirs, or leave it out with a reason; how many changed.

    Raises PersonRequestNotMovable: a reason is missing; and as every step.
    """
    request = _locked(request_id, actor, State.OPEN)
    key, changed = _open(request), []
    for item in request.items.filter(pk__in=choices):
        choice, reason = choices[item.pk]
        if choice == Choice.LEFT_OUT and len(reason.strip()) < SHORTEST_REASON:
            raise PersonRequestNotMovable("Say why the call is left out, in ten letters or more.")
        item.choice = choice
        item.sealed_reason = keys.seal_json(key, reason.strip(), _REASON) if choice == Choice.LEFT_OUT else b""
        changed.append(item)
    PersonRequestItem.objects.bulk_update(changed, ["choice", "sealed_reason"])
    if changed:
        left_out = sum(item.choice == Choice.LEFT_OUT for item in changed)
        trail.append("request.reviewed", actor=actor, subject=request, recordings=len(changed), left_out=left_out)
    return len(changed)


@transaction.atomic
def extend_request(*, request_id: UUID, reason: str, actor: Actor) -> PersonRequest:
    """Take the longer time that the law of their place gives, once, before the first is over, with a reason to tell."""
    request = _locked(request_id, actor, State.OPEN, State.ASKED, State.WORKING, State.READY)
    today = timezone.localdate()
    if request.extended_on is not None or today > request.due_on:
        raise PersonRequestNotMovable("The time is extended once, and before it is over.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise PersonRequestNotMovable("Write the reason that is told to them, in ten letters or more.")
    request.due_on = clock_of(request.place).extended_to(request.received_on)
    request.extended_on = today
    _write(request, extension=reason.strip())
    request.save(update_fields=["due_on", "extended_on", "sealed"])
    trail.append("request.extended", actor=actor, subject=request, due_on=request.due_on.isoformat())
    return request


@transaction.atomic
def start_copy(*, request_id: UUID, actor: Actor) -> PersonRequest:
    """Let the worker make the copy; also anew, where one was fetched or its days are over."""
    request = _locked(request_id, actor, State.OPEN, State.READY, State.ANSWERED)
    if request.kind != Kind.ACCESS:
        raise PersonRequestNotMovable("A copy is for who asked for one.")
    _assert_looked_through(request)
    if request.state != State.OPEN and request.copies.filter(fetched_at=None, expires_at__gt=timezone.now()).exists():
        raise PersonRequestNotMovable("A copy waits to be fetched.")
    request.state = State.WORKING
    request.save(update_fields=["state"])
    trail.append("request.copy_asked", actor=actor, subject=request)
    return request


@transaction.atomic
def ask_erasure(*, request_id: UUID, actor: Actor) -> PersonRequest:
    """The first person's word: these calls are theirs and should go."""
    request = _locked(request_id, actor, State.OPEN)
    if request.kind != Kind.ERASURE:
        raise PersonRequestNotMovable("They asked for a copy, not for erasure.")
    _assert_looked_through(request)
    request.state, request.asked_at = State.ASKED, timezone.now()
    request.asked_by_kind, request.asked_by_id = actor.actor_kind, actor.actor_id
    request.save(update_fields=["state", "asked_at", "asked_by_kind", "asked_by_id"])
    trail.append("request.erasure_asked", actor=actor, subject=request, recordings=request.items.confirmed().count())
    return request


@transaction.atomic
def approve_erasure(*, request_id: UUID, actor: Actor) -> PersonRequest:
    """The second person's word; the worker erases what nothing keeps. Raises SecondPersonNeeded: they asked for it."""
    request = _locked(request_id, actor, State.ASKED)
    if not may(actor, Act.APPROVE_ERASURE, request):
        raise SecondPersonNeeded("You asked for the erasure. Another officer has to approve it.")
    request.state, request.approved_at, request.approved_by_id = State.WORKING, timezone.now(), actor.actor_id
    request.save(update_fields=["state", "approved_at", "approved_by_id"])
    trail.append("request.erasure_approved", actor=actor, subject=request, recordings=request.items.confirmed().count())
    return request


@transaction.atomic
def send_back(*, request_id: UUID, actor: Actor) -> PersonRequest:
    """Look the list through once more, by either of the two; nothing was erased."""
    request = _locked(request_id, actor, State.ASKED)
    request.state, request.asked_at, request.asked_by_kind, request.asked_by_id = State.OPEN, None, "", ""
    request.save(update_fields=["state", "asked_at", "asked_by_kind", "asked_by_id"])
    trail.append("request.sent_back", actor=actor, subject=request)
    return request


@transaction.atomic
def answer_request(*, request_id: UUID, actor: Actor) -> PersonRequest:
    """The letter went. The clock stops, and the day is set on which who asked is forgotten."""
    return _close(_locked(request_id, actor, State.READY), State.ANSWERED, actor)


@transaction.atomic
def refuse_request(*, request_id: UUID, reason: str, actor: Actor) -> PersonRequest:
    """End it without doing what was asked, with the reason that is told to them; nothing was copied or erased."""
    request = _locked(request_id, actor, State.OPEN)
    if len(reason.strip()) < SHORTEST_REASON:
        raise PersonRequestNotMovable("Write the reason that is told to them, in ten letters or more.")
    _write(request, refusal=reason.strip())
    request.save(update_fields=["sealed"])
    return _close(request, State.REFUSED, actor)


def _close(request: PersonRequest, state: str, actor: Actor) -> PersonRequest:
    request.state, request.answered_at, request.answered_by_id = state, timezone.now(), actor.actor_id
    request.forget_on = forget_on(timezone.localdate())
    request.save(update_fields=["state", "answered_at", "answered_by_id", "forget_on"])
    trail.append(f"request.{state}", actor=actor, subject=request)
    return request


# --- reading


def find_request(request_id: UUID, actor: Actor) -> PersonRequest:
    """Raises PersonRequestNotFound: wrong, foreign, or not for this role."""
    found = PersonRequest.objects.visible_to(actor).filter(pk=request_id).first()
    if found is None or not may(actor, Act.SEE_PERSON_REQUESTS):
        raise PersonRequestNotFound
    return found


def may_handle(actor: Actor, request: PersonRequest) -> bool:
    """An officer who sees every line that it reaches into."""
    lines = lines_of(actor)
    return may(actor, Act.HANDLE_PERSON_REQUEST) and (lines is None or set(request.lines) <= lines)


def requester_of(request: PersonRequest) -> Requester | None:
    """Who asked; None: that was forgotten."""
    key = PersonRequestKey.objects.filter(request=request).first()
    if key is None:
        return None
    said = keys.unseal_json(keys.open_key(request.pk, key.wrapped), bytes(request.sealed), _PERSON)
    return Requester(**said)


def reasons_left_out(request: PersonRequest, items: list[PersonRequestItem]) -> dict[int, str]:
    """Why calls were left out, by the item's key; nothing once it was forgotten."""
    kept = PersonRequestKey.objects.filter(request=request).first()
    if kept is None:
        return {}
    key = keys.open_key(request.pk, kept.wrapped)
    return {
        item.pk: keys.unseal_json(key, bytes(item.sealed_reason), _REASON)
        for item in items
        if bytes(item.sealed_reason)
    }


# --- the worker's part


@transaction.atomic
def flag_overdue(today: date, at: datetime) -> int:
    """Flag what was not answered in time, once each; how many."""
    rows = PersonRequest.objects.overdue(today).filter(overdue_at=None)
    late = list(rows.select_for_update(skip_locked=True).order_by("pk"))
    PersonRequest.objects.filter(pk__in=[request.pk for request in late]).update(overdue_at=at)
    if late:
        facts: list[dict[str, object]] = [{"due_on": request.due_on.isoformat()} for request in late]
        trail.append_many("request.overdue", actor=CALLWARD, subjects=late, facts=facts)
    return len(late)


@transaction.atomic
def forget_people(today: date, at: datetime) -> int:
    """Destroy the keys of requests whose period is over, and what they sealed; how many were forgotten."""
    rows = PersonRequest.objects.filter(forget_on__lte=today, forgotten_at=None)
    over = list(rows.select_for_update(skip_locked=True).order_by("pk")[:200])
    ids = [request.pk for request in over]
    PersonRequestKey.objects.filter(request__in=ids).delete()
    PersonRequestItem.objects.filter(request__in=ids).update(sealed_reason=b"")
    PersonRequest.objects.filter(pk__in=ids).update(sealed=b"", forgotten_at=at)
    if over:
        trail.append_many("request.forgotten", actor=CALLWARD, subjects=over)
    return len(over)


# --- common ground


def _locked(request_id: UUID, actor: Actor, *states: str) -> PersonRequest:
    """The request, locked. Raises PersonRequestNotFound, NotAllowed, PersonRequestNotMovable: in another state."""
    demand(actor, Act.HANDLE_PERSON_REQUEST)
    rows = PersonRequest.objects.visible_to(actor).select_for_update(no_key=True)
    request = rows.filter(pk=request_id).first()
    if request is None:
        raise PersonRequestNotFound
    if not may_handle(actor, request):
        raise PersonRequestNotMovable("It reaches into lines that you do not see; an officer who sees them handles it.")
    if request.state not in states:
        raise PersonRequestNotMovable(f"It is past this step: {request.get_state_display().lower()}.")
    return request


def _assert_looked_through(request: PersonRequest) -> None:
    if request.identity_checked_at is None:
        raise PersonRequestNotMovable("First note how it was checked that they are who they say.")
    if left := request.items.filter(choice=Choice.OPEN).count():
        raise PersonRequestNotMovable(f"{left} call{'' if left == 1 else 's'} of the list still has to be looked at.")
    if not request.items.confirmed().exists():
        raise PersonRequestNotMovable("No call is theirs. Refuse the request, and tell them that nothing was found.")


def _open(request: PersonRequest) -> aead.Aead:
    return keys.open_key(request.pk, PersonRequestKey.objects.get(request=request).wrapped)


def _write(request: PersonRequest, **said: Any) -> None:
    key = _open(request)
    known = keys.unseal_json(key, bytes(request.sealed), _PERSON)
    request.sealed = keys.seal_json(key, known | said, _PERSON)
