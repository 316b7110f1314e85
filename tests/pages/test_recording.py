"""The page of one call: heard, explained, and closed to whom it does not concern."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.services import give_call
from recordings.domain.deliveries import EvidenceGiven
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold
from tests.factories import RecordingFactory
from tests.pages.calls import CUSTOMER, awaiting, delivered, draw_waves
from trail.models import Event


def address(recording) -> str:
    return reverse("recordings:detail", args=[recording.pk])


def seen_by(user, recording):
    client = Client()
    client.force_login(user)
    return client.get(address(recording))


def test_the_call_is_heard_and_the_needle_moves(as_user, line, officer):
    recording = delivered(line)
    page = as_user(officer)
    page.goto(address(recording))
    page.keyboard.press("ArrowRight")
    assert not Event.objects.filter(verb="recording.played").exists()  # to look at a call is not to hear it
    # when it is played at three times the speed for a moment
    page.locator("[data-speed]").select_option("3")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-now]")).to_have_text(re.compile("0:0[2-9]"))
    page.get_by_role("button", name="Pause").click()
    # then the needle, the tint and the words followed, and the trail has one playback
    assert page.locator("[data-needle]").get_attribute("x1") != "0"
    assert "H" in page.locator("[data-heard]").get_attribute("d")
    assert "seconds of 20 seconds" in page.locator("[data-seek]").get_attribute("aria-valuetext")
    assert Event.objects.filter(verb="recording.played", subject_id=str(recording.pk)).count() == 1


def test_the_keys_move_the_position_and_rest_while_somebody_types(as_user, line, officer):
    page = as_user(officer)
    page.goto(address(delivered(line)))
    at = lambda: float(page.locator("[data-seek]").input_value())  # noqa: E731
    for key, expected in (("l", 5), ("l", 10), ("j", 5), ("ArrowRight", 6), ("ArrowLeft", 5)):
        page.keyboard.press(key)
        assert at() == expected
    page.keyboard.press("Control+l")
    page.locator("[data-find]").focus()
    page.keyboard.type("l")
    assert at() == 5
    page.locator("[data-seek]").focus()
    page.keyboard.press("PageUp")
    assert at() == 15


def test_speed_and_place_are_remembered(as_user, line, officer):
    recording = delivered(line)
    page = as_user(officer)
    page.goto(address(recording))
    page.keyboard.press(".")
    page.keyboard.press("l")
    page.reload()
    assert page.locator("[data-speed]").input_value() == "1.25"
    assert float(page.locator("[data-seek]").input_value()) == 5
    page.get_by_role("button", name="From the start").click()
    assert float(page.locator("[data-seek]").input_value()) == 0


def test_a_moment_is_heard_from_two_seconds_before(as_user, line, officer):
    page = as_user(officer)
    page.goto(address(delivered(line)))
    page.get_by_role("group", name="Moments").get_by_role("button", name="consent given").click()
    assert float(page.locator("[data-seek]").input_value()) == 7
    assert page.locator("audio").evaluate("audio => audio.paused")


def test_one_side_is_muted(as_user, line, officer):
    page = as_user(officer)
    page.goto(address(delivered(line)))
    page.get_by_role("button", name="Mute customer").click()
    assert page.locator("[data-lane=customer]").evaluate("lane => lane.classList.contains('is-muted')")
    assert page.get_by_role("button", name="Mute customer").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="Mute agent").get_attribute("aria-pressed") == "false"


def test_another_purpose_is_another_playback(as_user, line, officer):
    recording = delivered(line)
    page = as_user(officer)
    page.goto(address(recording))
    page.get_by_label("Played for").select_option("dispute_resolution")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-now]")).to_have_text(re.compile("0:0[1-9]"))
    page.get_by_role("button", name="Pause").click()
    played = Event.objects.filter(verb="recording.played").values_list("facts__purpose", flat=True)
    assert set(played) == {"dispute_resolution"}


def test_the_drawing_comes_by_itself(as_user, line, officer):
    recording = delivered(line, drawn=False)
    page = as_user(officer)
    page.goto(address(recording))
    assert page.get_by_text("The waveform is drawn within seconds").is_visible()
    draw_waves(recording, 20)
    page.locator("[data-lane=agent]").wait_for(state="attached")
    assert page.get_by_text("The waveform is drawn within seconds").count() == 0
    page.keyboard.press("l")
    assert float(page.locator("[data-seek]").input_value()) == 5


def test_the_dates_are_explained_down_to_the_rule(db, line, officer):
    recording = delivered(line)
    place_hold(matter="Ortega", reason="Counsel asks to keep it", recording_ids=[recording.pk], actor=officer)
    text = seen_by(officer, recording).content.decode()
    assert "It stays while a legal hold covers it." in text
    assert "Without the hold it would go by the end of" in text
    assert "our policy keeps recordings" in text or "our policy keeps it" in text
    assert recording.decided["retention"]["explanation"][0]["citation"] in text
    assert "style=" not in text


def test_a_destroyed_call_shows_where_its_certificate_is(db, line, officer, stranger):
    recording = RecordingFactory(line_of_business=line, expired=True)
    purge_batch(at=timezone.now(), limit=10)
    answer = seen_by(officer, recording)
    assert answer.status_code == 410
    assert reverse("recordings:certificate", args=[recording.pk]) in answer.content.decode()
    assert seen_by(stranger, recording).status_code == 404


def test_a_foreign_call_looks_like_none(db, line, officer, stranger, reviewer):
    recording = delivered(line)
    assert seen_by(officer, recording).status_code == 200
    foreign = seen_by(stranger, recording)
    recording.pk = "018d0dc4-7a31-7c44-9d2e-5b1f0c6a8e21"
    wrong = seen_by(stranger, recording)
    assert (foreign.status_code, wrong.status_code) == (404, 404)
    csrf = ("csrfmiddlewaretoken",)
    strip = lambda answer: [row for row in answer.content.decode().splitlines() if not any(n in row for n in csrf)]  # noqa: E731
    assert strip(foreign) == strip(wrong)


def test_a_reviewer_sees_what_a_review_needs_and_no_more(db, line, officer, reviewer):
    recording = delivered(line)
    place_hold(matter="Ortega", reason="Counsel asks to keep it", recording_ids=[recording.pk], actor=officer)
    assert seen_by(reviewer, recording).status_code == 404
    give_call(user=reviewer, recording_id=recording.pk)
    text = seen_by(reviewer, recording).content.decode()
    for hidden in (CUSTOMER, "813", "Priya", "a-17", "Ortega", 'id="history"'):
        assert hidden not in text
    assert "Names hidden" in text
    assert 'id="why"' in text
    full = seen_by(officer, recording).content.decode()
    for shown in (CUSTOMER, "+1 813-555-0142", "Priya Raman", "Ortega", 'id="history"', recording.sha256.hex()):
        assert shown in full


def test_a_call_is_let_out_of_quarantine_with_a_reason(as_user, line, supervisor):
    recording = delivered(line, consent=(EvidenceGiven("spoken", "refused", "customer", 3.0),))
    page = as_user(supervisor)
    page.goto(address(recording))
    assert page.get_by_text("Somebody on the call refused to be recorded.").is_visible()
    page.get_by_role("button", name="Release from quarantine").click()
    page.get_by_label("Reason").fill("short")
    page.get_by_role("button", name="Release from quarantine").click()
    page.get_by_label("Reason").fill("She withdrew her refusal at 0:12, heard twice.")
    page.get_by_role("button", name="Release from quarantine").click()
    page.get_by_text("Released from quarantine.").wait_for()
    recording.refresh_from_db()
    assert recording.state == "stored"
    assert page.get_by_text("Somebody on the call refused to be recorded.").count() == 0


def test_who_may_not_judge_hears_no_quarantined_call(db, line, officer, auditor):
    recording = delivered(line, consent=())
    assert "data-player" in seen_by(officer, recording).content.decode()
    text = seen_by(auditor, recording).content.decode()
    assert "data-player" not in text
    assert "hears it first" in text


def test_a_call_without_audio_says_so(db, line, officer):
    assert "No audio yet" in seen_by(officer, awaiting(line)).content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_call_is_open_to_everybody(as_user, axe, line, officer, theme, width):
    recording = delivered(line, started_at=timezone.now() - timedelta(days=30))
    place_hold(matter="Ortega", reason="Counsel asks to keep it", recording_ids=[recording.pk], actor=officer)
    page = as_user(officer, theme=theme, width=width)
    page.goto(address(recording))
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
