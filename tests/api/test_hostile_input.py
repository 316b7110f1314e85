"""What nobody sends by mistake: it is refused with a word, it breaks nothing, and it reads nothing."""

import base64
import logging

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import Role
from compliance_site.logs import line_formatter
from compliance_site.problems import problem_of
from recordings.domain.errors import KeysUnavailable, StoreUnavailable
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

DEEP = 900  # Python gives up at about a thousand, wherever it stands by then


def _cursor_of(depth: int) -> str:
    return base64.urlsafe_b64encode(b"[" * depth).decode().rstrip("=")


@pytest.mark.parametrize("depth", [DEEP, 980, 5_000])
@pytest.mark.parametrize("path", ["recordings", "holds", "certificates", "findings"])
def test_a_cursor_that_is_nested_without_end_is_no_cursor(client, bearer, path, depth):
    answer = client.get(f"/api/v1/{path}/?cursor={_cursor_of(depth)}", headers=bearer())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")


def test_on_a_page_such_a_cursor_begins_anew(client, officer):
    client.force_login(officer)
    assert client.get(f"/recordings/?cursor={_cursor_of(5_000)}").status_code == 200


@pytest.mark.parametrize("depth", [40, DEEP, 970, 985, 100_000])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("decisions/preview/", '{"direction": "inbound", "line_of_business": "home-cover", "policy": %s}'),
        ("decisions/preview/", '{"policy": {"retention": %s}}'),
        ("recordings/", '{"facts": {"sector": %s}}'),
        ("holds/", '{"matter": "M", "reason": "R", "query": {"source": %s}}'),
    ],
)
def test_json_that_is_nested_without_end_is_refused(client, bearer, line, path, body, depth):
    nested = body % ("[" * depth + "]" * depth)
    answer = client.post(f"/api/v1/{path}", nested, content_type="application/json", headers=bearer())
    assert (answer.status_code, "nested too deeply" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("name", ["from", "to", "delete_before"])
def test_a_moment_outside_of_the_calendar_is_named(client, bearer, name, moment):
    answer = client.get("/api/v1/recordings/", {name: moment}, headers=bearer())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")


@pytest.mark.parametrize(
    "address",
    [
        "/recordings/certificates/?line=%00",
        "/recordings/?agent=%00",
        "/reviews/?line=%00",
        "/reviews/results/?line=%00",
        "/policies/versions/draft/?policy=%00",
    ],
)
def test_a_page_refuses_what_no_text_can_hold(client, officer, address):
    client.force_login(officer)
    assert client.get(address).status_code == 400


def test_the_search_refuses_what_no_text_can_hold(client, officer):
    client.force_login(officer)
    assert client.post("/recordings/find/", {"q": "Ada\x00Ekman"}).status_code == 400


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("address", ["/recordings/?since=", "/recordings/?to=", "/recordings/disposition/?day="])
def test_the_first_and_the_last_day_of_the_calendar_are_days(client, officer, address, day, zone):
    client.force_login(officer)
    client.cookies["zone"] = zone
    assert client.get(address + day).status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_call_is_tried_on_days_that_telephones_know(client, officer, line, day):
    client.force_login(officer)
    said = {"direction": "outbound", "medium": "phone", "line": line.code, "customer": "US-CA", "day": day}
    answer = client.post("/policies/try/", said)
    assert (answer.status_code, "from 1970 to 2199" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(
    "query",
    [
        "accounts/user/?password__startswith=pbkdf2",
        "accounts/user/?is_superuser=1",
        "accounts/user/?lines__people__password__contains=a",
        "accounts/token/?digest=a",
        "audits/assignment/?reviewer__password__startswith=a",
        "recordings/recording/?release_reason__contains=a",
        "recordings/recording/?parties__number_index=a",
    ],
)
def test_the_admin_filters_by_nothing_but_what_it_offers(client, query):
    client.force_login(UserFactory(role=Role.SUPERVISOR, all_lines=True))
    assert client.get(f"/admin/{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "accounts/user/?role__exact=officer&is_active__exact=1",
        "recordings/recording/?state__exact=stored",
        "trail/event/?verb=hold.placed",
        "accounts/token/?client__isnull=True",
    ],
)
def test_the_admins_own_filters_work(client, query):
    client.force_login(UserFactory(role=Role.SUPERVISOR, all_lines=True))
    assert client.get(f"/admin/{query}").status_code == 200


@pytest.mark.parametrize("is_json", [True, False])
def test_a_log_line_about_a_request_leaves_its_query_out(is_json):
    request: HttpRequest = RequestFactory().get("/api/v1/recordings/", {"number": "+13125550142"})
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Unprocessable: %s", (request.path,), None)
    record.request = request
    line = line_formatter(is_json=is_json).format(record)
    assert ("GET /api/v1/recordings/" in line, "5550142" in line) == (True, False)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError('connection to server at "10.0.0.5", user "callward" failed'),
        StoreUnavailable("The audio store cannot be used just now: /srv/10.0.0.5: No space left on device."),
        KeysUnavailable("The keyset /srv/10.0.0.5/keyset.json is missing, but audio is stored."),
    ],
)
def test_what_is_wrong_inside_stays_inside(error):
    found = problem_of(error)
    assert (found["status"], "10.0.0.5" in str(found), "Try again" in found["detail"]) == (503, False, True)
