"""Dates to decide, refusals, and telling what a period counts from: as people see and do it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recordings.models import RetentionCase
from recordings.services.calls import record_event
from recordings.services.retention.cases import tend_cases
from recordings.services.retention.refusals import settle_refusals
from tests.unit.recordings_retention.stage import (
    AT_MOST_A_YEAR,
    AT_MOST_SIXTY,
    KEEP_AFTER_CONTRACT,
    KEEP_NINETY,
    dates,
    kept,
)
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(line, file_store):
    """A contradiction that is late, a call without policy, and refusals that ended differently."""
    late = kept(line, KEEP_NINETY, AT_MOST_SIXTY)
    kept(line, AT_MOST_A_YEAR, state="quarantined", quarantine_reasons=["no_policy"])
    for follow, limits in (
        ("delete", (AT_MOST_A_YEAR,)),
        ("keep_reason_only", (AT_MOST_A_YEAR,)),
        ("delete", (KEEP_NINETY, AT_MOST_A_YEAR)),
    ):
        refused = kept(line, *limits, on_refusal=follow)
        record_event(
            recording=refused,
            kind="consent_refused",
            offset_seconds=8,
            method="spoken",
            detail="billing",
            actor=CALLWARD,
        )
    while settle_refusals(timezone.now()):
        pass
    tend_cases(timezone.now())
    case = RetentionCase.objects.get(recording_id=late.pk)
    RetentionCase.objects.filter(pk=case.pk).update(
        since=timezone.now() - timedelta(days=20), due_at=timezone.now() - timedelta(days=6)
    )
    return late, case


def test_an_officer_decides_a_late_contradiction_and_every_page_is_sound(inbox, officer, as_user, axe, screenshot):
    recording, case = inbox
    page = as_user(officer)
    page.goto(reverse("today"))
    page.get_by_text("waits too long for a decision about its dates").first.wait_for()
    addresses = {
        "inbox": reverse("recordings:inbox"),
        "inbox-no-policy": f"{reverse('recordings:inbox')}?kind=no_policy",
        "case": reverse("recordings:case", args=[case.pk]),
        "refusals": reverse("recordings:refusals"),
        "why": reverse("recordings:detail", args=[recording.pk]),
    }
    for theme, width in (("light", 1280), ("dark", 360)):
        page.set_viewport_size({"width": width, "height": 800})
        for name, address in addresses.items():
            page.goto(address)
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
            assert axe(page) == [], name
            screenshot(page, f"retention-{name}-{theme}-{width}")
    page.goto(addresses["case"])
    page.get_by_label("Keep it to the end of").fill((recording.ended_at + timedelta(days=120)).date().isoformat())
    page.get_by_label("Why the other rule gives way").fill("Counsel says that the minimum is law.")
    page.get_by_role("button", name="Keep it to that day").click()
    page.get_by_text("Decided. Its dates are those that you chose.").wait_for()
    assert dates(recording)[0] > recording.ended_at + timedelta(days=119)


def test_an_officer_tells_that_a_contract_ended(line, officer, as_user, file_store):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    before = dates(recording)
    page = as_user(officer)
    page.goto(reverse("recordings:detail", args=[recording.pk]))
    page.get_by_text("Nobody told yet when the contract ended.").wait_for()
    page.get_by_text("Tell what its period counts from").click()
    page.get_by_label("On", exact=True).fill((timezone.now() - timedelta(days=2)).date().isoformat())
    page.get_by_role("button", name="Count from that day").click()
    page.get_by_text("Counted. It is kept longer now.").wait_for()
    assert dates(recording)[0] > before[0]
