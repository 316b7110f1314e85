"""Decisions for any call: nobody who joins loosens it, order does not matter, the same call gives the same bytes."""

import random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policies.domain.conditions import FACTS
from policies.domain.law import FORMS, STANDARDS
from tests.unit.policies.laws import call, outcome, shipped_law
from trail.domain.chain import canonical_json

places = st.sampled_from(
    [*sorted(shipped_law().jurisdictions), "", "CA-ON", "US-MP", "KE", "DE-BY", "+18135550142", "+18005550100"]
)
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
    }
)
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(who=st.lists(places, min_size=1, max_size=4), joins=places, about=calls)
def test_nobody_who_joins_loosens_the_consent(who, joins, about):
    before, after = outcome(call(*who, **about)).answer, outcome(call(*who, joins, **about)).answer
    for looser, stricter in (
        (before["consent"], after["consent"]),
        (before["law"]["consent"], after["law"]["consent"]),
    ):
        assert STANDARDS.index(stricter["standard"]) >= STANDARDS.index(looser["standard"])
        assert FORMS.index(stricter["form"]) >= FORMS.index(looser["form"])
    said = {rule for item in before["disclosures"] for rule in item["rules"]}
    assert said <= {rule for item in after["disclosures"] for rule in item["rules"]}


@few
@given(who=st.lists(places, min_size=1, max_size=4), about=calls)
def test_the_same_call_gives_the_same_bytes(who, about):
    first, again = outcome(call(*who, **about)).answer, outcome(call(*who, **about)).answer
    assert canonical_json(first) == canonical_json(again)


@few
@given(who=st.lists(places, min_size=2, max_size=4), about=calls, seed=st.integers(0, 1000))
def test_the_order_of_the_parties_does_not_matter(who, about, seed):
    shuffled = random.Random(seed).sample(who, len(who))  # noqa: S311
    first, other = outcome(call(*who, **about)).answer, outcome(call(*shuffled, **about)).answer
    assert first["law"]["consent"]["standard"] == other["law"]["consent"]["standard"]
    assert first["law"]["consent"]["form"] == other["law"]["consent"]["form"]
    assert first["disclosures"] == other["disclosures"]
    assert first["retention"] == other["retention"]


@few
@given(
    who=st.lists(places, min_size=1, max_size=3),
    about=calls,
    standard=st.sampled_from(STANDARDS),
    form=st.sampled_from(FORMS),
    reading=st.sampled_from(["best", "cautious"]),
)
@example(  # consent is the chosen basis; read cautiously, Luxembourg's standard is all_party with implied consent
    who=["LU"],
    about={"facts": {"legal_basis": "consent"}, "direction": "inbound", "medium": "phone", "purposes": ("training",)},
    standard="one_party",
    form="none",
    reading="cautious",
)
def test_no_policy_is_laxer_than_law_and_a_stricter_one_never_loosens(who, about, standard, form, reading):
    document = {"consent": {"standard": standard, "form": form, "reading": reading}}
    given_answer = outcome(call(*who, **about), document).answer
    law = given_answer["law"]["consent"]
    assert STANDARDS.index(given_answer["consent"]["standard"]) >= max(
        STANDARDS.index(law["standard"]), STANDARDS.index(standard)
    )
    assert FORMS.index(given_answer["consent"]["form"]) >= max(FORMS.index(law["form"]), FORMS.index(form))
    assert {"recording", "purpose", "retention", "storage", "refusal"} <= {
        item["key"] for item in given_answer["disclosures"]
    }
    if FORMS.index(given_answer["consent"]["form"]) >= FORMS.index("express"):
        assert "consent" in {item["key"] for item in given_answer["disclosures"]}
