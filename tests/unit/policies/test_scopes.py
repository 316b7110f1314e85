from datetime import UTC, datetime

import pytest

from policies.domain.calls import Call, PartyFacts
from policies.domain.documents import CAREFUL_DEFAULT, Scope, policy_document
from policies.domain.places import Place
from policies.domain.scopes import Candidate, Outranked, choose, own_reach, scope_words

DAY = datetime(2026, 11, 24, 15, tzinfo=UTC)


def candidate(name, *, has_line=True, ships=False, published=DAY, number=1, **scope):
    document = policy_document({"scope": {key: list(values) for key, values in scope.items()}})
    return Candidate(f"id-{name}", name, document, has_line, ships, published, number)


DEFAULT = Candidate("id-default", "Careful default", policy_document(CAREFUL_DEFAULT), has_line=False, ships=True)


def call(**changed):
    usual = {
        "direction": "inbound",
        "medium": "phone",
        "line_of_business": "home-cover",
        "purposes": (),
        "facts": {},
        "started_at": DAY,
    }
    return Call(**usual | changed)


def chosen(*candidates, agent="US-TX", customers=("US-CA",), reach=own_reach, **changed):
    facts = changed.get("facts", {})
    parties = (PartyFacts("agent"), *(PartyFacts("customer") for _ in customers))
    places = [Place(code, "explicit" if code else "unknown", "high") for code in (agent, *customers)]
    return choose(candidates, call(parties=parties, **changed), places, facts, reach=reach)


def test_a_single_policy_for_every_call_says_so():
    found = chosen(DEFAULT)
    assert found.winner is DEFAULT
    assert found.because == "It is for every call; no other policy speaks for this call."
    assert (found.outranked, found.passed_over) == ((), ())


def test_nobody_speaks_for_a_call_outside_every_scope():
    found = chosen(candidate("Sales", direction=["outbound"]))
    assert found.winner is None
    assert found.because == "No policy in force speaks for this call."
    assert found.outranked == ()
    assert found.passed_over == (Outranked("Sales", "It is for outbound calls; this one is inbound."),)


def test_without_candidates_nobody_speaks():
    assert chosen().winner is None


@pytest.mark.parametrize(
    ("more", "less", "because"),
    [
        (
            candidate("More"),
            candidate("Less", has_line=False, countries=["US-CA"], sectors=["insurance"]),
            "It is for every line of business; More is for this one.",
        ),
        (
            candidate("More", countries=["US"]),
            candidate("Less", sectors=["insurance"], direction=["inbound"], medium=["phone"]),
            "It is for every country; More is for calls with US.",
        ),
        (
            candidate("More", countries=["US-CA", "DE"]),
            candidate("Less", countries=["US"], sectors=["insurance"]),
            "It is for a wider place than US-CA; More is for calls with US-CA.",
        ),
        (
            candidate("More", sectors=["health_insurance", "insurance"]),
            candidate("Less", direction=["inbound"], medium=["phone"]),
            "It is for every sector; More is for health insurance or insurance.",
        ),
        (
            candidate("More", direction=["inbound", "internal"]),
            candidate("Less", medium=["phone"]),
            "It is for every direction; More is for inbound or internal calls.",
        ),
        (
            candidate("More", medium=["phone", "in_person"]),
            candidate("Less"),
            "It is for every medium; More is for calls by phone or in person.",
        ),
        (
            candidate("More", has_line=False, published=None),
            DEFAULT,
            "It came with Callward; More was written here.",
        ),
        (
            candidate("More"),
            candidate("Less", published=datetime(2026, 11, 24, 14, tzinfo=UTC), number=9),
            "More was published later.",
        ),
        (candidate("More", number=2), candidate("Less"), "More has the higher number."),
        (candidate("More"), candidate("Less"), "More comes first by its id."),
    ],
)
def test_the_more_specific_wins_and_the_other_is_told_why(more, less, because):
    for order in ((more, less), (less, more)):
        found = chosen(*order, facts={"sector": ("insurance",)})
        assert found.winner is more
        assert found.outranked == (Outranked(less.name, because),)


