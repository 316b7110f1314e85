"""Every rule that spoke, in order; federal beside state, the Union beside its member; who outranks whom."""

from dataclasses import replace

import pytest

from policies.domain.calls import PartyFacts, party_names
from policies.domain.documents import policy_document
from policies.domain.inputs import CompanyPolicy
from tests.unit.policies.small_law import (
    DUTY,
    GROUND,
    LAX,
    PLACES,
    answer,
    asked,
    law,
    outcome,
    retention_rule,
)


def reasons(*places, about=None, **changed):
    return [one for one in answer(*places, **changed)["because"] if about in {None, one["about"]}]


def test_the_order_is_each_party_with_the_law_above_it_then_company_duties_minimums_and_maximums():
    rules = law(
        retention=[
            replace(DUTY, code="B-DUTY", max_period="P9Y"),
            replace(DUTY, code="A-DUTY"),
            retention_rule("NONE", max_period=""),
        ]
    )
    document = LAX | {"retention": {"min_period": "P1Y", "max_period": "P2Y"}}
    found = reasons("US-TX", "US-FL", "", facts={"sector": "medicare"}, under=rules, document=document)
    assert [(one["about"], one["rule"], one.get("party")) for one in found] == [
        ("consent", "US-TX", "agent"),
        ("floor", "US", "agent"),
        ("consent", "US-FL", "1"),
        ("floor", "US", "1"),
        ("consent", "unknown", "2"),
        ("policy", "policy:Own, version 7", None),
        ("duty", "A-DUTY", None),
        ("duty", "B-DUTY", None),
        ("retention", "A-DUTY", None),
        ("retention", "B-DUTY", None),
        ("retention", "policy:Own, version 7", None),
        ("retention", "policy:Own, version 7", None),
        ("retention", "B-DUTY", None),
    ]


@pytest.mark.parametrize(
    ("place", "medium", "floor"),
    [
        (
            "US-TX",
            "phone",
            ("US", False, None, "United States: one party's consent is enough; Texas asks for the same"),
        ),
        (
            "US-FL",
            "phone",
            ("US", False, "US-FL", "United States: one party's consent is enough; Florida asks for more"),
        ),
        (
            "AU-VIC",
            "phone",
            ("AU", True, None, "Australia: every party has to be told; Victoria alone asks for less"),
        ),
        (
            "DE",
            "phone",
            (
                "EU",
                False,
                "DE",
                "European Union: a lawful basis is needed, and every party has to be told; Germany asks for more",
            ),
        ),
        (
            "US-ZZ",
            "phone",
            ("US", False, "unknown", "United States: one party's consent is enough; an unknown place asks for more"),
        ),
        (
            "US",
            "phone",
            ("US", False, "unknown", "United States: one party's consent is enough; an unknown place asks for more"),
        ),
        (
            "US-FL",
            "in_person",
            ("US", False, "US-FL", "United States: one party's consent is enough; Florida asks for more"),
        ),
    ],
)
def test_the_law_above_a_place_stands_beside_it(place, medium, floor):
    (found,) = reasons(place, about="floor", medium=medium)
    assert (found["rule"], found["decides"], found["outranked_by"], found["because"]) == floor
    assert (found["party"], found["jurisdiction"]) == ("agent", floor[0])


def test_a_floor_names_its_clause_demand_and_certainty():
    europe = next(row for row in PLACES if row.code == "EU")
    sure = replace(europe, consent_form="implied_by_notice", confidence="medium", verify_note="Art. 6.")
    (found,) = reasons("DE", about="floor", under=law(places=[*(row for row in PLACES if row != europe), sure]))
    assert (found["citation"], found["demands"]) == ("GDPR", "basis_required, implied_by_notice")
    assert (found["certainty"], found["verify"]) == ("medium", "Art. 6.")
    federal = next(row for row in PLACES if row.code == "US")
    with_form = replace(federal, consent_form="implied_by_notice")
    (found,) = reasons(
        "US-TX", about="floor", under=law(places=[*(row for row in PLACES if row != federal), with_form])
    )
    assert found["demands"] == "one_party, none"


def test_australias_federal_law_does_not_reach_people_face_to_face():
    assert reasons("AU-VIC", about="floor", medium="in_person") == []
    assert len(reasons("AU-VIC", about="floor", medium="video")) == 1


def test_a_place_of_its_own_has_nothing_above_it():
    assert reasons("", about="floor") == []
    assert reasons("KE", about="floor") == []


def test_only_the_deciding_partys_floor_decides_with_it():
    found = reasons("AU-VIC", "AU-VIC", about="floor")
    assert [one["decides"] for one in found] == [True, False]
    assert [one["decides"] for one in reasons("AU-VIC", "DE", about="floor")] == [False, False]


def test_a_party_that_does_not_decide_says_who_outranks_it():
    found = {one["party"]: one for one in reasons("US-TX", "US-FL", "", about="consent")}
    assert [(one["decides"], one["outranked_by"]) for one in found.values()] == [
        (False, "unknown"),
        (False, "unknown"),
        (True, None),
    ]
    assert [one["outranked_by"] for one in reasons("US-TX", "US-FL", about="consent")] == ["US-FL", None]
    assert found["2"]["jurisdiction"] is None
    assert (found["2"]["citation"], found["2"]["certainty"], found["2"]["verify"]) == ("", "none", "")
    assert (found["1"]["demands"], found["1"]["certainty"]) == ("all_party, implied_by_notice", "high")


