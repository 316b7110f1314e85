import json
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.errors import PolicyFileRefused
from policies.domain.files import PolicyFile, policy_file, policy_file_text
from policies.domain.yaml_values import DEEPEST, LONGEST_FILE, YamlValues

WHOLE = """\
policy: home-cover
name: Home cover
lines_of_business: [home-cover]
document:
  company: Harbor & Vale
  scope:
    countries: [NO, US-CA]
  retention:
    max_period: P56D
    needs_approval: true
    min_period: null
  contact: {opt_out_key: 9}
"""


def refused(text, **options):
    with pytest.raises(PolicyFileRefused) as error:
        policy_file(text, **options)
    return error.value


def test_a_file_is_read_as_it_stands():
    file = policy_file(WHOLE)
    assert (file.code, file.name, file.lines) == ("home-cover", "Home cover", ("home-cover",))
    assert file.document["scope"]["countries"] == ["NO", "US-CA"]
    assert file.document["contact"]["opt_out_key"] == "9"
    assert file.document["retention"] == {"max_period": "P56D", "needs_approval": True, "min_period": None}


def test_without_lines_it_speaks_for_every_line():
    assert policy_file("policy: a\nname: A\ndocument: {}\n") == PolicyFile("a", "A", (), {})


@pytest.mark.parametrize("is_json", [False, True])
def test_what_is_written_is_read_back_alike(is_json):
    document = CAREFUL_DEFAULT | {
        "scope": {"countries": ["NO", "DE"]},
        "script": {"es": {"recording": "¿Grabamos? «sí»: #1"}, "en": {"refusal": "no\nway, 2026-11-24"}},
        "company": "yes",
        "contact": {"opt_out_key": "0"},
    }
    file = PolicyFile("home-cover", "Home: cover", ("a", "b"), document)
    text = policy_file_text(file, is_json=is_json)
    assert policy_file(text, is_json=is_json) == file
    assert "¿Grabamos?" in text
    assert text.endswith("\n")


def test_the_keys_of_a_written_file_follow_the_document():
    file = PolicyFile("a", "A", (), {"script": {}, "company": "Acme", "summary": "S", "unknown": 1})
    assert policy_file_text(file) == (
        "policy: a\nname: A\nlines_of_business: []\ndocument:\n  summary: S\n  company: Acme\n  script: {}\n"
    )
    assert json.loads(policy_file_text(file, is_json=True))["document"] == {
        "summary": "S",
        "company": "Acme",
        "script": {},
    }
    assert policy_file_text(file, is_json=True).startswith('{\n  "policy": "a",\n')


def test_every_problem_names_its_place_and_its_line():
    error = refused(
        WHOLE.replace("P56D", "56 days").replace("US-CA]", "Norway]").replace("name: Home cover", "name: ' '")
        + "colour: red\n"
    )
    assert str(error) == "The policy file needs mending; errors names each place."
    assert [(field["pointer"], field["line"]) for field in error.fields] == [
        ("/colour", "13"),
        ("/name", "2"),
        ("/document/retention/max_period", "9"),
        ("/document/scope/countries/1", "7"),
    ]


def test_a_part_that_is_missing_is_told_at_the_part_above():
    error = refused("policy: a\nname: A\ndocument:\n  purposes: []\n  script:\n    es: {retention: Siempre.}\n")
    assert [(field["pointer"], field["line"]) for field in error.fields] == [
        ("/document/purposes", "4"),
        ("/document/script/es/retention", "6"),
    ]
    assert refused("policy: a\nname: A\n").fields == [
        {"pointer": "/document", "detail": "Send an object.", "line": "1"}
    ]


@pytest.mark.parametrize(
    ("head", "pointer", "detail"),
    [
        ("policy: Home\nname: A", "/policy", "Name the policy in small letters, digits and hyphens, at most 50,"),
        ("policy: a--b\nname: A", "/policy", "such as home-cover."),
        ("policy: -a\nname: A", "/policy", "such as home-cover."),
        (f"policy: {'a' * 51}\nname: A", "/policy", "at most 50"),
        ("policy: [a]\nname: A", "/policy", "such as home-cover."),
        ("policy: a", "/name", "Send a name of at most 120 characters."),
        (f"policy: a\nname: {'A' * 121}", "/name", "Send a name of at most 120 characters."),
        ("policy: a\nname: [A]", "/name", "Send a name of at most 120 characters."),
        ("policy: a\nname: A\nlines_of_business: a", "/lines_of_business", "Send a list of codes; none: every line."),
        ("policy: a\nname: A\nlines_of_business: [[a]]", "/lines_of_business", "Send a list of codes"),
        ("policy: a\nname: A\nlines_of_business: [a, b, a]", "/lines_of_business", "Name each line once."),
        (
            "policy: a\nname: A\nword: x",
            "/word",
            "Unknown; a policy file has policy, name, lines_of_business, document.",
        ),
    ],
)
def test_a_wrong_head_is_refused(head, pointer, detail):
    (field,) = refused(f"{head}\ndocument: {{}}\n").fields
    assert field["pointer"] == pointer
    assert detail in field["detail"]


