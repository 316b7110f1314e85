"""What a policy chooses beside its own demands: readings by place, hints, withheld numbers, language, keys."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from policies.domain.calls import Call, PartyFacts
from policies.domain.law import AreaCode
from tests.unit.policies.small_law import LAX, answer, asked, disclosure_rule, law, outcome, retention_rule

AREAS = {"813": AreaCode("813", "US-FL", is_shared=False, confidence="high")}


def standard(*places, readings=None, reading="best"):
    consent = LAX["consent"] | {"reading": reading, "readings": readings or {}}
    return answer(*places, document=LAX | {"consent": consent})["consent"]["standard"]


@pytest.mark.parametrize(
    ("reading", "readings", "asked_for"),
    [
        ("best", {}, "notice_required"),
        ("cautious", {}, "all_party"),
        ("best", {"US-CT": "cautious"}, "all_party"),
        ("cautious", {"US-CT": "best"}, "notice_required"),
        ("best", {"US-TX": "cautious"}, "notice_required"),
        ("best", {"US": "cautious"}, "all_party"),
    ],
)
def test_unsettled_law_is_read_as_the_policy_chose_for_the_place(reading, readings, asked_for):
    assert standard("US-TX", "US-CT", reading=reading, readings=readings) == asked_for


def test_law_alone_is_always_the_best_reading():
    given = answer("US-CT", document=LAX | {"consent": LAX["consent"] | {"reading": "cautious"}})
    assert given["law"]["consent"]["standard"] == "notice_required"
    assert given["consent"]["because_of"]["because"] == "Connecticut: every party has to agree"
    assert given["consent"]["because_of"]["company_is_stricter"] is False


def by_two_sources(hints, **changed):
    """Somebody who says Texas and has a number of Florida."""
    parties = (PartyFacts("agent", None, "US-TX"), PartyFacts("customer", "+18135550142", "US-TX"))
    call = replace(asked(**changed), parties=parties)
    rules = replace(
        law(
            retention=[retention_rule("FL", "jurisdiction=US-FL", min_period="P1Y")],
            disclosures=[disclosure_rule("FL-REC", "US-FL", "recording_notice")],
        ),
        area_codes=AREAS,
    )
    return outcome(call, LAX | {"location": {"hints": hints}}, rules).answer


def test_the_best_source_decides_where_the_policy_does_not_ask_for_the_strictest():
    given = by_two_sources("best_source")
    assert given["consent"]["standard"] == "one_party"
    assert given["disclosures"] == []
    assert given["retention"]["min_period"] is None


def test_the_strictest_of_all_hints_decides_where_the_policy_asks_for_it():
    given = by_two_sources("strictest")
    assert given["consent"]["standard"] == "all_party"
    assert given["consent"]["form"] == "implied_by_notice"
    assert given["consent"]["because_of"] == {
        "party": "customer",
        "role": "customer",
        "jurisdiction": "US-FL",
        "source": "hint",
        "citation": "Fla. Stat.",
        "certainty": "high",
        "company_is_stricter": False,
        "because": "Florida: every party has to agree",
    }
    assert given["law"]["consent"]["standard"] == "one_party"
    assert given["parties"][1]["jurisdiction"] == "US-TX"
    assert given["parties"][1]["mismatch"] == "US-FL"
    assert [item["rules"] for item in given["disclosures"]] == [["FL-REC"]]
    assert given["retention"]["min_period"] == "P1Y"


def test_a_withheld_number_is_where_the_company_says_and_never_laxer_than_unknown():
    document = LAX | {"location": {"withheld_default": "US-TX"}}
    call = Call(
        "inbound", "phone", "x", ("training",), {}, (PartyFacts("customer"),), datetime(2026, 11, 24, tzinfo=UTC)
    )
    rules = law(disclosures=[disclosure_rule("TX", "US-TX", "nature_of_goods")])
    given = outcome(call, document, rules).answer
    assert (given["consent"]["standard"], given["consent"]["form"]) == ("all_party", "express")
    assert given["consent"]["because_of"]["jurisdiction"] == "US-TX"
    assert given["consent"]["because_of"]["source"] == "default"
    assert [item["key"] for item in given["disclosures"]] == ["consent", "nature_of_goods"]
    assert outcome(call, LAX, rules).answer["parties"][0]["source"] == "unknown"


@pytest.mark.parametrize(
    ("policy", "caller", "spoken", "said"),
    [
        ("en", "", "en", "We keep the recording for 1 year, then we delete it."),
        ("es", "", "es", "Conservamos la grabación durante 1 año y después la eliminamos."),
        ("es", "en", "en", "We keep the recording for 1 year, then we delete it."),
        ("en", "fr-CA", "fr", "Nous conservons l'enregistrement pendant 1 an, puis nous le supprimons."),
        ("de", "zz", "de", None),
    ],
)
def test_the_script_is_in_the_callers_language_else_in_the_policys(policy, caller, spoken, said):
    document = {"language": policy, "retention": {"max_period": "P1Y"}, "disclosures": ["retention"]}
    given = answer("US-TX", document=document, language=caller)
    assert given["language"] == spoken
    (line,) = [item for item in given["script"] if item["key"] == "retention"]
    assert said is None or line["say"] == said


def test_the_policys_own_words_are_those_of_the_language_that_is_spoken():
    words = {"en": {"storage": "Stored with {company}."}, "de": {"storage": "Liegt bei {company}."}}
    document = {"company": "Vale", "disclosures": ["storage"], "script": words}
    for language, said in (("en", "Stored with Vale."), ("de", "Liegt bei Vale.")):
        (line,) = answer("US-TX", document=document, language=language)["script"]
        assert line["say"] == said


def test_where_law_orders_the_recording_the_refusal_is_offered_in_the_callers_language():
    document = {"disclosures": ["refusal"]}
    (line,) = answer("US-TX", document=document, facts={"sector": "medicare"}, language="de")["script"]
    assert "beenden wir das Gespräch" in line["say"]
    (line,) = answer("US-TX", document=document, language="de")["script"]
    assert "ohne Aufzeichnung" in line["say"]
