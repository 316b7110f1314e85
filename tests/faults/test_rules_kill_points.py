"""A what-if, later dates and a shortening, killed at every seam: the next run finishes, and counts and changes once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from compliance_site.whatif.job import run_reports
from policies.models import ImpactChange
from policies.services import impact
from recordings.models import Redating, RetentionChange, ShorteningJob
from recordings.services.redating import redate_for
from recordings.services.shortening import approve_shortening, propose_shortening, shorten_due
from tests.faults.seams import SEAMS_APART, crossings
from tests.rules import arrived, document, in_force, in_review, last_days
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

NO_LAG = timedelta(minutes=-1)


@pytest.fixture
def calls(line, officer, second_officer):
    in_force(line, officer, second_officer, always=True)
    return [arrived(line, days_ago=day) for day in (2, 3, 4)]


@SEAMS_APART
def test_a_report_killed_anywhere_is_gone_on_with_and_counts_each_call_once(calls, line, officer, every):
    version, reports = in_review(line, officer, document("P60D")), []

    def ask():
        for unfinished in reports:
            assert unfinished.state == "done"
        reports.append(impact.start_impact(version, officer))

    points = 0
    for outcome in crossings(lambda tell: tell(run_reports(piece=2)), ask, every=every):
        points += 1
        report = reports[-1]
        run_reports(piece=2)
        report.refresh_from_db()
        assert report.state == "done", report.failed_because
        counts = impact.figures_for(report, officer)["counts"]
        assert (counts["looked_at"], counts["later"]) == (3, 3)
        assert ImpactChange.objects.filter(report_id=report.pk).count() == 3
        assert [event.verb for event in Event.objects.about(report)] == ["impact.asked", "impact.done"]
        assert outcome.told in ([], [False])
    assert points * every > 10, "the harness crossed suspiciously few seams"
    print(f"what-if: {points - 1} kill points, nothing lost or counted twice")  # noqa: T201


@SEAMS_APART
def test_later_dates_killed_anywhere_are_whole_and_come_once(calls, line, officer, second_officer, every):
    before = {one.pk: last_days(one)[1] for one in calls}
    periods, points = iter(range(31, 400)), 0

    def publish():
        in_force(line, officer, second_officer, document(f"P{next(periods)}D"))

    for _ in crossings(lambda tell: tell(redate_for(seconds=60, limit=2, lag=NO_LAG)), publish, every=every):
        points += 1
        for one in calls:
            _assert_dates_are_explained(one)
        redate_for(seconds=60, limit=2, lag=NO_LAG)
        for one in calls:
            _assert_dates_are_explained(one)
            assert (last_days(one)[1] - before[one.pk]).days == points
            assert RetentionChange.objects.of(one.pk).count() == points
        assert Redating.objects.order_by("-pk")[0].lengthened == 3
    assert points * every > 10, "the harness crossed suspiciously few seams"
    print(f"later dates: {points - 1} kill points, each change once")  # noqa: T201


def _assert_dates_are_explained(recording):
    """The stored dates are those of the last change, and each change has its event."""
    changes = list(RetentionChange.objects.of(recording.pk))
    if changes:
        assert last_days(recording) == (changes[-1].keep_until, changes[-1].delete_by)
    assert Event.objects.about(recording).filter(verb="recording.kept_longer").count() == len(changes)


@SEAMS_APART
def test_a_shortening_killed_anywhere_shortens_each_call_once(line, officer, second_officer, every):
    periods, jobs, points = iter(range(300, 1, -1)), [], 0
    in_force(line, officer, second_officer, document("P301D"), always=True)
    calls = [arrived(line) for _ in range(3)]
    before = {one.pk: last_days(one)[1] for one in calls}

    def approve():
        version = in_force(line, officer, second_officer, document(f"P{next(periods)}D"))
        job = propose_shortening(version, officer)
        while ShorteningJob.objects.get(pk=job.pk).state == "counting":
            shorten_due(at=timezone.now())
        jobs.append(approve_shortening(job, 3, second_officer))

    def shorten(tell):
        while shorten_due(at=timezone.now(), limit=2):
            pass
        tell("done")

    for _ in crossings(shorten, approve, every=every):
        points += 1
        while shorten_due(at=timezone.now(), limit=2):
            pass
        jobs[-1].refresh_from_db()
        assert (jobs[-1].state, jobs[-1].done_count, jobs[-1].passed_over_count) == ("done", 3, 0)
        for one in calls:
            assert (before[one.pk] - last_days(one)[1]).days == points
            assert RetentionChange.objects.of(one.pk).count() == points
            assert Event.objects.about(one).filter(verb="recording.shortened").count() == points
    assert points * every > 10, "the harness crossed suspiciously few seams"
    print(f"shortening: {points - 1} kill points, each change once")  # noqa: T201
