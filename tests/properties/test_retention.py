"""Retention for any call: the dates stand in order, each names what gave it, no number is earlier than a minimum."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.domain.errors import DocumentRefused
from tests.properties.test_decisions import calls, places
from tests.unit.policies.laws import call, outcome

periods = st.sampled_from(["P1D", "P30D", "P90D", "P1M", "P6M", "P1Y", "P25M", "P3Y", "P7Y", "P10Y"])
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(who=st.lists(places, min_size=1, max_size=3), about=calls, minimum=st.none() | periods, maximum=periods)
def test_the_dates_stand_in_order_and_each_names_what_gave_it(who, about, minimum, maximum):
    try:
        found = outcome(call(*who, **about), {"retention": {"min_period": minimum, "max_period": maximum}})
    except DocumentRefused:
        return
    schedule, explanation = found.schedule, found.answer["retention"]["explanation"]
    assert schedule.keep_until <= schedule.delete_by
    for limit in schedule.limits:
        if limit.kind == "minimum" and limit.until:
            assert schedule.keep_until >= limit.until
        if limit.kind == "maximum" and limit.until and limit.is_law and not found.is_provisional:
            assert schedule.delete_by <= limit.until
    deciding = {reason["until"] for reason in explanation if reason["standing"] == "decides"}
    assert found.answer["retention"]["delete_by"] in deciding
    if any(limit.kind == "minimum" and limit.until for limit in schedule.limits):
        assert found.answer["retention"]["keep_until"] in deciding


@few
@given(who=st.lists(places, min_size=1, max_size=3), joins=places, about=calls)
def test_nobody_who_joins_makes_it_go_before_the_minimum_of_those_who_were_there(who, joins, about):
    before, after = outcome(call(*who, **about)).schedule, outcome(call(*who, joins, **about)).schedule
    assert after.keep_until >= before.keep_until
