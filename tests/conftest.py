"""The stage of all tests: the shipped law, policy and form are there; the tables that refuse to be emptied are, for us."""

from collections.abc import Iterator

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import TransactionTestCase

from compliance_site.shipping import ship

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
