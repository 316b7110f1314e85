"""How far an actor's rights reach into the tables: conditions that every look-up of theirs begins with."""

from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.clients import TokenActor
from accounts.models import CallAccess, User
from accounts.permissions import lines_of, sees_only_given_calls
from trail.domain.actors import Actor

Rows = TypeVar("Rows", bound=QuerySet[Any])


def within_reach(queryset: Rows, actor: Actor, *, recording: str, source: str) -> Rows:
    """Rows of the actor's lines and sources; a reviewer's: those about calls given to them, whatever the line.

    `recording` and `source` are the names under which the rows keep the recording's id and its source.
    """
    if sees_only_given_calls(actor):
        return _given(queryset, actor, recording)
    lines = lines_of(actor)
    reach = Q() if lines is None else Q(line_of_business__in=lines)
    if isinstance(actor, TokenActor) and actor.token.sources:
        reach &= Q(**{f"{source}__in": actor.token.sources})
    return queryset.filter(reach)


def _given(queryset: Rows, actor: Actor, recording: str) -> Rows:
    if isinstance(actor, User) and not actor.is_active:
        return queryset.none()
    given = CallAccess.objects.filter(user_id=actor.actor_id, recording_id=OuterRef(recording))
    return queryset.filter(Exists(given))
