from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from policies.domain.documents import CAREFUL_DEFAULT
from policies.domain.errors import (
    DecisionTokenRefused,
    DocumentRefused,
    NoPolicyInForce,
    SecondPersonNeeded,
    UnknownLine,
    VersionNotMovable,
)
from policies.models import Decision, PolicyVersion
from policies.services import versions
from policies.services.decisions import decide, redeem
from policies.services.giving import give
from tests.unit.policies.laws import call
from trail.domain.actors import CALLWARD
from trail.domain.chain import canonical_json
from trail.models import Event

pytestmark = pytest.mark.django_db

KEPT_LONG = {"retention": {"min_period": None, "max_period": "P2Y"}, "company": "Harbor & Vale"}


@pytest.fixture
def draft(line, officer):
    return versions.draft_version(document=KEPT_LONG, code="home-cover", name="Home cover", lines=[line], actor=officer)


@pytest.fixture
def published(draft, officer, second_officer):
    versions.submit_version(version=draft, actor=officer)
    return versions.publish_version(version=draft, actor=second_officer)


def max_period(line, at=None):
    return decide(call("US-TX", "US-TX", line_of_business=line.code, started_at=at or timezone.now())).answer[
        "retention"
    ]["max_period"]


def verbs_of(version):
    return list(Event.objects.about(version).values_list("verb", flat=True))


def test_the_careful_default_ships_published_once_and_governs_calls_of_any_day(line):
    assert versions.ship_careful_default() == versions.ship_careful_default()
    assert PolicyVersion.objects.filter(ships=True).count() == 1
    assert max_period(line, timezone.now() - timedelta(days=4000)) == "P90D"


def test_a_version_goes_from_draft_to_published_by_two_people_with_one_event_each(draft, line, officer, second_officer):
    assert max_period(line) == "P90D"
    versions.submit_version(version=draft, actor=officer)
    assert max_period(line) == "P90D"
    versions.publish_version(version=draft, actor=second_officer)
    assert max_period(line) == "P2Y"
    assert verbs_of(draft) == ["version.drafted", "version.submitted", "version.published"]


def test_the_author_cannot_publish_not_even_around_the_service(draft, officer):
    versions.submit_version(version=draft, actor=officer)
    with pytest.raises(SecondPersonNeeded):
        versions.publish_version(version=draft, actor=officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=draft.pk).update(state="published", approver=officer)


def test_a_draft_is_not_published_before_it_was_submitted(draft, second_officer):
    with pytest.raises(VersionNotMovable):
        versions.publish_version(version=draft, actor=second_officer)


def test_who_changes_a_draft_last_is_its_author(draft, officer, second_officer):
    versions.change_draft(version=draft, document=KEPT_LONG | {"company": "Vale"}, actor=second_officer)
    versions.submit_version(version=draft, actor=second_officer)
    with pytest.raises(SecondPersonNeeded):
        versions.publish_version(version=draft, actor=second_officer)
    versions.publish_version(version=draft, actor=officer)