def test_a_duty_that_is_the_ground_is_cited_in_the_partys_place():
    (found,) = reasons("DE", about="consent", facts={"sector": "securities"})
    assert found["citation"] == GROUND.citation
    assert found["demands"] == "basis_required, none"


@pytest.mark.parametrize(
    ("consent", "decides", "demands", "words"),
    [
        (
            {"standard": "one_party", "form": "none"},
            False,
            "one_party, none",
            "Our policy: one party's consent is enough; no agreement is needed",
        ),
        (
            {"standard": "all_party", "form": "implied_by_notice"},
            False,
            "all_party, implied_by_notice",
            "Our policy: every party has to agree; staying on the line after a clear notice counts as agreement",
        ),
        (
            {"standard": "notice_required", "form": "express"},
            True,
            "notice_required, express",
            "Our policy: every party has to be told; a yes, a key press or another active step is needed",
        ),
        (
            {"standard": "basis_required", "form": "written"},
            True,
            "basis_required, written",
            "Our policy: a lawful basis is needed, and every party has to be told; a signed document is needed",
        ),
    ],
)
def test_the_company_decides_where_it_asks_for_more_than_law(consent, decides, demands, words):
    (found,) = reasons("US-TX", "US-FL", about="policy", document={"consent": consent})
    assert found == {
        "about": "policy",
        "rule": "policy:Own, version 7",
        "jurisdiction": None,
        "citation": "Own, version 7",
        "demands": demands,
        "decides": decides,
        "outranked_by": None,
        "because": words,
        "certainty": "high",
        "verify": "",
    }


def test_a_call_without_parties_has_the_strictest_consent_and_nobody_to_blame():
    found = outcome(asked())
    assert (found.consent.standard, found.consent.form) == ("all_party", "express")
    assert found.answer["consent"]["because_of"] is None
    assert found.answer["consent"]["from"] == found.answer["consent"]["told"] == []
    assert [one["about"] for one in found.answer["because"]] == ["policy", "retention"]
    assert found.answer["because"][0]["decides"] is False


def test_duties_and_periods_name_the_place_that_brings_them():
    both = retention_rule("BOTH", "jurisdiction=US|DE", min_period="P1Y", must_record=True)
    found = reasons("US-TX", "DE", under=law(retention=[both, retention_rule("ANY", max_period="P3Y")]))
    assert {(one["about"], one["rule"]): one["jurisdiction"] for one in found[-4:]} == {
        ("duty", "BOTH"): "DE, US",
        ("retention", "BOTH"): "DE, US",
        ("retention", "ANY"): None,
        ("retention", "policy:Own, version 7"): None,
    }


def test_the_policy_says_why_it_governs_and_which_gave_way():
    policy = CompanyPolicy(
        "v9", "Sales", policy_document(LAX), 3, "It is for this line.", (("Old", "Older."), ("Wide", "Wider."))
    )
    given = outcome(asked("US-TX"), policy=policy).answer
    assert given["policy"] == {
        "version": "v9",
        "name": "Sales",
        "number": 3,
        "because": "It is for this line.",
        "outranked": [{"name": "Old", "because": "Older."}, {"name": "Wide", "because": "Wider."}],
    }
    assert (given["policy_version"], given["law_release"]) == ("v9", 4)


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        ([], ()),
        (["agent", "customer"], ("agent", "customer")),
        (["agent", "customer", "customer"], ("agent", "1", "2")),
        (["agent", "agent", "third_party"], ("0", "1", "third_party")),
    ],
)
def test_a_party_is_named_by_its_role_where_that_occurs_once_else_by_its_index(roles, names):
    assert party_names(tuple(PartyFacts(role) for role in roles)) == names


def test_who_has_to_agree_are_all_but_the_agents_and_with_agents_alone_all_of_them():
    assert answer("US-FL", "US-FL", "US-FL")["consent"]["from"] == ["1", "2"]
    assert answer("US-FL")["consent"]["from"] == ["agent"]
    assert answer("US-TX", "US-TX")["consent"]["from"] == []
    assert answer("US-TX", "US-TX")["consent"]["told"] == []
    assert answer("DE", "US-TX", facts={"sector": "securities"})["consent"] == {
        "standard": "basis_required",
        "form": "none",
        "from": [],
        "told": ["agent", "customer"],
        "because_of": {
            "party": "agent",
            "role": "agent",
            "jurisdiction": "DE",
            "source": "explicit",
            "citation": "DE-DUTY s. 1",
            "certainty": "high",
            "company_is_stricter": False,
            "because": "Germany: DE-DUTY s. 1 is the legal ground for recording; every party has to be told",
        },
        "document": {"needed": False, "attached": False, "sha256": None},
    }


def test_where_each_party_is_and_by_what_stands_in_the_answer_without_any_number():
    call = replace(
        asked(), parties=(PartyFacts("agent", None, None, "DE"), PartyFacts("customer", "+15555550142", "US-TX"))
    )
    given = outcome(call).answer
    assert given["parties"] == [
        {
            "party": "agent",
            "role": "agent",
            "jurisdiction": "DE",
            "source": "address",
            "certainty": "medium",
            "mismatch": None,
        },
        {
            "party": "customer",
            "role": "customer",
            "jurisdiction": "US-TX",
            "source": "explicit",
            "certainty": "high",
            "mismatch": None,
        },
    ]
    assert "5550142" not in str(given)
