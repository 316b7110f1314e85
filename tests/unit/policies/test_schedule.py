"""Limits weighed by hand: who decides, who is outranked by whom, which clash, what the caller is told."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from policies.domain.conflicts import Conflict
from policies.domain.retention import Limit, Schedule, retention_schedule

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def limit(rule, kind, period, **changed):
    usual = {"citation": f"{rule} s. 1", "because": "", "certainty": "high"}
    return Limit(rule=rule, kind=kind, period=period, **usual | changed)


def least(rule, period, **changed):
    return limit(rule, "minimum", period, **changed)


def most(rule, period, **changed):
    return limit(rule, "maximum", period, **changed)


def own(found):
    return Limit(**{**found.__dict__, "is_law": False})


def weighed(*limits, fallback="P90D", zone="UTC") -> Schedule:
    return retention_schedule(limits, counted_from=NOON, zone=ZoneInfo(zone), fallback_period=fallback)


def day(year, month, day_of_month):
    return datetime(year, month, day_of_month, tzinfo=UTC)


def standing(schedule):
    return [(one.rule, one.decides, one.outranked_by) for one in schedule.limits]


def test_without_any_limit_the_fallback_is_the_maximum():
    schedule = weighed(fallback="P1Y")
    assert (schedule.keep_until, schedule.delete_by) == (NOON, day(2027, 11, 25))
    assert (schedule.min_period, schedule.max_period, schedule.said_period) == ("", "", "P1Y")
    assert (schedule.limits, schedule.conflicts, schedule.waits_for) == ((), (), ())


def test_a_minimum_longer_than_the_fallback_is_when_it_goes():
    schedule = weighed(least("A", "P2Y"), fallback="P1Y")
    assert (schedule.keep_until, schedule.delete_by) == (day(2028, 11, 25), day(2028, 11, 25))
    assert (schedule.min_period, schedule.max_period, schedule.said_period) == ("P2Y", "", "P2Y")


def test_a_minimum_shorter_than_the_fallback_leaves_it():
    schedule = weighed(least("A", "P1M"), fallback="P1Y")
    assert (schedule.keep_until, schedule.delete_by) == (day(2026, 12, 25), day(2027, 11, 25))
    assert schedule.said_period == "P1M"


def test_the_longest_minimum_and_the_shortest_maximum_decide():
    schedule = weighed(most("D", "P9Y"), least("A", "P1Y"), most("C", "P5Y"), least("B", "P2Y"))
    assert standing(schedule) == [("B", True, ""), ("A", False, "B"), ("C", True, ""), ("D", False, "C")]
    assert (schedule.keep_until, schedule.delete_by) == (day(2028, 11, 25), day(2031, 11, 25))
    assert (schedule.min_period, schedule.max_period, schedule.said_period) == ("P2Y", "P5Y", "P5Y")
    assert schedule.conflicts == ()


def test_of_two_alike_law_comes_before_the_company_and_then_the_code():
    company = own(least("AA", "P2Y"))
    schedule = weighed(company, least("B", "P2Y"), least("A", "P24M"))
    assert standing(schedule) == [("A", True, ""), ("B", False, "A"), ("AA", False, "A")]
    schedule = weighed(own(most("AA", "P2Y")), most("B", "P2Y"))
    assert standing(schedule) == [("B", True, ""), ("AA", False, "B")]


def test_a_rule_without_a_number_comes_last_and_stands_beside():
    schedule = weighed(most("Z", ""), most("Y", ""), most("B", "P1Y"), least("N", ""))
    assert standing(schedule) == [("N", False, ""), ("B", True, ""), ("Y", False, ""), ("Z", False, "")]
    assert schedule.limits[0].until is None
    assert (schedule.keep_until, schedule.min_period) == (NOON, "")


def test_a_companys_maximum_gives_way_to_a_minimum_of_law_without_a_conflict():
    schedule = weighed(least("A", "P2Y"), own(most("P", "P1Y")))
    assert standing(schedule) == [("A", True, ""), ("P", False, "A")]
    assert (schedule.delete_by, schedule.said_period, schedule.conflicts) == (day(2028, 11, 25), "P2Y", ())


def test_a_maximum_of_law_before_a_minimum_of_law_is_a_conflict():
    schedule = weighed(least("A", "P2Y"), most("M", "P1Y"), most("N", "P6M"), most("L", "P3Y"), own(most("P", "P1M")))
    assert schedule.conflicts == (
        Conflict(
            "minimum_after_maximum",
            ("A", "N"),
            "A asks to keep the recording for P2Y at least, N for P6M at most. It is kept until a person decides.",
        ),
        Conflict(
            "minimum_after_maximum",
            ("A", "M"),
            "A asks to keep the recording for P2Y at least, M for P1Y at most. It is kept until a person decides.",
        ),
    )
    assert (schedule.keep_until, schedule.delete_by) == (day(2028, 11, 25), day(2028, 11, 25))
    assert [one.outranked_by for one in schedule.limits[1:]] == ["A"] * 4


def test_a_companys_minimum_after_a_maximum_of_law_is_a_conflict_of_its_own_kind():
    schedule = weighed(own(least("P", "P2Y")), most("M", "P1Y"))
    assert [(one.kind, one.rules) for one in schedule.conflicts] == [("company_minimum_after_maximum", ("P", "M"))]


def test_equal_ends_are_no_conflict():
    schedule = weighed(least("A", "P1Y"), most("M", "P12M"))
    assert schedule.conflicts == ()
    assert standing(schedule) == [("A", True, ""), ("M", True, "")]
    assert schedule.said_period == "P12M"


def test_a_maximum_alone_lets_it_go_at_any_time_before():
    schedule = weighed(most("M", "P1Y"))
    assert (schedule.keep_until, schedule.delete_by, schedule.said_period) == (NOON, day(2027, 11, 25), "P1Y")


def test_days_end_in_the_lines_own_zone():
    schedule = weighed(least("A", "P1D"), zone="America/New_York")
    assert schedule.keep_until == datetime(2026, 11, 26, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limits", "waits"),
    [
        (
            [most("A", "P1Y", trigger="contract_end"), least("B", "P1Y", trigger="claim_closed")],
            ("claim_closed", "contract_end"),
        ),
        ([most("A", "P1Y", trigger="contract_end"), least("B", "P1Y", trigger="contract_end")], ("contract_end",)),
        ([most("A", "", trigger="contract_end")], ()),
        ([most("A", "P1Y")], ()),
    ],
)
def test_triggers_that_are_still_to_come_are_named_once(limits, waits):
    assert weighed(*limits).waits_for == waits


@pytest.mark.parametrize(
    ("limits", "may"),
    [
        ([least("A", "P1Y", trigger="contract_end")], True),
        ([least("A", "P1Y", trigger="contract_end"), least("B", "P5Y")], True),  # the contract may run for ten years
        ([least("A", "", trigger="contract_end")], False),
        ([most("A", "P1Y", trigger="contract_end")], False),
        ([least("A", "P1Y")], False),
        ([], False),
    ],
)
def test_a_minimum_from_a_moment_still_to_come_may_last_longer_than_the_date_says(limits, may):
    assert weighed(*limits).may_last_longer is may


def test_weighing_leaves_what_was_given_as_it_was():
    given = least("A", "P1Y")
    schedule = weighed(given)
    assert (given.until, given.decides) == (None, False)
    assert schedule.limits[0] == Limit(**{**given.__dict__, "until": day(2027, 11, 25), "decides": True})
