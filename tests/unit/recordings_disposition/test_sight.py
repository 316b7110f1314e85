"""Who knows of which call: every kind of actor against every kind of call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.clients import TokenActor
from accounts.models import CallAccess, Role, Token
from recordings.domain.errors import RecordingDestroyed, RecordingNotFound
from recordings.models import Recording
from recordings.services.disposition import purge_batch
from recordings.services.frames import call_facts, frame
from recordings.services.sight import find_recording
from tests.factories import RecordingFactory, UserFactory
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(line, other_line):
    return {
        "mine": RecordingFactory(line_of_business=line),
        "other": RecordingFactory(line_of_business=other_line, source="boston"),
    }


def _seen(actor, calls):
    found = set(Recording.objects.visible_to(actor).values_list("pk", flat=True))
    return {name for name, call in calls.items() if call.pk in found}


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("supervisor", {"mine"}),
        ("officer", {"mine"}),
        ("auditor", {"mine"}),
        ("stranger", {"other"}),
        ("reviewer", set()),
    ],
)
def test_people_see_their_lines_and_a_reviewer_nothing_by_line(who, sees, calls, request):
    assert _seen(request.getfixturevalue(who), calls) == sees


def test_who_sees_all_lines_sees_later_ones_too(calls):
    assert _seen(UserFactory(role=Role.OFFICER, all_lines=True), calls) == {"mine", "other"}
    assert _seen(CALLWARD, calls) == {"mine", "other"}


def test_a_reviewer_sees_exactly_the_calls_given_to_them(reviewer, calls):
    CallAccess.objects.create(user=reviewer, recording_id=calls["other"].pk)
    assert _seen(reviewer, calls) == {"other"}
    reviewer.is_active = False
    assert _seen(reviewer, calls) == set()


def test_an_auditor_sees_nothing_after_their_time(auditor, calls):
    auditor.access_until = timezone.now() - timedelta(seconds=1)
    assert _seen(auditor, calls) == set()


def test_a_token_sees_its_lines_and_sources(bearer, line, calls):
    bearer("recordings:read", lines=[line])
    assert _seen(TokenActor(Token.objects.latest("created_at")), calls) == {"mine"}
    bearer("recordings:read", sources=["boston"])
    assert _seen(TokenActor(Token.objects.latest("created_at")), calls) == {"other"}


def test_a_destroyed_call_says_so_only_to_who_might_have_seen_it(officer, stranger, line):
    gone = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    with pytest.raises(RecordingDestroyed):
        find_recording(gone.pk, officer)
    with pytest.raises(RecordingNotFound):
        find_recording(gone.pk, stranger)


def test_a_frame_is_in_the_order_of_its_keys_and_holds_stored_calls_of_the_period_only(line, other_line):
    now = timezone.now()
    first = RecordingFactory(line_of_business=line, sample_key=1)
    second = RecordingFactory(line_of_business=line, sample_key=2, started_at=now - timedelta(days=3))
    RecordingFactory(line_of_business=line, state=Recording.State.QUARANTINED, quarantine_reasons=["consent_missing"])
    RecordingFactory(line_of_business=line, state=Recording.State.AWAITING_AUDIO)
    RecordingFactory(line_of_business=other_line)
    RecordingFactory(line_of_business=line, direction=Recording.Direction.OUTBOUND)
    RecordingFactory(line_of_business=line, started_at=now - timedelta(days=30))
    drawn = frame(lines=[line.pk], direction="inbound", period_from=now - timedelta(days=7), period_to=now)
    assert drawn == [(first.pk, 1), (second.pk, 2)]
    facts = call_facts([first.pk, second.pk, other_line.pk])
    assert set(facts) == {first.pk, second.pk}
    assert facts[first.pk].agent_id == "a-7"
