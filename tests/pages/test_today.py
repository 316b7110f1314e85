"""Today, for each role: what needs the person, figures that open their lists, the tour of the demo."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import IntegrationClient, Role
from compliance_site import heartbeats
from compliance_site.demo import company
from recordings.domain.deliveries import EvidenceGiven
from recordings.services.holds import place_hold
from tests.factories import UserFactory
from tests.pages.calls import assigned, delivered
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def living_machines():
    heartbeats.note(heartbeats.WORKER)
    heartbeats.note(heartbeats.BEAT)


@pytest.fixture
def whole(db):
    return UserFactory(username="ruth", first_name="Ruth", last_name="Adeyemi", role=Role.SUPERVISOR, all_lines=True)


@pytest.fixture
def demo_told(line):
    with transaction.atomic():
        trail.append("demo.begun", actor=CALLWARD, subject=line, calls=3)
        trail.append("demo.filled", actor=CALLWARD, subject=line)


@pytest.fixture
def working_day(line, reviewer, officer, second_officer):
    """Three calls: one held, one without consent, one whose review is late; a fourth is due."""
    held, late, due = (delivered(line, external_id=f"call-{place}") for place in range(3))
    delivered(line, external_id="refused", consent=(EvidenceGiven("spoken", "refused", "customer", 3.0),))
    place_hold(matter="Ortega, complaint", reason="Counsel asked.", recording_ids=[held.pk], actor=officer)
    assigned(late, reviewer, due_at=timezone.now() - timedelta(days=2))
    assigned(due, reviewer, due_at=timezone.now() + timedelta(hours=3), position=2)
    return held


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_today_is_accessible_for_every_role(
    as_user, axe, screenshot, working_day, demo_told, reviewer, officer, whole, auditor, theme, width
):
    for name, person in {"reviewer": reviewer, "supervisor": whole, "officer": officer, "auditor": auditor}.items():
        page = as_user(person, theme=theme, width=width)
        page.goto("/")
        screenshot(page, f"today-{name}-{width}-{theme}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_supervisor_sees_what_is_late_and_each_number_opens_its_list(as_user, working_day, whole):
    page = as_user(whole)
    page.goto("/")
    needs = page.get_by_role("region", name="Needs you")
    assert "1 review is overdue" in needs.inner_text()
    assert "1 call is in quarantine" in needs.inner_text()
    for figure in page.locator("a.figure").all():
        answer = page.request.get(figure.get_attribute("href"))
        assert answer.status == 200, figure.inner_text()


def test_there_is_no_rate_under_thirty_calls(as_user, working_day, whole):
    page = as_user(whole)
    page.goto("/")
    assert "too few for a rate" in page.get_by_role("region", name="Do agents say what they must?").inner_text()


def test_a_reviewer_starts_the_next_review_with_one_key(as_user, working_day, reviewer):
    page = as_user(reviewer)
    page.goto("/")
    assert "due on" in page.locator(".answer").inner_text()
    page.keyboard.press("n")
    page.wait_for_url("**/reviews/**")


def test_a_new_installation_says_what_to_do_first(as_user, axe, whole):
    page = as_user(whole)
    page.goto("/")
    assert page.get_by_role("heading", name="No call has arrived").is_visible()
    assert page.get_by_role("link", name="Issue a token").is_visible()
    assert axe(page) == []


def test_a_dead_worker_is_the_first_thing_that_needs_somebody(as_user, whole):
    heartbeats.forget()
    page = as_user(whole)
    page.goto("/")
    assert "The worker does not show itself" in page.get_by_role("region", name="Needs you").inner_text()
    page.get_by_role("link", name="See what is wrong").click()
    assert "Stopped" in page.get_by_role("region", name="May it destroy?").inner_text()
    assert "worker has not shown itself yet" in page.get_by_role("region", name="The parts").inner_text()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_system_page_says_that_all_is_well(as_user, axe, screenshot, whole, theme, width):
    page = as_user(whole, theme=theme, width=width)
    page.goto("/system/")
    screenshot(page, f"system-{theme}-{width}")
    assert "All well" in page.get_by_role("region", name="May it destroy?").inner_text()
    assert axe(page) == []


def test_each_step_of_the_tour_is_ticked_by_its_real_event(as_user, working_day, demo_told, whole, officer):
    page = as_user(whole)
    page.goto("/")
    tour = page.get_by_role("region", name="The tour")
    assert "0 of 5" in tour.inner_text()
    place_hold(matter="Another", reason="Counsel asked.", recording_ids=[working_day.pk], actor=officer)
    page.reload()
    assert "1 of 5" in tour.inner_text()


def test_the_line_for_the_shell_carries_a_token_shown_once(as_user, axe, demo_told, whole):
    page = as_user(whole)
    page.goto("/")
    page.get_by_role("link", name="Show the line").click()
    page.get_by_role("button", name="Make the line").click()
    line = page.locator("#curl").inner_text()
    assert line.startswith("curl -sS http")
    assert "Bearer cw_" in line
    assert axe(page) == []
    assert IntegrationClient.objects.filter(name=company.VISITOR).exists()
    page.goto("/demo/line/")
    assert "Bearer" not in page.content()


def test_outside_the_demo_there_is_no_tour_and_no_line(client, settings, demo_told, whole):
    client.force_login(whole)
    assert "The tour" in client.get("/").content.decode()
    settings.DEMO = False
    assert "The tour" not in client.get("/").content.decode()
    assert client.post("/demo/line/").status_code == 404
