from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from policies.domain.decision import decided
from policies.domain.documents import policy_document
from policies.domain.errors import unknown_line
from policies.domain.groups import Dates, LineRules, RuleSet
from policies.domain.impact import NOTHING, Difference, Kind, Tally, difference, summed
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.scopes import Candidate
from policies.domain.stored_calls import read_call, read_places
from tests.unit.policies.laws import shipped_law

DAY, NEW_YORK = date(2026, 11, 24), ZoneInfo("America/New_York")
HOME, CARS, CALL, OTHER = (UUID(int=number) for number in range(4))
ENDED = datetime(2026, 11, 24, 15, tzinfo=UTC)


def party(role, code, source="explicit", certainty="high", **more):
    return {"role": role, "jurisdiction": code, "source": source, "certainty": certainty, "mismatch": ""} | more


def stored(*customers, **changed):
    usual = {"direction": "inbound", "medium": "phone", "purposes": ["quality_assurance"], "facts": {}}
    return usual | {"parties": [party("agent", "US-TX"), *customers]} | changed


def candidate(version="v1", **document):
    return Candidate(version, f"Policy {version}", policy_document(document, is_demo=True), has_line=True, number=3)


def rules(*candidates, law=None):
    line = LineRules("home", NEW_YORK, is_demo=False, candidates=candidates or (candidate(),))
    return RuleSet(law or shipped_law(), {HOME: line, CARS: replace(line, code="cars")})


def weighed(call, *candidates, day=DAY):
    found = rules(*candidates)
    return found.weigh(found.lines[HOME], call, day)


def test_a_groups_answer_is_that_of_each_of_its_calls():
    call = stored(party("customer", "US-CA"), facts={"sector": ["health"]})
    found = weighed(call)
    at = datetime(2026, 11, 24, 12, tzinfo=NEW_YORK)
    law, policy = shipped_law(), CompanyPolicy("v1", "Policy v1", policy_document({}), 3)
    asked = read_call(call, line_of_business="home", started_at=at, ended_at=at)
    alone = decided(Inputs(law, policy, asked, read_places(call), NEW_YORK))
    assert (found.version, found.standard, found.form) == ("v1", "all_party", "implied_by_notice")
    assert found.script == {line["key"]: (line["say"],) for line in alone.answer["script"]}
    assert [limit.rule for limit in found.limits] == [limit.rule for limit in alone.schedule.limits]
    assert {(limit.until, limit.decides, limit.outranked_by) for limit in found.limits} == {(None, False, "")}
    assert (found.conflicts, found.fallback, found.roles) == (frozenset(), "P90D", ("agent", "customer"))
    assert found.law_release == 1
    schedule = found.schedule(ENDED, NEW_YORK)
    assert (schedule.keep_until, schedule.delete_by) == (ENDED, datetime(2027, 2, 23, 5, tzinfo=UTC))


def test_dates_are_those_of_the_calls_end_and_keep_nothing_without_a_minimum():
    found = weighed(stored(party("customer", "US-CA")))
    assert found.has_minimum is False
    assert found.dates(ENDED, NEW_YORK) == Dates(None, datetime(2027, 2, 23, 5, tzinfo=UTC), frozenset())
    assert found.dates(ENDED, ZoneInfo("UTC")).delete_by == datetime(2027, 2, 23, tzinfo=UTC)
    kept = weighed(stored(party("customer", "US-CA")), candidate(retention={"min_period": "P1Y", "max_period": "P2Y"}))
    assert kept.has_minimum is True
    assert kept.dates(ENDED, NEW_YORK) == Dates(
        datetime(2027, 11, 25, 5, tzinfo=UTC), datetime(2028, 11, 25, 5, tzinfo=UTC), frozenset()
    )
    assert kept.periods == ("P2Y", ("maximum", "P2Y", False), ("minimum", "P1Y", False))


def test_conflicts_of_periods_come_with_the_dates_and_the_others_with_the_answer():
    call = stored(party("customer", "FR"), purposes=["training"])
    found = weighed(call, candidate(retention={"min_period": "P1Y", "max_period": "P2Y"}, purposes=["regulatory"]))
    assert found.conflicts == {"purpose_not_allowed"}
    assert found.dates(ENDED, NEW_YORK).conflicts == {"company_minimum_after_maximum"}


