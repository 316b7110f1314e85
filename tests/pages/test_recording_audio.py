"""A call's audio on its page: played whatever its codec, its pauses explained, its bytes compared."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from recordings.models import Recording, Rendition
from recordings.services.calls import record_event
from recordings.services.probe import probe_due
from recordings.services.renditions import render_due
from recordings.store import store
from tests.pages.calls import delivered, two_channels
from tests.sounds import sound
from trail.domain.actors import CALLWARD


def address(recording) -> str:
    return reverse("recordings:detail", args=[recording.pk])


def paused(recording, start, end, why="card_number"):
    record_event(recording=recording, kind="paused", offset_seconds=start, detail=why, actor=CALLWARD)
    if end is not None:
        record_event(recording=recording, kind="resumed", offset_seconds=end, actor=CALLWARD)


def hear(page):
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-now]")).to_have_text(re.compile("0:0[1-9]"))
    page.get_by_role("button", name="Pause", exact=True).click()


def test_a_codec_that_no_browser_plays_is_heard_a_few_seconds_later(as_user, line, officer):
    recording = delivered(line, audio=sound("AMR"), seconds=6, drawn=False)
    probe_due(timezone.now())
    page = as_user(officer)
    page.goto(address(recording))
    assert page.get_by_text("a form that they play is made now").is_visible()
    assert page.get_by_role("button", name="Play", exact=True).is_disabled()
    assert render_due(timezone.now()) == 1
    played = page.locator("[data-player] > audio")
    played.wait_for(state="attached")
    hear(page)
    assert played.evaluate("audio => audio.duration") == pytest.approx(6, abs=0.2)
    assert page.locator(".standing").get_by_text("Authentic").is_visible()


@pytest.mark.parametrize("name", ["G.711 µ-law in WAV", "G.711 A-law in WAV", "MP3", "Opus in Ogg", "FLAC"])
def test_what_browsers_play_is_heard_as_it_came(as_user, line, officer, name):
    recording = delivered(line, audio=sound(name), seconds=6, drawn=False)
    probe_due(timezone.now())
    page = as_user(officer)
    page.goto(address(recording))
    hear(page)
    assert not Rendition.objects.exists()


def test_a_range_of_the_playable_form_is_answered_and_the_original_is_untouched(db, line, officer):
    recording = delivered(line, audio=sound("AMR"), seconds=6, drawn=False)
    probe_due(timezone.now())
    client = Client()
    client.force_login(officer)
    url = reverse("recordings:audio", args=[recording.pk])
    asked = {"purpose": "quality_assurance", "playable": "1"}
    assert client.get(url, asked).status_code == 409
    render_due(timezone.now())
    answer = client.get(url, asked, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer["Content-Type"]) == (206, "audio/webm")
    assert b"".join(answer.streaming_content) == b"\x1aE\xdf\xa3"
    original = client.get(url, {"purpose": "quality_assurance", "download": "1"})
    assert b"".join(original.streaming_content) == sound("AMR")


def test_bytes_that_were_changed_are_refused_and_the_page_says_changed(db, line, officer):
    recording = delivered(line)
    file = store().path(recording.object_key)
    sealed = bytearray(file.read_bytes())
    sealed[99] ^= 1
    file.write_bytes(sealed)
    client = Client(raise_request_exception=False)
    client.force_login(officer)
    url = reverse("recordings:audio", args=[recording.pk])
    assert client.get(url, {"purpose": "quality_assurance", "playable": "1"}).status_code == 500
    text = client.get(address(recording)).content.decode()
    assert 'data-standing="changed"' in text
    assert "is not what was stored" in text
    recording.refresh_from_db()
    assert recording.quarantine_reasons == ["changed_audio"]


def test_comparing_works_without_javascript(db, line, officer, stranger):
    recording = delivered(line)
    url = reverse("recordings:authentic", args=[recording.pk])
    client, foreign = Client(), Client()
    client.force_login(officer)
    foreign.force_login(stranger)
    assert 'data-standing="unknown"' in client.get(address(recording)).content.decode()
    assert client.post(url).status_code == 302
    assert 'data-standing="authentic"' in client.get(address(recording)).content.decode()
    assert foreign.post(url).status_code == 404


def test_pauses_are_explained_gaps(db, line, officer):
    kept, cut = delivered(line), delivered(line, external_id="call-2", audio=two_channels(14))
    for recording in (kept, cut):
        paused(recording, 10, 16)
    Recording.objects.get(pk=cut.pk).profile.__class__.objects.filter(recording=cut).update(duration_seconds=14)
    client = Client()
    client.force_login(officer)
    text = client.get(address(kept)).content.decode()
    assert "Paused for 0:06, because a card number was given." in text
    assert "kept as it came" in text
    assert 'class="quiet is-paused" data-from="10.0" data-to="16.0"' in text
    text = client.get(address(cut)).content.decode()
    assert "Left out of the audio." in text
    assert 'class="cut"' in text


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_gaps_marks_and_standing_are_open_to_everybody(as_user, axe, line, officer, width, theme):
    recording = delivered(line, started_at=timezone.now() - timedelta(days=2))
    paused(recording, 10, 16)
    paused(recording, 18, None, why="")
    recording.profile.__class__.objects.filter(recording=recording).update(marks=["one_sided", "length_differs"])
    page = as_user(officer, theme=theme, width=width)
    page.goto(address(recording))
    hear(page)
    assert page.locator(".standing").get_by_text("Authentic").is_visible()
    assert page.get_by_role("list", name="Pauses of the recording").get_by_role("listitem").count() == 2
    page.get_by_role("button", name="Go to the pause at 0:10").click()
    assert float(page.locator("[data-seek]").input_value()) == 8
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
