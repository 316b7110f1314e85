"""A minimum from a moment still to come (the end of a contract, of a year) is not cut short by a machine."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from policies.domain.groups import RuleSet
from policies.domain.rules import RetentionRule
from policies.services import rulesets
from recordings.models import Recording
from recordings.services.disposition import list_due, purge_batch
from recordings.services.objections import approve_disposition
from recordings.services.redating import Passing, redate_batch
from tests.rules import arrived
from tests.unit.policies.laws import shipped_law

pytestmark = pytest.mark.django_db

ADVISER = {"sector": ("securities",), "entity": ("investment_adviser",)}  # five years from the end of the fiscal year
BROKER = {"sector": ("securities",), "entity": ("broker_dealer",)}  # three years from the call


def test_the_register_has_a_rule_of_each_kind():
    rules: dict[str, RetentionRule] = {rule.code: rule for rule in shipped_law().retention}
    assert rules["US-SEC-204-2"].trigger == "fiscal_year_end"
    assert rules["US-SEC-17A4-COMM"].trigger == "recording_created"


def test_a_call_whose_minimum_is_open_goes_only_with_a_persons_leave(line, officer):
    call, other = arrived(line, facts=ADVISER), arrived(line, facts=BROKER)
    assert (call.needs_approval, other.needs_approval) == (True, False)
    when = call.delete_by + timedelta(days=30)
    list_due(at=call.delete_by)
    assert purge_batch(at=when) == 1
    assert list(Recording.objects.all()) == [call]
    approve_disposition(confirmed=1, actor=officer, at=when)
    assert purge_batch(at=when) == 1


def test_a_law_that_brings_an_open_minimum_later_asks_a_person_too(line):
    call = arrived(line, facts=BROKER)
    now = rulesets.rules_in_force(timezone.now())
    rules = tuple(
        replace(rule, min_period="P5Y", trigger="fiscal_year_end") if rule.code == "US-SEC-17A4-COMM" else rule
        for rule in now.law.retention
    )
    law = replace(now.law, release=now.law.release + 1, digest="a new one", retention=rules)
    redate_batch(Passing(RuleSet(law, now.lines), {}), at=timezone.now(), lag=timedelta(minutes=-1))
    before = call.delete_by
    call.refresh_from_db()
    assert call.delete_by > before
    assert call.needs_approval
