from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from policies.domain.documents import CAREFUL_DEFAULT
from policies.domain.errors import DocumentRefused, VersionLaxerThanLaw, VersionNotMovable
from policies.models import ImpactReport
from policies.services import versions
from policies.services.giving import give
from policies.services.impact import digest_of, start_impact
from tests.factories import RecordingFactory
from tests.unit.policies.laws import call
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

LONGER = CAREFUL_DEFAULT | {"retention": {"max_period": "P91D"}}
LAX = CAREFUL_DEFAULT | {"scope": {"countries": ["US-CA", "DE"]}}
WARNED = [
    {
        "pointer": "/retention/max_period",
        "detail": "It keeps recordings for 91 days. The careful default keeps them for 90 days.",
    }
]


@pytest.fixture
def draft(line, officer):
    return versions.draft_version(document=LONGER, code="home-cover", name="Home cover", lines=[line], actor=officer)


@pytest.fixture
def in_review(draft, officer):
    return versions.submit_version(version=draft, actor=officer)


@pytest.fixture
def decided(line):
    return give(call("US-TX", "US-TX", line_of_business=line.code, started_at=timezone.now()), actor=CALLWARD)


def done(version, actor):
    report = start_impact(version, actor)
    ImpactReport.objects.filter(pk=report.pk).update(state="done", ended_at=timezone.now())
    report.refresh_from_db()
    return report


def test_a_draft_laxer_than_law_is_not_submitted_and_is_told_each_rule(draft, officer):
    versions.change_draft(version=draft, document=LAX, actor=officer)
    with pytest.raises(VersionLaxerThanLaw) as refused:
        versions.submit_version(version=draft, actor=officer)
    assert str(refused.value).startswith("Law asks for more at 3 places: The policy speaks for calls with DE or US-CA")
    assert [field["pointer"] for field in refused.value.fields] == [
        "/consent/standard",
        "/consent/form",
        "/consent/standard",
    ]
    assert refused.value.fields[0]["detail"].endswith("(DE: StGB s. 201; GDPR; TDDDG s. 3)")
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_version_in_review_is_judged_again_before_it_is_published(in_review, second_officer):
    type(in_review).objects.filter(pk=in_review.pk).update(document=LAX | {"scope": {"countries": ["US-CA"]}})
    with pytest.raises(VersionLaxerThanLaw, match="Law asks for more at 1 place: "):
        versions.publish_version(version=in_review, actor=second_officer)


def test_the_approval_keeps_what_was_warned_of(in_review, second_officer):
    published = versions.publish_version(version=in_review, actor=second_officer)
    assert published.approval == {"report": None, "law_release": 1, "warnings": WARNED}
    event = Event.objects.about(published).last()
    assert (event.facts["report"], event.facts["warnings"]) == (None, 1)


def test_where_a_call_was_decided_the_what_if_comes_first(decided, in_review, officer, second_officer):
    with pytest.raises(VersionNotMovable, match="Run the what-if first"):
        versions.publish_version(version=in_review, actor=second_officer)
    report = start_impact(in_review, officer)
    with pytest.raises(VersionNotMovable):
        versions.publish_version(version=in_review, actor=second_officer, report=report)
    ImpactReport.objects.filter(pk=report.pk).update(state="done")
    report.refresh_from_db()
    published = versions.publish_version(version=in_review, actor=second_officer, report=report)
    assert (published.approval["report"], published.approval["warnings"]) == (str(report.pk), WARNED)


def test_where_a_recording_is_stored_the_what_if_comes_first(line, in_review, second_officer):
    RecordingFactory(line_of_business=line)
    with pytest.raises(VersionNotMovable, match="recordings or decisions are stored"):
        versions.publish_version(version=in_review, actor=second_officer)


def test_the_what_if_of_another_document_is_no_ground(decided, in_review, officer, second_officer):
    report = done(in_review, officer)
    versions.send_back(version=in_review, reason="Shorter.", actor=second_officer)
    versions.change_draft(version=in_review, document=CAREFUL_DEFAULT, actor=officer)
    versions.submit_version(version=in_review, actor=officer)
    in_review.refresh_from_db()
    assert report.digest != digest_of(in_review)
    with pytest.raises(VersionNotMovable, match="another content"):
        versions.publish_version(version=in_review, actor=second_officer, report=report)


def test_a_clone_begins_a_policy_of_its_own(draft, officer, other_line):
    officer.lines.add(other_line)
    clone = versions.clone_version(version=draft, code="debts", name="Debts", lines=[other_line], actor=officer)
    assert (clone.policy.code, clone.number, clone.state, clone.document) == ("debts", 1, "draft", LONGER)
    assert list(clone.policy.lines.all()) == [other_line]
    assert Event.objects.about(clone).get().facts["cloned_from"] == str(draft.pk)
    assert Event.objects.about(draft).get().facts["cloned_from"] is None


def test_a_clone_has_to_fit_its_lines(line, other_line, officer):
    officer.lines.add(other_line)
    line.is_demo = True
    line.save()
    seconds = {"retention": {"max_period": "PT120S"}}
    demo = versions.draft_version(document=seconds, code="demo", name="Demo", lines=[line], actor=officer)
    with pytest.raises(DocumentRefused):
        versions.clone_version(version=demo, code="debts", name="Debts", lines=[other_line], actor=officer)


def test_a_clone_for_a_line_of_others_is_not_allowed(draft, officer, other_line):
    with pytest.raises(NotAllowed):
        versions.clone_version(version=draft, code="debts", name="Debts", lines=[other_line], actor=officer)


def test_the_law_of_the_first_day_judges_a_version_that_begins_later(in_review, second_officer):
    begins = timezone.now() + timedelta(days=400)
    published = versions.publish_version(version=in_review, actor=second_officer, effective_from=begins)
    assert (
        published.effective_from,
        published.standing(begins - timedelta(seconds=1)),
        published.standing(begins),
    ) == (
        begins,
        "scheduled",
        "in_force",
    )
