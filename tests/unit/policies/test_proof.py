"""The reasons of an answer as a tree of sentences, and how it differs where a hint was wrong."""

from policies.domain.law import Law
from policies.domain.places import places_of
from policies.views.cells import cells, claims_in_words, in_cell
from policies.views.hints import differences, elsewheres
from policies.views.proof import proof_of
from tests.unit.policies.laws import answer, call, outcome, shipped_law

ZONE = "America/New_York"


def says(branches) -> list[str]:
    return [" ".join(filter(None, (branch.word, branch.says))) for branch in branches]


def test_the_tree_says_which_policy_speaks_who_has_to_agree_and_how_long_it_is_kept():
    tree = proof_of(answer("US-TX", "US-FL"), shipped_law(), ZONE)
    assert says(tree) == [
        "Our policy, version 1 speaks for this call.",
        "Every party has to agree before we record.",
        "If somebody refuses, the recording stops.",
        "While card data is spoken, the recording pauses.",
        "Delete it by the end of 22 February 2027.",
    ]


def test_the_deciding_party_comes_first_and_federal_law_stands_below_each():
    consent = proof_of(answer("US-TX", "US-FL"), shipped_law(), ZONE)[1]
    first, second, company = consent.under
    assert (first.word, first.says) == ("because", "the customer is in Florida: all parties.")
    assert (second.word, second.says) == ("although", "the agent is in Texas: one party would do.")
    assert [below.citation for below in first.under] == ["18 U.S.C. 2511(2)(d); 47 U.S.C. 605"]
    assert first.under[0].word == "although"
    assert (company.word, company.is_law) == ("and", False)


def test_a_duty_to_record_ends_the_call_on_refusal_and_cites_itself():
    tree = proof_of(answer("GB", "GB", facts={"sector": "securities", "activity": "client_order"}), shipped_law(), ZONE)
    roots = says(tree)
    assert "This call has to be recorded." in roots
    refusal = tree[roots.index("If somebody refuses, the call ends.")]
    assert refusal.is_law
    assert refusal.under[0].citation


def test_a_place_by_its_number_may_be_elsewhere_or_unknown():
    asked = call("US-TX", "+18135550142")
    found = list(elsewheres(asked, outcome(asked).answer, shipped_law()))
    assert [other.says for other in found] == ["If nobody knows where the customer is"]
    assert _places(found[0].call) == ["US-TX", ""]


def test_what_another_source_names_is_tried_too():
    asked = call("US-TX", "US-NY")
    told = asked.parties[1].__class__("customer", number="+18135550142", jurisdiction="US-NY")
    asked = asked.__class__(**asked.__dict__ | {"parties": (asked.parties[0], told)})
    found = list(elsewheres(asked, outcome(asked).answer, shipped_law()))
    assert [other.says for other in found] == [
        "If the customer is in Florida",
        "If nobody knows where the customer is",
    ]


def test_a_place_that_is_known_is_not_doubted():
    asked = call("US-TX", "US-FL")
    assert list(elsewheres(asked, outcome(asked).answer, shipped_law())) == []


def test_what_differs_is_said_the_weightiest_first():
    before, after = answer("US-TX", "US-NY"), answer("US-TX", "DE")
    found = differences(before, after, ZONE)
    assert found[0] == "All parties instead of told."
    assert "It takes a yes, a key press or another active step." in found
    assert differences(before, before, ZONE) == []


def test_cells_are_said_in_words():
    changed = [
        ("telephone_rule", "one_party", "all_party"),
        ("effective_from", "", "2027-01-01"),
        ("min_period", "P5Y", ""),
        ("must_record", "false", "true"),
        ("applies_when", "sector=bank|insurance", "sector=bank;party=consumer"),
    ]
    assert [(cell.label, cell.before, cell.after) for cell in cells(changed)] == [
        ("On the telephone", "One party", "All parties"),
        ("In force from", "always", "1 Jan 2027"),
        ("Kept at least", "5 years", "nothing"),
        ("Has to be recorded", "no", "yes"),
        ("Only where", "sector is bank or insurance", "sector is bank, and party is consumer"),
    ]


def test_a_new_row_has_no_before_and_an_old_one_no_after():
    (new,) = cells([("confidence", "", "low")], kind="added")
    (old,) = cells([("confidence", "low", "")], kind="removed")
    assert (new.before, new.after) == ("", "low")
    assert (old.before, old.after) == ("low", "")


def test_what_an_example_call_expects_is_said_in_words():
    text = "standard=all_party;form=implied_by_notice;minimum=P5Y;duty=true;tone=false"
    expected = (
        "rule: all party; agreement: implied by notice; kept at least 5 years; has to be recorded;"
        " not: a tone counts as notice"
    )
    assert claims_in_words(text) == expected
    assert in_cell("expects", text) == expected


def _places(asked, law: Law | None = None) -> list[str]:
    return [place.jurisdiction for place in places_of(asked, law or shipped_law())]
