"""Representative calls, whose answers were read out of the register's rows by hand."""

from dataclasses import dataclass, field

import pytest

from tests.unit.policies.laws import answer

LAX = {"consent": {"standard": "one_party", "form": "none"}}  # so that what is seen is what law asks
STATUTE = {
    "US-FL": "Fla. Stat. 934.03(2)(d), 934.10",
    "US-CA": "Cal. Penal Code 632, 632.7, 637.2; CPUC General Order 107-B",
    "US-IL": "720 ILCS 5/14-1, 14-2, 14-3(j), 14-6",
    "DE": "StGB s. 201; GDPR; TDDDG s. 3",
    "GB": "Investigatory Powers Act 2016 ss. 3, 46; SI 2018/356; UK GDPR; DPA 2018",
    "CA": "Criminal Code s. 184(2)(a); PIPEDA ss. 5(3), 6.1, Sch. 1 cl. 4.2-4.3, 4.5",
    "AU-VIC": "Telecommunications (Interception and Access) Act 1979 ss. 6, 7; Privacy Act 1988 (APP 3, 5);"
    " Surveillance Devices Act 1999 (Vic) ss. 6, 11",
    "WpHG": "WpHG s. 83(3)-(8)",
    "SYSC": "FCA Handbook SYSC 10A.1.6R-1.15R",
}
ORDER_CALL = {"sector": "securities", "activity": "client_order"}
COLLECTOR = {"sector": "debt_collection", "entity": "fdcpa_debt_collector", "call_no": "first"}
CONSENT = "consent"


@dataclass
class Read:
    """What the rows say: the consent, whose place decides and its citation, the periods, what is cited for each key."""

    consent: tuple[str, str]
    cause: tuple[str | None, str]
    periods: tuple[str | None, str | None] = (None, None)
    must_record: bool = False
    says: dict[str, str] = field(default_factory=dict)
    not_said: tuple[str, ...] = ()


EU_SAYS = {
    "recording": "GDPR arts. 5(1)(a), 13(1)",
    "purpose": "GDPR art. 13(1)(c)",
    "retention": "GDPR art. 13(2)(a)",
    "controller_identity": "GDPR art. 13(1)(a)-(b)",
    "rights_notice": "GDPR arts. 13(2)(b)-(d), 21(4)",
}
GB_SAYS = {
    "recording": "SI 2018/356 reg. 6; UK GDPR art. 13",
    "purpose": "UK GDPR art. 13(1)(c)",
    "retention": "UK GDPR art. 13(2)(a)",
    "controller_identity": "UK GDPR art. 13(1)(a)-(b)",
}
NOTICE_IS_CONSENT = ("all_party", "implied_by_notice")
UNKNOWN = Read(("all_party", "express"), (None, ""), says={CONSENT: "Product baseline for express-consent places"})

