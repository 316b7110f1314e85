"""Decisions for any call: nobody who joins loosens it, order does not matter, the same call gives the same bytes."""

import random
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from policies.domain.calls import PartyFacts
from policies.domain.conditions import FACTS
from policies.domain.errors import DocumentRefused
from policies.domain.law import FORMS, STANDARDS
from policies.domain.periods import end_of_period, period
from tests.unit.policies.laws import call, outcome, place_rule, shipped_law
from tests.unit.policies.small_law import disclosure_rule, retention_rule
from trail.domain.chain import canonical_json

PLACES = sorted({rule.code for rule in shipped_law().rules})
places = st.sampled_from([*PLACES, "", "CA-ON", "US-MP", "KE", "DE-BY", "+18135550142", "+18005550100"])
facts = st.dictionaries(
    st.sampled_from(sorted(set(FACTS) - {"consent_form", "purpose", "call_date", "direction", "medium"})).map(str),
    st.none(),
    max_size=4,
).flatmap(lambda keys: st.fixed_dictionaries({key: st.sampled_from(sorted(FACTS[key])) for key in keys}))
calls = st.fixed_dictionaries(
    {
        "facts": facts,
        "direction": st.sampled_from(["inbound", "outbound", "internal"]),
        "medium": st.sampled_from(["phone", "video", "in_person"]),
        "purposes": st.lists(st.sampled_from(["training", "quality_assurance", "contract_evidence"]), unique=True).map(
            tuple
        ),
        "language": st.sampled_from(["", "en", "es", "fr", "de", "pt"]),
    }
)
consents = st.fixed_dictionaries(
    {
        "standard": st.sampled_from(STANDARDS),
        "form": st.sampled_from(FORMS),
        "reading": st.sampled_from(["best", "cautious"]),
        "readings": st.dictionaries(st.sampled_from(PLACES), st.sampled_from(["best", "cautious"]), max_size=4),
    }
)
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def is_at_least(stricter, looser):
    return STANDARDS.index(stricter["standard"]) >= STANDARDS.index(looser["standard"]) and FORMS.index(
        stricter["form"]
    ) >= FORMS.index(looser["form"])


def rules_said(answer):
    return {rule for item in answer["disclosures"] for rule in item["rules"]}


@few
@given(who=st.lists(places, min_size=1, max_size=4), joins=places, about=calls)
def test_nobody_who_joins_loosens_the_answer(who, joins, about):
    before, after = outcome(call(*who, **about)).answer, outcome(call(*who, joins, **about)).answer
    assert is_at_least(after["consent"], before["consent"])
    assert is_at_least(after["law"]["consent"], before["law"]["consent"])
    assert rules_said(before) <= rules_said(after)
    assert after["must_record"] >= before["must_record"]
    assert (before["on_refusal"] == "end_call") <= (after["on_refusal"] == "end_call")
    assert {one["rule"] for one in before["because"]} <= {one["rule"] for one in after["because"]}
    assert after["retention"]["keep_until"] >= before["retention"]["keep_until"]
    assert after["may_record"] <= before["may_record"]


@few
@given(who=st.lists(places, min_size=1, max_size=4), about=calls)
def test_the_same_call_gives_the_same_bytes(who, about):
    first, again = outcome(call(*who, **about)).answer, outcome(call(*who, **about)).answer
    assert canonical_json(first) == canonical_json(again)


def nameless(answer):
    """The answer without who is who: what names a party, or lists them in their order."""
    cause = {key: value for key, value in answer["consent"]["because_of"].items() if key not in {"party", "source"}}
    consent = {key: value for key, value in answer["consent"].items() if key not in {"from", "told", "because_of"}}
    law = answer["law"] | {"consent": {key: answer["law"]["consent"][key] for key in ("standard", "form")}}
    told = {key: len(answer["consent"][key]) for key in ("from", "told")}
    listed = {
        key: sorted(
            [{name: value for name, value in one.items() if name not in {"party", "decides"}} for one in answer[key]],
            key=str,
        )
        for key in ("parties", "notices")
    }
    spoke = sorted(one["rule"] for one in answer["because"])
    rest = {key: answer[key] for key in set(answer) - {"consent", "law", "because", *listed}}
    return rest | listed | {"consent": consent, "cause": cause, "law": law, "told": told, "because": spoke}


