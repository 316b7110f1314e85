"""Disposition, holds and certificates in a real browser: their forms, their keys, and axe in both themes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import LineOfBusiness
from recordings.models import Recording
from recordings.services.disposition import list_due, purge_batch
from recordings.services.holds import place_hold
from recordings.services.objections import object_to_disposition
from recordings.services.removals import object_removals
from tests.pages.calls import delivered


@pytest.fixture
def a_full_list(line: LineOfBusiness, officer, second_officer):
    """Recordings in every state that the page knows: cooling, to be approved, held, objected to, late, destroyed."""
    now = timezone.now()
    started = now - timedelta(days=84, hours=2)  # leaves within seven days, whatever the hour and the time of the year
    calls = [
        delivered(line, external_id=f"old-{n}", started_at=started - timedelta(days=n), number=f"+181355501{60 + n}")
        for n in range(6)
    ]
    later = delivered(line, external_id="gone", started_at=now - timedelta(days=95))
    list_due(at=now - timedelta(days=8))
    list_due(at=now)
    purge_batch(at=now)
    object_removals(at=now)
    object_to_disposition(
        recording_id=calls[1].pk, reason="A dispute is open.", until=now + timedelta(days=30), actor=officer
    )
    place_hold(
        matter="Doyle v. Harbor & Vale", reason="Letter of 3 November.", recording_ids=[calls[2].pk], actor=officer
    )
    Recording.objects.filter(pk__in=[calls[3].pk, calls[4].pk]).update(needs_approval=True)
    return {"calls": calls, "gone": later}


PAGES = ["disposition", "approve", "certificates", "certificate", "holds", "hold", "hold-release", "hold-report"]


def _url(name, full):
    if name == "certificate":
        return reverse("recordings:certificate", args=[full["gone"].pk])
    if name.startswith("hold") and name != "holds":
        return reverse(f"recordings:{name}", args=[full["calls"][2].holds.get().hold_id])
    return reverse(f"recordings:{name}")


def test_no_page_breaks_a_rule_of_wcag_in_either_theme_or_width(
    as_user, axe, screenshot, officer, second_officer, a_full_list
):
    for theme, width in (("light", 1280), ("dark", 1280), ("dark", 360)):
        page = as_user(second_officer, theme=theme, width=width)
        for name in PAGES:
            page.goto(_url(name, a_full_list))
            screenshot(page, f"{name}-{width}-{theme}")
            assert axe(page) == [], (name, theme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, theme, width)


def test_an_objection_is_made_and_taken_back_by_the_key(as_user, officer, a_full_list):
    call = a_full_list["calls"][0]
    page = as_user(officer)
    page.goto(reverse("recordings:disposition"))
    page.locator(f"input[value='{call.pk}']").check()
    page.get_by_text("Object to the chosen").click()
    page.get_by_label("Why they should stay").fill("The customer disputes the bill.")
    page.get_by_role("button", name="Object", exact=True).click()
    page.get_by_text("Objection noted. 1 stays until it is decided.").wait_for()
    call.refresh_from_db()
    assert call.objected_by_id == str(officer.pk)
    page.keyboard.press("u")
    page.get_by_text("1 on the way out again.").wait_for()
    call.refresh_from_db()
    assert call.objected_until is None


def test_the_approve_button_wakes_when_the_number_is_right(as_user, officer, a_full_list):
    page = as_user(officer)
    page.goto(reverse("recordings:disposition"))
    page.get_by_role("link", name="Approve 2 to be destroyed").click()
    button = page.get_by_role("button", name="Approve")
    assert button.is_disabled()
    page.get_by_label("Type the number").fill("3")
    assert button.is_disabled()
    page.get_by_label("Type the number").fill("2")
    button.click()
    page.get_by_text("2 approved. They leave when their day comes.").wait_for()
    assert Recording.objects.filter(approved_by_id=str(officer.pk)).count() == 2


def test_a_hold_is_placed_from_a_call_and_released_by_a_second_person(as_user, officer, second_officer, a_full_list):
    call = a_full_list["calls"][0]
    page = as_user(officer)
    page.goto(f"{reverse('recordings:holds')}?recording={call.pk}")
    page.get_by_label("Matter", exact=True).fill("Complaint 2026-118")
    page.get_by_label("Reason", exact=True).fill("Letter of the regulator, 3 November.")
    page.get_by_role("button", name="Place the hold").click()
    page.get_by_text("Hold placed. It keeps 1 recording now.").wait_for()
    page.get_by_text("You placed this hold. A second person has to release it.").wait_for()
    other = as_user(second_officer)
    other.goto(page.url)
    other.get_by_role("link", name="See what a release lets go").click()
    other.get_by_label("Why it ends").fill("Closed by the regulator on 5 November.")
    other.get_by_role("button", name="Release the hold").click()
    other.get_by_text("Hold released.").wait_for()
    call.refresh_from_db()
    assert call.hold_count == 0


def test_a_certificate_prints_on_one_page(as_user, officer, a_full_list):
    page = as_user(officer)
    page.goto(_url("certificate", a_full_list))
    for size in ("Letter", "A4"):
        paper = page.pdf(format=size)
        assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page\r") == 1, size
