from dataclasses import replace
from datetime import date

import pytest

from policies.domain.errors import OverrideRefused
from policies.domain.register.differences import RuleChange, rule_changes
from policies.domain.register.files import (
    AREA_CODES,
    DISCLOSURES,
    EXAMPLES,
    JURISDICTIONS,
    READINGS,
    RETENTION,
    numbered,
)
from policies.domain.register.overriding import (
    Displaced,
    RuleOverride,
    overridden,
    overridden_and_displaced,
    restored,
    row_on,
    signed_off,
    until,
)

BEGINS, ENDS = date(2027, 1, 1), date(2027, 7, 1)


def place(code="US-NM", rule="one_party", begins="", ends=""):
    told = {"name": code, "telephone_rule": rule, "cautious_rule": "all_party", "consent_form": "none"}
    return {"code": code, **told, "effective_from": begins, "effective_to": ends}


def example(name, day="2026-11-24", expects="standard=one_party", rule="US-NM"):
    return {"rule": rule, "name": name, "day": day, "expects": expects}


def register(*places, examples=(), **files):
    rows = {JURISDICTIONS: [place("US-TX"), *places], RETENTION: [], DISCLOSURES: [], AREA_CODES: [], READINGS: []}
    return numbered(rows | {EXAMPLES: list(examples)} | files)


def override(begins=BEGINS, ends=ENDS, examples=(), changes=None):
    changes = {"telephone_rule": "all_party"} if changes is None else changes
    return RuleOverride("jurisdiction", "US-NM", changes, begins, ends, tuple(examples))


def spans(found, code="US-NM"):
    rows = [row for row in found.of(JURISDICTIONS) if row["code"] == code]
    return [(row["effective_from"], row["effective_to"], row["telephone_rule"]) for row in rows]


def refused(act, *args):
    with pytest.raises(OverrideRefused) as told:
        act(*args)
    (field,) = told.value.fields
    assert field["detail"] == str(told.value)
    return field["pointer"], field["detail"]


UNDER = [("", "2027-01-01", "one_party"), ("2027-01-01", "2027-07-01", "all_party"), ("2027-07-01", "", "one_party")]


def test_for_its_days_the_override_stands_in_place_of_the_row_and_no_other_row_changes():
    before = register(place())
    after, displaced = overridden_and_displaced(before, override())
    assert spans(after) == UNDER
    assert spans(after, "US-TX") == [("", "", "one_party")]
    assert displaced == Displaced((place(begins="2027-01-01", ends="2027-07-01"),), ())
    assert overridden(before, override()).of(JURISDICTIONS) == after.of(JURISDICTIONS)


@pytest.mark.parametrize(
    ("begins", "ends", "found"),
    [
        ("2027-01-01", "2027-07-01", [("2027-01-01", "2027-07-01", "all_party")]),
        ("2027-02-01", "2027-06-01", [("2027-02-01", "2027-06-01", "all_party")]),
        ("2027-06-30", "", [("2027-06-30", "2027-07-01", "all_party"), ("2027-07-01", "", "one_party")]),
        ("", "2027-01-02", [("", "2027-01-01", "one_party"), ("2027-01-01", "2027-01-02", "all_party")]),
    ],
)
def test_an_override_counts_only_while_its_rule_does(begins, ends, found):
    assert spans(overridden(register(place(begins=begins, ends=ends)), override())) == found


def test_it_stands_in_for_every_row_of_its_days():
    rows = (place(ends="2027-03-01"), place(rule="notice_required", begins="2027-03-01"))
    after, displaced = overridden_and_displaced(register(*rows), override())
    assert spans(after) == [
        ("", "2027-01-01", "one_party"),
        ("2027-01-01", "2027-03-01", "all_party"),
        ("2027-03-01", "2027-07-01", "all_party"),
        ("2027-07-01", "", "notice_required"),
    ]
    assert [row["telephone_rule"] for row in displaced.rows] == ["one_party", "notice_required"]


def test_one_that_ends_when_it_begins_changes_nothing():
    before = register(place())
    assert overridden_and_displaced(before, override(ends=BEGINS)) == (before, Displaced((), ()))


def test_its_examples_take_the_place_of_those_with_their_names():
    examples = [example("kept"), example("restated"), example("gone"), example("restated", rule="US-TX")]
    mine = [example("restated", expects="standard=all_party"), example("gone", expects="")]
    after, displaced = overridden_and_displaced(register(place(), examples=examples), override(examples=mine))
    assert after.of(EXAMPLES) == [example("kept"), example("restated", rule="US-TX"), mine[0]]
    assert displaced.examples == (example("restated"), example("gone"))
    assert Displaced.of_json(displaced.as_json()) == displaced
    assert displaced.as_json() == {"rows": list(displaced.rows), "examples": list(displaced.examples)}