def test_without_a_policy_for_the_call_the_careful_default_is_weighed_and_no_version_named():
    found = weighed(stored(party("customer", "US-CA")), candidate(scope={"direction": ["outbound"]}))
    assert (found.version, found.conflicts, found.fallback) == ("", {"no_policy"}, "P90D")


@pytest.mark.parametrize(
    ("document", "call", "standard"),
    [
        ({"location": {"withheld_default": "US-NY"}}, stored(party("customer", "US-CA", "default", "none")), "assumed"),
        ({}, stored(party("customer", "US-CA", "default", "none")), "unknown"),
        ({"location": {"withheld_default": "US-NY"}}, stored(party("customer", "US-CA")), "explicit"),
        (
            {"location": {"withheld_default": "US-NY"}},
            stored(party("customer", "US-CA", "default", "none"), direction="outbound"),
            "stored",
        ),
    ],
)
def test_only_an_assumed_place_follows_the_policys_present_assumption(document, call, standard):
    found = rules(candidate(**document))
    line = found.lines[HOME]
    now = found.weigh(line, call, DAY)
    told = {"assumed": "US-NY", "unknown": "", "explicit": "US-CA", "stored": "US-CA"}[standard]
    source = {"assumed": ("default", "none"), "unknown": ("unknown", "none"), "explicit": ("explicit", "high")}
    same = stored(party("customer", told, *source.get(standard, ("default", "none"))), direction=call["direction"])
    assert replace(now, limits=()) == replace(rules(candidate(**document)).weigh(line, same, DAY), limits=())


def test_an_answer_is_made_once_for_all_lines_with_the_same_versions_and_days_with_the_same_rules():
    found, calls = rules(), {CALL: stored(party("customer", "US-CA")), OTHER: stored(party("customer", "FR"))}
    assert found.spoken_for == {HOME: 0, CARS: 0}
    first = found.answer(HOME, CALL, DAY, calls)
    assert found.answer(CARS, CALL, DAY, calls) is first
    assert found.answer(HOME, CALL, date(2026, 11, 25), calls) is first
    assert found.answer(HOME, OTHER, DAY, calls).standard == "basis_required"
    with pytest.raises(KeyError):
        found.answer(UUID(int=9), CALL, DAY, calls)
    line = found.lines[HOME]
    apart = RuleSet(found.law, {HOME: line, CARS: replace(line, candidates=(candidate("v2"),))})
    assert apart.spoken_for == {HOME: 0, CARS: 1}
    assert apart.answer(CARS, CALL, DAY, calls).version == "v2"


def test_a_stretch_ends_where_a_rule_that_reaches_the_call_begins():
    eve, day = date(2026, 12, 31), date(2027, 1, 1)
    rows = tuple(replace(row, effective_from=day) if row.code == "US-CA" else row for row in shipped_law().rules)
    found = rules(law=replace(shipped_law(), rules=rows, digest="later"))
    calls = {CALL: stored(party("customer", "US-CA")), OTHER: stored(party("customer", "US-NY"))}
    assert day in found.boundaries
    assert found.stretch(CALL, eve, calls) != found.stretch(CALL, day, calls)
    assert found.stretch(CALL, day, calls) == found.stretch(CALL, date(2027, 1, 2), calls)
    assert found.answer(HOME, CALL, day, calls).form == "implied_by_notice"
    assert found.answer(HOME, CALL, eve, calls).form == "express"  # no rule of the place yet


def test_a_signed_consent_makes_each_day_one_of_its_own():
    signed = {"sha256": "ab", "signed_on": "2026-11-24", "purposes": []}
    calls = {CALL: stored(party("customer", "US-CA"), consent_document=signed)}
    assert rules().stretch(CALL, DAY, calls) == -DAY.toordinal()


