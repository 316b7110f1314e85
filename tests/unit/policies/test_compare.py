import pytest

from policies.domain.compare import Change, changes
from policies.domain.documents import CAREFUL_DEFAULT, policy_document


def document(**changed):
    return policy_document(CAREFUL_DEFAULT | changed)


def compared(before, after):
    return changes(document(**before), document(**after))


def test_alike_documents_have_no_changes():
    assert compared({}, {}) == []
    assert compared({"retention": {"max_period": "P12M"}}, {"retention": {"max_period": "P1Y"}}) == []


CONSENT, RETENTION = CAREFUL_DEFAULT["consent"], CAREFUL_DEFAULT["retention"]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (
            {"summary": ""},
            {"summary": "Short."},
            Change("/summary", "In short", "nothing", "Short.", "In short: Short., before: nothing.", "other"),
        ),
        (
            {"company": "Acme"},
            {"company": "Vale"},
            Change("/company", "Company", "Acme", "Vale", "Company: Vale, before: Acme.", "other"),
        ),
        (
            {},
            {"scope": {"countries": ["DE"]}},
            Change(
                "/scope",
                "Speaks for",
                "every call",
                "calls with DE",
                "Speaks for: calls with DE, before: every call.",
                "other",
            ),
        ),
        (
            {},
            {"consent": CONSENT | {"standard": "all_party"}},
            Change(
                "/consent/standard",
                "Consent",
                "every party has to be told",
                "every party has to agree",
                "Consent: every party has to agree, before: every party has to be told. That is stricter.",
                "stricter",
            ),
        ),
        (
            {},
            {"consent": CONSENT | {"form": "none"}},
            Change(
                "/consent/form",
                "What counts as agreement",
                "staying on the line after a clear notice counts as agreement",
                "no agreement is needed",
                "What counts as agreement: no agreement is needed, before: staying on the line after a clear notice"
                " counts as agreement. That is laxer.",
                "laxer",
            ),
        ),
        (
            {},
            {"consent": CONSENT | {"reading": "cautious"}},
            Change(
                "/consent/reading",
                "How we read law",
                "the best reading",
                "the cautious reading",
                "How we read law: the cautious reading, before: the best reading. That is stricter.",
                "stricter",
            ),
        ),
        (
            {"consent": CONSENT | {"readings": {"US-DE": "cautious"}}},
            {"consent": CONSENT | {"readings": {"US-DE": "best"}}},
            Change(
                "/consent/readings/US-DE",
                "How we read law in US-DE",
                "the cautious reading",
                "the best reading",
                "How we read law in US-DE: the best reading, before: the cautious reading. That is laxer.",
                "laxer",
            ),
        ),
        (
            {},
            {"consent": CONSENT | {"readings": {"US-DE": "cautious"}}},
            Change(
                "/consent/readings/US-DE",
                "How we read law in US-DE",
                "as everywhere",
                "the cautious reading",
                "How we read law in US-DE: the cautious reading, before: as everywhere.",
                "other",
            ),
        ),
        (
            {},
            {"location": {"withheld_default": "US-CA"}},
            Change(
                "/location/withheld_default",
                "Where a caller is of whom nothing is known",
                "unknown",
                "US-CA",
                "Where a caller is of whom nothing is known: US-CA, before: unknown.",
                "other",
            ),
        ),
        (
            {},
            {"location": {"hints": "strictest"}},
            Change(
                "/location/hints",
                "Which hint counts",
                "the most trusted source of a place",
                "the strictest of all hints of a place",
                "Which hint counts: the strictest of all hints of a place, before: the most trusted source of a place."
                " That is stricter.",
                "stricter",
            ),
        ),
        (
            {},
            {"retention": RETENTION | {"needs_approval": True}},
            Change(
                "/retention/needs_approval",
                "Before anything is destroyed",
                "nobody has to approve",
                "a person approves",
                "Before anything is destroyed: a person approves, before: nobody has to approve.",
                "other",
            ),
        ),
        (
            {},
            {"pause": {"card_data": "always"}},
            Change(
                "/pause/card_data",
                "While card data are spoken",
                "the recording pauses when card data are taken",
                "the recording pauses before every payment",
                "While card data are spoken: the recording pauses before every payment, before: the recording pauses"
                " when card data are taken. That is stricter.",
                "stricter",
            ),
        ),
        (
            {},
            {"pause": {"card_data": "never"}},
            Change(
                "/pause/card_data",
                "While card data are spoken",
                "the recording pauses when card data are taken",
                "the recording does not pause",
                "While card data are spoken: the recording does not pause, before: the recording pauses when card data"
                " are taken. That is laxer.",
                "laxer",
            ),
        ),
        (
            {},
            {"on_refusal": "delete"},
            Change(
                "/on_refusal",
                "When somebody refuses",
                "recording stops, and what there is stays",
                "recording stops, and what there is is deleted",
                "When somebody refuses: recording stops, and what there is is deleted, before: recording stops, and"
                " what there is stays. That is stricter.",
                "stricter",
            ),
        ),
        (
            {"on_refusal": "delete"},
            {"on_refusal": "keep_reason_only"},
            Change(
                "/on_refusal",
                "When somebody refuses",
                "recording stops, and what there is is deleted",
                "recording stops, and the reason alone is kept",
                "When somebody refuses: recording stops, and the reason alone is kept, before: recording stops, and"
                " what there is is deleted.",
                "other",
            ),
        ),
        (
            {},
            {"language": "de"},
            Change("/language", "Language", "English", "Deutsch", "Language: Deutsch, before: English.", "other"),
        ),
        (
            {},
            {"contact": {"opt_out_key": "7"}},
            Change("/contact/opt_out_key", "Key to opt out", "9", "7", "Key to opt out: 7, before: 9.", "other"),
        ),
        (
            {},
            {"retention": RETENTION | {"min_period": "P30D"}},
            Change(
                "/retention/min_period",
                "Kept at least",
                "no minimum of our own",
                "30 days",
                "Kept at least: 30 days, before: no minimum of our own.",
                "other",
            ),
        ),
        (
            {},
            {"retention": RETENTION | {"max_period": "P91D"}},
            Change(
                "/retention/max_period",
                "Kept at most",
                "90 days",
                "91 days",
                "Kept at most: 91 days, before: 90 days. That is laxer.",
                "laxer",
            ),
        ),
        (
            {"retention": RETENTION | {"max_period": "P1M"}},
            {"retention": RETENTION | {"max_period": "P30D"}},
            Change(
                "/retention/max_period",
                "Kept at most",
                "1 month",
                "30 days",
                "Kept at most: 30 days, before: 1 month.",
                "other",
            ),
        ),
        (
            {},
            {"retention": RETENTION | {"cooling_period": "P14D"}},
            Change(
                "/retention/cooling_period",
                "Listed before it goes",
                "7 days",
                "14 days",
                "Listed before it goes: 14 days, before: 7 days. That is stricter.",
                "stricter",
            ),
        ),
        (
            {"purposes": ["training"]},
            {"purposes": ["quality_assurance", "regulatory", "training"]},
            Change(
                "/purposes",
                "Purposes",
                "",
                "quality assurance and regulatory",
                "Purposes, added: quality assurance and regulatory. That is laxer.",
                "laxer",
            ),
        ),
        (
            {},
            {"disclosures": ["recording", "purpose", "retention", "refusal"]},
            Change(
                "/disclosures",
                "What we announce",
                "how it is stored",
                "",
                "What we announce, left out: how it is stored. That is laxer.",
                "laxer",
            ),
        ),
        (
            {},
            {"script": {"es": {"recording": "Grabamos."}}},
            Change(
                "/script/es/recording",
                "Said in Spanish: that the call is recorded",
                "Le informamos de que esta llamada se graba.",
                "Grabamos.",
                "Said in Spanish: that the call is recorded. Now “Grabamos.”, before “Le informamos de que esta"
                " llamada se graba.”.",
                "other",
            ),
        ),
        (
            {"script": {"en": {"mini_miranda": "I collect a debt."}}},
            {},
            Change(
                "/script/en/mini_miranda",
                "Said in English: mini miranda",
                "I collect a debt.",
                "as the rule says it",
                "Said in English: mini miranda. Now “as the rule says it”, before “I collect a debt.”.",
                "other",
            ),
        ),
    ],
)
def test_a_change_in_words(before, after, change):
    assert compared(before, after) == [change]