def test_a_wrong_override_is_told_by_its_field():
    only = register(place(begins="2027-02-01", ends="2027-03-01"))
    assert refused(overridden, only, replace(override(), code="US-XX")) == (
        "/code",
        "'US-XX' is no rule of this table. Use the code of one that is in effect.",
    )
    assert refused(overridden, only, override(date(2027, 3, 1))) == (
        "/effective_from",
        "US-NM is not in effect on that day or later.",
    )
    assert refused(overridden, only, override(date(2026, 1, 1), date(2027, 2, 1))) == (
        "/effective_from",
        "US-NM is in effect on none of these days.",
    )
    allowed = "Use one of: cautious_rule, consent_form, name, telephone_rule."
    for column in ("colour", "code", "effective_from", "effective_to"):
        found = refused(overridden, only, override(changes={column: "x", "zebra": "y"}))
        assert found == (f"/changes/{column}", f"{column!r} cannot be changed. {allowed}")


def test_an_override_begins_with_the_first_row_that_counts_from_its_day_on():
    rows = register(place(begins="2028-01-01"), place(begins="2026-01-01", ends="2028-01-01"))
    assert row_on(rows, "jurisdiction", "US-NM", BEGINS)["effective_from"] == "2026-01-01"
    assert row_on(rows, "jurisdiction", "US-NM", date(2028, 1, 1))["effective_from"] == "2028-01-01"


def test_ended_early_what_it_displaced_counts_again_from_that_day():
    after, displaced = overridden_and_displaced(register(place()), override())
    early = restored(after, override(), displaced, date(2027, 3, 1))
    assert spans(early) == [
        ("", "2027-01-01", "one_party"),
        ("2027-01-01", "2027-03-01", "all_party"),
        ("2027-03-01", "", "one_party"),
    ]
    assert spans(early, "US-TX") == [("", "", "one_party")]
    assert spans(restored(after, override(), displaced, BEGINS)) == [("", "", "one_party")]


def test_ended_early_the_examples_of_later_days_are_those_from_before():
    mine = [example("a", "2027-02-01", "standard=all_party"), example("b", "2027-04-01", "standard=all_party")]
    before = register(place(), examples=[example("a"), example("b"), example("c"), example("b", rule="US-TX")])
    own = override(examples=mine)
    after, displaced = overridden_and_displaced(before, own)
    found = restored(after, own, displaced, date(2027, 4, 1)).of(EXAMPLES)
    assert found == [example("c"), example("b", rule="US-TX"), mine[0], example("b")]
    assert until(own, date(2027, 4, 1)) == replace(own, ends=date(2027, 4, 1), examples=(mine[0],))


def test_counsel_confirms_one_reading_or_the_rows_own_words():
    row = place()
    assert signed_off({"verify_note": "Read."}, row) == {"verify_note": "Read.", "confidence": "high"}
    assert signed_off({"reading": "best", "confidence": "medium"}, row) == {
        "confidence": "medium",
        "cautious_rule": "one_party",
    }
    cautious = {"confidence": "high", "telephone_rule": "all_party", "notice_required": "true"}
    assert signed_off({"reading": "cautious"}, row) == cautious | {"consent_form": "implied_by_notice"}
    asked = signed_off({"reading": "cautious"}, row | {"consent_form": "express"})
    assert asked == cautious | {"consent_form": "express"}


def test_a_sign_off_says_nothing_else():
    allowed = "A sign-off says confidence, next_review_on, reading, reviewed_on, verify_note."
    assert refused(signed_off, {"telephone_rule": "x", "zebra": "y"}, place()) == ("/changes/telephone_rule", allowed)
    none = ("/changes/reading", "A place's reading is best or cautious; other rules have none.")
    assert refused(signed_off, {"reading": "other"}, place()) == none
    assert refused(signed_off, {"reading": "best"}, {"code": "US-FCC-TPV"}) == none


def test_releases_are_compared_row_by_row_and_column_by_column():
    area = {"area_code": "505", "region_code": "US-NM"}
    reading = {"code": "US-NM", "reading": "best", "who": "Courts", "because": "a"}
    old = register(
        place(), place("US-VT"), examples=[example("a")], **{AREA_CODES: [area], READINGS: [reading], RETENTION: []}
    )
    new = register(
        place(rule="all_party"),
        place("US-XX", begins="2027-01-01"),
        examples=[example("a", expects="standard=all_party")],
        **{AREA_CODES: [area | {"region_code": "US-TX"}], READINGS: [reading | {"because": "b"}]},
    )
    cells = (("name", "US-VT", ""), ("telephone_rule", "one_party", ""), ("cautious_rule", "all_party", ""))
    begins = (("effective_from", "", "2027-01-01"),)
    added = tuple((name, "", text.replace("VT", "XX")) for name, text, _ in cells)
    assert rule_changes(old, new) == [
        RuleChange("US-NM", JURISDICTIONS, "changed", (("telephone_rule", "one_party", "all_party"),)),
        RuleChange("US-VT", JURISDICTIONS, "removed", (("code", "US-VT", ""), *cells, ("consent_form", "none", ""))),
        RuleChange(
            "US-XX",
            JURISDICTIONS,
            "added",
            (("code", "", "US-XX"), *added, ("consent_form", "", "none"), *begins),
            "2027-01-01",
        ),
        RuleChange("505", AREA_CODES, "changed", (("region_code", "US-NM", "US-TX"),)),
        RuleChange("US-NM", READINGS, "changed", (("because", "a", "b"),)),
        RuleChange("US-NM", EXAMPLES, "changed", (("expects", "standard=one_party", "standard=all_party"),)),
    ]
    assert rule_changes(old, old) == []
