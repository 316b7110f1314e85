"""Ids of the trail as names that people know."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import IntegrationClient, User
from trail.domain.actors import CALLWARD


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """The display name of each user and client among these ids, and of Callward itself. Unknown ids are left out."""
    wanted = {str(known) for known in ids}
    keys = [UUID(text) for text in wanted if _is_uuid(text)]
    names = {CALLWARD.actor_id: "Callward"} if CALLWARD.actor_id in wanted else {}
    names |= {str(user.pk): str(user) for user in User.objects.filter(pk__in=keys)}
    names |= {str(client.pk): str(client) for client in IntegrationClient.objects.filter(pk__in=keys)}
    return names


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
