"""Issue a token for an integration client. The token is printed alone on standard output, once; it is kept nowhere."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import LineOfBusiness
from accounts.services import issue_token
from trail.domain.actors import CALLWARD

LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # a script that rotates tokens wants its answer at once

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the client's name; a new name makes a new client")
        parser.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            required=True,
            metavar="S",
            help=f"one or more of: {', '.join(Scope)}",
        )
        parser.add_argument(
            "--source", action="extend", nargs="+", default=[], metavar="SRC", help="sources it speaks for; else all"
        )
        parser.add_argument(
            "--line-of-business", action="extend", nargs="+", default=[], metavar="CODE", help="lines it sees; else all"
        )
        parser.add_argument("--expires-in-days", type=int, default=365, metavar="N", help="its life; default 365")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [_scope(text) for text in options["scope"]]
        days = options["expires_in_days"]
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"A token lives 1 to {LONGEST_DAYS} days, not {days}.")
        if not options["name"].strip():
            raise CommandError("Give the client a name, such as 'Austin exchange'.")
        secret = issue_token(
            name=options["name"].strip(),
            scopes=scopes,
            sources=options["source"],
            lines=_lines(options["line_of_business"]),
            expires_at=timezone.now() + timedelta(days=days),
            actor=CALLWARD,
        )
        self.stdout.write(secret)


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError as error:
        raise CommandError(f"There is no scope {text!r}. Scopes are: {', '.join(Scope)}.") from error


def _lines(codes: list[str]) -> list[LineOfBusiness]:
    found = list(LineOfBusiness.objects.filter(code__in=codes))
    if missing := sorted(set(codes) - {line.code for line in found}):
        known = ", ".join(LineOfBusiness.objects.order_by("code").values_list("code", flat=True))
        raise CommandError(f"There is no line of business {', '.join(missing)}. There are: {known}.")
    return found
