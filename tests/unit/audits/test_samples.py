"""Plans and their draws: committed before the seed, made up after a crash, repeated by anybody."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from accounts.models import CallAccess, Role
from audits.domain.errors import NobodyToReview, NothingToDraw, PeriodDrawn, PlanRefused
from audits.models import Assignment, AuditPlan, Sample
from audits.services.plans import create_plan, draw_due, update_plan
from audits.services.samples import commit_frame, draw_sample, finish_draw, redraw
from recordings.models import Recording
from tests.factories import LineFactory, RecordingFactory, UserFactory
from trail.models import Event


def verbs(subject):
    return list(Event.objects.about(subject).values_list("verb", flat=True))


def changed(plan, **more):
    values = {"name": plan.name, "form": plan.form, "lines": list(plan.lines.all()), "size": plan.size}
    values |= {"reviewers": list(plan.reviewers.all()), "period_days": 7, "due_working_days": 5}
    return values | more


def test_a_sample_is_drawn_and_given_with_due_dates(plan, calls, reviewer, supervisor):
    sample = draw_sample(plan=plan, actor=supervisor)
    given = list(sample.assignments.order_by("position"))
    assert [str(one.recording_id) for one in given] == sample.drawn == redraw(sample).drawn
    assert len(given) == 3
    assert all(one.reviewer == reviewer and one.due_at > timezone.now() for one in given)
    assert CallAccess.objects.filter(user=reviewer).count() == 3
    assert verbs(sample) == ["sample.framed", "sample.drawn"]
    assert verbs(given[0]) == ["assignment.given"]


def test_the_frame_is_committed_before_there_is_a_seed(plan, calls, supervisor):
    sample = commit_frame(plan=plan, period=None, actor=supervisor, at=timezone.now())
    assert (sample.seed, sample.drawn, sample.frame_size) == ("", [], 6)
    assert not Assignment.objects.exists()
    assert verbs(sample) == ["sample.framed"]


def test_a_draw_that_stopped_between_its_commits_is_made_up(plan, calls, supervisor):
    at = timezone.now()
    sample = commit_frame(plan=plan, period=None, actor=supervisor, at=at)
    assert draw_due(at) == 1
    assert draw_due(at) == 0
    sample.refresh_from_db()
    assert sample.seed
    assert sample.assignments.count() == 3


def test_finishing_a_drawn_sample_changes_nothing(plan, calls, supervisor):
    sample = draw_sample(plan=plan, actor=supervisor)
    assert finish_draw(sample_id=sample.pk, actor=supervisor, at=timezone.now()) is None
    assert sample.assignments.count() == 3


def test_quarantined_and_other_lines_calls_are_in_no_frame(plan, calls, other_line, supervisor):
    RecordingFactory(line_of_business=other_line)
    Recording.objects.filter(pk=calls[0].pk).update(state="quarantined", quarantine_reasons=["damaged_audio"])
    sample = draw_sample(plan=plan, actor=supervisor)
    assert {call for call, _ in sample.frame} == {str(call.pk) for call in calls[1:]}


def test_a_frame_smaller_than_the_sample_is_drawn_whole(plan, calls, supervisor):
    AuditPlan.objects.update(size=50)
    assert draw_sample(plan=plan, actor=supervisor).assignments.count() == 6


def test_where_there_is_no_call_nothing_is_drawn(plan, supervisor):
    with pytest.raises(NothingToDraw):
        draw_sample(plan=plan, actor=supervisor)
    assert not Sample.objects.exists()


def test_a_period_is_drawn_once(plan, calls, supervisor):
    now = timezone.now()
    period = (now - timedelta(days=7), now)
    draw_sample(plan=plan, actor=supervisor, period=period)
    with pytest.raises(PeriodDrawn):
        draw_sample(plan=plan, actor=supervisor, period=period)


def test_the_next_draw_begins_where_the_last_one_ended(plan, calls, line, supervisor):
    first = draw_sample(plan=plan, actor=supervisor)
    later = timezone.now() + timedelta(days=7)
    call = RecordingFactory(line_of_business=line, started_at=later - timedelta(hours=3))
    second = draw_sample(plan=plan, actor=supervisor, at=later)
    assert second.period_from == first.period_to
    assert second.drawn == [str(call.pk)]


def test_days_without_a_beat_are_made_up_by_one_draw(plan, calls):
    at = timezone.now()
    AuditPlan.objects.update(next_draw_at=at - timedelta(days=3), period_days=1)
    RecordingFactory.create_batch(1, line_of_business=calls[0].line_of_business, started_at=at - timedelta(hours=3))
    assert draw_due(at) == 1
    assert draw_due(at) == 0
    plan.refresh_from_db()
    assert plan.next_draw_at > at


def test_a_due_plan_without_calls_waits_for_the_next_day_once(plan):
    at = timezone.now()
    AuditPlan.objects.update(next_draw_at=at)
    assert draw_due(at) == draw_due(at) == 0
    assert verbs(plan) == ["plan.postponed"]


def test_a_stopped_plan_draws_nothing_by_itself(plan, calls):
    at = timezone.now()
    AuditPlan.objects.update(next_draw_at=at, is_active=False)
    assert draw_due(at) == 0


def test_calls_go_round_and_to_nobody_who_may_not_hear_them(plan, calls, second_reviewer, other_line, supervisor):
    plan.reviewers.add(UserFactory(role=Role.REVIEWER, lines=[other_line]))
    AuditPlan.objects.update(size=6)
    draw_sample(plan=plan, actor=supervisor)
    counts = [Assignment.objects.filter(reviewer=person).count() for person in plan.reviewers.order_by("username")]
    assert sorted(counts) == [0, 3, 3]


def test_a_plan_without_a_reviewer_waits_and_holds_up_no_other(plan, calls, line, reviewer, supervisor):
    # given two due plans, one of which has lost its reviewer
    second = create_plan(**changed(plan, name="Second"), actor=supervisor)
    plan.reviewers.clear()
    at = timezone.now()
    AuditPlan.objects.update(next_draw_at=at)
    # when both are drawn
    assert draw_due(at) == 1
    # then one waits, without a frame that somebody could look at before the seed
    assert Sample.objects.get().plan == second
    with pytest.raises(NobodyToReview, match="Home cover"):
        draw_sample(plan=plan, actor=supervisor)
    plan.reviewers.set([reviewer])
    assert draw_due(at) == 1


def test_only_a_supervisor_of_all_its_lines_draws_a_plan(plan, calls, officer, other_line, supervisor):
    with pytest.raises(NotAllowed):
        draw_sample(plan=plan, actor=officer)
    plan.lines.add(other_line)
    with pytest.raises(NotAllowed):
        draw_sample(plan=plan, actor=supervisor)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audits_sample SET seed = 'chosen'",
        "UPDATE audits_sample SET frame = '[]'",
        "UPDATE audits_sample SET frame_digest = 'other'",
        "UPDATE audits_sample SET drawn = '[]'",
        "DELETE FROM audits_sample",
        "TRUNCATE audits_sample CASCADE",
        "DELETE FROM audits_assignment",
    ],
)
def test_no_way_round_the_services_changes_a_draw(plan, calls, supervisor, statement):
    draw_sample(plan=plan, actor=supervisor)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_redraw_gives_the_same_calls(plan, calls, supervisor):
    sample = draw_sample(plan=plan, actor=supervisor)
    out = StringIO()
    call_command("redraw", str(sample.pk), "--json", stdout=out)
    again = json.loads(out.getvalue())
    assert again["drawn"] == sample.drawn
    assert again["frame_digest"] == sample.frame_digest
    assert again["same"]
    assert [one["recording"] for one in again["assigned"]] == sample.drawn


def test_redraw_tells_when_a_reviewer_got_another_call(plan, calls, supervisor):
    sample = draw_sample(plan=plan, actor=supervisor)
    other = next(call.pk for call in calls if str(call.pk) not in sample.drawn)
    Assignment.objects.filter(position=2).update(recording_id=other)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("redraw", str(sample.pk), "--json", stdout=out)
    assert json.loads(out.getvalue())["problems"] == ["Place 2 of the draw was given to a reviewer with another call."]


def test_redraw_of_no_sample_says_so(db):
    with pytest.raises(CommandError, match="There is no sample"):
        call_command("redraw", "0199f000-0000-7000-8000-000000000000")


def test_a_plan_is_made_with_its_event(line, reviewer, supervisor, plan):
    made = create_plan(name="Second", form=plan.form, lines=[line], reviewers=[reviewer], size=5, actor=supervisor)
    assert made.next_draw_at > timezone.now()
    assert verbs(made) == ["plan.created"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "/name"),
        ({"name": "Home cover, inbound"}, "/name"),
        ({"size": 0}, "/size"),
        ({"size": 10_001}, "/size"),
        ({"period_days": 0}, "/period_days"),
        ({"due_working_days": 61}, "/due_working_days"),
        ({"direction": "sideways"}, "/direction"),
        ({"lines": []}, "/lines"),
        ({"reviewers": []}, "/reviewers"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_by_its_field(plan, line, reviewer, supervisor, wrong, field):
    asked = {"name": "Second", "form": plan.form, "lines": [line], "reviewers": [reviewer], "size": 5} | wrong
    with pytest.raises(PlanRefused) as refused:
        create_plan(**asked, actor=supervisor)
    assert field in [one["pointer"] for one in refused.value.fields]


def test_a_line_that_no_reviewer_sees_is_refused(plan, reviewer, line):
    second = LineFactory(name="Claims")
    boss = UserFactory(role=Role.SUPERVISOR, all_lines=True)
    with pytest.raises(PlanRefused) as refused:
        create_plan(name="Both", form=plan.form, lines=[line, second], reviewers=[reviewer], size=5, actor=boss)
    assert refused.value.fields[0]["detail"] == "None of them reviews Claims. Add somebody who sees that line."


def test_a_change_of_a_plan_says_what_was_changed(plan, supervisor):
    update_plan(plan=plan, **changed(plan, size=9), actor=supervisor)
    event = Event.objects.about(plan).get()
    assert (event.verb, event.facts["before"], event.facts["after"]) == ("plan.changed", {"size": 3}, {"size": 9})


def test_a_plan_saved_without_a_change_leaves_no_event(plan, supervisor):
    update_plan(plan=plan, **changed(plan), actor=supervisor)
    assert verbs(plan) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_draw_a_due_plan_once(plan, calls):
    at = timezone.now()
    AuditPlan.objects.update(next_draw_at=at)
    drawn = _at_once(lambda: draw_due(at))
    assert sorted(drawn) == [0, 1]
    assert Sample.objects.count() == 1
    assert Assignment.objects.count() == 3


def _at_once(work, count=2):
    """What each of so many threads, starting together, got back."""
    ready, got = threading.Barrier(count), []

    def run():
        ready.wait(timeout=10)
        try:
            got.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return got