def test_a_small_change_by_another_does_not_let_the_writer_approve_their_own_words(draft, officer, second_officer):
    versions.change_draft(version=draft, document=KEPT_LONG, actor=second_officer)
    with pytest.raises(VersionNotMovable, match="changed it last"):
        versions.submit_version(version=draft, actor=officer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_version_in_review_can_go_back_with_its_reason(draft, officer, second_officer):
    versions.submit_version(version=draft, actor=officer)
    back = versions.send_back(version=draft, reason="Two years are too long.", actor=second_officer)
    assert (back.state, back.sent_back_because) == ("draft", "Two years are too long.")
    assert "Two years" not in str(list(Event.objects.about(draft).values_list("facts", flat=True)))


@pytest.mark.parametrize(
    "change",
    [
        "document = '{}'",
        "state = 'draft'",
        "approver_id = author_id",
        "effective_from = now() - interval '9 years'",
        "number = 9",
        "published_at = now()",
    ],
)
def test_a_published_version_never_changes_not_even_around_the_orm(published, change):
    with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE policies_policyversion SET {change} WHERE id = %s", [published.pk])  # noqa: S608
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM policies_policyversion WHERE id = %s", [published.pk])


def test_a_call_is_judged_by_the_version_of_its_day(published, line, officer, second_officer):
    later = versions.draft_version(
        policy=published.policy, document=KEPT_LONG | {"retention": {"max_period": "P3Y"}}, actor=officer
    )
    versions.submit_version(version=later, actor=officer)
    tomorrow = timezone.now() + timedelta(days=1)
    versions.publish_version(version=later, actor=second_officer, effective_from=tomorrow)
    assert max_period(line, published.effective_from - timedelta(minutes=1)) == "P90D"
    assert max_period(line, tomorrow - timedelta(minutes=1)) == "P2Y"
    assert max_period(line, tomorrow) == "P3Y"


def test_a_first_version_may_govern_earlier_calls_and_a_later_one_may_not(draft, line, officer, second_officer):
    versions.submit_version(version=draft, actor=officer)
    versions.publish_version(version=draft, actor=second_officer, always=True)
    assert max_period(line, timezone.now() - timedelta(days=400)) == "P2Y"
    second = versions.draft_version(policy=draft.policy, document=KEPT_LONG, actor=officer)
    versions.submit_version(version=second, actor=officer)
    with pytest.raises(VersionNotMovable):
        versions.publish_version(version=second, actor=second_officer, always=True)
    with pytest.raises(VersionNotMovable):
        versions.publish_version(
            version=second, actor=second_officer, effective_from=timezone.now() - timedelta(days=1)
        )


def test_a_minimum_over_the_maximum_is_never_drafted(line, officer):
    with pytest.raises(DocumentRefused):
        versions.draft_version(
            document={"retention": {"min_period": "P2Y", "max_period": "P1Y"}},
            code="x",
            name="X",
            lines=[line],
            actor=officer,
        )


def test_seconds_are_for_demo_lines(line, officer):
    seconds = {"retention": {"max_period": "PT120S"}}
    with pytest.raises(DocumentRefused):
        versions.draft_version(document=seconds, code="x", name="X", lines=[line], actor=officer)
    line.is_demo = True
    line.save()
    assert versions.draft_version(document=seconds, code="x", name="X", lines=[line], actor=officer).number == 1


def test_who_is_no_officer_or_of_another_line_drafts_nothing(line, reviewer, supervisor, auditor, stranger):
    for person in (reviewer, supervisor, auditor, stranger):
        with pytest.raises(NotAllowed):
            versions.draft_version(document=CAREFUL_DEFAULT, code="x", name="X", lines=[line], actor=person)


def test_the_default_for_every_line_is_moved_only_by_who_sees_every_line(officer):
    default = PolicyVersion.objects.get(ships=True)
    newer = {"document": CAREFUL_DEFAULT | {"company": "Harbor"}, "policy": default.policy, "actor": officer}
    with pytest.raises(NotAllowed):
        versions.draft_version(**newer)
    officer.all_lines = True
    officer.save()
    assert versions.draft_version(**newer).number == 2


def test_without_any_policy_nothing_may_be_recorded_and_no_token_is_given(line):
    PolicyVersion.objects.filter(ships=True).update(state="retired", retired_at=timezone.now())
    asked = call("US-TX", "US-FL", line_of_business=line.code, started_at=timezone.now())
    outcome = decide(asked)
    assert outcome.policy_version_id is None
    assert outcome.is_provisional
    assert outcome.answer["may_record"] is False
    with pytest.raises(NoPolicyInForce):
        give(asked, actor=CALLWARD)


def test_a_decision_keeps_its_bytes_and_cannot_be_changed(line, published):
    given = give(call("US-TX", "US-FL", line_of_business=line.code), actor=CALLWARD)
    for change in ("UPDATE policies_decision SET digest = ''", "UPDATE policies_answer SET body = '{}'"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert canonical_json(Decision.objects.get(pk=given.id).answer) == given.answer


def test_a_token_is_bound_to_its_parties_and_its_line(line, other_line):
    asked = call("US-TX", "+1 813 555 0142", line_of_business=line.code)
    given = give(asked, actor=CALLWARD)
    token, decision = given.token, Decision.objects.get(pk=given.id)
    assert redeem(token, call("US-TX", "+18135550142", line_of_business=line.code)) == decision
    for other in (
        call("US-TX", "+18135550143", line_of_business=line.code),
        call("US-TX", "+18135550142", line_of_business=other_line.code),
        call("US-TX", "+18135550142", "US-CA", line_of_business=line.code),
    ):
        with pytest.raises(DecisionTokenRefused):
            redeem(token, other)
    for forged in ("", "x", token[:-2], token + "x", "a:b:c"):
        with pytest.raises(DecisionTokenRefused):
            redeem(forged)


def test_a_token_ends_after_thirty_days(line, time_machine):
    time_machine.move_to("2026-11-24T12:00:00Z", tick=False)
    token = give(call("US-TX", "US-FL", line_of_business=line.code), actor=CALLWARD).token
    time_machine.move_to("2026-12-25T12:00:00Z", tick=False)
    with pytest.raises(DecisionTokenRefused, match="30 days"):
        redeem(token)


def test_a_line_that_is_not_there_is_told_so():
    with pytest.raises(UnknownLine):
        decide(call("US-TX", line_of_business="nowhere"))
