import pytest

from policies.domain.calls import PURPOSES
from policies.domain.documents import CAREFUL_DEFAULT, Scope, policy_document, stored_document
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
        ({"retention": {"min_period": "PT60S"}}, "/retention/min_period"),
        ({"retention": {"cooling_period": "soon"}}, "/retention/cooling_period"),
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


def test_what_is_left_out_means_what_it_meant_before():
    document = policy_document({})
    assert document.scope == Scope((), (), (), ())
    assert (document.reading, document.readings, document.reading_of("DE")) == ("best", {}, "best")
    assert (document.withheld_default, document.hints) == (None, "best_source")
    assert (document.pause_card_data, document.language, document.opt_out_key) == ("when_taken", "en", "9")
    assert (document.scripts, document.script_in("en")) == ({}, {})
    assert (document.company, document.summary, document.disclosures) == ("our company", "", ())
    assert document.purposes == tuple(PURPOSES)


def test_what_is_written_is_read():
    document = policy_document(
        {
            "scope": {
                "direction": ["outbound", "inbound"],
                "medium": ["video", "phone"],
                "countries": ["US-CA", "DE", "DE"],
                "sectors": ["insurance", "bank"],
            },
            "consent": {"reading": "cautious", "readings": {"US-DE": "cautious", "US": "best"}},
            "location": {"withheld_default": "US-CA", "hints": "strictest"},
            "pause": {"card_data": "always"},
            "contact": {"opt_out_key": "*"},
            "language": "es",
            "script": {"es": {"retention": "Guardamos {period}."}, "de": {}},
            "company": "  Acme ",
        }
    )
    assert document.scope == Scope(("inbound", "outbound"), ("phone", "video"), ("DE", "US-CA"), ("bank", "insurance"))
    assert [document.reading_of(place) for place in ("US-DE", "US-TX", "US", "DE")] == [
        "cautious",
        "best",
        "best",
        "cautious",
    ]
    assert (document.withheld_default, document.hints) == ("US-CA", "strictest")
    assert (document.pause_card_data, document.language, document.opt_out_key) == ("always", "es", "*")
    assert document.script_in("es") == {"retention": "Guardamos {period}."}
    assert document.script_in("fr") == {}
    assert document.company == "Acme"


PLACE = "Use an ISO 3166 code: a country such as DE, or a part such as US-CA."


