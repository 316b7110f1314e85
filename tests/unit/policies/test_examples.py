"""Example calls: every one holds for what ships, and a wrong row makes one fail."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.domain.errors import ExampleUnreadable
from policies.domain.law import FORMS, SEVERITIES, STANDARDS
from policies.domain.register.build import law_of_register
from policies.domain.register.checks import TRIGGERS, register_of
from policies.domain.register.examples import Answers, example_of, unmet, wrong_examples
from policies.domain.register.files import DISCLOSURES, EXAMPLES, JURISDICTIONS, RETENTION, RULES, Register
from tests.unit.policies.laws import shipped_law, texts

REGISTER, _ = register_of(texts())
ROWS = REGISTER.of(EXAMPLES)
ANSWERS = Answers(shipped_law())
CODES = sorted({row["code"] for file in RULES for row in REGISTER.of(file)})
OF_RULE = {code: [row for row in ROWS if row["rule"] == code] for code in CODES}


@pytest.mark.parametrize("code", CODES)
def test_every_rule_brings_what_its_example_calls_expect(code):
    assert OF_RULE[code], "no example"
    assert [text for row in OF_RULE[code] for text in unmet(example_of(row), ANSWERS)] == []


def _other(column, text, rng):
    """Another allowed value of the cell; the same where the column holds words that no call can show."""
    choices = {
        "telephone_rule": STANDARDS,
        "in_person_rule": STANDARDS,
        "cautious_rule": STANDARDS,
        "consent_form": FORMS,
        "beep_tone_allowed_as_notice": ("true", "false"),
        "min_period": ("", "P1D", "P11Y"),
        "max_period": ("", "P1D", "P11Y"),
        "trigger": tuple(sorted(TRIGGERS)),
        "must_record": ("true", "false"),
        "when": ("start", "before_recording", "before_payment", "end", "any"),
        "satisfies_consent": ("true", "false"),
        "severity": SEVERITIES,
        "requirement_key": ("recording_notice", "other_notice"),
    }
    return rng.choice([value for value in choices[column] if value != text])


TOLD_BY_A_CALL = {
    JURISDICTIONS: (
        "telephone_rule",
        "in_person_rule",
        "cautious_rule",
        "consent_form",
        "beep_tone_allowed_as_notice",
    ),
    RETENTION: ("min_period", "max_period", "trigger", "must_record"),
    DISCLOSURES: ("when", "satisfies_consent", "severity", "requirement_key"),
}
FLOORS = {"US", "EU", "AU"}


@pytest.mark.parametrize("file", RULES)
def test_a_wrong_cell_of_any_row_makes_an_example_of_that_row_fail(file):
    rng = random.Random(20261124)  # noqa: S311
    unnoticed = []
    for index, (_, row) in enumerate(REGISTER.rows[file]):
        for column in TOLD_BY_A_CALL[file]:
            if _says_nothing(file, row, column):
                continue
            changed = dict(row, **{column: _other(column, row[column], rng)})
            if not _noticed(file, index, changed):
                unnoticed.append((row["code"], column, row[column], changed[column]))
    assert unnoticed == []


def _says_nothing(file, row, column):
    """A tone where no example can hear it; a form of storage has no period that a call could show."""
    return (file == JURISDICTIONS and row["code"] in FLOORS and column == "beep_tone_allowed_as_notice") or (
        row.get("record_kind") == "storage_format" and column in {"trigger", "must_record", "min_period", "max_period"}
    )


def _noticed(file, index, changed):
    rows = {name: list(of) for name, of in REGISTER.rows.items()}
    rows[file][index] = (rows[file][index][0], changed)
    answers = Answers(law_of_register(Register(rows), 0, ""))
    return any(unmet(example_of(row), answers) for row in OF_RULE[changed["code"]])


@pytest.mark.parametrize("file", [RETENTION, DISCLOSURES])
def test_a_condition_with_a_clause_left_out_or_a_value_left_out_makes_an_example_fail(file):
    unnoticed = []
    for index, (_, row) in enumerate(REGISTER.rows[file]):
        if row.get("record_kind") == "storage_format":
            continue
        weaker = _weakened(row["applies_when"])
        unnoticed += [(row["code"], text) for text in weaker if not _noticed(file, index, dict(row, applies_when=text))]
    assert unnoticed == []


def _weakened(text):
    clauses = [clause for clause in text.split(";") if clause]
    for at, clause in enumerate(clauses):
        others = clauses[:at] + clauses[at + 1 :]
        key, _, listed = clause.partition("=")
        values = listed.split("|")
        if key not in {"call_date", "consent_form"}:  # their rows begin and end on the same days
            yield ";".join(others)
        for value in values if len(values) > 1 else ():
            kept = "|".join(one for one in values if one != value)
            yield ";".join([*clauses[:at], f"{key}={kept}", *clauses[at + 1 :]])


@pytest.mark.parametrize("file", RULES)
def test_a_row_that_begins_or_ends_on_another_day_is_noticed_where_its_days_are_told(file):
    told = {"US-IL", "CA-QC", "IN", "US-FTC-TSR-310-5", "US-CFPB-REGF-CALL", "US-CMS-MA-SALES", "EU-GDPR-5-1-E"}
    told |= {"US-CMS-MA-PRE2027", "EU-AIA-50-1", "EU-DMFS-16A", "US-NYC-DEBT-NOTICE", "US-CO-BIOMETRIC", "IN-NOTICE"}
    for index, (_, row) in enumerate(REGISTER.rows[file]):
        if row["code"] in told and row["effective_from"]:
            assert _noticed(file, index, dict(row, effective_from="2200-01-01")), row["code"]
        if row["code"] in told and row["effective_to"]:
            assert _noticed(file, index, dict(row, effective_to="2020-01-01")), row["code"]


@pytest.mark.parametrize(
    ("changed", "column", "detail"),
    [
        ({"call": "colour=red"}, "call", "'colour' is not a key. Use one of: activity, agent"),
        ({"call": "sector=pirates"}, "call", "pirates is not a value of sector. Use one of: bank"),
        ({"call": "sector"}, "call", "'sector' is not key=value"),
        ({"call": "sector=bank;sector=health"}, "call", "occurs once"),
        ({"parties": "agent"}, "parties", "'agent' is not role=place"),
        ({"parties": "pirate=US-TX"}, "parties", "a role is one of: agent, customer"),
        ({"parties": "agent=Atlantis"}, "parties", "'Atlantis' is neither a place"),
        ({"expects": "colour=red"}, "expects", "'colour' is nothing to expect"),
        ({"expects": "standard=strict"}, "expects", "standard is one of: all_party"),
        ({"expects": "standard"}, "expects", "'standard' is not key=value"),
        ({"day": ""}, "day", "Write a day"),
    ],
)
def test_an_example_that_cannot_be_read_is_told_by_its_column(changed, column, detail):
    row = {"rule": "US-TX", "name": "x", "call": "", "parties": "customer=US-TX", "day": "2026-11-24"}
    with pytest.raises(ExampleUnreadable, match=detail) as refused:
        example_of({**row, "expects": "standard=one_party", **changed})
    assert [field["pointer"] for field in refused.value.fields] == [column]


def test_an_example_that_fails_is_told_by_its_line_with_what_was_found_instead():
    line, row = next((line, row) for line, row in REGISTER.rows[EXAMPLES] if row["rule"] == "US-DE")
    rows = {name: list(of) for name, of in REGISTER.rows.items()}
    at = rows[EXAMPLES].index((line, row))
    rows[EXAMPLES][at] = (line, dict(row, expects="standard=all_party"))
    (wrong,) = wrong_examples(Register(rows))
    assert (wrong.file, wrong.line, wrong.column) == (EXAMPLES, line, "expects")
    assert "expected standard=all_party, and it is one_party" in wrong.detail


CELLS = st.one_of(st.sampled_from([row[column] for row in ROWS[:200] for column in row]), st.text(max_size=40))


@settings(max_examples=100)
@given(call=CELLS, parties=CELLS, expects=CELLS)
def test_whatever_stands_in_an_example_it_is_read_or_refused_by_its_column(call, parties, expects):
    row = {"rule": "US-TX", "name": "x", "call": call, "parties": parties, "day": "2026-11-24", "expects": expects}
    columns = set()
    try:
        unmet(example_of(row), ANSWERS)
    except ExampleUnreadable as error:
        columns = {field["pointer"] for field in error.fields}
    assert columns <= {"call", "parties", "expects"}