def test_the_winner_says_at_which_points_it_is_specific():
    narrow = candidate("Narrow", countries=["US-CA"], sectors=["insurance"], direction=["inbound"], medium=["phone"])
    found = chosen(DEFAULT, narrow, facts={"sector": ("insurance",)})
    assert found.because == (
        "It is for this line of business, calls with US-CA, the sector insurance, inbound calls and calls by phone,"
        " the most specific of the 2 policies that speak for this call."
    )


@pytest.mark.parametrize(
    ("scope", "because"),
    [
        ({"direction": ["outbound", "internal"]}, "It is for outbound or internal calls; this one is inbound."),
        ({"medium": ["video"]}, "It is for calls by video; this one is by phone."),
        ({"countries": ["DE", "FR", "GB"]}, "It is for calls with DE, FR or GB; this one is with US-CA."),
        ({"sectors": ["debt_collection"]}, "It is for the sector debt collection; this call states none."),
    ],
)
def test_a_call_outside_the_scope_is_told_by_what(scope, because):
    found = chosen(DEFAULT, candidate("Other", **scope))
    assert found.winner is DEFAULT
    assert found.passed_over == (Outranked("Other", because),)


def test_a_call_of_another_sector_is_told_which_it_states():
    found = chosen(DEFAULT, candidate("Other", sectors=["energy"]), facts={"sector": ("telecom", "bank")})
    assert found.passed_over[0].because == "It is for the sector energy; this call states bank or telecom."


def test_any_customer_in_the_country_is_enough_and_the_agent_is_not():
    german = candidate("German", countries=["DE"])
    assert chosen(DEFAULT, german, agent="US-TX", customers=("US-CA", "DE")).winner is german
    assert chosen(DEFAULT, german, agent="DE", customers=("US-CA",)).winner is DEFAULT


def test_the_agents_place_counts_where_nothing_is_known_of_anybody_else():
    german = candidate("German", countries=["DE"])
    assert chosen(DEFAULT, german, agent="DE", customers=("",)).winner is german
    nobody = chosen(DEFAULT, german, agent="", customers=("",))
    assert nobody.passed_over[0].because == "It is for calls with DE; this one is with nobody known."


def test_a_part_of_a_country_is_in_its_country_and_not_the_other_way_round():
    assert own_reach("US-CA") == {"US-CA", "US"}
    assert own_reach("DE") == {"DE"}
    whole, part = candidate("Whole", countries=["US"]), candidate("Part", countries=["US-CA"])
    assert chosen(whole, part, customers=("US-TX",)).winner is whole
    assert chosen(whole, part, customers=("US",)).winner is whole


def test_the_union_is_wider_than_a_country_where_the_register_knows_its_members():
    union, country = candidate("Union", countries=["EU"]), candidate("Country", countries=["DE"])
    reach = {"DE": frozenset({"DE", "EU"}), "FR": frozenset({"FR", "EU"})}.__getitem__
    found = chosen(union, country, customers=("DE",), reach=reach)
    assert found.winner is country
    assert found.outranked[0].because == "It is for a wider place than DE; Country is for calls with DE."
    assert chosen(union, country, customers=("FR",), reach=reach).winner is union


def test_of_several_places_of_the_scope_the_narrowest_is_named_and_of_two_alike_the_first_by_its_code():
    everywhere = candidate("Everywhere", countries=["US", "US-CA", "FR", "DE"])
    assert chosen(everywhere).because == (
        "It is for this line of business and calls with US-CA; no other policy speaks for this call."
    )
    assert "calls with DE;" in chosen(everywhere, customers=("FR", "DE")).because


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(), "every call"),
        (Scope(direction=("inbound",)), "inbound calls"),
        (
            Scope(("inbound", "outbound"), ("phone", "video"), ("DE", "FR", "US-CA"), ("insurance",)),
            "inbound or outbound calls by phone or by video with DE, FR or US-CA in insurance",
        ),
        (Scope(medium=("in_person",)), "calls in person"),
        (Scope(sectors=("debt_collection", "bank")), "calls in debt collection or bank"),
    ],
)
def test_a_scope_in_words(scope, words):
    assert scope_words(scope) == words
