"""What a policy version would do, counted before it is published."""

import pytest

from accounts.domain.errors import NotAllowed
from compliance_site.whatif.job import Run, advance, run_reports, work_on
from compliance_site.whatif.reports import changed_recordings
from policies.domain.errors import ImpactNotMovable, VersionNotMovable
from policies.models import ImpactChange, ImpactReport, PolicyVersion
from policies.services import impact, versions
from policies.services.decisions import decide
from policies.services.giving import give
from recordings.models import Circumstances, Recording
from recordings.services.holds import place_hold
from tests.factories import UserFactory
from tests.rules import arrived, document, in_force, in_review, reported
from tests.unit.policies.laws import call
from trail.models import Event

pytestmark = pytest.mark.django_db

STRICT = {"consent": {"standard": "all_party", "form": "express"}}


@pytest.fixture
def first(line, officer, second_officer):
    """Thirty days, in force for every call of the line."""
    return in_force(line, officer, second_officer, always=True)


def counts_of(report, actor):
    return impact.figures_for(report, actor)["counts"]


def test_equal_calls_share_their_circumstances_and_keep_no_number(first, line):
    one, same, other = arrived(line), arrived(line, days_ago=9), arrived(line, place="US-CA")
    assert one.circumstances_id == same.circumstances_id != other.circumstances_id
    assert Circumstances.objects.count() == 2
    assert one.circumstances.call["parties"][1]["jurisdiction"] == "US-TX"
    assert Circumstances.of(one.circumstances.call).pk == one.circumstances_id


def test_a_version_that_keeps_longer_and_asks_for_more_is_counted_by_kind(first, line, officer):
    calls = [arrived(line), arrived(line, days_ago=20), arrived(line, place="US-CA", consent="spoken")]
    version = in_review(line, officer, document("P60D", **STRICT))
    report = reported(version, officer)
    counts = counts_of(report, officer)
    assert counts["looked_at"] == counts["touched"] == counts["later"] == counts["delete_by_later"] == 3
    assert "earlier" not in counts
    assert counts["consent"] == 3
    assert counts["noncompliant"] == 2  # an announcement was enough before; a yes is not there
    moves = impact.figures_for(report, officer)["consent"]
    assert moves["notice_required, implied_by_notice → all_party, express"] == 2
    assert impact.figures_for(report, officer)["versions"] == {str(version.pk): 3}
    listed, further = changed_recordings(report, "noncompliant", None, officer)
    assert {one.recording.pk for one in listed} == {calls[0].pk, calls[1].pk}
    assert further is None
    assert all(one.delete_by > one.recording.delete_by for one in listed)


def test_the_list_goes_on_from_page_to_page_and_names_each_call_once(first, line, officer):
    calls = {arrived(line, days_ago=day).pk for day in range(5)}
    report = reported(in_review(line, officer, document("P60D")), officer)
    found, cursor = [], None
    while True:
        page, cursor = changed_recordings(report, "later", cursor, officer, limit=2)
        found += [one.recording.pk for one in page]
        if cursor is None:
            break
    assert sorted(found) == sorted(calls)


def test_what_a_version_does_not_change_is_looked_at_and_not_touched(first, line, officer):
    arrived(line)
    counts = counts_of(reported(in_review(line, officer), officer), officer)
    assert counts == {"looked_at": 1}


def test_a_shorter_period_counts_what_would_go_earlier_and_what_would_be_due_at_once(first, line, officer):
    arrived(line), arrived(line, days_ago=20)
    report = reported(in_review(line, officer, document("P10D")), officer)
    counts = counts_of(report, officer)
    assert (counts["earlier"], counts["delete_by_earlier"], counts["due_at_once"]) == (2, 2, 1)
    assert Recording.objects.filter(delete_by__lt=report.queued_at).count() == 0  # nothing was changed by asking


def test_a_purpose_that_falls_away_is_a_new_conflict_and_one_that_comes_solves_it(line, officer, second_officer):
    in_force(line, officer, second_officer, document(purposes=["training"]), always=True)
    arrived(line)
    solved = reported(in_review(line, officer, document(purposes=["training", "quality_assurance"])), officer)
    assert impact.figures_for(solved, officer)["solved"] == {"purpose_not_allowed": 1}
    listed, _ = changed_recordings(solved, "solved", None, officer)
    assert [one.kinds for one in listed] == [("solved",)]


def test_recent_decisions_count_beside_recordings(first, line, officer):
    asked = call("US-TX", "US-TX", line_of_business=line.code)
    for _ in range(3):
        give(asked, actor=officer)
    report = reported(in_review(line, officer, document(**STRICT)), officer)
    assert impact.figures_for(report, officer)["decisions"] == {"consent": 3, "looked_at": 3, "script": 3}


def test_holds_forms_and_scripts_that_are_touched_are_named(first, line, officer):
    held = arrived(line)
    place_hold(matter="A v. B", reason="Asked for.", recording_ids=[held.pk], actor=officer)
    report = reported(in_review(line, officer, document("P60D")), officer)
    counts = counts_of(report, officer)
    assert (counts["held"], counts["holds"]) == (1, 1)
    assert "retention" in impact.figures_for(report, officer)["script"]  # thirty days became sixty
    assert [form["keys"] for form in report.figures["forms"]] == [["retention"]]