def test_the_longest_head_passes():
    text = json.dumps({"policy": "a" * 50, "name": "A" * 120, "lines_of_business": [f"l{n}" for n in range(200)]})
    file = policy_file(text[:-1] + ', "document": {}}', is_json=True)
    assert (len(file.code), len(file.name), len(file.lines)) == (50, 120, 200)
    many = {"policy": "a", "name": "A", "lines_of_business": [f"l{n}" for n in range(201)], "document": {}}
    assert refused(json.dumps(many), is_json=True).fields[0]["pointer"] == "/lines_of_business"


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "Line 1, column 4: Anchors and aliases are not read. Write the part out."),
        ("policy: *a\n", "Line 1, column 9: Anchors and aliases are not read. Write the part out."),
        ("policy: a\npolicy: b\n", "Line 2, column 1: The key policy stands twice. Keep one of them."),
        ("policy: !!python/name:os.system x\n", "Line 1, column 9: Tags are not read. Write the value alone."),
        ("policy: !x {}\n", "Line 1, column 9: Tags are not read."),
        ("? [a, b]\n: c\n", "Line 1, column 3: A key is text."),
        ("policy: [a\n", "Line 2, column 1: Expected ',' or ']', but got '<stream end>'."),
        ("policy: a: b\n", "Line 1, column 10: Mapping values are not allowed here."),
        ("a: b\n---\nc: d\n", "Line 2, column 1: But found another document."),
        ("a: \x00", "The file is no YAML: unacceptable character #x0000: special characters are not allowed."),
        ("[" * 500, f"Line 1, column {DEEPEST + 1}: It is nested deeper than 24 levels."),
        ("x" * (LONGEST_FILE + 1), "A file has at most 200000 characters."),
    ],
)
def test_what_surprises_in_yaml_is_refused(text, said):
    assert str(refused(text)).startswith(said)


@pytest.mark.parametrize("text", ["", "~", "- a", "text", "null", "# nothing"])
def test_a_file_that_is_no_object_says_what_it_has(text):
    (field,) = refused(text).fields
    assert field["pointer"] == ""
    assert field["detail"] == "A policy file is an object with policy, name, lines_of_business, document."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"policy": "a", "policy": "b"}', "The key policy stands twice. Keep one of them."),
        ('{"policy": NaN}', "NaN is no value of a policy."),
        ('{"policy": -Infinity}', "-Infinity is no value of a policy."),
        ('{"policy": }', "Line 1, column 12: Expecting value."),
        ('{\n"policy" 1}', "Line 2, column 10: Expecting ':' delimiter."),
        ("[" * 100_000, "The file is nested too deep."),
        ("9" * 5000, "Exceeds the limit"),
        ('"' + "x" * LONGEST_FILE, "A policy file has at most 200000 characters."),
    ],
)
def test_wrong_json_is_refused(text, said):
    assert str(refused(text, is_json=True)).startswith(said)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[true, false, null, ~]", [True, False, None, None]),
        (
            "[yes, no, on, off, NO, True, Null, nullable, truely]",
            ["yes", "no", "on", "off", "NO", "True", "Null", "nullable", "truely"],
        ),
        ("[2026-11-24, 1.5, 0x1F, 1_000, 12:30]", ["2026-11-24", "1.5", "0x1F", "1_000", "12:30"]),
        ("['true', \"null\", '7']", ["true", "null", "7"]),
        ("a:", {"a": None}),
    ],
)
def test_yaml_values_are_what_they_look_like(text, value):
    assert YamlValues(text).value == value


def test_numbers_are_read_where_they_are_wanted():
    text = "[7, -3, 0, 007, 999999999999999999, 1000000000000000000, 1e5]"
    assert YamlValues(text, with_numbers=True).value == [
        7,
        -3,
        0,
        "007",
        999999999999999999,
        "1000000000000000000",
        "1e5",
    ]
    assert YamlValues(text).value[0] == "7"


def test_the_deepest_file_that_is_read():
    assert YamlValues("[" * DEEPEST + "]" * DEEPEST).value is not None
    YamlValues("x" * LONGEST_FILE)


def test_lines_are_counted_from_one_by_pointer():
    assert YamlValues("a: 1\nb:\n  - x\n  - c: y\n").lines == {
        "": 1,
        "/a": 1,
        "/b": 2,
        "/b/0": 3,
        "/b/1": 4,
        "/b/1/c": 4,
    }


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(max_size=300))
def test_any_text_is_a_policy_file_or_refused(text):
    for is_json in (False, True):
        with pytest.raises(PolicyFileRefused):
            policy_file(text, is_json=is_json)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(CAREFUL_DEFAULT, JSON_LIKE)))
def test_any_document_in_yaml_is_read_or_refused(document):
    content = {"policy": "a", "name": "A", "document": document}
    with suppress(PolicyFileRefused):
        file = policy_file(yaml.safe_dump(content, allow_unicode=True))
        assert policy_document(file.document, is_demo=True)
