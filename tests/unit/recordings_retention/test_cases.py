"""Calls whose dates need a person: none is kept in silence, and an end before a minimum takes two people."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness
from recordings.domain.errors import CaseNotFound, CaseNotMovable
from recordings.models import Recording, RetentionCase, RetentionChange, ShorteningJob
from recordings.services.dates import given_dates
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold
from recordings.services.quarantine import release_from_quarantine
from recordings.services.redating import redate_for
from recordings.services.retention.cases import case_figures, find_case, tend_cases
from recordings.services.retention.conflicts import decide_conflict, is_decided, rules_in_conflict
from recordings.services.retention.governing import assign_line
from recordings.services.shortening import approve_shortening, refuse_shortening, shorten_due
from tests.deliveries import taken
from tests.factories import RecordingFactory
from tests.rules import document, in_force
from tests.unit.recordings_retention.stage import AT_MOST_SIXTY, KEEP_NINETY, dates, kept
from trail.models import Event

pytestmark = pytest.mark.django_db
REASON = "Counsel says that privacy yields here."


def conflicting(line, **values):
    recording = kept(line, KEEP_NINETY, AT_MOST_SIXTY, **values)
    tend_cases(timezone.now())
    return recording, RetentionCase.objects.get(recording_id=recording.pk)


def day(recording, days):
    return (recording.ended_at + timedelta(days=days)).date()


def test_a_contradiction_opens_a_case_once_with_its_age(line):
    recording, case = conflicting(line)
    tend_cases(timezone.now())
    assert RetentionCase.objects.count() == 1
    assert (case.kind, case.state, case.since) == ("conflict", "open", recording.created_at)
    assert Event.objects.filter(verb="case.opened").count() == 1
    assert rules_in_conflict(given_dates([recording])[recording.pk].explanation) == ["XX-KEEP", "XX-PRIVACY"]


def test_one_that_waits_past_its_day_is_called_late_once(line, officer):
    _, case = conflicting(line)
    later = timezone.now() + timedelta(days=15)
    tend_cases(later)
    tend_cases(later)
    case.refresh_from_db()
    assert case.overdue_told_at == later
    assert Event.objects.filter(verb="case.overdue").count() == 1
    figures = case_figures(officer, later)
    assert (figures.conflicts, figures.without_policy, figures.overdue) == (1, 0, 1)


def test_nothing_goes_while_nobody_decided(line):
    recording, _ = conflicting(line, days_ago=400, listed_at=timezone.now() - timedelta(days=30))
    assert purge_batch(at=timezone.now(), limit=10) == 0
    assert Recording.objects.filter(pk=recording.pk).exists()


def test_to_keep_it_to_its_minimum_or_longer_takes_one_person(line, officer):
    recording, case = conflicting(line)
    decide_conflict(case=case, last_readable=day(recording, 120), reason=REASON, actor=officer)
    keep_until, delete_by = dates(recording)
    assert keep_until == delete_by > recording.ended_at + timedelta(days=119)
    assert (recording.quarantine_reasons, recording.state, recording.is_provisional) == ([], "stored", False)
    [change] = RetentionChange.objects.of(recording.pk)
    assert change.cause == "decision"
    first = change.explanation[0]
    assert (first["standing"], first["because"]) == ("decides", REASON)
    assert is_decided(recording.pk, change.explanation)
    case.refresh_from_db()
    assert (case.state, case.outcome, case.decided_by_id) == ("closed", "decided", officer.actor_id)


def test_to_end_it_before_its_minimum_takes_a_second_person(line, officer, second_officer):
    recording, case = conflicting(line)
    before = dates(recording)
    case = decide_conflict(case=case, last_readable=day(recording, 60), reason=REASON, actor=officer)
    assert (case.state, dates(recording)) == ("proposed", before)
    job = ShorteningJob.objects.get(pk=case.job_id)
    approve_shortening(job, 1, second_officer)
    shorten_due(at=timezone.now())
    keep_until, delete_by = dates(recording)
    assert keep_until == delete_by < before[0]
    assert recording.quarantine_reasons == []
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "decided")


def test_a_second_person_who_refuses_opens_the_case_again(line, officer, second_officer):
    recording, case = conflicting(line)
    case = decide_conflict(case=case, last_readable=day(recording, 60), reason=REASON, actor=officer)
    refuse_shortening(ShorteningJob.objects.get(pk=case.job_id), "The minimum is law, it stays.", second_officer)
    case.refresh_from_db()
    assert (case.state, case.job_id) == ("open", None)
    decide_conflict(case=case, last_readable=day(recording, 90), reason=REASON, actor=officer)


def test_a_hold_passes_the_decision_over_and_the_case_is_open_again(line, officer, second_officer):
    recording, case = conflicting(line)
    before = dates(recording)
    case = decide_conflict(case=case, last_readable=day(recording, 60), reason=REASON, actor=officer)
    place_hold(matter="A", reason="Asked for.", recording_ids=[recording.pk], actor=officer)
    approve_shortening(ShorteningJob.objects.get(pk=case.job_id), 1, second_officer)
    shorten_due(at=timezone.now())
    case.refresh_from_db()
    assert (case.state, dates(recording)) == ("open", before)


@pytest.mark.parametrize(
    ("days", "reason"),
    [(-3, REASON), (300 * 365, REASON), (90, "short")],
    ids=["before the call", "too far", "no reason"],
)
def test_what_cannot_be_decided_changes_nothing(line, officer, days, reason):
    recording, case = conflicting(line)
    before = dates(recording)
    with pytest.raises(CaseNotMovable):
        decide_conflict(case=case, last_readable=day(recording, days), reason=reason, actor=officer)
    assert dates(recording) == before


def test_who_may_not_and_who_sees_another_line_decide_nothing(line, supervisor, stranger, officer):
    recording, case = conflicting(line)
    with pytest.raises(NotAllowed):
        decide_conflict(case=case, last_readable=day(recording, 90), reason=REASON, actor=supervisor)
    with pytest.raises(CaseNotFound):
        decide_conflict(case=case, last_readable=day(recording, 90), reason=REASON, actor=stranger)
    with pytest.raises(CaseNotFound):
        find_case(case.pk, stranger)
    assert find_case(case.pk, officer) == case


def test_a_closed_case_never_changes_and_none_goes(line, officer):
    recording, case = conflicting(line)
    decide_conflict(case=case, last_readable=day(recording, 90), reason=REASON, actor=officer)
    with pytest.raises(DatabaseError), transaction.atomic():
        RetentionCase.objects.filter(pk=case.pk).update(reason="Another one altogether.")
    with pytest.raises(DatabaseError), transaction.atomic():
        RetentionCase.objects.filter(pk=case.pk).delete()


def test_one_that_was_let_out_of_quarantine_is_closed_as_released(line, officer):
    recording, case = conflicting(line)
    release_from_quarantine(recording=recording, reason="Heard it, keep it to its minimum.", actor=officer)
    tend_cases(timezone.now())
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "released")


# --- calls that no policy governs


@pytest.fixture
def everywhere(officer):
    officer.all_lines = True
    officer.save(update_fields=["all_lines"])
    return officer


@pytest.fixture
def unassigned(line, file_store):
    """Delivered without a line, so that nobody's own policy speaks for it."""
    recording = taken(line_of_business=None)
    tend_cases(timezone.now())
    recording.refresh_from_db()
    return recording, RetentionCase.objects.get(recording_id=recording.pk)