@few
@given(who=st.lists(places, min_size=2, max_size=4), about=calls, seed=st.integers(0, 1000))
def test_the_order_of_the_parties_changes_nothing_but_names(who, about, seed):
    asked = call(*who, **about)
    asked = replace(asked, parties=tuple(replace(party, role="customer") for party in asked.parties))
    shuffled = tuple(random.Random(seed).sample(asked.parties, len(who)))  # noqa: S311
    first, other = outcome(asked).answer, outcome(replace(asked, parties=shuffled)).answer
    assert nameless(first) == nameless(other)


@few
@given(who=st.lists(places, min_size=1, max_size=3), about=calls, consent=consents)
@example(  # consent is the chosen basis; read cautiously, Luxembourg's standard is all_party with implied consent
    who=["LU"],
    about={
        "facts": {"legal_basis": "consent"},
        "direction": "inbound",
        "medium": "phone",
        "purposes": ("training",),
        "language": "",
    },
    consent={"standard": "one_party", "form": "none", "reading": "cautious", "readings": {}},
)
def test_no_policy_is_laxer_than_law(who, about, consent):
    given_answer = outcome(call(*who, **about), {"consent": consent}).answer
    assert is_at_least(given_answer["consent"], given_answer["law"]["consent"])
    assert is_at_least(given_answer["consent"], consent)
    assert {"recording", "purpose", "retention", "storage", "refusal"} <= {
        item["key"] for item in given_answer["disclosures"]
    }
    if FORMS.index(given_answer["consent"]["form"]) >= FORMS.index("express"):
        assert "consent" in {item["key"] for item in given_answer["disclosures"]}


@few
@given(
    who=st.lists(places, min_size=1, max_size=3),
    about=calls,
    consent=consents,
    standard=st.sampled_from(STANDARDS),
    form=st.sampled_from(FORMS),
    added=st.lists(st.sampled_from(["rights_notice", "controller_identity", "storage"]), unique=True),
)
def test_a_stricter_policy_never_loosens(who, about, consent, standard, form, added):
    stricter = consent | {
        "standard": max(standard, consent["standard"], key=STANDARDS.index),
        "form": max(form, consent["form"], key=FORMS.index),
        "reading": "cautious",
        "readings": {},
    }
    lax = {"consent": consent, "pause": {"card_data": "never"}}
    strict = {
        "consent": stricter,
        "disclosures": added,
        "location": {"hints": "strictest"},
        "pause": {"card_data": "always"},
    }
    before, after = outcome(call(*who, **about), lax).answer, outcome(call(*who, **about), strict).answer
    assert is_at_least(after["consent"], before["consent"])
    assert {item["key"] for item in before["disclosures"]} <= {item["key"] for item in after["disclosures"]}
    assert len(after["consent"]["told"]) >= len(before["consent"]["told"])
    assert len(after["pause"]) >= len(before["pause"])
    assert after["may_record"] <= before["may_record"]


@few
@given(number=places.filter(lambda at: at.startswith("+")), said=st.sampled_from(PLACES), address=places, about=calls)
def test_the_strictest_of_all_hints_is_never_laxer_than_the_best_source(number, said, address, about):
    home = address if not address.startswith("+") else None
    asked = replace(call("US-TX", **about), parties=(PartyFacts("customer", number, said, home or None),))
    best, strictest = (outcome(asked, {"location": {"hints": hints}}).answer for hints in ("best_source", "strictest"))
    assert is_at_least(strictest["consent"], best["consent"])
    assert rules_said(best) <= rules_said(strictest)
    assert strictest["retention"]["keep_until"] >= best["retention"]["keep_until"]


