"""`manage.py add_person NAME --role officer --all-lines`: lets somebody in, from the machine; prints a password."""

import secrets
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import LineOfBusiness, Role, User
from accounts.services import add_person, appoint
from trail.domain.actors import CALLWARD


class Command(BaseCommand):
    help = "Adds a person, or appoints one who is there. The only way to appoint officers and the first supervisor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="sign-in name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--name", default="", help="first and last name, such as 'Ines Okafor'")
        parser.add_argument("--line-of-business", action="append", default=[], metavar="CODE", dest="lines")
        parser.add_argument("--all-lines", action="store_true", help="sees every line of business, also later ones")
        parser.add_argument("--until", type=_day, help="last day, such as 2027-01-31; an auditor has to have one")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["role"] == Role.AUDITOR and options["until"] is None:
            raise CommandError("An auditor's access has an end: add --until, such as --until 2027-01-31.")
        standing = {
            "role": options["role"],
            "lines": [] if options["all_lines"] else _lines(options["lines"]),
            "all_lines": options["all_lines"],
            "access_until": options["until"],
            "actor": CALLWARD,
        }
        person = User.objects.filter(username=options["username"]).first()
        if person is not None:
            appoint(person=person, **standing)
            self.stdout.write(f"{person} is {options['role']} now.")
            return
        first, _, last = options["name"].partition(" ")
        password = secrets.token_urlsafe(12)
        add_person(username=options["username"], password=password, first_name=first, last_name=last, **standing)
        self.stderr.write("The first password, shown once; to be changed after signing in:")
        self.stdout.write(password)


def _lines(codes: list[str]) -> list[LineOfBusiness]:
    known = {line.code: line for line in LineOfBusiness.objects.all()}
    if unknown := [code for code in codes if code not in known]:
        raise CommandError(f"There is no line of business {unknown[0]}. There are: {', '.join(sorted(known))}.")
    return [known[code] for code in codes]


def _day(text: str) -> datetime:
    """The end of this day, UTC."""
    return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d").replace(hour=23, minute=59, second=59))  # noqa: DTZ007
