"""People: invited, appointed to a role and lines, closed. Nobody changes their own standing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

import trail.services as trail
from accounts.domain.appointments import Standing, objection
from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness, User
from accounts.permissions import Act, demand, lines_of
from trail.domain.actors import Actor


@transaction.atomic
def add_person(
    *,
    username: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    role: str,
    lines: Collection[LineOfBusiness] = (),
    all_lines: bool = False,
    access_until: datetime | None = None,
    actor: Actor,
) -> User:
    """Let somebody in. The password is theirs to change at once.

    Raises NotAllowed: the role or the lines are not the actor's to give.
    """
    after = _standing(role, lines, all_lines=all_lines)
    _demand_appointable(actor, before=None, after=after, person=None)
    person = User(
        username=username,
        first_name=first_name,
        last_name=last_name,
        role=role,
        all_lines=all_lines,
        access_until=access_until,
    )
    person.set_password(password)
    person.save()
    person.lines.set(lines)
    trail.append("person.added", actor=actor, subject=person, **_facts(after, access_until))
    return person


@transaction.atomic
def appoint(
    *,
    person: User,
    role: str,
    lines: Collection[LineOfBusiness],
    all_lines: bool,
    access_until: datetime | None,
    actor: Actor,
) -> None:
    """Give somebody a role, lines and an end. Raises NotAllowed: own standing, or not the actor's to give."""
    kept = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    before = _standing(kept.role, list(kept.lines.all()), all_lines=kept.all_lines)
    after = _standing(role, lines, all_lines=all_lines)
    _demand_appointable(actor, before=before, after=after, person=kept)
    kept.role, kept.all_lines, kept.access_until = role, all_lines, access_until
    kept.save(update_fields=["role", "all_lines", "access_until"])
    kept.lines.set(lines)
    trail.append("person.appointed", actor=actor, subject=kept, before=before.role, **_facts(after, access_until))


@transaction.atomic
def close_person(*, person: User, actor: Actor) -> None:
    """End somebody's access at once, with every session. What they did stays theirs. Raises NotAllowed."""
    _demand_reach(actor, person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    trail.append("person.closed", actor=actor, subject=person)


@transaction.atomic
def reopen_person(*, person: User, actor: Actor) -> None:
    """Let somebody back in as what they were. Raises NotAllowed."""
    _demand_reach(actor, person)
    User.objects.filter(pk=person.pk).update(is_active=True)
    trail.append("person.reopened", actor=actor, subject=person)


@transaction.atomic
def change_name(*, person: User, first_name: str, last_name: str, actor: Actor) -> None:
    """Another name for a person: their own, or by who administers them. Raises NotAllowed."""
    if actor.actor_id != person.actor_id:
        _demand_reach(actor, person)
    User.objects.filter(pk=person.pk).update(first_name=first_name, last_name=last_name)
    trail.append("person.renamed", actor=actor, subject=person)


@transaction.atomic
def change_password(*, person: User, password: str, actor: Actor) -> None:
    """A new first password for somebody who lost theirs; ends their sessions. Raises NotAllowed, also for one's own."""
    _demand_reach(actor, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    trail.append("person.password_reset", actor=actor, subject=person)


def _demand_reach(actor: Actor, person: User) -> None:
    """Whoever may not appoint this person to what they are may not close them or sign in as them either."""
    same = _standing(person.role, list(person.lines.all()), all_lines=person.all_lines)
    _demand_appointable(actor, before=same, after=same, person=person)


def _demand_appointable(actor: Actor, *, before: Standing | None, after: Standing, person: User | None) -> None:
    demand(actor, Act.ADMINISTER_PEOPLE)
    if not isinstance(actor, User):
        return  # Callward itself: a command of whoever owns the machine
    by = Standing(actor.role, lines_of(actor))
    against = objection(by=by, before=before, after=after, is_self=person is not None and person.pk == actor.pk)
    if against:
        raise NotAllowed(against)


def _standing(role: str, lines: Collection[LineOfBusiness], *, all_lines: bool) -> Standing:
    return Standing(role, None if all_lines else frozenset(line.pk for line in lines))


def _facts(after: Standing, access_until: datetime | None) -> dict[str, Any]:
    return {
        "role": after.role,
        "lines": "all" if after.lines is None else sorted(str(line) for line in after.lines),
        "access_until": access_until.isoformat() if access_until else None,
    }
