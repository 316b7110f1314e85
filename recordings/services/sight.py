"""Who may know of which call. Every look-up that a person or a token causes begins with `visible_to`."""

from typing import TypeVar
from uuid import UUID

from recordings.domain.errors import RecordingDestroyed, RecordingNotFound
from recordings.models import Certificate, Recording
from recordings.models.queries import RecordingQuerySet
from trail.domain.actors import Actor

Rows = TypeVar("Rows", bound=RecordingQuerySet)


def visible_recordings(queryset: Rows, actor: Actor) -> Rows:
    """Those of these recordings of which the actor may know."""
    return queryset.visible_to(actor)


def find_recording(recording_id: UUID, actor: Actor) -> Recording:
    """The recording with its line. Raises RecordingNotFound: wrong or foreign; RecordingDestroyed: it was theirs."""
    found = Recording.objects.visible_to(actor).select_related("line_of_business").filter(pk=recording_id).first()
    if found is not None:
        return found
    certificate = Certificate.objects.visible_to(actor).filter(recording_id=recording_id).first()
    if certificate is not None:
        raise RecordingDestroyed(recording_id, certificate.destroyed_at)
    raise RecordingNotFound