def test_words_that_ship_are_no_change_and_hide_none():
    assert compared({}, {"script": {"en": {"recording": "This call is recorded."}}}) == []
    own = {"purpose": "We learn by {purposes}.", "recording": "We record."}
    found = compared({"script": {"en": own}}, {"script": {"en": own | {"recording": "We tape."}}})
    assert [(change.pointer, change.after_words) for change in found] == [("/script/en/recording", "We tape.")]


@pytest.mark.parametrize(
    ("before", "after", "words", "direction"),
    [
        ({"DE": "best"}, {"DE": "cautious"}, ("the best reading", "the cautious reading"), "stricter"),
        ({"DE": "cautious"}, {}, ("the cautious reading", "as everywhere"), "other"),
    ],
)
def test_a_place_may_be_read_otherwise_or_as_everywhere_again(before, after, words, direction):
    (found,) = compared({"consent": CONSENT | {"readings": before}}, {"consent": CONSENT | {"readings": after}})
    assert ((found.before_words, found.after_words), found.direction) == (words, direction)


def test_a_minimum_of_the_companys_own_may_go():
    (found,) = compared({"retention": RETENTION | {"min_period": "P30D"}}, {})
    assert found.sentence == "Kept at least: no minimum of our own, before: 30 days."


def test_what_came_and_what_went_are_two_changes():
    found = compared({"purposes": ["training"]}, {"purposes": ["regulatory"]})
    assert [(change.before_words, change.after_words, change.direction) for change in found] == [
        ("", "regulatory", "laxer"),
        ("training", "", "stricter"),
    ]


def test_changes_come_in_the_order_of_the_document():
    found = compared(
        {},
        {
            "script": {"de": {"recording": "Wir zeichnen auf."}, "en": {"refusal": "Tell me not to."}},
            "purposes": ["training"],
            "disclosures": [],
            "retention": {"min_period": "P1D", "max_period": "P2D", "cooling_period": "P1D", "needs_approval": True},
            "consent": {"standard": "all_party", "form": "express", "readings": {"DE": "best", "AT": "cautious"}},
            "company": "Acme",
            "summary": "All changed.",
        },
    )
    assert [change.pointer for change in found] == [
        "/summary",
        "/company",
        "/consent/standard",
        "/consent/form",
        "/retention/needs_approval",
        "/consent/readings/AT",
        "/consent/readings/DE",
        "/retention/min_period",
        "/retention/max_period",
        "/retention/cooling_period",
        "/purposes",
        "/disclosures",
        "/script/en/refusal",
        "/script/de/recording",
    ]
