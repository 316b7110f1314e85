from datetime import date, timedelta

import pytest
from django.utils import timezone

from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import Policy, PolicyVersion, RuleFlag
from policies.services.flags import calendar, flag_rules, standing_flags
from policies.services.overrides import approve_override
from policies.services.register import load_law
from policies.tasks import flag_rules as flag_rules_task
from tests.unit.policies.test_overrides import proposal
from tests.unit.policies.test_register import change, folder  # noqa: F401  a fixture
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law_officers")]
SPAIN = date(2026, 12, 28)


def published(author, approver, lines=(), **changed):
    policy = Policy.objects.create(code="cal", name="Calendar")
    policy.lines.set(lines)
    return PolicyVersion.objects.create(
        policy=policy,
        number=1,
        state="published",
        document=CAREFUL_DEFAULT,
        author=author,
        approver=approver,
        published_at=timezone.now(),
        **changed,
    )


def flagged(kind):
    return set(RuleFlag.objects.filter(kind=kind).values_list("code", "on"))


@pytest.mark.parametrize(("today", "found"), [(SPAIN, False), (SPAIN + timedelta(days=1), True)])
def test_a_rule_is_past_its_review_from_the_day_after(today, found):
    flag_rules(today=today)
    assert (("ES-LEY-10-2025", SPAIN) in flagged("review_past")) is found


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (date(2027, 2, 12), False),
        (date(2027, 2, 13), True),
        (date(2027, 5, 13), True),
        (date(2027, 5, 14), False),
    ],
)
def test_a_change_is_told_ninety_days_ahead_and_no_longer_when_it_is_there(today, found):
    flag_rules(today=today)
    assert (("IN", date(2027, 5, 14)) in flagged("change_ahead")) is found


def test_each_thing_is_flagged_once_with_one_event():
    today = SPAIN + timedelta(days=1)
    new = flag_rules(today=today)
    assert new == RuleFlag.objects.count() > 0
    assert flag_rules(today=today) == 0
    assert Event.objects.filter(verb="rule.flagged").count() == new


def test_the_clock_rings_for_it():
    flag_rules_task()
    assert flag_rules(today=timezone.localdate()) == 0


def test_a_flag_stands_until_the_rule_is_reviewed(folder):  # noqa: F811
    today = SPAIN + timedelta(days=1)
    flag_rules(today=today)
    assert ("ES", SPAIN) in {(flag.code, flag.on) for flag in standing_flags(today)}
    text = (folder / "jurisdictions.csv").read_bytes().decode()
    change(folder, "jurisdictions.csv", text[text.index("ES,Spain") :].splitlines()[0], _reviewed(text))
    load_law(folder=folder, actor=CALLWARD, publish=True)
    assert ("ES", SPAIN) not in {(flag.code, flag.on) for flag in standing_flags(today)}


def _reviewed(text):
    return text[text.index("ES,Spain") :].splitlines()[0].replace("2026-11-24,2026-12-28", "2026-12-28,2027-12-28")


def test_an_override_that_ends_is_told_instead_of_the_change_that_its_end_is(officer, second_officer):
    today = timezone.localdate()
    override = proposal(officer, today, effective_from=today + timedelta(days=1))
    approve_override(override=override, actor=second_officer)
    flag_rules(today=today + timedelta(days=20))
    assert (override.code, override.expires_on) in flagged("override_ends")
    assert (override.code, override.expires_on) not in flagged("change_ahead")


def test_the_calendar_has_changes_and_reviews_of_rules_policies_and_overrides(officer, second_officer):
    today = timezone.localdate()
    version = published(officer, second_officer, next_review_on=today + timedelta(days=30))
    override = proposal(officer, today)
    approve_override(override=override, actor=second_officer)
    first, last = min(today, SPAIN), max(today, date(2027, 5, 14)) + timedelta(days=200)
    entries = calendar(first, last)
    found = {(entry.on, entry.kind, entry.code) for entry in entries}
    assert {
        (date(2027, 5, 14), "rule_begins", "IN"),
        (SPAIN, "rule_review", "ES-LEY-10-2025"),
        (version.next_review_on, "version_review", "cal"),
        (override.effective_from, "override_begins", "US-NM"),
        (override.expires_on, "override_ends", "US-NM"),
    } <= found
    assert (date(2027, 5, 14), "rule_ends", "IN") not in found  # its next row begins that day
    assert [entry.on for entry in entries] == sorted(entry.on for entry in entries)
    assert all(first <= entry.on <= last for entry in entries)


def test_the_calendar_shows_a_person_the_policies_of_their_lines(stranger, line, officer, second_officer):
    today = timezone.localdate()
    published(officer, second_officer, [line], next_review_on=today + timedelta(days=30))
    until = today + timedelta(days=60)
    assert "cal" in {entry.code for entry in calendar(today, until)}
    assert "cal" not in {entry.code for entry in calendar(today, until, stranger)}