def test_dates_are_made_once_a_local_day_unless_a_period_counts_seconds():
    found, calls = rules(), {CALL: stored(party("customer", "US-CA"))}
    answer = found.answer(HOME, CALL, DAY, calls)
    first = found.dates(answer, ENDED, DAY, NEW_YORK)
    assert first == answer.dates(ENDED, NEW_YORK)
    assert found.dates(answer, ENDED.replace(hour=18), DAY, NEW_YORK) is first
    assert found.dates(answer, ENDED, DAY, ZoneInfo("UTC")) == answer.dates(ENDED, ZoneInfo("UTC"))
    quick = weighed(calls[CALL], candidate(retention={"max_period": "PT60S"}))
    assert (answer.is_to_the_second, quick.is_to_the_second) == (False, True)
    for second in (1, 2):
        ended = ENDED.replace(second=second)
        assert found.dates(quick, ended, DAY, NEW_YORK).delete_by == datetime(2026, 11, 24, 15, 1, second, tzinfo=UTC)


ANSWER = weighed(stored(party("customer", "US-TX")))
STRICTER = replace(ANSWER, standard="all_party", form="express")


def changed(**fields):
    return replace(ANSWER, **fields)


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (changed(version="v2"), NOTHING),
        (changed(fallback="P91D"), Difference(Kind(0), same_periods=False)),
        (
            changed(standard="all_party"),
            Difference(
                Kind.CONSENT, "notice_required, implied_by_notice → all_party, implied_by_notice", is_stricter=True
            ),
        ),
        (
            changed(form="express"),
            Difference(Kind.CONSENT, "notice_required, implied_by_notice → notice_required, express", is_stricter=True),
        ),
        (
            changed(standard="one_party"),
            Difference(Kind.CONSENT, "notice_required, implied_by_notice → one_party, implied_by_notice"),
        ),
        (
            changed(script={**ANSWER.script, "recording": ("We tape.",), "call_purpose": ("We sell.",)}),
            Difference(Kind.SCRIPT, script=("call_purpose", "recording")),
        ),
        (changed(script={}), Difference(Kind.SCRIPT, script=tuple(sorted(ANSWER.script)))),
        (
            changed(conflicts=frozenset({"no_policy", "must_not_be_kept"})),
            Difference(Kind.CONFLICT, conflicts=("must_not_be_kept", "no_policy")),
        ),
    ],
)
def test_what_changes_for_each_call_of_a_group(after, found):
    assert difference(ANSWER, after) == found


def test_a_conflict_that_goes_is_solved_and_all_that_changes_is_told():
    before = changed(conflicts=frozenset({"no_policy"}))
    assert difference(before, ANSWER) == Difference(Kind.SOLVED, solved=("no_policy",))
    found = difference(before, replace(STRICTER, script={}, conflicts=frozenset({"must_not_be_kept"})))
    assert found.kinds == Kind.CONSENT | Kind.SCRIPT | Kind.CONFLICT | Kind.SOLVED
    assert (found.is_stricter, found.conflicts, found.solved) == (True, ("must_not_be_kept",), ("no_policy",))


def test_figures_add_up_by_line_and_over_the_lines_that_one_may_see():
    tally = Tally({"lines": {"a": {"counts": {"looked_at": 2}}}})
    tally.add("a", "counts", "looked_at")
    tally.add("a", "script", "recording", 2)
    tally.add("b", "script", "recording", 3)
    tally.add("b", "script", "purpose", 7)
    tally.add("b", "script", "consent", 5)
    figures = tally.figures()
    assert figures["lines"]["a"] == {"counts": {"looked_at": 3}, "script": {"recording": 2}}
    empty = {"counts": {}, "consent": {}, "script": {}, "conflicts": {}, "solved": {}, "versions": {}, "decisions": {}}
    everything = summed(figures, None)
    assert everything == empty | {
        "counts": {"looked_at": 3},
        "script": {"purpose": 7, "consent": 5, "recording": 5},
    }
    assert list(everything["script"]) == ["purpose", "consent", "recording"]
    assert summed(figures, {"b", "c"})["script"] == {"purpose": 7, "consent": 5, "recording": 3}
    assert summed(figures, []) == summed({}, None) == empty


def test_a_line_that_is_not_there_is_told_at_its_field():
    detail = "No line of business has the code 'boats'. Use the code of one that you may see."
    found = unknown_line("boats")
    assert (str(found), found.fields) == (detail, [{"pointer": "/line_of_business", "detail": detail}])
