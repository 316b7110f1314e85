"""The stage of all tests: the shipped law, policy and form are there, before and after each."""

from collections.abc import Iterator
from datetime import timedelta

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import Role
from accounts.services import issue_token
from compliance_site.shipping import ship
from recordings import gate, keys
from recordings.store import store
from tests import stage, stores
from tests.factories import LineFactory, UserFactory
from trail.domain.actors import CALLWARD

hypothesis.settings.register_profile(  # how long an example takes says how busy the machine is, nothing else
    "callward", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("callward")


@pytest.fixture(scope="session", autouse=True)
def _shipped(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    teardown = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: stage.restore()  # type: ignore[method-assign]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        keys.keyset()  # made here: the database is asked whether one was lost, and most tests may not ask it
        if connection.introspection.table_names():  # a run of pure tests alone gets no database
            ship()
            stage.keep()
    yield
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _own_disposition_log(tmp_path_factory):
    """Each test has a log of its own, as it has a database of its own; made when something is first written to it."""
    global _logs
    _logs += 1
    settings.DISPOSITION_LOG = str(tmp_path_factory.getbasetemp() / f"disposition-log-{_logs}")
    gate.set_reason("")


_logs = 0


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
def law_officers(officer, second_officer):
    """Both officers see every line, as whoever changes the law has to."""
    for person in (officer, second_officer):
        person.all_lines = True
        person.save(update_fields=["all_lines"])
    return officer, second_officer


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


# The stores: each test's own, with nothing in it yet.


@pytest.fixture(scope="session")
def s3_endpoint():
    with stores.s3_server() as (endpoint, _):
        yield endpoint


@pytest.fixture
def s3_credentials(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in stores.S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def s3_store(settings, s3_endpoint, s3_credentials):
    settings.STORAGE_URL = stores.s3_address(s3_endpoint)
    store.cache_clear()
    yield stores.make_bucket()
    store.cache_clear()


@pytest.fixture
def file_store(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path}/store"
    store.cache_clear()
    yield store()
    store.cache_clear()


@pytest.fixture(params=["file_store", "s3_store"])
def each_store(request):
    return request.getfixturevalue(request.param)
