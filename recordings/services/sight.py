"""Who may know of which call. Every look-up that a person or a token causes passes through here."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.clients import TokenActor
from accounts.models import CallAccess, User
from accounts.permissions import lines_of, sees_only_given_calls
from recordings.domain.errors import RecordingDestroyed, RecordingNotFound
from recordings.models import Certificate, HoldMember, Recording
from trail.domain.actors import Actor

Rows = TypeVar("Rows", bound=QuerySet[Any])


def visible_recordings(queryset: Rows, actor: Actor) -> Rows:
    """Calls of the actor's lines and sources; a reviewer's: those given to them, whatever the line."""
    if sees_only_given_calls(actor):
        return _given(queryset, actor, "pk")
    return queryset.filter(_in_reach(actor, line="line_of_business", source="source"))


def visible_certificates(queryset: Rows, actor: Actor) -> Rows:
    """Certificates follow the rights over the recording that is gone."""
    if sees_only_given_calls(actor):
        return _given(queryset, actor, "recording_id")
    return queryset.filter(_in_reach(actor, line="line_of_business", source="content__source"))


def visible_holds(queryset: Rows, actor: Actor) -> Rows:
    """Holds that the actor placed, or with a call in one of their lines; all of them for who sees all lines."""
    lines = lines_of(actor)
    if lines is None:
        return queryset
    members = HoldMember.objects.filter(hold=OuterRef("pk"), line_of_business__in=lines)
    return queryset.filter(Exists(members) | Q(placed_by_kind=actor.actor_kind, placed_by_id=actor.actor_id))


def find_recording(recording_id: UUID, actor: Actor) -> Recording:
    """The recording with its line. Raises RecordingNotFound: wrong or foreign; RecordingDestroyed: it was theirs."""
    found = Recording.objects.visible_to(actor).select_related("line_of_business").filter(pk=recording_id).first()
    if found is not None:
        return found
    certificate = Certificate.objects.visible_to(actor).filter(recording_id=recording_id).first()
    if certificate is not None:
        raise RecordingDestroyed(recording_id, certificate.destroyed_at)
    raise RecordingNotFound


def _given(queryset: Rows, actor: Actor, name: str) -> Rows:
    """Rows about calls that this person was given, while their account is current."""
    if isinstance(actor, User) and not actor.is_active:
        return queryset.none()
    return queryset.filter(Exists(CallAccess.objects.filter(user_id=actor.actor_id, recording_id=OuterRef(name))))


def _in_reach(actor: Actor, *, line: str, source: str) -> Q:
    lines = lines_of(actor)
    reach = Q() if lines is None else Q(**{f"{line}__in": lines})
    if isinstance(actor, TokenActor) and actor.token.sources:
        reach &= Q(**{f"{source}__in": actor.token.sources})
    return reach
