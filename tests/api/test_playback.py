"""Hearing a recording: ranges, purposes, sessions, and who may not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.history import history
from accounts.services import give_call
from recordings.models import Certificate, ListeningSession, Recording
from recordings.services.disposition import purge_batch
from recordings.services.playback import end_sessions, listen, note_listening, note_view, purposes_for
from recordings.tasks import end_listening
from tests.factories import AUDIO, RecordingFactory
from trail.models import Event

PURPOSE = "quality_assurance"


@pytest.fixture
def call(line):
    return RecordingFactory(line_of_business=line)


@pytest.fixture
def hear(client, bearer):
    token = bearer("recordings:listen")

    def ask(recording, purpose=PURPOSE, method="get", **headers):
        url = f"/api/v1/recordings/{recording.pk}/audio"
        query = {"purpose": purpose} if purpose else {}
        return getattr(client, method)(url, query, headers=token | {k.replace("_", "-"): v for k, v in headers.items()})

    return ask


def _bytes(answer):
    return b"".join(answer.streaming_content)


def test_the_whole_is_the_audio_as_it_was_delivered(hear, call):
    answer = hear(call)
    assert (answer.status_code, _bytes(answer)) == (200, AUDIO)
    assert answer["Content-Length"] == str(len(AUDIO))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == "inline"
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=100-", 100, len(AUDIO)),
        ("bytes=-100", len(AUDIO) - 100, len(AUDIO)),
        (f"bytes=0-{10**18}", 0, len(AUDIO)),
        (f"bytes=-{10**18}", 0, len(AUDIO)),
        ("BYTES = 5 - 9", 5, 10),
    ],
)
def test_one_range_is_answered_with_it(hear, call, asked, start, stop):
    answer = hear(call, Range=asked)
    assert (answer.status_code, _bytes(answer)) == (206, AUDIO[start:stop])
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{len(AUDIO)}"
    assert answer["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "items=0-1", "bytes=5-2", "bytes=-", "bytes=a-b", "bytes=" + "9" * 99 + "-"]
)
def test_what_is_not_one_range_is_answered_with_the_whole(hear, call, asked):
    answer = hear(call, Range=asked)
    assert (answer.status_code, _bytes(answer)) == (200, AUDIO)


@pytest.mark.parametrize("asked", [f"bytes={len(AUDIO)}-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(hear, call, asked):
    answer = hear(call, Range=asked)
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(AUDIO)}")
    assert not ListeningSession.objects.exists()


def test_if_range_gives_the_part_only_of_the_same_audio(hear, call):
    tag = hear(call)["ETag"]
    assert hear(call, Range="bytes=0-9", If_Range=tag).status_code == 206
    assert hear(call, Range="bytes=0-9", If_Range='"another"').status_code == 200


def test_a_range_over_pieces_opens_what_it_needs(hear, line):
    audio = bytes(i * 7 % 251 for i in range(600_000))
    call = RecordingFactory(line_of_business=line, audio=audio)
    for start, stop in ((262_100, 262_200), (524_288, 524_289), (0, 600_000), (599_999, 600_000)):
        assert _bytes(hear(call, Range=f"bytes={start}-{stop - 1}")) == audio[start:stop]


def test_head_says_what_get_would_and_plays_nothing(hear, call):
    answer = hear(call, method="head", Range="bytes=0-9")
    assert (answer.status_code, answer["Content-Length"], answer.content) == (206, "10", b"")
    assert not Event.objects.filter(verb="recording.played").exists()


@pytest.mark.parametrize("purpose", ["", "training", "curiosity"])
def test_a_purpose_that_was_not_announced_is_refused(hear, call, purpose):
    answer = hear(call, purpose=purpose)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/purpose")
    assert "quality_assurance" in answer.json()["detail"]
    assert not ListeningSession.objects.exists()


def test_many_ranges_are_one_session_and_one_event(hear, call):
    for start in range(5):
        _bytes(hear(call, Range=f"bytes={start}-{start + 9}"))
    event = Event.objects.get(verb="recording.played")
    assert (event.subject_id, event.facts) == (str(call.pk), {"purpose": PURPOSE})


def test_half_an_hour_of_silence_or_another_purpose_begins_a_new_session(call, officer):
    now = timezone.now()
    for minutes, purpose in ((0, PURPOSE), (29, PURPOSE), (58, PURPOSE), (88, PURPOSE), (88, "dispute_resolution")):
        note_listening(recording=call, purpose=purpose, actor=officer, at=now + timedelta(minutes=minutes))
    assert Event.objects.filter(verb="recording.played").count() == 3


def test_a_quarantined_call_is_heard_by_who_judges_it_for_the_regulator(hear, line, officer, supervisor):
    call = RecordingFactory(
        line_of_business=line, state=Recording.State.QUARANTINED, quarantine_reasons=["consent_missing"]
    )
    assert (hear(call).status_code, hear(call).json()["type"]) == (409, "/problems/in-quarantine")
    assert purposes_for(call, officer) == purposes_for(call, supervisor) == ["regulatory"]


def test_wrong_foreign_and_destroyed_ids(client, bearer, line, other_line):
    foreign, gone = RecordingFactory(line_of_business=other_line), RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    token = bearer("recordings:listen", lines=[line])
    wrong, other = (
        client.get(f"/api/v1/recordings/{pk}/audio?purpose={PURPOSE}", headers=token)
        for pk in ("018d0dc4-7a31-7c44-9d2e-5b1f0c6a8e21", foreign.pk)
    )
    assert (wrong.status_code, wrong.json()) == (other.status_code, other.json())
    assert wrong.status_code == 404
    destroyed = client.get(f"/api/v1/recordings/{gone.pk}/audio?purpose={PURPOSE}", headers=token)
    assert (destroyed.status_code, destroyed.json()["certificate"]) == (410, f"/api/v1/certificates/{gone.pk}/")
    elsewhere = bearer("recordings:listen", lines=[other_line])
    assert client.get(f"/api/v1/recordings/{gone.pk}/audio?purpose={PURPOSE}", headers=elsewhere).status_code == 404


def test_a_token_without_the_scope_hears_nothing(client, bearer, call):
    answer = client.get(f"/api/v1/recordings/{call.pk}/audio?purpose={PURPOSE}", headers=bearer("recordings:read"))
    assert answer.status_code == 403


def test_a_session_that_is_over_says_from_where_to_where_it_was_heard(hear, call):
    quarter = len(AUDIO) // 4  # of a call of four minutes: one minute
    _bytes(hear(call, Range=f"bytes={2 * quarter}-{3 * quarter - 1}"))
    _bytes(hear(call, Range=f"bytes={quarter}-{2 * quarter - 1}"))
    end_listening()
    assert not Event.objects.filter(verb="playback.ended").exists()
    later = timezone.now() + timedelta(minutes=31)
    assert (end_sessions(at=later, limit=9), end_sessions(at=later, limit=9)) == (1, 0)
    ended = Event.objects.get(verb="playback.ended")
    began = Event.objects.get(verb="recording.played")
    assert (ended.subject_id, ended.actor_id, ended.line_of_business_id) == (
        began.subject_id,
        began.actor_id,
        call.line_of_business_id,
    )
    assert (ended.facts["purpose"], ended.facts["from_s"], ended.facts["to_s"]) == (PURPOSE, 60.0, 180.0)
    sentences = [entry.sentence for entry in history("recordings.recording", call.pk)]
    assert sentences[-1] == "Played for quality assurance, 1:00 to 3:00"


def test_a_listener_who_goes_away_midway_heard_what_was_taken(line, officer):
    audio = bytes(i * 7 % 251 for i in range(524_288))
    call = RecordingFactory(line_of_business=line, audio=audio)
    pieces = listen(recording=call, purpose=PURPOSE, actor=officer)
    next(pieces)
    pieces.close()
    session = ListeningSession.objects.get()
    assert (session.from_seconds, round(session.to_seconds)) == (0.0, 120)


def test_a_session_whose_call_was_destroyed_meanwhile_ends_all_the_same(officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    note_listening(recording=call, purpose=PURPOSE, actor=officer)
    purge_batch(at=timezone.now())
    end_sessions(at=timezone.now() + timedelta(hours=1), limit=9)
    assert Event.objects.get(verb="playback.ended_unheard").subject_id == str(call.pk)


def test_the_api_plays_and_neither_views_nor_downloads(hear, call, client, bearer):
    _bytes(hear(call))
    assert client.get(f"/api/v1/recordings/{call.pk}/", headers=bearer("recordings:read")).status_code == 200
    url = f"/api/v1/recordings/{call.pk}/audio?purpose={PURPOSE}&download=1"
    answer = client.get(url, headers=bearer("recordings:listen"))
    assert (_bytes(answer), answer["Content-Disposition"]) == (AUDIO, "inline")
    verbs = set(Event.objects.filter(subject_id=str(call.pk)).values_list("verb", flat=True))
    assert verbs == {"recording.played"}


def test_a_call_is_viewed_once_by_a_person_in_half_an_hour(client, call, officer, supervisor):
    page = reverse("recordings:detail", args=[call.pk])
    for person in (officer, officer, supervisor):
        client.force_login(person)
        assert client.get(page).status_code == 200
    views = Event.objects.filter(verb="recording.viewed", subject_id=str(call.pk))
    assert sorted(views.values_list("actor_id", flat=True)) == sorted([officer.actor_id, supervisor.actor_id])
    note_view(recording=call, actor=officer, at=timezone.now() + timedelta(minutes=31))
    assert views.count() == 3


def test_a_call_that_is_not_to_be_seen_is_not_viewed(client, call, stranger):
    client.force_login(stranger)
    assert client.get(reverse("recordings:detail", args=[call.pk])).status_code == 404
    assert not Event.objects.filter(verb="recording.viewed").exists()


@pytest.mark.parametrize("who", ["supervisor", "officer", "auditor"])
def test_a_download_is_a_file_and_an_event_of_its_own(client, call, who, request):
    client.force_login(request.getfixturevalue(who))
    asked = {"purpose": PURPOSE, "download": "1"}
    answer = client.get(reverse("recordings:audio", args=[call.pk]), asked, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, _bytes(answer)) == (200, AUDIO)
    assert answer["Content-Disposition"] == f'attachment; filename="call-{call.pk}.wav"'
    event = Event.objects.get(subject_id=str(call.pk))
    assert (event.verb, event.facts) == ("recording.downloaded", {"purpose": PURPOSE})
    assert not ListeningSession.objects.exists()


def test_a_reviewer_hears_the_given_call_and_downloads_nothing(client, call, reviewer):
    give_call(user=reviewer, recording_id=call.pk)
    client.force_login(reviewer)
    audio = reverse("recordings:audio", args=[call.pk])
    assert _bytes(client.get(audio, {"purpose": PURPOSE})) == AUDIO
    assert client.get(audio, {"purpose": PURPOSE, "download": "1"}).status_code in {403, 404}
    assert "Download" not in client.get(reverse("recordings:detail", args=[call.pk])).content.decode()
    assert not Event.objects.filter(verb="recording.downloaded").exists()


def test_a_download_for_a_purpose_that_was_not_announced_is_refused(client, call, officer):
    client.force_login(officer)
    answer = client.get(reverse("recordings:audio", args=[call.pk]), {"purpose": "curiosity", "download": "1"})
    assert answer.status_code == 422
    assert not Event.objects.filter(verb="recording.downloaded").exists()


def test_a_certificate_that_is_taken_away_as_a_file_leaves_its_event(client, line, officer):
    gone = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    client.force_login(officer)
    assert client.get(reverse("recordings:certificate", args=[gone.pk])).status_code == 200
    assert not Event.objects.filter(verb="certificate.exported").exists()
    assert client.get(reverse("recordings:certificate-file", args=[gone.pk])).status_code == 200
    event = Event.objects.get(verb="certificate.exported")
    assert (event.actor_id, event.subject_id) == (officer.actor_id, str(Certificate.objects.get().pk))
