"""The stage of all tests: the shipped law, policy and form are there; the tables that refuse to be emptied are, for us."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import TransactionTestCase
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import Role
from accounts.services import issue_token
from compliance_site.shipping import ship
from tests.factories import LineFactory, UserFactory
from trail.domain.actors import CALLWARD

_flush = DatabaseOperations.sql_flush
_teardown = TransactionTestCase._fixture_teardown


def _flush_past_triggers(self: DatabaseOperations, *args: object, **options: object) -> list[str]:
    statements = _flush(self, *args, **options)
    return ["SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"]


def _teardown_and_ship(self: TransactionTestCase) -> None:
    _teardown(self)
    ship()


@pytest.fixture(scope="session", autouse=True)
def _shipped(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    DatabaseOperations.sql_flush = _flush_past_triggers  # type: ignore[method-assign]
    TransactionTestCase._fixture_teardown = _teardown_and_ship  # type: ignore[method-assign]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        ship()
    yield
    DatabaseOperations.sql_flush = _flush  # type: ignore[method-assign]
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[method-assign]


# The cast: people of one line of business, somebody of another, a phone system with a token.


@pytest.fixture
def line(db):
    return LineFactory(code="home-cover", name="Home cover")


@pytest.fixture
def other_line(db):
    return LineFactory(code="collections", name="Collections")


@pytest.fixture
def reviewer(line):
    return UserFactory(username="ines", role=Role.REVIEWER, lines=[line])


@pytest.fixture
def supervisor(line):
    return UserFactory(username="ruth", role=Role.SUPERVISOR, lines=[line])


@pytest.fixture
def officer(line):
    return UserFactory(username="daniel", role=Role.OFFICER, lines=[line])


@pytest.fixture
def second_officer(line):
    return UserFactory(username="mara", role=Role.OFFICER, lines=[line])


@pytest.fixture
def auditor(line):
    return UserFactory(username="outside", role=Role.AUDITOR, lines=[line])


@pytest.fixture
def stranger(other_line):
    return UserFactory(username="stranger", role=Role.OFFICER, lines=[other_line])


@pytest.fixture
def bearer(db):
    """`bearer("decisions", lines=[line])` issues a token and returns the header of a request with it."""

    def issue(*scopes: str, lines=(), sources=(), name: str = "Austin exchange") -> dict[str, str]:
        secret = issue_token(
            name=name,
            scopes=scopes or tuple(Scope),
            sources=sources,
            lines=lines,
            expires_at=timezone.now() + timedelta(days=1),
            actor=CALLWARD,
        )
        return {"Authorization": f"Bearer {secret}"}

    return issue
