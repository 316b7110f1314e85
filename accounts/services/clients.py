"""Integration clients: switched off and on. They come into being with their first token."""

from django.db import transaction

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import IntegrationClient
from accounts.permissions import Act, demand
from accounts.services.tokens import clients_within
from trail.domain.actors import Actor


@transaction.atomic
def switch_client(*, client: IntegrationClient, is_active: bool, actor: Actor) -> None:
    """Let this client in, or shut it out with all of its tokens, at once. Raises NotAllowed."""
    demand(actor, Act.ADMINISTER_PEOPLE)
    if not clients_within(IntegrationClient.objects.filter(pk=client.pk), actor).exists():
        raise NotAllowed("This client reaches lines of business that are not yours. Ask who supervises all of them.")
    IntegrationClient.objects.filter(pk=client.pk).update(is_active=is_active)
    trail.append("client.switched_on" if is_active else "client.switched_off", actor=actor, subject=client)
