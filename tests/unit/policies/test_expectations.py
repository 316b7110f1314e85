import pytest

from policies.domain.errors import PolicyFileRefused
from policies.domain.expectations import MISSING, Difference, ExampleCall, differences, example_calls

WHOLE = """\
- name: Florida has to agree
  call: {direction: inbound, parties: [{role: customer, jurisdiction: US-FL}]}
  expect:
    consent.standard: all_party
    may_record: true
- name: Nobody known
  call: {}
  expect: {must_record: false, retention.min_period: null}
"""


def refused(text):
    with pytest.raises(PolicyFileRefused) as error:
        example_calls(text)
    return error.value


def test_examples_are_read_with_their_lines():
    first, second = example_calls(WHOLE)
    assert first == ExampleCall(
        "Florida has to agree",
        {"direction": "inbound", "parties": [{"role": "customer", "jurisdiction": "US-FL"}]},
        {"consent.standard": "all_party", "may_record": True},
        1,
    )
    assert (second.name, second.call, second.line) == ("Nobody known", {}, 6)
    assert second.expect == {"must_record": False, "retention.min_period": None}


def test_json_is_read_too():
    assert example_calls('[{"name": "a", "call": {}, "expect": {"x": 1}}]') == [ExampleCall("a", {}, {"x": 1}, 1)]


@pytest.mark.parametrize("text", ["", "[]", "a: b", "text"])
def test_what_is_no_list_is_refused(text):
    assert str(refused(text)) == "Example calls are a list of name, call and expect."


def test_every_problem_names_its_place_and_line():
    error = refused("- text\n- {name: ' ', call: [], expect: {}, day: x}\n- {name: a, call: {}, expect: {x: 1}}\n")
    assert str(error) == "The example calls need mending; errors names each place."
    assert error.fields == [
        {"pointer": "/0", "detail": "An example is an object with name, call, expect.", "line": "1"},
        {"pointer": "/1/call", "detail": "Send a call as the decision API takes it.", "line": "2"},
        {"pointer": "/1/day", "detail": "Unknown; an example has name, call, expect.", "line": "2"},
        {
            "pointer": "/1/expect",
            "detail": "Send what the answer has to say, such as {consent.standard: all_party}.",
            "line": "2",
        },
        {"pointer": "/1/name", "detail": "Say in a few words what the example shows.", "line": "2"},
    ]


def test_missing_parts_are_told():
    assert [field["pointer"] for field in refused("- {}\n").fields] == ["/0/call", "/0/expect", "/0/name"]


def test_two_examples_of_one_name_are_refused():
    text = "- {name: b, call: {}, expect: {x: 1}}\n" * 2 + "- {name: a, call: {}, expect: {x: 1}}\n" * 2
    assert str(refused(text)) == "Give each example a name of its own; a, b stands twice."


ANSWER = {
    "may_record": True,
    "consent": {"standard": "all_party", "from": ["customer"]},
    "disclosures": [{"key": "recording", "say": "This call is recorded."}, {"key": "refusal", "say": "No?"}],
    "conflicts": [{"kind": "no_policy", "rules": []}],
    "because": [{"rule": "US-CA", "decides": True}],
    "parties": [{"party": "customer", "jurisdiction": None}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("may_record", True),
        ("consent.standard", "all_party"),
        ("consent.from", ["customer"]),
        ("consent.from.0", "customer"),
        ("disclosures.1.key", "refusal"),
        ("disclosures.refusal.say", "No?"),
        ("conflicts.no_policy.rules", []),
        ("because.US-CA.decides", True),
        ("parties.customer.jurisdiction", None),
    ],
)
def test_a_path_finds_its_value(path, value):
    assert differences(ANSWER, {path: value}) == []
    assert differences(ANSWER, {path: "other"}) == [Difference(path, "other", value)]


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "consent.nothing",
        "may_record.deeper",
        "disclosures.2",
        "disclosures.consent",
        "consent.from.1",
        "x.y",
    ],
)
def test_a_path_to_nothing_differs_from_everything(path):
    for wanted in (None, MISSING, "x"):
        assert differences(ANSWER, {path: wanted}) == [Difference(path, wanted, "(not in the answer)")]


def test_differences_come_in_the_order_of_the_expectation():
    found = differences(ANSWER, {"x": 1, "may_record": True, "consent.standard": "one_party", "a": 2})
    assert [item.path for item in found] == ["x", "consent.standard", "a"]


def test_true_is_not_one():
    assert len(differences({"a": True}, {"a": "true"})) == 1
