"""Plans that draw so many calls of each agent, or of each place of a customer."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from audits.domain.errors import PlanRefused
from audits.models import Assignment, AuditPlan, Sample
from audits.services.assignments import skip
from audits.services.figures import figures, weeks
from audits.services.plans import create_plan
from audits.services.results import results
from audits.services.reviews import start_review, submit_review
from audits.services.samples import commit_frame, draw_sample, finish_draw, redraw, strata_of
from recordings.models import Recording
from tests.factories import RecordingFactory


@pytest.fixture
def per_agent(plan, line):
    """Two calls of each agent; a-1 has five, a-2 three, a-3 one, and one is of nobody that is known."""
    for agent, count in (("a-1", 5), ("a-2", 3), ("a-3", 1), ("", 1)):
        RecordingFactory.create_batch(count, line_of_business=line, agent_id=agent)
    AuditPlan.objects.update(per="agent", size=2)
    plan.refresh_from_db()
    return plan


def by_agent(assignments):
    agents = dict(Recording.objects.values_list("pk", "agent_id"))
    counts: dict[str, int] = {}
    for one in assignments:
        counts[agents[one.recording_id]] = counts.get(agents[one.recording_id], 0) + 1
    return counts


def test_each_agent_gives_as_many_as_asked_or_all_there_are(per_agent, supervisor):
    sample = draw_sample(plan=per_agent, actor=supervisor)
    assert by_agent(sample.assignments.all()) == {"a-1": 2, "a-2": 2, "a-3": 1, "": 1}
    assert [str(one.recording_id) for one in sample.assignments.order_by("position")] == sample.drawn
    assert (sample.per, sample.algorithm) == ("agent", "key-circle-strata-1")
    assert redraw(sample).problems == []


def test_the_strata_are_digested_before_there_is_a_seed(per_agent, supervisor):
    sample = commit_frame(plan=per_agent, period=None, actor=supervisor, at=timezone.now())
    assert sample.seed == ""
    agents = {str(pk): agent for pk, agent in Recording.objects.values_list("pk", "agent_id")}
    assert {entry[0]: entry[2] for entry in sample.frame} == agents
    sample.frame[0][2] = "a-9"
    assert redraw(sample).problems == ["The frame's digest differs from the one that was committed."]


def test_each_place_is_where_the_first_customer_was(plan, line, supervisor):
    for place, count in (("US-FL", 3), ("US-TX", 1)):
        for _ in range(count):
            call = RecordingFactory(line_of_business=line)
            call.parties.filter(role="customer").update(jurisdiction=place)
    AuditPlan.objects.update(per="place", size=1)
    plan.refresh_from_db()
    sample = draw_sample(plan=plan, actor=supervisor)
    assert [(one.name, one.frame, one.drawn) for one in strata_of(sample)] == [("US-FL", 3, 1), ("US-TX", 1, 1)]


def test_a_replacement_comes_from_the_same_agent(per_agent, reviewer, supervisor):
    sample = draw_sample(plan=per_agent, actor=supervisor)
    agents = dict(Recording.objects.values_list("pk", "agent_id"))
    of_first = next(one for one in sample.assignments.all() if agents[one.recording_id] == "a-1")
    following = skip(assignment=of_first, reason="language", actor=reviewer)
    assert agents[following.recording_id] == "a-1"
    assert redraw(sample).problems == []
    assert next(one.given for one in strata_of(sample) if one.name == "a-1") == 3


def test_where_an_agent_has_no_other_call_nothing_takes_its_place(per_agent, reviewer, supervisor):
    sample = draw_sample(plan=per_agent, actor=supervisor)
    agents = dict(Recording.objects.values_list("pk", "agent_id"))
    only = next(one for one in sample.assignments.all() if agents[one.recording_id] == "a-3")
    assert skip(assignment=only, reason="language", actor=reviewer) is None


def test_a_call_that_went_before_the_draw_was_finished_is_made_up_by_the_same_agent(per_agent, supervisor):
    sample = commit_frame(plan=per_agent, period=None, actor=supervisor, at=timezone.now())
    gone = Recording.objects.filter(agent_id="a-1").values_list("pk", flat=True)[:3]
    Recording.objects.filter(pk__in=list(gone)).update(state="quarantined", quarantine_reasons=["damaged_audio"])
    sample = finish_draw(sample_id=sample.pk, actor=supervisor, at=timezone.now())
    assert by_agent(sample.assignments.all())["a-1"] == 2


def test_redraw_tells_what_each_stratum_gave(per_agent, supervisor):
    sample = draw_sample(plan=per_agent, actor=supervisor)
    out = StringIO()
    call_command("redraw", str(sample.pk), "--json", stdout=out)
    again = json.loads(out.getvalue())
    assert again["same"]
    assert again["per"] == "agent"
    assert again["strata"][1] == {"name": "a-1", "frame": 5, "drawn": 2, "given": 2}
    call_command("redraw", str(sample.pk), stdout=out)
    assert "a-2: 2 of 3" in out.getvalue()


def test_the_pages_say_what_each_stratum_gave(client, per_agent, supervisor):
    sample = draw_sample(plan=per_agent, actor=supervisor)
    client.force_login(supervisor, backend="allauth.account.auth_backends.AuthenticationBackend")
    text = client.get(reverse("audits:sample", args=[sample.pk])).content.decode()
    assert "Agent by agent" in text
    assert "not known" in text
    text = client.get(reverse("audits:plan", args=[per_agent.pk])).content.decode()
    assert "2 calls of each agent" in text


def test_calls_of_each_agent_give_no_rate(client, per_agent, supervisor, reviewer, answer):
    sample = draw_sample(plan=per_agent, actor=supervisor)
    for assignment in sample.assignments.all():
        review = start_review(assignment=assignment, actor=reviewer)
        answer(review)
        submit_review(review=review, heard_seconds=1, actor=reviewer)
    (result,) = results(supervisor)
    assert result.is_weightless
    assert (result.reviewed, result.calls.rate) == (6, None)
    now = timezone.now()
    assert figures(supervisor, now).rate.n == 0
    assert sum(week.rate.n for week in weeks(supervisor, now)) == 0
    client.force_login(supervisor, backend="allauth.account.auth_backends.AuthenticationBackend")
    text = client.get(reverse("audits:results")).content.decode()
    assert "Not weighted" in text
    assert "% of calls" not in text


def test_a_plan_that_draws_per_something_else_is_refused(plan, line, reviewer, supervisor):
    with pytest.raises(PlanRefused) as refused:
        create_plan(
            name="Odd", form=plan.form, lines=[line], reviewers=[reviewer], size=1, per="moon", actor=supervisor
        )
    assert [one["pointer"] for one in refused.value.fields] == ["/per"]


@pytest.mark.parametrize(
    "statement", ["UPDATE audits_sample SET per = 'draw'", "UPDATE audits_auditplan SET per = 'moon'"]
)
def test_no_way_round_the_services_makes_a_stratified_draw_a_plain_one(per_agent, supervisor, statement):
    draw_sample(plan=per_agent, actor=supervisor)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Sample.objects.get().per == "agent"
    assert Assignment.objects.count() == 6
