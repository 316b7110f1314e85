"""The law as a value: which row counts on which day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.domain.law import Law
from policies.domain.places import is_place, place_of_number
from policies.domain.register.build import law_of_register
from policies.domain.register.checks import register_of
from policies.domain.register.files import AREA_CODES, JURISDICTIONS, READINGS
from policies.domain.rules import in_effect
from tests.unit.policies.laws import shipped_law, texts

DAYS = st.dates(min_value=date(1960, 1, 1), max_value=date(2060, 1, 1))


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("IN", date(2027, 5, 13), "notice_required"),
        ("IN", date(2027, 5, 14), "basis_required"),
        ("US-IL", date(2014, 12, 29), None),
        ("US-IL", date(2014, 12, 30), "all_party"),
        ("CA-QC", date(2023, 9, 21), None),
        ("CA-QC", date(2023, 9, 22), "basis_required"),
        ("CH", date(2023, 8, 31), None),
        ("CH", date(2023, 9, 1), "all_party"),
        ("CA-ON", date(2026, 11, 24), "basis_required"),
        ("US", date(2026, 11, 24), None),
        ("AU", date(2026, 11, 24), None),
        ("EU", date(2026, 11, 24), None),
        ("US-MP", date(2026, 11, 24), None),
        ("KE", date(2026, 11, 24), None),
    ],
)
def test_a_place_is_ruled_by_the_row_of_the_day_and_by_none_where_none_has_begun(code, day, expected):
    row = shipped_law().rule_of(code, day)
    assert (row.telephone_rule if row else None) == expected


@pytest.mark.parametrize(
    ("code", "day", "found"),
    [
        ("US-CMS-MA-PRE2027", date(2026, 9, 30), True),
        ("US-CMS-MA-PRE2027", date(2026, 10, 1), False),
        ("US-CMS-MA-SALES", date(2026, 9, 30), False),
        ("US-CMS-MA-SALES", date(2026, 10, 1), True),
        ("EU-GDPR-5-1-E", date(2018, 5, 24), False),
        ("EU-GDPR-5-1-E", date(2018, 5, 25), True),
    ],
)
def test_a_period_of_law_begins_and_ends_with_its_days(code, day, found):
    codes = [rule.code for rule in shipped_law().retention_at({"US", "EU"}, day)]
    assert (code in codes) is found


@pytest.mark.parametrize(
    ("day", "found"), [(date(2026, 8, 1), False), (date(2026, 8, 2), True), (date(2030, 1, 1), True)]
)
def test_a_disclosure_begins_with_its_day(day, found):
    codes = [rule.code for rule in shipped_law().disclosures_at({"EU"}, day)]
    assert ("EU-AIA-50-1" in codes) is found


@given(day=DAYS)
def test_the_state_of_a_day_is_every_row_in_effect_on_it_and_no_other(day):
    law = shipped_law()
    state = law.at(day)
    assert list(state.rules.values()) == sorted(
        (row for row in law.rules if in_effect(row, day)), key=lambda row: row.code
    )
    assert {row.code for row in state.retention} == {row.code for row in law.retention if in_effect(row, day)}
    assert {row.code for row in state.disclosures} == {row.code for row in law.disclosures if in_effect(row, day)}


@given(day=DAYS)
def test_between_two_days_of_change_the_state_is_one_and_the_same(day):
    law = shipped_law()
    if day + timedelta(days=1) not in law.change_days:
        assert law.at(day) is law.at(day + timedelta(days=1))


@given(day=DAYS, places=st.frozensets(st.sampled_from(["US", "US-CA", "EU", "DE", "FR", "BR", ""]), max_size=4))
def test_a_look_up_by_places_is_the_look_up_without_a_day_less_what_is_not_in_effect(day, places):
    law = shipped_law()
    assert law.retention_at(places, day) == tuple(rule for rule in law.retention_at(places) if in_effect(rule, day))
    assert law.disclosures_at(places, day) == tuple(rule for rule in law.disclosures_at(places) if in_effect(rule, day))


def test_the_law_of_one_day_alone_answers_as_the_whole_law_does_on_it():
    law, day = shipped_law(), date(2026, 11, 24)
    alone = law.only(day)
    assert len(alone.jurisdictions) == 115
    assert [alone.rule_of(code, day) for code in alone.jurisdictions] == [
        law.rule_of(code, day) for code in alone.jurisdictions
    ]
    assert "US-CMS-MA-PRE2027" not in {rule.code for rule in alone.retention}


def test_the_rules_over_a_place_are_its_own_and_its_parents():
    law, day = shipped_law(), date(2026, 11, 24)
    assert [row.code for row in law.rules_over("US-CA", day)] == ["US-CA", "US"]
    assert [row.code for row in law.rules_over("DE-BY", day)] == ["DE", "EU"]
    assert [row.code for row in law.rules_over("CA-ON", day)] == ["CA"]
    assert law.rules_over("KE", day) == ()


def test_the_law_of_one_day_has_no_row_of_another():
    day = date(2026, 11, 24)
    alone = shipped_law().only(day)
    for rows in (alone.rules, alone.retention, alone.disclosures):
        assert rows
        assert all(in_effect(row, day) for row in rows)
    later = replace(shipped_law().disclosures[0], code="XX-LATER", effective_from=date(2027, 1, 1))
    place = replace(shipped_law().rules[0], code="US-XX", effective_from=date(2027, 1, 1))
    law = replace(shipped_law(), rules=(*shipped_law().rules, place), disclosures=(later,), digest="later")
    assert law.only(day).disclosures == ()
    assert "US-XX" not in law.only(day).jurisdictions


@pytest.mark.parametrize(
    ("code", "covered"), [("US-CA", {"US-CA", "US"}), ("DE-BY", {"DE-BY", "DE", "EU"}), ("KE", {"KE"}), ("", set())]
)
def test_a_place_is_covered_by_itself_and_by_all_that_it_lies_in(code, covered):
    assert shipped_law().covered_by(code) == covered


def test_what_was_looked_up_once_is_kept():
    law, day, places = shipped_law().only(date(2026, 11, 24)), date(2026, 11, 24), frozenset({"US-CA", "US"})
    assert law.at(day) is law.at(day)
    assert law.covered_by("US-CA") is law.covered_by("US-CA")
    assert law.rule_of("US-CA", day) is law.rule_of("US-CA", day)
    assert law.retention_at(places, day) is law.retention_at(places, day)
    assert law.disclosures_at(places, day) is law.disclosures_at(places, day)


def test_what_is_remembered_of_places_has_a_limit():
    law = shipped_law().only(date(2026, 11, 24))
    for number in range(5000):
        law.covered_by(f"KE-{number}")
        law.rule_of(f"KE-{number}", date(2026, 11, 24))
    assert len(law._covers) <= 4096
    assert len(law.at(date(2026, 11, 24))._decides) <= 4096


def test_every_rule_says_when_it_was_reviewed_and_when_again_the_less_certain_the_sooner():
    law = shipped_law()
    latest = {"low": date(2027, 2, 24), "medium": date(2027, 5, 24), "high": date(2027, 11, 24)}
    for rule in (*law.rules, *law.retention, *law.disclosures):
        assert rule.reviewed_on == date(2026, 11, 24), rule.code
        assert date(2026, 11, 24) < rule.next_review_on <= latest[rule.confidence], rule.code


@pytest.mark.parametrize(
    ("code", "on"),
    [("ES-LEY-10-2025", date(2026, 12, 28)), ("US-CA", date(2027, 1, 15)), ("BE", date(2027, 1, 24))],
)
def test_a_named_day_of_change_brings_the_review_forward(code, on):
    law = shipped_law()
    found = [rule.next_review_on for rule in (*law.rules, *law.retention) if rule.code == code]
    assert found == [on]


@pytest.mark.parametrize("code", sorted({row["code"] for row in register_of(texts())[0].of(READINGS)}))
def test_the_readings_of_a_disputed_place_stand_side_by_side(code):
    row = shipped_law().at(date(2026, 11, 24)).rules[code]
    readings = {reading.reading: reading for reading in row.readings}
    assert readings["best"].standard == row.telephone_rule
    assert all(reading.who and reading.because for reading in row.readings)
    if row.telephone_rule != row.cautious_rule:
        assert readings["cautious"].standard == row.cautious_rule
        assert readings["cautious"].form != "none"


def test_a_place_whose_reading_is_open_always_has_its_readings():
    for row in shipped_law().rules:
        assert row.readings or row.telephone_rule == row.cautious_rule, row.code


@pytest.mark.parametrize(
    ("code", "expected"), [("US-CT", True), ("US-CA", True), ("US-MA", False), ("DE", False), ("US-TX", False)]
)
def test_a_tone_counts_as_notice_where_the_row_says_so(code, expected):
    assert shipped_law().jurisdictions[code].beep_tone_allowed_as_notice is expected


def test_equal_rows_build_an_equal_law():
    register, _ = register_of(texts())
    assert law_of_register(register, 1, "shipped") == shipped_law()
    assert isinstance(replace(shipped_law(), release=2), Law)


AREAS = register_of(texts())[0].of(AREA_CODES)


@pytest.mark.parametrize("row", AREAS, ids=[row["area_code"] for row in AREAS])
def test_an_area_code_tells_its_place_and_how_unsure_that_is(row):
    found = place_of_number(f"+1{row['area_code']}5550142", shipped_law().area_codes)
    shared = row["note"].startswith("shared:")
    assert found.jurisdiction == ("CA" if shared else row["region_code"])
    assert is_place(found.jurisdiction)
    assert (found.source, found.certainty) == ("number", "low")


@pytest.mark.parametrize(
    ("area", "place"),
    [  # read by hand in the plan of North America
        ("201", "US-NJ"), ("202", "US-DC"), ("205", "US-AL"), ("206", "US-WA"), ("212", "US-NY"), ("213", "US-CA"),
        ("214", "US-TX"), ("215", "US-PA"), ("302", "US-DE"), ("303", "US-CO"), ("304", "US-WV"), ("305", "US-FL"),
        ("307", "US-WY"), ("312", "US-IL"), ("313", "US-MI"), ("401", "US-RI"), ("403", "CA-AB"), ("406", "US-MT"),
        ("416", "CA-ON"), ("503", "US-OR"), ("505", "US-NM"), ("514", "CA-QC"), ("603", "US-NH"), ("604", "CA-BC"),
        ("617", "US-MA"), ("670", "US-MP"), ("671", "US-GU"), ("684", "US-AS"), ("702", "US-NV"), ("709", "CA-NL"),
        ("787", "US-PR"), ("802", "US-VT"), ("808", "US-HI"), ("813", "US-FL"), ("860", "US-CT"), ("907", "US-AK"),
    ],
)  # fmt: skip
def test_well_known_area_codes_are_where_everybody_knows_them(area, place):
    assert place_of_number(f"+1{area}5550142", shipped_law().area_codes).jurisdiction == place


def test_every_place_is_one_by_iso_3166_and_stands_under_a_place_of_the_register():
    register, _ = register_of(texts())
    for row in register.of(JURISDICTIONS):
        assert is_place(row["code"])
        assert not row["parent"] or row["parent"] in register.places
