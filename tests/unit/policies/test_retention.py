from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.unit.policies.laws import answer, call, outcome

DEBT = {"sector": "debt_collection", "entity": "fdcpa_debt_collector"}
OWN = {"retention": {"min_period": None, "max_period": "P90D"}}


def retention(*places, **changed):
    given = answer(*places, **changed)
    return given["retention"], given["conflicts"]


def test_without_any_minimum_it_may_go_from_the_calls_end_and_goes_after_ninety_days():
    kept, conflicts = retention("US-TX", "US-TX")
    assert (kept["min_period"], kept["max_period"]) == (None, "P90D")
    assert kept["keep_until"] == "2026-11-24T15:00:00Z"
    assert kept["delete_by"] == "2027-02-23T05:00:00Z"
    assert not conflicts


def test_it_counts_from_the_calls_end_not_from_its_start():
    over_midnight = outcome(
        call(
            "US-TX",
            "US-TX",
            started_at=datetime(2026, 11, 25, 4, 50, tzinfo=UTC),
            ended_at=datetime(2026, 11, 25, 5, 10, tzinfo=UTC),
        )
    )
    assert over_midnight.answer["retention"]["delete_by"] == "2027-02-24T05:00:00Z"


def test_a_minimum_of_law_lifts_a_shorter_company_maximum_and_says_so():
    kept, conflicts = retention("US-TX", "US-TX", facts=DEBT)
    assert kept["keep_until"] == kept["delete_by"] == "2029-11-25T05:00:00Z"
    assert not conflicts
    by_rule = {reason["rule"]: reason for reason in kept["explanation"]}
    assert by_rule["US-CFPB-REGF-CALL"]["standing"] == "decides"
    company = by_rule["policy:Our policy, version 1"]
    assert (company["standing"], company["outranked_by"]) == ("outranked", "US-CFPB-REGF-CALL")


def test_the_words_said_are_the_time_it_is_really_kept():
    said = {item["key"]: item["say"] for item in answer("US-TX", "US-TX", facts=DEBT)["disclosures"]}
    assert said["retention"] == "We keep the recording for 3 years, then we delete it."
    said = {item["key"]: item["say"] for item in answer("US-TX", "US-TX")["disclosures"]}
    assert said["retention"] == "We keep the recording for 90 days, then we delete it."


def test_the_longest_minimum_and_the_shortest_maximum_win():
    long = {"retention": {"min_period": "P4Y", "max_period": "P10Y"}}
    kept, _ = retention("US-TX", "US-TX", facts=DEBT, document=long)
    assert (kept["min_period"], kept["max_period"]) == ("P4Y", "P10Y")
    kept, _ = retention("FR", "FR", purposes=("training",), document={"retention": {"max_period": "P10Y"}})
    assert kept["max_period"] == "P6M"


def test_the_order_of_the_explanation_is_minimums_then_maximums_those_that_decide_first():
    kept, _ = retention(
        "US-TX", "US-TX", facts=DEBT, document={"retention": {"min_period": "P1Y", "max_period": "P10Y"}}
    )
    assert [(reason["kind"], reason["standing"]) for reason in kept["explanation"]] == [
        ("minimum", "decides"),
        ("minimum", "outranked"),
        ("maximum", "decides"),
    ]


def test_a_minimum_of_law_after_a_maximum_of_law_is_a_conflict_and_nothing_goes_before_the_minimum():
    orders = {"sector": "securities", "activity": "client_order"}
    found = outcome(call("FR", "FR", facts=orders, purposes=("training",)), zone="Europe/Paris")
    conflict = found.answer["conflicts"][0]
    assert conflict["kind"] == "minimum_after_maximum"
    assert conflict["rules"] == ["EU-MIFID2-16-7", "FR-CNIL-QA"]
    assert found.is_provisional
    assert found.answer["retention"]["keep_until"] == "2031-11-24T23:00:00Z"
    assert found.schedule.delete_by >= found.schedule.keep_until


def test_a_company_minimum_after_a_maximum_of_law_is_a_conflict_too():
    _, conflicts = retention(
        "FR", "FR", purposes=("training",), document={"retention": {"min_period": "P1Y", "max_period": "P2Y"}}
    )
    assert conflicts[0]["kind"] == "company_minimum_after_maximum"


@pytest.mark.parametrize(
    ("facts", "minimum"),
    [
        ({"sector": "securities", "entity": "broker_dealer"}, "P3Y"),
        ({"sector": "securities", "entity": "broker_dealer", "record_kind": "order_record"}, "P6Y"),
    ],
)
def test_a_rule_about_separate_records_binds_a_recording_only_where_it_is_that_record(facts, minimum):
    kept, _ = retention("US-NY", "US-NY", facts=facts)
    assert kept["min_period"] == minimum


def test_a_rule_that_waits_for_a_fact_is_shown_and_does_not_decide():
    given = answer("US-TX", "US-TX", facts={"sector": "debt_collection"})
    waiting = {item["rule"]: item["waits_for"] for item in given["open"]}
    assert waiting["US-CFPB-REGF-CALL"] == ["entity"]
    assert given["retention"]["min_period"] is None


def test_a_fact_that_speaks_against_a_rule_drops_it():
    given = answer("US-TX", "US-TX", facts={"sector": "health", "entity": "bank"})
    assert "US-CFPB-REGF-CALL" not in {item["rule"] for item in given["open"]}


def test_a_trigger_that_is_not_known_counts_from_the_call_and_is_named():
    kept, _ = retention("US-TX", "US-TX", facts={"sector": "medicare", "channel": "enrollment"})
    assert kept["min_period"] == "P10Y"
    assert kept["waits_for"] == ["contract_period_end"]


@pytest.mark.parametrize(("day", "minimum"), [(30, "P10Y"), (1, "P6Y")])
def test_the_law_of_the_calls_day_counts(day, minimum):
    month = 9 if day == 30 else 10
    kept, _ = retention(
        "US-TX",
        "US-TX",
        facts={"sector": "medicare", "channel": "sales"},
        started_at=datetime(2026, month, day, 15, tzinfo=UTC),
    )
    assert kept["min_period"] == minimum


def test_what_law_forbids_to_keep_may_not_be_recorded():
    given = answer("DE", "DE", facts={"consent": "missing"}, zone="Europe/Berlin")
    assert given["may_record"] is False
    assert given["conflicts"][0]["kind"] == "must_not_be_kept"
    assert given["retention"]["max_period"] == "P0D"


def test_a_purpose_that_the_policy_does_not_allow_may_not_be_recorded_for():
    given = answer("US-TX", "US-TX", document={"purposes": ["training"]})
    assert given["may_record"] is False
    assert given["conflicts"][0]["kind"] == "purpose_not_allowed"


def test_the_same_moment_in_another_zone_gives_the_same_answer():
    berlin = datetime(2026, 11, 24, 16, tzinfo=ZoneInfo("Europe/Berlin"))
    assert answer("US-TX", "US-TX", started_at=berlin) == answer("US-TX", "US-TX")


def test_a_demo_policy_may_count_in_seconds():
    kept, _ = retention("US-TX", "US-TX", document={"retention": {"max_period": "PT120S"}})
    assert kept["delete_by"] == "2026-11-24T15:02:00Z"
