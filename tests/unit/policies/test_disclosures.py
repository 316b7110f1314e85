from tests.unit.policies.laws import answer

BASELINE = {"recording", "purpose", "retention", "storage", "refusal", "agent_and_company_identity"}


def said(*places, **changed):
    return {item["key"]: item for item in answer(*places, **changed)["disclosures"]}


def test_the_careful_default_tells_recording_use_storage_time_and_that_one_may_refuse():
    assert set(said("US-TX", "US-TX")) == BASELINE


def test_a_company_can_add_and_never_remove():
    nothing = {"disclosures": []}
    assert set(said("US-TX", "US-TX", document=nothing)) == BASELINE
    more = {"disclosures": ["rights_notice"], "script": {"en": {"rights_notice": "You may ask for a copy."}}}
    assert said("US-TX", "US-TX", document=more)["rights_notice"]["say"] == "You may ask for a copy."


def test_one_thing_that_many_rules_ask_is_said_once_with_all_of_them_named():
    recording = said("US-CA", "US-FL")["recording"]
    assert set(recording["rules"]) == {"BASE-RECORDING", "US-CA-REC", "US-FL-REC"}
    assert recording["severity"] == "critical"
    assert recording["by"] == "law"


def test_where_the_form_is_express_the_question_is_asked():
    question = said("US-TX", "")["consent"]
    assert (question["when"], question["severity"], question["satisfies_consent"]) == (
        "before_recording",
        "critical",
        True,
    )
    assert "consent" not in said("US-TX", "US-FL")


def test_a_regime_speaks_only_on_its_calls_and_first_call_and_later_ones_differ():
    debt = {"sector": "debt_collection", "entity": "fdcpa_debt_collector"}
    assert "mini_miranda" in said("US-TX", "US-TX", facts=debt | {"call_no": "first"})
    later = said("US-TX", "US-TX", facts=debt | {"call_no": "later"})
    assert "debt_collector_identity" in later
    assert "mini_miranda" not in later
    assert "mini_miranda" not in said("DE", "DE", facts=debt | {"call_no": "first"})


def test_card_data_is_paused_for_anywhere():
    assert (
        said("JP", "JP", facts={"content": "payment_card_sad"})["recording_paused_for_payment"]["when"]
        == "before_payment"
    )


def test_the_notice_comes_first_and_the_question_after_the_rest_of_the_opening():
    keys = [item["key"] for item in answer("US-TX", "DE")["script"]]
    assert keys[0] == "recording"
    assert keys.index("retention") < keys.index("consent")


def test_what_may_happen_later_is_kept_apart():
    given = answer("US-TX", "US-TX")
    assert {item["key"] for item in given["if_it_happens"]} >= {"refusal_honoured", "notice_to_late_joiner"}
    assert not {item["key"] for item in given["if_it_happens"]} & {item["key"] for item in given["script"]}


def test_the_slots_are_filled_with_the_companys_name_and_the_purposes():
    document = {"company": "Harbor & Vale", "script": {"en": {"recording": "{company} records this call."}}}
    given = said("US-TX", "US-TX", document=document, purposes=("training", "dispute_resolution"))
    assert given["recording"]["say"] == "Harbor & Vale records this call."
    assert given["purpose"]["say"] == "We use the recording to settle disputes and to train our team."


def test_the_registers_sample_company_never_speaks():
    for facts in (
        {"sector": "telemarketing", "channel": "outbound_sales"},
        {"sector": "insurance", "channel": "outbound_sales"},
    ):
        for place in ("US-FL", "FR", "GB", "DE"):
            for item in answer(place, place, facts=facts, direction="outbound")["disclosures"]:
                assert "Northwind" not in item["say"]