@pytest.mark.parametrize(
    ("document", "pointer", "detail"),
    [
        ({"scope": {"countries": ["Germany"]}}, "/scope/countries/0", PLACE),
        ({"scope": {"countries": ["DE", "US-XX"]}}, "/scope/countries/1", PLACE),
        ({"scope": {"countries": "DE"}}, "/scope/countries", "Send a list."),
        ({"scope": {"countries": [7]}}, "/scope/countries", "Send a list."),
        ({"scope": {"direction": ["up"]}}, "/scope/direction/0", "Use one of: inbound, outbound, internal."),
        ({"scope": {"medium": ["fax"]}}, "/scope/medium/0", "Use one of: phone, video, in_person."),
        ({"scope": {"colour": []}}, "/scope/colour", "Unknown; scope has countries, direction, medium, sectors."),
        ({"scope": []}, "/scope", "Send an object."),
        ({"consent": {"readings": {"Delaware": "best"}}}, "/consent/readings/Delaware", PLACE),
        ({"consent": {"readings": {"US-DE": "lax"}}}, "/consent/readings/US-DE", "Use one of: best, cautious."),
        (
            {"consent": {"readings": ["US-DE"]}},
            "/consent/readings",
            'Send an object, such as {"US-DE": "cautious"}.',
        ),
        ({"location": {"withheld_default": "nowhere"}}, "/location/withheld_default", PLACE),
        ({"location": {"withheld_default": 1}}, "/location/withheld_default", PLACE),
        ({"location": {"hints": "some"}}, "/location/hints", "Use one of: best_source, strictest."),
        ({"pause": {"card_data": "maybe"}}, "/pause/card_data", "Use one of: always, when_taken, never."),
        ({"pause": {"card_data": ["always"]}}, "/pause/card_data", "Use one of: always, when_taken, never."),
        (
            {"contact": {"opt_out_key": "1"}},
            "/contact/opt_out_key",
            "Use one of: 0, 2, 3, 4, 5, 6, 7, 8, 9, *, #.",
        ),
        ({"language": "it"}, "/language", "Use one of: en, es, fr, de."),
        ({"script": {"it": {}}}, "/script/it", "Use one of: en, es, fr, de."),
        ({"script": {"es": []}}, "/script/es", "Send an object of texts by key."),
        ({"script": []}, "/script", 'Send an object by language, such as {"en": {"recording": "…"}}.'),
        (
            {"script": {"es": {"recording": " "}}},
            "/script/es/recording",
            "Send the words to say, at most 1000 characters.",
        ),
        (
            {"script": {"es": {"recording": "a" * 1001}}},
            "/script/es/recording",
            "Send the words to say, at most 1000 characters.",
        ),
        (
            {"script": {"es": {"retention": "Guardamos {weeks}."}}},
            "/script/es/retention",
            "weeks is no slot. Use {company}, {period}, {purposes}, {yes_key}, {opt_out_key}.",
        ),
        (
            {"script": {"fr": {"retention": "Nous le gardons."}}},
            "/script/fr/retention",
            "Say it with {period}; without it the text does not say what it has to."
            " Allowed: {company}, {period}, {purposes}, {yes_key}, {opt_out_key}.",
        ),
        ({"company": "a" * 121}, "/company", "Send text of at most 120 characters."),
        ({"summary": "a" * 501}, "/summary", "Send text of at most 500 characters."),
        ({"summary": 7}, "/summary", "Send text of at most 500 characters."),
        ({"retention": {"max_period": 90}}, "/retention/max_period", "Write a period as text, such as P90D."),
        ({"retention": {"needs_approval": 1}}, "/retention/needs_approval", "Send true or false."),
        (
            {"retention": {"min_period": "P1M", "max_period": "P30D"}},
            "/retention/min_period",
            "The minimum P1M ends later than the maximum P30D for a call of 2024-01-01."
            " Shorten the one or lengthen the other.",
        ),
        (
            {"retention": {"cooling_period": "PT60S"}},
            "/retention/cooling_period",
            "Hours and seconds are for demo lines. Write days, months or years.",
        ),
        (
            {"colour": 1},
            "/colour",
            "Unknown; a policy has company, consent, contact, disclosures, language, location, on_refusal, pause,"
            " purposes, retention, scope, script, summary.",
        ),
        (
            {"purposes": []},
            "/purposes",
            "Name at least one purpose; a recording without one may not be made.",
        ),
    ],
)
def test_a_wrong_field_says_what_is_allowed(document, pointer, detail):
    assert problems(document) == {pointer: detail}


def test_the_longest_texts_pass():
    document = policy_document(
        {"company": "a" * 120, "summary": "b" * 500, "script": {"en": {"recording": "c" * 1000}}}
    )
    assert (len(document.company), len(document.summary)) == (120, 500)


def test_a_refusal_says_that_errors_names_each_place():
    with pytest.raises(DocumentRefused, match=r"^The policy document needs mending; errors names each place\.$"):
        policy_document({"colour": 1})
    with pytest.raises(DocumentRefused, match=r"^A policy document is an object\.$"):
        policy_document(None)


def test_empty_periods_are_as_they_ship_and_an_empty_minimum_is_none():
    document = policy_document({"retention": {"min_period": "", "max_period": "", "cooling_period": None}})
    assert (document.min_period, document.max_period.text, document.cooling.text) == (None, "P90D", "P7D")


def test_the_same_length_as_minimum_and_maximum_passes():
    assert policy_document({"retention": {"min_period": "P1Y", "max_period": "P12M"}}).min_period.months == 12


def test_a_stored_document_is_read_whatever_was_added_to_the_checks():
    raw = {"script": {"en": {"retention": "We keep it for a while."}}, "retention": {"max_period": "PT120S"}}
    document = stored_document(raw)
    assert document.script_in("en") == {"retention": "We keep it for a while."}
    assert document.max_period.seconds == 120
    with pytest.raises(DocumentRefused):
        stored_document({"colour": "red"})
    with pytest.raises(DocumentRefused):
        policy_document(raw, is_demo=True)


def test_lists_come_in_the_order_of_the_closed_list():
    document = policy_document(
        {"purposes": ["training", "quality_assurance"], "disclosures": ["refusal", "recording", "rights_notice"]}
    )
    assert document.purposes == ("quality_assurance", "training")
    assert document.disclosures == ("recording", "refusal", "rights_notice")
