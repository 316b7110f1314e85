"""The demo's lines and people, and the tokens of its programs."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import LineOfBusiness, User
from accounts.services import add_line, add_person, issue_token, revoke_tokens
from compliance_site.demo import company
from compliance_site.demo.company import Person
from trail.domain.actors import CALLWARD

TOKEN_DAYS = 30


@transaction.atomic
def lay_company() -> datetime:
    """Lines and people, all or none. The moment at which they came: all times of the demo are counted back from it.

    A demo that was stopped half-way finds them, and tells the same calls again.
    """
    known = User.objects.filter(username=company.PEOPLE[0].username).first()
    if known is not None:
        return known.date_joined
    lines = {
        line.code: add_line(code=line.code, name=line.name, zone=line.zone, is_demo=line.is_demo, actor=CALLWARD)
        for line in company.LINES
    }
    people = [_add(person, lines) for person in company.PEOPLE]
    return people[0].date_joined


def _add(person: Person, lines: dict[str, LineOfBusiness]) -> User:
    days = person.access_days
    return add_person(
        username=person.username,
        password=company.PASSWORD,
        first_name=person.first_name,
        last_name=person.last_name,
        role=person.role,
        lines=[lines[code] for code in person.lines],
        all_lines=not person.lines,
        access_until=timezone.now() + timedelta(days=days) if days else None,
        actor=CALLWARD,
    )


def phone_token() -> str:
    """A new token for the phone system; an older one ends."""
    return _token(company.CLIENT, [Scope.DECISIONS, Scope.RECORDINGS_WRITE], [company.SOURCE, company.SIMULATED_SOURCE])


def visitor_token() -> str:
    """A new token for who tries the API: all but to place holds."""
    return _token(company.VISITOR, [scope for scope in Scope if scope is not Scope.HOLDS_WRITE], [])


def _token(client: str, scopes: list[Scope], sources: list[str]) -> str:
    expires_at = timezone.now() + timedelta(days=TOKEN_DAYS)
    with transaction.atomic():
        token = issue_token(name=client, scopes=scopes, sources=sources, expires_at=expires_at, actor=CALLWARD)
    return token
