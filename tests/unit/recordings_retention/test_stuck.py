"""What is due in the inbox and after a refusal, and was not done, is told by reconcile; what is done is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.models import RetentionCase
from recordings.services.calls import record_event
from recordings.services.disposition.pause import pause_disposition
from recordings.services.holds import place_hold, release_hold, settle_holds
from recordings.services.retention.cases import DUE_AFTER, tend_cases
from recordings.services.retention.refusals import settle_refusals
from tests.factories import RecordingFactory
from tests.unit.recordings_retention.stage import AT_MOST_A_YEAR, AT_MOST_SIXTY, KEEP_NINETY, kept
from trail.domain.actors import CALLWARD
from trail.invariants import reconcile

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
STUCK = {"case_missing", "case_not_called_late", "refusal_stuck", "refusal_kept"}


def _told(at):
    return [(problem.kind, problem.subject) for problem in reconcile(at=at) if problem.kind in STUCK]


@pytest.mark.parametrize("reason", ["retention_conflict", "no_policy"])
def test_a_call_that_needs_a_person_and_stands_in_no_inbox_is_told(line, reason):
    if reason == "retention_conflict":
        call = kept(line, KEEP_NINETY, AT_MOST_SIXTY)
    else:
        call = RecordingFactory(line_of_business=line, state="quarantined", quarantine_reasons=[reason])
    now = timezone.now()
    assert _told(now + 3 * HOUR) == [("case_missing", str(call.pk))]
    tend_cases(now)
    assert _told(now + 3 * HOUR) == []
    # and one whose day has come is called late
    late = RetentionCase.objects.get().due_at + 2 * HOUR
    assert late > now + DUE_AFTER - timedelta(days=11)
    assert _told(late) == [("case_not_called_late", str(call.pk))]
    tend_cases(late)
    assert _told(late) == []


def test_a_refusal_that_nobody_carries_out_is_told_and_one_that_waits_rightly_is_not(line, officer, second_officer):
    now = timezone.now()
    call = kept(line, AT_MOST_A_YEAR, on_refusal="delete")
    hold = place_hold(matter="Smith", reason="a claim", recording_ids=[call.pk], actor=officer)
    record_event(recording=call, kind="consent_refused", offset_seconds=8, method="spoken", actor=CALLWARD)
    assert _told(now) == []  # a moment ago: it is done in seconds
    assert _told(now + 3 * HOUR) == [("refusal_stuck", str(call.pk))]
    settle_refusals(now)
    assert _told(now + 3 * HOUR) == []  # the hold keeps it
    release_hold(hold_id=hold.pk, reason="settled", actor=second_officer)
    settle_holds()
    assert _told(timezone.now() + HOUR / 2) == []
    assert _told(timezone.now() + 3 * HOUR) == [("refusal_kept", str(call.pk))]
    settle_refusals(timezone.now())
    assert _told(timezone.now() + 3 * HOUR) == []


def test_while_a_person_has_paused_destruction_no_refusal_is_stuck(line, officer):
    call = kept(line, AT_MOST_A_YEAR, on_refusal="delete")
    record_event(recording=call, kind="consent_refused", offset_seconds=8, method="spoken", actor=CALLWARD)
    pause_disposition(reason="We look into something first.", actor=officer)
    assert _told(timezone.now() + 3 * HOUR) == []
