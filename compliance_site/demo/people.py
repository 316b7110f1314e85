"""The demo's lines and people, and the tokens of its programs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.scopes import Scope
from accounts.models import IntegrationClient, LineOfBusiness, User
from accounts.services import add_line, add_person, issue_token, revoke_tokens
from compliance_site.demo import company
from compliance_site.demo.company import Person
from trail.domain.actors import CALLWARD
from trail.models import Event

TOKEN_DAYS = 30


@dataclass(frozen=True)
class Begun:
    """When the demo began and how many calls it tells. All its times are counted back from this moment."""

    at: datetime
    calls: int


def begun() -> Begun | None:
    """The demo that was begun in this database, whether it was told to its end or not."""
    event = Event.objects.filter(verb="demo.begun").first()
    return Begun(event.occurred_at, event.facts["calls"]) if event else None


@transaction.atomic
def lay_company(calls: int) -> Begun:
    """Lines and people, all or none. Where they are there already, the demo that was begun goes on as it was begun."""
    if (known := begun()) is not None:
        return known
    lines = {
        line.code: add_line(code=line.code, name=line.name, zone=line.zone, is_demo=line.is_demo, actor=CALLWARD)
        for line in company.LINES
    }
    for person in company.PEOPLE:
        _add(person, lines)
    event = trail.append("demo.begun", actor=CALLWARD, subject=lines[company.TWO_MINUTE_LINE], calls=calls)
    return Begun(event.occurred_at, calls)


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
    return _token(company.CLIENT, [Scope.DECISIONS, Scope.RECORDINGS_WRITE], [company.SOURCE])


def simulator_token() -> str:
    return _token(company.SIMULATED_SOURCE, [Scope.RECORDINGS_WRITE], [company.SIMULATED_SOURCE])


def visitor_token() -> str:
    """A new token for who tries the API: all but to place holds."""
    return _token(company.VISITOR, [scope for scope in Scope if scope is not Scope.HOLDS_WRITE], [])


@transaction.atomic
def _token(client: str, scopes: list[Scope], sources: list[str]) -> str:
    if IntegrationClient.objects.filter(name=client).exists():
        revoke_tokens(name=client, actor=CALLWARD)
    expires_at = timezone.now() + timedelta(days=TOKEN_DAYS)
    return issue_token(name=client, scopes=scopes, sources=sources, expires_at=expires_at, actor=CALLWARD)
