"""The editor's fields: a document goes in and comes out alike, and what is wrong stands at its field."""

import pytest

from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.forms.document import SCRIPTED, document_of, field_at, initial_of
from policies.forms.editor import PolicyForm, Unsettled
from policies.views.previewing import readable

CODES = {"US-TX": "Texas", "DE": "Germany", "US-NV": "Nevada"}
FULL = {
    "summary": "Insurance calls with Germany.",
    "company": "Harbor & Vale",
    "contact": {"opt_out_key": "5"},
    "scope": {"direction": ["inbound"], "medium": ["phone"], "countries": ["DE"], "sectors": ["insurance"]},
    "consent": {"standard": "all_party", "form": "express", "reading": "best", "readings": {"US-NV": "cautious"}},
    "location": {"withheld_default": "US-TX", "hints": "strictest"},
    "retention": {"min_period": "P1Y", "max_period": "P3Y6M", "cooling_period": "P14D", "needs_approval": True},
    "pause": {"card_data": "always"},
    "purposes": ["quality_assurance", "training"],
    "disclosures": ["recording", "rights_notice"],
    "on_refusal": "delete",
    "language": "de",
    "script": {"de": {"retention": "Wir behalten die Aufnahme {period}."}, "en": {"recording": "We record this."}},
}


@pytest.fixture
def form(db):
    def build(base, **options):
        from accounts.models import LineOfBusiness

        unsettled = [Unsettled("US-NV", "Nevada", "One party", "All parties")]
        return PolicyForm(
            base=base, lines=LineOfBusiness.objects.all(), is_new=False, codes=CODES, unsettled=unsettled, **options
        )

    return build


def sent(form):
    """What a browser sends back when nobody touched anything."""
    values = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            values |= {bound.html_name: "on"} if value else {}
        elif value is not None:
            values[bound.html_name] = value
    return values


@pytest.mark.parametrize("document", [CAREFUL_DEFAULT, FULL], ids=["as it ships", "everything filled in"])
def test_a_document_that_nobody_touched_comes_out_as_it_went_in(form, document):
    again = form(document, data=sent(form(document)))
    assert again.is_valid(), again.errors
    assert policy_document(again.document()) == policy_document(document)


def test_words_under_a_key_that_has_no_field_are_not_lost(form):
    base = FULL | {"script": {"en": {"do_not_call_notice": "You can ask us not to call."}}}
    assert "do_not_call_notice" not in SCRIPTED
    again = form(base, data=sent(form(base)))
    assert again.is_valid(), again.errors
    assert again.document()["script"]["en"] == base["script"]["en"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("scope_countries", "DE, Texas", "The register has no TEXAS"),
        ("withheld_default", "Texas", "such as US-TX"),
        ("max_period", "7 fortnights", "Write years, months or days"),
        ("next_review_on", "2020-01-01", "Choose a later day."),
    ],
)
def test_what_a_field_cannot_hold_is_told_there_with_what_it_can(form, field, value, says):
    wrong = form(FULL, data=sent(form(FULL)) | {field: value})
    assert not wrong.is_valid()
    assert says in wrong.errors[field][0]


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("/script/es/retention", "say_es_retention"),
        ("/script/xx", None),
        ("/scope/countries/0", "scope_countries"),
        ("/consent/readings/US-NV", "reading_US-NV"),
        ("/consent/standard", "standard"),
        ("/retention/min_period", "min_period"),
        ("/location/withheld_default", "withheld_default"),
        ("/pause/card_data", "card_data"),
        ("/purposes/3", "purposes"),
        ("/on_refusal", "on_refusal"),
        ("", None),
    ],
)
def test_a_pointer_into_the_document_names_the_field_that_it_is_about(form, pointer, name):
    assert field_at(pointer, form(FULL).fields) == name


def test_what_the_document_refuses_stands_at_its_field(form):
    refused = form(FULL, data=sent(form(FULL)))
    assert refused.is_valid()
    refused.refuse([{"pointer": "/script/de/consent", "detail": "Say it with {yes_key}."}])
    assert refused.errors["say_de_consent"] == ["Say it with {yes_key}."]
    groups = {group.key: group for group in refused.groups()}
    assert [fold.is_open for fold in groups["words"].folds] == [True, False, False, True]


def test_while_somebody_writes_a_wrong_text_the_rest_of_the_script_can_still_be_looked_at():
    raw = document_of(initial_of(FULL) | {"say_de_retention": "{perod}"}, FULL)
    document, wrong = readable(raw | {"scope": FULL["scope"]}, is_demo=False)
    assert [item["pointer"] for item in wrong] == ["/script/de/retention"]
    assert document is not None
    assert document.script_in("de") == {}
    document, wrong = readable(FULL | {"purposes": []}, is_demo=False)
    assert document is None
    assert wrong[0]["pointer"] == "/purposes"