def ungoverned(line, like):
    """A call from before any policy: the careful default's dates, provisional."""
    return RecordingFactory(
        line_of_business=line,
        circumstances=like.circumstances,
        is_provisional=True,
        quarantined=True,
        quarantine_reasons=["no_policy"],
        law_release=1,
        keep_until=like.ended_at,
        delete_by=like.delete_by,
    )


def test_a_call_without_line_waits_until_somebody_assigns_one(unassigned, line, everywhere, second_officer):
    recording, case = unassigned
    before = dates(recording)
    assert (case.kind, recording.quarantine_reasons) == ("no_policy", ["no_line"])
    version = in_force(line, everywhere, second_officer, document("P120D"), always=True)
    assign_line(case=case, line=line, reason="The exchange says so.", actor=everywhere)
    recording.refresh_from_db()
    assert (recording.line_of_business, recording.policy_version_id) == (line, version.pk)
    assert recording.quarantine_reasons == []
    assert dates(recording)[1] > before[1] + timedelta(days=25)
    assert recording.zone == line.zone
    [change] = RetentionChange.objects.of(recording.pk)
    assert (change.cause, change.policy_version_id) == ("assigned", version.pk)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "assigned")


def test_an_assigned_line_whose_policy_keeps_it_shorter_makes_no_decided_date_earlier(
    unassigned, line, everywhere, second_officer
):
    recording, case = unassigned
    before = dates(recording)
    in_force(line, everywhere, second_officer, document("P10D"), always=True)
    assign_line(case=case, line=line, reason="The exchange says so.", actor=everywhere)
    assert dates(recording)[1] >= before[1]


def test_a_policy_that_comes_governs_it_by_itself_and_gives_its_provisional_dates(
    line, everywhere, second_officer, file_store
):
    recording = ungoverned(line, taken())
    tend_cases(timezone.now())
    assert RetentionCase.objects.get().kind == "no_policy"
    in_force(line, everywhere, second_officer, document("P30D"))
    redate_for(seconds=60, lag=-timedelta(minutes=1))
    recording.refresh_from_db()
    assert recording.policy_version_id is not None
    assert "no_policy" not in recording.quarantine_reasons
    assert recording.is_provisional is False
    assert recording.delete_by <= recording.ended_at + timedelta(days=31)
    assert RetentionCase.objects.get().outcome == "governed"


def test_the_unassigned_line_is_no_answer(unassigned, everywhere):
    _, case = unassigned
    none = LineOfBusiness.objects.get(code=LineOfBusiness.UNASSIGNED)
    with pytest.raises(CaseNotMovable):
        assign_line(case=case, line=none, reason="Nobody knows better.", actor=everywhere)


def test_what_was_destroyed_closes_its_case(unassigned):
    recording, case = unassigned
    later = recording.delete_by + timedelta(days=1)
    Recording.objects.filter(pk=recording.pk).update(listed_at=recording.delete_by - timedelta(days=9))
    assert purge_batch(at=later, limit=10) == 1
    tend_cases(later)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "gone")
