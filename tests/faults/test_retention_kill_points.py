"""A refusal and a trigger, killed at every seam: all or nothing, the next run finishes, nothing goes unproven."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.models import Certificate, ObjectRemoval, Recording, RefusedCall, RetentionChange, RetentionTrigger
from recordings.services.calls import record_event
from recordings.services.retention.refusals import settle_refusals
from recordings.services.retention.triggers import count_due, tell_of_matching
from tests.faults.seams import SEAMS_APART, crossings
from tests.unit.recordings_retention.stage import AT_MOST_A_YEAR, KEEP_AFTER_CONTRACT, kept
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _own_store(file_store):
    """No object of another test."""


@SEAMS_APART
def test_a_refusal_killed_anywhere_is_whole_and_finished_by_the_next(line, every):
    made = []

    def refuse():
        recording = kept(line, AT_MOST_A_YEAR, on_refusal="keep_reason_only")
        record_event(recording=recording, kind="consent_refused", offset_seconds=8, method="spoken", actor=CALLWARD)
        made.append(recording.pk)

    points = 0
    for _ in crossings(lambda tell: tell(settle_refusals(timezone.now())), refuse, every=every):
        points += 1
        gone = Certificate.objects.filter(recording_id=made[-1]).count()
        there = Recording.objects.filter(pk=made[-1]).count()
        assert (gone, there, RefusedCall.objects.filter(pk=made[-1]).count()) in {(0, 1, 0), (1, 0, 1)}
        while settle_refusals(timezone.now()):
            pass
        assert Certificate.objects.filter(recording_id=made[-1]).count() == 1
        assert ObjectRemoval.objects.filter(recording_id=made[-1]).count() == 1
        assert RefusedCall.objects.get(pk=made[-1]).called_on is not None
        assert Event.objects.filter(subject_id=str(made[-1]), verb="refusal.settled").count() == 1
    assert points * every > 10, "the harness crossed suspiciously few seams"


@SEAMS_APART
def test_a_trigger_of_many_killed_anywhere_counts_each_call_once(line, officer, every):
    made = []

    def tell():
        agent = f"a-{len(made)}"
        calls = [kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, agent_id=agent) for _ in range(2)]
        at = timezone.now() - timedelta(days=1)
        trigger = tell_of_matching(match={"agent": agent}, kind="contract_end", happened_at=at, actor=officer)
        made.append((trigger.pk, [call.pk for call in calls]))

    points = 0
    for _ in crossings(lambda said: said(count_due(at=timezone.now())), tell, every=every):
        points += 1
        pk, calls = made[-1]
        while count_due(at=timezone.now()):
            pass
        trigger = RetentionTrigger.objects.get(pk=pk)
        assert (trigger.state, trigger.matched, trigger.later) == ("done", 2, 2)
        assert RetentionChange.objects.filter(recording_id__in=calls).count() == 2
        assert Event.objects.filter(subject_id__in=map(str, calls), verb="recording.counted_anew").count() == 2
    assert points * every > 8, "the harness crossed suspiciously few seams"
