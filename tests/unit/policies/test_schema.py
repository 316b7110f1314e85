import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from policies.domain import schema
from policies.domain.document_fields import ALLOWED
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.errors import PolicyFileRefused
from policies.domain.files import policy_file
from policies.domain.schema import document_schema, file_schema

COMMITTED = Path(schema.__file__).parents[1] / "data" / "policy.schema.json"
VALIDATOR = Draft202012Validator(file_schema())


def file_of(**document):
    return {"policy": "a", "name": "A", "document": document}


def test_the_schema_is_one_and_is_the_file_that_ships():
    Draft202012Validator.check_schema(file_schema())
    assert file_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == file_schema(), "run: manage.py policy_file schema > policies/data/policy.schema.json"


def test_it_has_every_part_of_a_document_and_no_other():
    document = document_schema()
    assert set(document["properties"]) == set(ALLOWED[""])
    for name, keys in ALLOWED.items():
        if name:
            assert set(document["properties"][name]["properties"]) == set(keys)


def test_the_defaults_it_names_are_those_of_an_empty_document():
    def defaults(shape, path=()):
        for name, part in shape["properties"].items():
            if "default" in part:
                yield (*path, name), part["default"]
            elif "properties" in part:
                yield from defaults(part, (*path, name))

    written = {}
    for path, value in defaults(document_schema()):
        part = written
        for name in path[:-1]:
            part = part.setdefault(name, {})
        part[path[-1]] = value
    assert policy_document(written) == policy_document(written | {"script": {"en": {}, "es": {}, "fr": {}, "de": {}}})
    assert policy_document({key: value for key, value in written.items() if key != "script"}) == policy_document({})


@pytest.mark.parametrize(
    "document",
    [
        {},
        CAREFUL_DEFAULT,
        {"retention": {"max_period": "P1Y6M", "min_period": None}},
        {"retention": {"max_period": "PT120S"}},
        {"scope": {"countries": ["NO", "US-CA"], "direction": ["inbound"]}},
        {"script": {"de": {"retention": "Wir bewahren sie {period} auf.", "mini_miranda": "…"}}},
        {"location": {"withheld_default": "US-CA"}},
        {"consent": {"readings": {"US-DE": "cautious"}}},
    ],
)
def test_what_the_reader_takes_the_schema_takes(document):
    VALIDATOR.validate(file_of(**document))
    policy_file(json.dumps(file_of(**document)), is_json=True)


@pytest.mark.parametrize(
    "document",
    [
        {"colour": 1},
        {"retention": {"max_period": "90 days"}},
        {"retention": {"max_period": "P"}},
        {"retention": {"max_period": "P1DT"}},
        {"retention": {"min_period": 7}},
        {"retention": {"needs_approval": "yes"}},
        {"scope": {"countries": ["Germany"]}},
        {"scope": {"direction": ["up"]}},
        {"script": {"it": {}}},
        {"script": {"en": {"retention": "No slot."}}},
        {"script": {"en": {"recording": ""}}},
        {"purposes": []},
        {"consent": {"readings": {"Delaware": "best"}}},
        {"consent": {"readings": {"US-DE": "lax"}}},
        {"contact": {"opt_out_key": "1"}},
        {"location": {"withheld_default": "x"}},
        {"language": "it"},
        {"company": "a" * 121},
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(document):
    assert list(VALIDATOR.iter_errors(file_of(**document)))
    with pytest.raises(PolicyFileRefused):
        policy_file(json.dumps(file_of(**document)), is_json=True)


@pytest.mark.parametrize("head", [{"policy": "Home"}, {"name": " "}, {"lines_of_business": ["a", "a"]}, {"word": 1}])
def test_a_wrong_head_is_refused_by_both(head):
    content = file_of() | head
    assert list(VALIDATOR.iter_errors(content))
    with pytest.raises(PolicyFileRefused):
        policy_file(json.dumps(content), is_json=True)


@pytest.mark.parametrize("missing", ["policy", "name", "document"])
def test_what_a_file_needs(missing):
    content = {key: value for key, value in file_of().items() if key != missing}
    assert list(VALIDATOR.iter_errors(content))
