"""The demo's register: an override in force, one that waits, a candidate with a small difference; twice is once."""

import pytest

from compliance_site.demo import law, people
from policies.models import LawOverride, LawRelease, RuleFlag
from policies.services.register import current_release, difference

pytestmark = pytest.mark.django_db


def test_the_demo_shows_an_override_in_force_one_that_waits_and_a_candidate():
    people.lay_company(1)
    law.tell()
    assert law.tell() == LawRelease.objects.count()
    states = dict(LawOverride.objects.values_list("code", "state"))
    assert states == {"US-FL": "approved", "US-CFPB-REGF-CALL": "proposed"}
    candidate = LawRelease.objects.candidates().get()
    assert candidate.based_on == current_release()
    changed = {(change.code, change.table) for change in difference(candidate.based_on, candidate)}
    assert changed == {
        ("US-MA", "jurisdictions.csv"),
        ("US-MA", "readings.csv"),
        ("US-MA", "example_calls.csv"),
    }
    assert RuleFlag.objects.filter(kind="override_ends", code="US-FL").exists()
