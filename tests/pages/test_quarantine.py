"""The list of calls that somebody has to look at."""

import pytest
from django.urls import reverse

from recordings.domain.deliveries import EvidenceGiven
from recordings.models import Recording
from tests.pages.calls import delivered

REFUSED = (EvidenceGiven("spoken", "refused", "customer", 3.0),)


def test_the_chosen_are_released_with_one_reason_and_the_others_stay(as_user, line, supervisor):
    # given three calls set apart
    first, second, third = (delivered(line, external_id=f"apart-{n}", consent=()) for n in range(3))
    page = as_user(supervisor)
    page.goto(reverse("recordings:quarantine"))
    assert page.get_by_text("no evidence shows that they did").count() >= 3
    # when nothing is chosen and no reason is given
    page.get_by_role("button", name="Release the chosen").click()
    # then both are asked for
    page.get_by_label("Reason").fill("heard the yes of each at the start")
    page.get_by_role("button", name="Release the chosen").click()
    page.get_by_text("Choose the calls to release.").wait_for()
    # when two are chosen
    page.locator(f"input[value='{first.pk}']").check()
    page.locator(f"input[value='{second.pk}']").check()
    page.get_by_role("button", name="Release the chosen").click()
    page.get_by_text("2 released from quarantine.").wait_for()
    left = Recording.objects.filter(state=Recording.State.QUARANTINED).values_list("pk", flat=True)
    assert set(left) == {third.pk}


def test_the_filter_names_its_reason(client, line, officer):
    missing = delivered(line, external_id="missing", consent=())
    refused = delivered(line, external_id="refused", consent=REFUSED)
    client.force_login(officer)

    def found(**asked: str) -> set:
        return {item.row.recording.pk for item in client.get(reverse("recordings:quarantine"), asked).context["apart"]}

    assert found() == {missing.pk, refused.pk}
    assert found(reason="consent_refused") == {refused.pk}
    assert (
        b"Nothing is quarantined for this reason"
        in client.get(reverse("recordings:quarantine"), {"reason": "no_line"}).content
    )


def test_nobody_releases_what_they_may_not_see(client, line, stranger, auditor, reviewer):
    recording = delivered(line, consent=())
    for user in (stranger, auditor, reviewer):
        client.force_login(user)
        given = {"chosen": str(recording.pk), "reason": "I would like to hear it"}
        assert client.post(reverse("recordings:quarantine"), given).status_code == 404
        release = reverse("recordings:release", args=[recording.pk])
        assert client.post(release, {"reason": "I would like to hear it"}).status_code == 404
    recording.refresh_from_db()
    assert recording.state == Recording.State.QUARANTINED


def test_an_empty_quarantine_says_so(client, line, officer):
    client.force_login(officer)
    assert b"Nothing is quarantined" in client.get(reverse("recordings:quarantine")).content


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_quarantine_is_open_to_everybody(as_user, axe, line, officer, theme, width):
    delivered(line, consent=())
    page = as_user(officer, theme=theme, width=width)
    page.goto(reverse("recordings:quarantine"))
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