CALLS = {
    "Texas calls Florida": (
        ("US-TX", "US-FL"),
        {},
        Read(NOTICE_IS_CONSENT, ("US-FL", STATUTE["US-FL"]), says={"recording": "Fla. Stat. 934.03(2)(d)"}),
    ),
    "California calls Texas": (
        ("US-CA", "US-TX"),
        {},
        Read(NOTICE_IS_CONSENT, ("US-CA", STATUTE["US-CA"]), not_said=(CONSENT,)),
    ),
    "Texas calls California": (
        ("US-TX", "+12135550142"),
        {},
        Read(
            NOTICE_IS_CONSENT,
            ("US-CA", STATUTE["US-CA"]),
            says={"recording": "Cal. Penal Code 632, 632.7; Kearney v. Salomon Smith Barney (2006)"},
        ),
    ),
    "Germany": (
        ("DE", "DE"),
        {},
        Read(("all_party", "express"), ("DE", STATUTE["DE"]), says=EU_SAYS | {CONSENT: "StGB s. 201; GDPR art. 7"}),
    ),
    "a client's order in Germany, where the duty stands in for consent": (
        ("DE", "DE"),
        {"facts": ORDER_CALL},
        Read(
            ("basis_required", "none"),
            ("DE", STATUTE["WpHG"]),
            ("P5Y", "P7Y"),
            must_record=True,
            says=EU_SAYS,
            not_said=(CONSENT,),
        ),
    ),
    "Texas calls the United Kingdom": (
        ("US-TX", "+442079460958"),
        {},
        Read(("basis_required", "none"), ("GB", STATUTE["GB"]), says=GB_SAYS, not_said=(CONSENT,)),
    ),
    "a client's order in the United Kingdom": (
        ("GB", "GB"),
        {"facts": ORDER_CALL},
        Read(("basis_required", "none"), ("GB", STATUTE["SYSC"]), ("P5Y", "P7Y"), must_record=True, says=GB_SAYS),
    ),
    "Ontario, which falls back to Canada": (
        ("US-TX", "+14165550142"),
        {},
        Read(
            ("basis_required", "implied_by_notice"),
            ("CA-ON", STATUTE["CA"]),
            says={
                "recording": "PIPEDA Sch. 1 cl. 4.2-4.3; federal guidelines on recording customer calls",
                "purpose": "PIPEDA Sch. 1 cl. 4.2.3",
                "refusal": "Federal guidelines on recording customer telephone calls",
            },
        ),
    ),
    "Illinois, with a voiceprint": (
        ("US-TX", "US-IL"),
        {"facts": {"content": "voiceprint"}},
        Read(
            NOTICE_IS_CONSENT,
            ("US-IL", STATUTE["US-IL"]),
            (None, "P1Y"),  # Texas' year after the purpose is shorter than Illinois' three
            says={"recording": "720 ILCS 5/14-1, 14-2"},
        ),
    ),
    "a number that is not known": (("US-TX", ""), {}, UNKNOWN),
    "a toll-free number": (("US-TX", "+18005550100"), {}, UNKNOWN),
    "Australia, the state not known": (
        ("US-TX", "+61291234567"),
        {},
        Read(
            ("all_party", "express"),
            ("AU", ""),
            says={
                "recording": "Telecommunications (Interception and Access) Act 1979 s. 6; APP 5",
                "purpose": "Privacy Act 1988 APP 5.2",
                CONSENT: "Product baseline for express-consent places",
            },
        ),
    ),
    "Victoria, where the federal act asks for more than the state's": (
        ("AU-VIC", "AU-VIC"),
        {},
        Read(("notice_required", "none"), ("AU-VIC", STATUTE["AU-VIC"]), not_said=(CONSENT,)),
    ),
    "a debt collector's first call": (
        ("US-TX", "US-FL"),
        {"facts": COLLECTOR, "direction": "outbound"},
        Read(
            NOTICE_IS_CONSENT,
            ("US-FL", STATUTE["US-FL"]),
            ("P3Y", None),
            says={
                "mini_miranda": "12 CFR 1006.18(e)(1); 15 U.S.C. 1692e(11)",
                "right_party_verified": "12 CFR 1006.6(d); 15 U.S.C. 1692c(b)",
            },
            not_said=("debt_collector_identity",),
        ),
    ),
    "a sale of a Medicare plan": (
        ("US-TX", "US-FL"),
        {"facts": {"sector": "medicare", "channel": "sales"}},
        Read(
            NOTICE_IS_CONSENT,  # a duty of the United States does not stand in for Florida's consent
            ("US-FL", STATUTE["US-FL"]),
            ("P6Y", None),
            must_record=True,
            says={
                "tpmo_disclaimer": "42 CFR 422.2267(e)(41), 423.2267(e)(41)",
                "scope_of_appointment": "42 CFR 422.2264(c)(3), 423.2264(c)(3)",
            },
        ),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_answer_is_what_the_rows_say(name):
    places, about, read = CALLS[name]
    given = answer(*places, document=LAX, **about)
    law, cause = given["law"], given["consent"]["because_of"]
    assert (law["consent"]["standard"], law["consent"]["form"]) == read.consent
    assert (cause["jurisdiction"], cause["citation"]) == read.cause
    assert (law["min_period"], law["max_period"]) == read.periods
    assert given["must_record"] is read.must_record
    cited = {item["key"]: item["citation"] for item in given["disclosures"]}
    assert {key: cited.get(key) for key in read.says} == read.says
    assert not set(read.not_said) & set(cited)
    assert {"recording", "purpose", "retention", "storage", "refusal"} <= set(cited)


def test_the_right_person_is_found_before_the_debt_is_named():
    script = [item["key"] for item in answer("US-TX", "US-FL", facts=COLLECTOR, direction="outbound")["script"]]
    assert script.index("right_party_verified") < script.index("mini_miranda")
    assert script.index("right_party_verified") < script.index("call_purpose")


def test_a_yes_for_texas_does_not_swallow_the_signed_form_that_illinois_wants():
    asked = [
        (item["citation"], "form" in item["say"])
        for item in answer("US-TX", "US-IL", facts={"content": "voiceprint"})["disclosures"]
        if item["key"] == "biometric_consent"
    ]
    assert asked == [("740 ILCS 14/15(b)", True), ("Tex. Bus. & Com. Code 503.001(b)", False)]


def test_nobody_is_told_that_a_call_goes_on_unrecorded_where_law_orders_the_recording():
    words = {"script": {"en": {"refusal": "Say so, and I will stop the recording."}}}
    for document in (LAX, LAX | words):
        said = {item["key"]: item["say"] for item in answer("DE", "DE", facts=ORDER_CALL, document=document)["script"]}
        assert "end the call" in said["refusal"]
    said = {item["key"]: item["say"] for item in answer("DE", "DE", document=LAX | words)["script"]}
    assert said["refusal"] == "Say so, and I will stop the recording."


def test_a_company_that_wants_a_yes_asks_for_it_also_where_a_duty_stands_in():
    strict = {"consent": {"standard": "all_party", "form": "express"}}
    assert CONSENT in {item["key"] for item in answer("DE", "DE", facts=ORDER_CALL, document=strict)["disclosures"]}


def test_a_duty_of_one_place_does_not_silence_the_question_of_another():
    said = {item["key"]: item for item in answer("DE", "US-PR", facts=ORDER_CALL, document=LAX)["disclosures"]}
    assert said[CONSENT]["rules"] == ["BASE-CONSENT", "US-PR-CONSENT"]
