"""The questions of a call come from what was due on its day."""

import json
from pathlib import Path

import pytest

from audits.domain.checklist import due_of, questions_of
from audits.domain.errors import FormRefused
from audits.domain.forms import form_of
from audits.services.forms import STANDARD

DOCUMENT = json.loads(Path(STANDARD).read_text())
FORM = form_of(DOCUMENT)


def due(key, **more):
    told = {"when": "start", "say": f"Words of {key}.", "citation": f"§ {key}", "severity": "major", "because": "US-FL"}
    return {"key": key} | told | more


def by_key(disclosures):
    return {question["key"]: question for question in questions_of(FORM, disclosures)}


def test_only_what_was_due_is_asked_and_what_the_form_always_asks():
    asked = by_key([due("recording"), due("retention")])
    led, went = ["refusal_honoured", "language", "questions"], ["clarity", "wanted", "hold_seconds", "tell_agent"]
    assert list(asked) == ["recording", "retention", *led, *went]


def test_a_question_carries_clause_words_and_reason():
    question = by_key([due("recording")])["recording"]
    assert (question["citation"], question["say"], question["when"]) == (
        "§ recording",
        "Words of recording.",
        "at the start",
    )
    assert question["because"] == "US-FL"
    assert question["critical"]
    assert not question["may_be_na"]


def test_two_rules_that_ask_the_same_become_one_question_with_both_clauses():
    asked = by_key([due("seller"), due("tsr_seller_identity"), due("nature_of_goods", because="US-TX")])
    assert asked["seller"]["citation"] == "§ seller; § tsr_seller_identity; § nature_of_goods"
    assert asked["seller"]["because"] == "US-FL; US-TX"


def test_a_rule_whose_breach_is_critical_makes_its_question_critical():
    assert not by_key([due("retention")])["retention"]["critical"]
    question = by_key([due("retention", severity="critical")])["retention"]
    assert (question["critical"], question["fails"]) == (True, "form")


def test_a_disclosure_that_no_question_covers_is_asked_all_the_same():
    question = by_key([due("US-XX-NEW", severity="critical")])["US-XX-NEW"]
    assert question["text"] == "Makes the disclosure that was due: US-XX-NEW"
    assert (question["weight"], question["critical"]) == (10, True)


def test_what_is_not_said_on_a_call_is_not_asked():
    assert "staff" not in by_key([due("staff_notice")])


def test_what_is_due_only_if_it_happens_is_asked_where_it_happened():
    decided = {
        "disclosures": [due("recording")],
        "if_it_happens": [due("recording_resumed_notice"), due("refusal_honoured")],
    }
    calm = {question["key"]: question for question in questions_of(FORM, due_of(FORM, decided, set()))}
    assert "resumed" not in calm
    assert calm["refusal_honoured"]["citation"] == "§ refusal_honoured"
    assert "resumed" in {one["key"] for one in questions_of(FORM, due_of(FORM, decided, {"recording_resumed_notice"}))}


def test_every_key_of_a_checklist_is_its_own():
    keys = [one["key"] for one in questions_of(FORM, [due("a"), due("a"), due("recording"), due("recording_notice")])]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"format": 2}, "/format"),
        ({"questions": []}, "/questions"),
        ({"sections": [{"key": "other", "title": "Other"}]}, "/questions/0/section"),
        ({"questions": [DOCUMENT["questions"][0] | {"weight": -1}]}, "/questions/0/weight"),
        ({"questions": [DOCUMENT["questions"][0], DOCUMENT["questions"][0]]}, "/questions/1/key"),
        ({"questions": [DOCUMENT["questions"][0] | {"weight": 0}]}, "/questions"),
    ],
)
def test_a_form_that_cannot_be_scored_is_refused_with_its_place(change, pointer):
    with pytest.raises(FormRefused) as refused:
        form_of(DOCUMENT | change)
    assert pointer in {field["pointer"] for field in refused.value.fields}


SCALE = next(one for one in DOCUMENT["questions"] if one.get("kind") == "scale")
CHOICE = next(one for one in DOCUMENT["questions"] if one.get("kind") == "choice")
NUMBER = next(one for one in DOCUMENT["questions"] if one.get("kind") == "number")
TEXT = next(one for one in DOCUMENT["questions"] if one.get("kind") == "text")


@pytest.mark.parametrize(
    ("question", "change", "member"),
    [
        (SCALE, {"kind": "stars"}, "kind"),
        (SCALE, {"critical": "form"}, "critical"),
        (SCALE, {"asked": "when_due", "covers": ["recording"]}, "asked"),
        (SCALE, {"high": 1}, "high"),
        (SCALE, {"high": "5"}, "high"),
        (SCALE, {"high": 12}, "high"),
        (SCALE, {"low_words": ""}, "low_words"),
        (CHOICE, {"options": None}, "options"),
        (CHOICE, {"options": CHOICE["options"][:1]}, "options"),
        (CHOICE, {"options": [{"key": "na", "text": "None"}, *CHOICE["options"]]}, "options"),
        (CHOICE, {"options": [CHOICE["options"][0]] * 2}, "options"),
        (
            CHOICE,
            {"options": [CHOICE["options"][0] | {"share": 2}, CHOICE["options"][1]]},
            "options",
        ),
        (CHOICE, {"weight": 5}, "options"),
        (NUMBER, {"weight": 5}, "accepted"),
        (NUMBER, {"accepted": [9, 1]}, "accepted"),
        (NUMBER, {"most": "many"}, "most"),
        (TEXT, {"weight": 5}, "weight"),
        (TEXT, {"may_be_na": True}, "may_be_na"),
    ],
)
def test_a_question_of_another_kind_says_what_it_lacks(question, change, member):
    with pytest.raises(FormRefused) as refused:
        form_of(DOCUMENT | {"questions": [DOCUMENT["questions"][0], question | change]})
    assert f"/questions/1/{member}" in {field["pointer"] for field in refused.value.fields}


def test_a_question_of_another_kind_keeps_what_describes_it():
    asked = by_key([due("recording")])
    assert {"kind": "scale", "low": 1, "high": 5, "required": False}.items() <= asked["clarity"].items()
    assert {"kind": "yes_no", "required": True}.items() <= asked["recording"].items()


def test_a_form_without_its_parts_names_them():
    with pytest.raises(FormRefused) as refused:
        form_of({"title": "Half a form"})
    assert {field["pointer"] for field in refused.value.fields} == {"/format", "/sections", "/questions", "/other"}