@few
@given(who=st.lists(places, max_size=3), about=calls)
def test_an_unknown_party_makes_the_consent_the_strictest(who, about):
    given_answer = outcome(call(*who, "", **about)).answer
    assert is_at_least(given_answer["law"]["consent"], {"standard": "all_party", "form": "express"})
    assert "consent" in {item["key"] for item in given_answer["disclosures"]}


@few
@given(
    assumed=st.sampled_from(PLACES),
    about=calls,
)
def test_an_assumed_place_is_never_laxer_than_an_unknown_one(assumed, about):
    asked = replace(call("US-TX", **about), parties=(PartyFacts("customer"),), direction="inbound")
    unknown = outcome(asked).answer
    found = outcome(asked, {"location": {"withheld_default": assumed}, "disclosures": []}).answer
    assert is_at_least(found["consent"], unknown["consent"])
    assert rules_said(unknown) <= rules_said(found)


periods = st.sampled_from(["P1D", "P30D", "P90D", "P1M", "P6M", "P1Y", "P25M", "P3Y", "P7Y", "P10Y"])
zones = st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"])


@few
@given(
    who=st.lists(places, min_size=1, max_size=3),
    about=calls,
    minimum=st.none() | periods,
    maximum=periods,
    zone=zones,
)
def test_every_date_is_explained_by_the_periods_that_gave_it(who, about, minimum, maximum, zone):
    asked = call(*who, **about)
    try:
        answer = outcome(asked, {"retention": {"min_period": minimum, "max_period": maximum}}, zone).answer
    except DocumentRefused:
        assume(False)  # noqa: FBT003
    kept = answer["retention"]
    dated = [one for one in kept["explanation"] if one["period"]]
    ends = {
        (one["kind"], one["rule"]): end_of_period(asked.counted_from, period(one["period"]), ZoneInfo(zone))
        for one in dated
    }
    for one in dated:
        assert datetime.fromisoformat(one["until"]) == ends[one["kind"], one["rule"]]
    minimums = [end for (kind, _), end in ends.items() if kind == "minimum"]
    maximums = [end for (kind, _), end in ends.items() if kind == "maximum"]
    keep_until = max(minimums, default=asked.counted_from)
    assert datetime.fromisoformat(kept["keep_until"]) == keep_until
    assert datetime.fromisoformat(kept["delete_by"]) == max(keep_until, min(maximums))
    deciding = {one["kind"]: one["period"] for one in dated if one["standing"] == "decides"}
    assert deciding.get("minimum") == kept["min_period"]
    assert {one["rule"] for one in answer["because"] if one["about"] == "retention"} == {one["rule"] for one in dated}


@few
@given(who=st.lists(places, min_size=1, max_size=3), about=calls)
def test_mixed_never_decides(who, about):
    law = shipped_law()
    mixed = replace(law, rules=tuple(replace(rule, consent_rule="mixed") for rule in law.rules))
    first, other = outcome(call(*who, **about)).answer, outcome(call(*who, **about), law=mixed).answer
    for answer in (first, other):
        assert answer["consent"]["standard"] in STANDARDS
        assert "mixed" not in {one["demands"].partition(",")[0] for one in answer["because"]}
    assert is_at_least(other["consent"], first["consent"])
    assert is_at_least(first["consent"], other["consent"])


@few
@given(who=st.lists(places, min_size=1, max_size=3), about=calls)
def test_a_later_release_that_changes_other_rules_changes_the_answers_release_alone(who, about):
    law = shipped_law()
    later = replace(
        law,
        release=law.release + 1,
        digest="later",
        rules=(*law.rules, place_rule("ZZ")),
        retention=(*law.retention, retention_rule("ZZ-R", "jurisdiction=ZZ", min_period="P99Y")),
        disclosures=(*law.disclosures, disclosure_rule("ZZ-D", "ZZ", "mini_miranda")),
    )
    first, other = outcome(call(*who, **about)).answer, outcome(call(*who, **about), law=later).answer
    assert other == first | {"law_release": law.release + 1}
