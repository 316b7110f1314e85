"""Which single calls a person was given, such as by an assignment."""

from uuid import UUID

from accounts.models import CallAccess, User


def give_call(*, user: User, recording_id: UUID | str) -> None:
    """Let this person see and hear this one call. Doing it twice is doing it once."""
    CallAccess.objects.get_or_create(user=user, recording_id=recording_id)


def take_call(*, user: User, recording_id: UUID | str) -> None:
    CallAccess.objects.filter(user=user, recording_id=recording_id).delete()
