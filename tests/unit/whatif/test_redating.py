"""After a publication: stored dates come later by themselves, each with its reason; none comes earlier."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from policies.services import versions
from policies.services.retirement import approve_retirement, request_retirement
from recordings.models import Recording, Redating, RetentionChange
from recordings.services.dates import given_dates
from recordings.services.disposition.ending import _described
from recordings.services.exposure import START
from recordings.services.holds import place_hold
from recordings.services.redating import LAG, Passing, redate_batch, redate_for
from recordings.services.shortening import shorten_due
from tests.rules import arrived, document, in_force, last_days
from trail.models import Event

pytestmark = pytest.mark.django_db
NOW = timedelta(0)
MONTH = timedelta(days=30)


@pytest.fixture
def first(line, officer, second_officer):
    """Thirty days, in force for every call of the line."""
    return in_force(line, officer, second_officer, always=True)


def redate(**options):
    return redate_for(seconds=60, lag=NOW - timedelta(minutes=1), **options)


def changes_of(recording):
    return list(RetentionChange.objects.of(recording.pk))


def test_a_longer_period_reaches_stored_calls_once_with_its_reason_and_event(first, line, officer, second_officer):
    recording = arrived(line)
    before = last_days(recording)
    second = in_force(line, officer, second_officer, document("P60D"))
    redate()
    redate()
    keep_until, delete_by = last_days(recording)
    assert keep_until == before[0]
    assert delete_by == before[1] + MONTH
    [change] = changes_of(recording)
    assert (change.cause, change.policy_version_id, change.delete_by_before) == ("policy", second.pk, before[1])
    decides = [limit for limit in change.explanation if limit["standing"] == "decides"]
    assert decides[0]["period"] == "P60D"
    assert given_dates([recording])[recording.pk].policy_version_id == second.pk
    events = Event.objects.about(recording).filter(verb="recording.kept_longer")
    assert [event.facts["change"] for event in events] == [str(change.pk)]
    assert recording.policy_version_id == first.pk  # what was decided on the call's day stays


def test_a_shorter_period_changes_no_stored_date(first, line, officer, second_officer):
    recording = arrived(line)
    before = last_days(recording)
    in_force(line, officer, second_officer, document("P10D"))
    redate()
    assert shorten_due(at=timezone.now()) == 0
    assert last_days(recording) == before
    assert changes_of(recording) == []


def test_a_longer_minimum_with_a_shorter_maximum_moves_only_what_comes_later(first, line, officer, second_officer):
    recording = arrived(line)
    before = last_days(recording)
    retention = {"min_period": "P20D", "max_period": "P25D"}
    in_force(line, officer, second_officer, document() | {"retention": retention})
    redate()
    keep_until, delete_by = last_days(recording)
    assert keep_until > before[0]
    assert delete_by == before[1]


def test_a_call_on_the_list_of_disposition_leaves_it_and_its_approval_ends(first, line, officer, second_officer):
    recording = arrived(line, days_ago=27)
    Recording.objects.filter(pk=recording.pk).update(listed_at=timezone.now(), approved_at=timezone.now())
    in_force(line, officer, second_officer, document("P60D"))
    redate()
    recording.refresh_from_db()
    assert (recording.listed_at, recording.approved_at) == (None, None)


def test_a_held_call_is_kept_longer_too(first, line, officer, second_officer):
    recording = arrived(line)
    place_hold(matter="A v. B", reason="Asked for.", recording_ids=[recording.pk], actor=officer)
    before = last_days(recording)
    in_force(line, officer, second_officer, document("P60D"))
    redate()
    assert last_days(recording)[1] == before[1] + MONTH


def test_a_version_that_ends_lengthens_nothing_though_the_default_keeps_longer(first, line, officer, second_officer):
    recording = arrived(line)
    before = last_days(recording)
    request_retirement(version=first, actor=officer, reason="No longer sold.")
    approve_retirement(version=first, actor=second_officer)
    redate()
    assert last_days(recording) == before


def test_a_version_that_begins_later_changes_dates_when_it_begins(first, line, officer, second_officer):
    from tests.rules import in_review, reported

    recording = arrived(line)
    before = last_days(recording)
    version = in_review(line, officer, document("P60D"))
    versions.publish_version(
        version=version,
        actor=second_officer,
        report=reported(version, officer),
        effective_from=timezone.now() + timedelta(days=1),
    )
    redate()
    assert last_days(recording) == before
    tomorrow = timezone.now() + timedelta(days=1, minutes=1)
    redate_batch(Passing.at(tomorrow), at=tomorrow, lag=NOW)
    assert last_days(recording)[1] == before[1] + MONTH


def test_calls_of_another_line_stay_as_they_are(first, line, other_line, officer, second_officer):
    foreign = arrived(other_line)
    before = last_days(foreign)
    in_force(line, officer, second_officer, document("P180D"))
    redate()
    assert last_days(foreign) == before


def test_a_pass_goes_on_where_it_stopped_and_takes_late_deliveries_up(first, line, officer, second_officer):
    calls = [arrived(line) for _ in range(5)]
    in_force(line, officer, second_officer, document("P60D"))
    at = timezone.now()
    passing = Passing.at(at)
    assert redate_batch(passing, at=at, limit=2, lag=NOW) == 2
    assert [len(changes_of(one)) for one in calls] == [1, 1, 0, 0, 0]
    redate(limit=2)
    assert [len(changes_of(one)) for one in calls] == [1] * 5
    [under_way] = Redating.objects.all()
    assert (under_way.seen, under_way.lengthened) == (5, 5)
    assert under_way.reached_end_at is not None
    late = arrived(line, days_ago=2)  # of a day on which the first version was in force
    assert late.policy_version_id == first.pk
    redate()
    assert len(changes_of(late)) == 1
    under_way.refresh_from_db()
    assert under_way.position != START


def test_a_pass_stays_behind_uploads_that_may_be_under_way(first, line, officer, second_officer):
    recording = arrived(line)
    in_force(line, officer, second_officer, document("P60D"))
    assert redate_for(seconds=60, lag=LAG) == 0
    assert changes_of(recording) == []


def test_a_new_clash_of_periods_sets_the_call_apart_for_a_person(line, officer, second_officer):
    in_force(line, officer, second_officer, document("P3Y"), always=True)
    debt = arrived(line, facts={"sector": ("debt_collection",)}, place="DE")
    clashing = document() | {"retention": {"min_period": "P20Y", "max_period": "P21Y"}}
    in_force(line, officer, second_officer, clashing)
    redate()
    debt.refresh_from_db()
    assert debt.keep_until > timezone.now() + timedelta(days=365 * 19)
    assert Event.objects.about(debt).filter(verb="recording.kept_longer").exists()


def test_the_api_and_the_certificate_tell_what_gives_the_dates_now(
    first, line, officer, second_officer, client, bearer
):
    recording = arrived(line)
    second = in_force(line, officer, second_officer, document("P60D"))
    redate()
    told = client.get(f"/api/v1/recordings/{recording.pk}/retention/", headers=bearer("recordings:read")).json()
    assert (told["policy_version"], told["max_period"]) == (str(second.pk), "P60D")
    [change] = told["history"]
    assert (change["cause"], change["policy_version"]) == ("policy", str(second.pk))
    assert change["delete_by"] == told["delete_by"] > change["delete_by_before"]
    recording.refresh_from_db()
    content = _described(recording, given_dates([recording])[recording.pk], line.code, timezone.now(), None)
    assert content.retention["policy_version"] == str(second.pk)
    assert any(limit["period"] == "P60D" for limit in content.retention["explanation"])


def test_the_database_lets_no_decided_date_come_earlier(first, line):
    recording = arrived(line)
    for name in ("keep_until", "delete_by"):
        earlier = getattr(recording, name) - timedelta(days=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Recording.objects.filter(pk=recording.pk).update(**{"keep_until": recording.keep_until, name: earlier})


def test_a_change_of_dates_is_never_changed_or_removed(first, line, officer, second_officer):
    recording = arrived(line)
    in_force(line, officer, second_officer, document("P60D"))
    redate()
    for attempt in (lambda rows: rows.update(cause="law"), lambda rows: rows._raw_delete("default")):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            attempt(RetentionChange.objects.filter(recording_id=recording.pk))
