"""End every token of an integration client at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.domain.errors import UnknownClient
from accounts.models import IntegrationClient
from accounts.services import revoke_tokens
from trail.domain.actors import CALLWARD


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # a script that rotates tokens wants its answer at once

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the client's name, as given to issue_token")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ended = revoke_tokens(name=options["name"], actor=CALLWARD)
        except UnknownClient as error:
            known = ", ".join(IntegrationClient.objects.order_by("name").values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no integration client {options['name']!r}. Clients: {known}.") from error
        self.stdout.write(f"{ended} token{'' if ended == 1 else 's'} of {options['name']} ended.")