def test_readers_are_told_of_their_own_lines_alone(first, line, other_line, officer, stranger):
    arrived(line), arrived(other_line)
    report = reported(in_review(line, officer, document("P60D")), officer)
    assert counts_of(report, officer)["touched"] == 1
    assert counts_of(report, stranger) == {}
    assert changed_recordings(report, "later", None, stranger) == ([], None)


def test_another_lines_calls_are_not_even_looked_at(first, line, other_line, officer):
    arrived(other_line)
    report = reported(in_review(line, officer, document("P60D")), officer)
    assert report.figures["lines"] == {}


def test_a_report_goes_on_where_its_worker_stopped_and_counts_the_same(first, line, officer):
    for day in range(5):
        arrived(line, days_ago=day)
    version = in_review(line, officer, document("P60D"))
    whole = reported(version, officer)
    again = impact.start_impact(version, officer)
    run = Run.of(again)
    assert advance(again.pk, run, piece=2)
    assert not work_on(again, until=0, piece=2)  # another worker, whose time is up after a piece
    again.refresh_from_db()
    assert (again.state, again.done_count, again.of_count) == ("running", 4, 5)
    run_reports(piece=2)
    again.refresh_from_db()
    assert (again.state, again.figures) == ("done", whole.figures)
    assert ImpactChange.objects.filter(report_id=again.pk).count() == 5


def test_a_report_that_was_stopped_stays_so_and_its_list_goes(first, line, officer):
    for day in range(3):
        arrived(line, days_ago=day)
    report = impact.start_impact(in_review(line, officer, document("P60D")), officer)
    run = Run.of(report)
    advance(report.pk, run, piece=2)
    impact.cancel_impact(report, officer)
    assert not advance(report.pk, run, piece=2)
    run_reports()
    report.refresh_from_db()
    assert report.state == "cancelled"
    assert not ImpactChange.objects.filter(report_id=report.pk).exists()
    with pytest.raises(ImpactNotMovable):
        impact.cancel_impact(report, officer)


def test_who_asks_twice_gets_the_report_that_is_under_way(first, line, officer):
    version = in_review(line, officer, document("P60D"))
    assert impact.start_impact(version, officer).pk == impact.start_impact(version, officer).pk
    assert impact.impact_of(version).state == "queued"


def test_who_may_not_draft_for_the_line_may_not_ask(first, line, officer, stranger, reviewer):
    version = in_review(line, officer, document("P60D"))
    for person in (stranger, reviewer):
        with pytest.raises(NotAllowed):
            impact.start_impact(version, person)


def test_a_report_is_worth_an_approval_for_this_content_under_these_rules_alone(first, line, officer, second_officer):
    arrived(line)
    version = in_review(line, officer, document("P60D"))
    report = reported(version, officer)
    assert impact.covers(report, version)
    assert not impact.covers(None, version)
    other = in_review(line, officer, document("P70D"))
    assert "something else" in impact.why_not(report, other)
    # the version is sent back and changed: the same id, another content
    versions.send_back(version=version, reason="Shorter, please.", actor=second_officer)
    versions.change_draft(version=version, document=document("P50D"), actor=officer)
    assert "another content" in impact.why_not(report, PolicyVersion.objects.get(pk=version.pk))
    # another version comes into force meanwhile
    report = reported(other, officer)
    in_force(line, officer, second_officer, document("P40D"))
    assert "came into force" in impact.why_not(report, other)


def test_nothing_is_published_without_its_report_while_calls_are_stored(first, line, officer, second_officer):
    arrived(line)
    version = in_review(line, officer, document("P60D"))
    with pytest.raises(VersionNotMovable, match="what-if"):
        versions.publish_version(version=version, actor=second_officer)
    published = versions.publish_version(version=version, actor=second_officer, report=reported(version, officer))
    assert published.approval["report"]


def test_a_report_whose_rules_changed_under_it_fails_and_says_so(first, line, officer, second_officer):
    arrived(line)
    version = in_review(line, officer, document("P60D"))
    report = impact.start_impact(version, officer)
    ImpactReport.objects.filter(pk=report.pk).update(versions_digest="other")
    run_reports()
    report.refresh_from_db()
    assert report.state == "failed"
    assert "Run it again" in report.failed_because


def test_each_end_of_a_report_has_its_event(first, line, officer):
    version = in_review(line, officer, document("P60D"))
    done = reported(version, officer)
    stopped = impact.cancel_impact(impact.start_impact(version, officer), officer)
    assert [event.verb for event in Event.objects.about(done)] == ["impact.asked", "impact.done"]
    assert [event.verb for event in Event.objects.about(stopped)] == ["impact.asked", "impact.cancelled"]


def test_an_officer_of_all_lines_sees_the_whole(first, line, officer):
    arrived(line)
    report = reported(in_review(line, officer, document("P60D")), officer)
    everywhere = UserFactory(username="nils", role="officer", all_lines=True)
    assert counts_of(report, everywhere)["touched"] == 1
    assert impact.kept_with_approval(report)["figures"]["counts"]["touched"] == 1


def test_the_dates_of_a_report_are_those_that_a_decision_would_give(first, line, officer):
    recording = arrived(line, days_ago=11)
    report = reported(in_review(line, officer, document("P60D")), officer)
    planned = ImpactChange.objects.get(report_id=report.pk)
    asked = call(
        "US-TX",
        "US-TX",
        line_of_business=line.code,
        started_at=recording.started_at,
        ended_at=recording.ended_at,
    )
    decided = decide(asked)
    assert planned.keep_until == decided.keep_until
    assert (planned.delete_by - decided.delete_by).days == 30
