import pytest

from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.errors import DocumentRefused


def problems(document, **options):
    with pytest.raises(DocumentRefused) as refused:
        policy_document(document, **options)
    return {field["pointer"]: field["detail"] for field in refused.value.fields}


def test_the_careful_default_is_a_document():
    document = policy_document(CAREFUL_DEFAULT)
    assert (document.max_period.text, document.min_period, document.cooling.text) == ("P90D", None, "P7D")


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"retention": {"min_period": "P2Y", "max_period": "P1Y"}}, "/retention/min_period"),
        ({"retention": {"max_period": "3 years"}}, "/retention/max_period"),
        ({"retention": {"max_period": 90}}, "/retention/max_period"),
        ({"retention": {"max_period": "PT120S"}}, "/retention/max_period"),
        ({"retention": {"needs_approval": "yes"}}, "/retention/needs_approval"),
        ({"retention": []}, "/retention"),
        ({"consent": {"standard": "lax"}}, "/consent/standard"),
        ({"consent": {"colour": "red"}}, "/consent/colour"),
        ({"purposes": ["fun"]}, "/purposes/0"),
        ({"purposes": []}, "/purposes"),
        ({"disclosures": ["weather"]}, "/disclosures/0"),
        ({"on_refusal": "shrug"}, "/on_refusal"),
        ({"script": {"it": {}}}, "/script/it"),
        ({"script": {"en": {"recording": "{secret} records"}}}, "/script/en/recording"),
        ({"script": {"en": {"recording": "{company.__class__}"}}}, "/script/en/recording"),
        ({"script": {"en": {"recording": "{company"}}}, "/script/en/recording"),
        ({"script": {"en": {"recording": "{}"}}}, "/script/en/recording"),
        ({"colour": "red"}, "/colour"),
        ("text", ""),
    ],
)
def test_each_wrong_field_is_named(document, pointer):
    assert pointer in problems(document)


def test_everything_wrong_is_told_at_once():
    assert len(problems({"consent": {"standard": "lax"}, "on_refusal": "shrug", "colour": "red"})) == 3


def test_demo_lines_may_count_in_seconds():
    assert policy_document({"retention": {"max_period": "PT120S"}}, is_demo=True).max_period.seconds == 120
