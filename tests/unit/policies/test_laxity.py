from dataclasses import replace
from datetime import date

import pytest

from compliance_site.demo.policies import FIRST_VERSIONS, IN_REVIEW, SCHEDULED
from policies.domain.conditions import condition
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.languages import BY_CODE
from policies.domain.law import RetentionRule
from policies.domain.laxity import Laxer, against_default, against_law
from tests.unit.policies.laws import shipped_law

DAY = date(2026, 11, 24)


def refused(document, law=None, day=DAY):
    return against_law(policy_document(document, is_demo=True), law or shipped_law(), day)


def warned(**changed):
    found = against_default(policy_document(CAREFUL_DEFAULT | changed))
    return [(warning.pointer, warning.detail) for warning in found]


def scoped(*countries, **changed):
    scope = {key: changed.pop(key) for key in ("direction", "medium", "sectors") if key in changed}
    return {"scope": {"countries": list(countries)} | scope} | changed


def consent(standard, form="implied_by_notice", **more):
    return {"consent": {"standard": standard, "form": form} | more}


def rule(code, when, *, minimum="", maximum="", **changed):
    usual = {
        "code": code,
        "citation": f"{code} s. 1",
        "confidence": "high",
        "verify_note": "",
        "applies_when": condition(when),
        "record_kind": "call_recording",
        "min_period": minimum,
        "max_period": maximum,
        "trigger": "recording_created",
        "must_record": False,
        "legal_authority_to_record": False,
        "summary": "",
    }
    return RetentionRule(**usual | changed)


def law_with(*rules, **changed):
    law = shipped_law()
    return replace(law, retention=tuple(rules), digest="with", **changed)


# --- consent ---


def test_a_policy_for_california_has_to_ask_everybody():
    assert refused(scoped("US-CA")) == [
        Laxer(
            "US-CA",
            "Cal. Penal Code 632, 632.7, 637.2; CPUC General Order 107-B",
            "The policy speaks for calls with US-CA and says: every party has to be told.",
            "In California every party has to agree. Ask for that, or take US-CA out of the scope.",
            "/consent/standard",
        )
    ]
    assert refused(scoped("US-CA") | consent("all_party")) == []


def test_the_detail_names_rule_and_citation():
    (found,) = refused(scoped("US-CA"))
    assert found.detail == (
        "The policy speaks for calls with US-CA and says: every party has to be told. In California every party has to"
        " agree. Ask for that, or take US-CA out of the scope."
        " (US-CA: Cal. Penal Code 632, 632.7, 637.2; CPUC General Order 107-B)"
    )


def test_every_country_of_the_scope_is_asked():
    found = refused(scoped("DE", "US-CA", "US-TX"))
    assert [(item.rule, item.pointer) for item in found] == [
        ("DE", "/consent/standard"),
        ("DE", "/consent/form"),
        ("US-CA", "/consent/standard"),
    ]
    assert refused(scoped("DE", "US-CA", "US-TX") | consent("all_party", "express")) == []


def test_the_form_alone_may_be_too_lax():
    (found,) = refused(scoped("DE") | consent("all_party"))
    assert (found.pointer, found.asks) == (
        "/consent/form",
        "In Germany a yes, a key press or another active step is needed. Ask for that, or take DE out of the scope.",
    )


@pytest.mark.parametrize("countries", [(), ("US",), ("EU",), ("US-TX",), ("US", "AU")])
def test_where_one_party_is_enough_or_no_single_rule_decides_nothing_is_refused(countries):
    assert refused(scoped(*countries) | consent("one_party", "none")) == []


def test_a_place_without_a_rule_asks_nothing_and_hides_no_other_place():
    lax = consent("one_party", "none")
    assert refused(scoped("KE") | lax) == []
    for scope in (scoped("KE", "US-CA"), scoped("US", "US-CA")):
        assert {item.rule for item in refused(scope | lax)} == {"US-CA"}


def test_the_medium_of_the_scope_chooses_the_rule():
    lax = consent("one_party", "none")
    assert shipped_law().rule_of("US-OR", DAY).telephone_rule == "one_party"
    assert refused(scoped("US-OR") | lax) == []
    assert refused(scoped("US-OR", medium=["phone"]) | lax) == []
    for medium in (["in_person"], ["phone", "in_person"], ["video"]):
        assert {item.rule for item in refused(scoped("US-OR", medium=medium) | lax)} == {"US-OR"}


def test_the_chosen_reading_counts():
    assert refused(scoped("US-MI") | consent("one_party", "none")) == []
    cautious = scoped("US-MI") | consent("one_party", "none", readings={"US-MI": "cautious"})
    assert {item.rule for item in refused(cautious)} == {"US-MI"}


def test_a_duty_that_is_itself_the_ground_needs_no_consent():
    lax = scoped("DE", sectors=["securities"]) | consent("basis_required", "none")
    assert len(refused(lax)) == 2
    duty = rule("EU-DUTY", "jurisdiction=EU;sector=securities", must_record=True, legal_authority_to_record=True)
    assert refused(lax, law_with(duty)) == []
    assert len(refused(scoped("DE") | consent("basis_required", "none"), law_with(duty))) == 2


# --- retention ---


def minimum_found(document, *rules):
    return [item for item in refused(document, law_with(*rules)) if item.pointer == "/retention/max_period"]


KEEP = rule("XX-KEEP", "jurisdiction=US;sector=health", minimum="P1Y")


def test_a_maximum_below_a_minimum_of_law_for_every_call_is_refused():
    document = scoped("US-TX", sectors=["health"], retention={"max_period": "P364D"})
    assert minimum_found(document, KEEP) == [
        Laxer(
            "XX-KEEP",
            "XX-KEEP s. 1",
            "The policy keeps recordings for 364 days at most.",
            "The law asks for 1 year at least on every call of its scope. Keep them as long.",
            "/retention/max_period",
        )
    ]
    assert minimum_found(document | {"retention": {"max_period": "P366D"}}, KEEP) == []
    assert minimum_found(document | {"retention": {"max_period": "P12M"}}, KEEP) == []


@pytest.mark.parametrize(
    ("scope", "binds"),
    [
        (scoped("US-TX", "US-FL", sectors=["health"]), True),
        (scoped("US", sectors=["health"]), True),
        (scoped("US-TX", "DE", sectors=["health"]), False),
        (scoped("US-TX"), False),
        (scoped("US-TX", sectors=["health", "bank"]), False),
        (scoped(sectors=["health"]), False),
    ],
)
def test_a_minimum_counts_where_it_binds_every_call_of_the_scope(scope, binds):
    assert bool(minimum_found(scope | {"retention": {"max_period": "P30D"}}, KEEP)) is binds


@pytest.mark.parametrize(
    ("when", "scope", "binds"),
    [
        ("sector=health", scoped(sectors=["health"]), True),
        ("sector=health|bank", scoped(sectors=["health"]), True),
        ("sector=health;entity=bank", scoped(sectors=["health"]), False),
        ("direction=outbound", scoped(direction=["outbound"]), True),
        ("direction=outbound", scoped(direction=["outbound", "inbound"]), False),
        ("medium=in_person|video", scoped(medium=["video"]), True),
        ("medium=in_person", scoped(), False),
        ("", scoped(), True),
    ],
)
def test_every_clause_has_to_follow_from_the_scope(when, scope, binds):
    found = minimum_found(scope | {"retention": {"max_period": "P30D"}}, rule("XX", when, minimum="P1Y"))
    assert bool(found) is binds


def test_only_rules_about_recordings_count():
    other = replace(KEEP, record_kind="order_record")
    assert minimum_found(scoped("US-TX", sectors=["health"]), other) == []


def test_a_rule_of_another_day_does_not_count():
    later = replace(KEEP, effective_from=date(2027, 1, 1))
    document = policy_document(scoped("US-TX", sectors=["health"]))
    law = law_with(later)
    assert against_law(document, law, date(2026, 12, 31)) == []
    assert [item.rule for item in against_law(document, law, date(2027, 1, 1))] == ["XX-KEEP"]


def test_no_rule_counts_before_its_day():
    eve, day = date(2026, 12, 31), date(2027, 1, 1)
    later = tuple(replace(row, effective_from=day) for row in shipped_law().disclosures)
    duty = rule("DE-DUTY", "jurisdiction=DE;sector=securities", must_record=True, legal_authority_to_record=True)
    law = law_with(replace(DROP, effective_from=day), replace(duty, effective_from=day), disclosures=later)
    kept = scoped("FR") | consent("all_party", "express") | {"retention": {"min_period": "P7M", "max_period": "P1Y"}}
    for document, found in (
        (kept, ["/retention/min_period"]),
        ({"pause": {"card_data": "never"}}, ["/pause/card_data"]),
        ({"script": {"en": {"recording": "Hello."}}}, ["/script/en/recording"]),
    ):
        assert refused(document, law, eve) == []
        assert [item.pointer for item in refused(document, law, day)] == found
    on_duty = scoped("DE", sectors=["securities"]) | consent("basis_required", "none")
    assert len(refused(on_duty, law, eve)) == 2
    assert refused(on_duty, law, day) == []


def maximum_found(document, *rules):
    return [item for item in refused(document, law_with(*rules)) if item.pointer == "/retention/min_period"]


DROP = rule("XX-DROP", "jurisdiction=FR", maximum="P6M")


def test_a_minimum_over_a_maximum_of_law_anywhere_in_the_scope_is_refused():
    document = scoped("DE", "FR", retention={"min_period": "P7M", "max_period": "P1Y"})
    assert maximum_found(document, DROP) == [
        Laxer(
            "XX-DROP",
            "XX-DROP s. 1",
            "The policy keeps recordings for 7 months at least.",
            "The law allows 6 months at most. Keep them no longer.",
            "/retention/min_period",
        )
    ]
    other = replace(DROP, code="XX-AFTER-CONTRACT", trigger="contract_end")  # is passed over
    assert [item.rule for item in maximum_found(document, other, replace(DROP, code="XX-Z"))] == ["XX-Z"]
    assert maximum_found(document | {"retention": {"min_period": "P6M", "max_period": "P1Y"}}, DROP) == []
    assert maximum_found(document | {"retention": {"max_period": "P1Y"}}, DROP) == []
    assert maximum_found(scoped("DE", retention={"min_period": "P7M", "max_period": "P1Y"}), DROP) == []
    assert maximum_found(document, replace(DROP, trigger="contract_end")) == []
    assert maximum_found(document, replace(DROP, max_period="", min_period="")) == []


# --- card data ---


def test_never_to_pause_is_refused_but_inside_the_company():
    (found,) = refused({"pause": {"card_data": "never"}})
    assert found == Laxer(
        "PCI-PAUSE",
        "PCI DSS v4.0.1 req. 3.3.1",
        "The policy never pauses the recording.",
        "A card's security code may not be recorded. Pause when card data are taken, or always.",
        "/pause/card_data",
    )
    for pause in ("when_taken", "always"):
        assert refused({"pause": {"card_data": pause}}) == []
    assert refused(scoped(direction=["internal"]) | {"pause": {"card_data": "never"}}) == []
    assert len(refused(scoped(direction=["internal", "inbound"]) | {"pause": {"card_data": "never"}})) == 1


def test_without_a_rule_about_cards_nothing_is_refused():
    assert refused({"pause": {"card_data": "never"}}, law_with(disclosures=())) == []


# --- the script ---


@pytest.mark.parametrize(
    ("code", "key", "text", "rule_code", "says", "asks"),
    [
        (
            "en",
            "recording",
            "Hello there.",
            "EU-GDPR-REC",
            "The English words under recording do not speak of recording.",
            "They have to say that the call is recorded.",
        ),
        (
            "es",
            "recording",
            "Buenos días.",
            "EU-GDPR-REC",
            "The Spanish words under recording do not speak of recording.",
            "They have to say that the call is recorded.",
        ),
        (
            "de",
            "refusal",
            "Alles ist gut.",
            "CA-ALTERNATIVE",
            "The German words under refusal do not offer to refuse.",
            "They have to say that they may refuse.",
        ),
        (
            "fr",
            "controller_identity",
            "Nous sommes responsables.",
            "EU-GDPR-IDENT",
            "The French words under controller_identity do not name the company.",
            "They have to say who is responsible for the data.",
        ),
    ],
)
def test_own_words_have_to_say_what_their_key_is_for(code, key, text, rule_code, says, asks):
    (found,) = refused({"script": {code: {key: text}}})
    assert (found.rule, found.says, found.asks, found.pointer) == (rule_code, says, asks, f"/script/{code}/{key}")
    assert found.citation == next(row.citation for row in shipped_law().disclosures if row.code == rule_code)


@pytest.mark.parametrize(
    ("code", "key", "text"),
    [
        ("en", "recording", "We TAPED this call."),
        ("de", "recording", "Wir nehmen eine AUFNAHME."),
        ("en", "refusal", "Press {opt_out_key} now."),
        ("en", "agent_and_company_identity", "It is {company}."),
        ("en", "agent_and_company_identity", "It is HARBOR."),
        ("en", "storage", "Anything."),
        ("en", "mini_miranda", "Anything."),
    ],
)
def test_own_words_that_say_it_pass(code, key, text):
    assert refused({"company": "Harbor", "script": {code: {key: text}}}) == []


def test_what_ships_passes_in_every_language():
    script = {code: dict(language.texts) for code, language in BY_CODE.items()}
    assert refused({"script": script}) == []


def test_words_that_no_rule_of_the_scope_asks_for_may_say_anything():
    text = {"script": {"en": {"controller_identity": "We are."}}}
    assert refused(scoped("US-TX") | text) == []
    assert [item.rule for item in refused(scoped("GB") | text | consent("basis_required"))] == ["GB-IDENT"]


# --- the whole ---


@pytest.mark.parametrize("document", [CAREFUL_DEFAULT, IN_REVIEW[1], SCHEDULED[3], *FIRST_VERSIONS.values()])
def test_what_ships_asks_no_less_than_law(document):
    assert refused(document) == []


def test_points_come_in_the_order_of_the_document():
    document = scoped("US-CA", sectors=["health"], pause={"card_data": "never"})
    document |= {"retention": {"max_period": "P30D"}, "script": {"en": {"recording": "Hi."}}}
    assert [item.pointer for item in refused(document, law_with(KEEP))] == [
        "/consent/standard",
        "/retention/max_period",
        "/pause/card_data",
        "/script/en/recording",
    ]


# --- the careful default ---


def test_the_careful_default_is_not_laxer_than_itself():
    assert warned() == []


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        (
            consent("one_party"),
            (
                "/consent/standard",
                "It says: one party's consent is enough. The careful default says: every party has to be told.",
            ),
        ),
        (
            consent("notice_required", "none"),
            (
                "/consent/form",
                "It says: no agreement is needed. The careful default says: staying on the line after a clear notice"
                " counts as agreement.",
            ),
        ),
        (
            {"retention": {"max_period": "P91D"}},
            (
                "/retention/max_period",
                "It keeps recordings for 91 days. The careful default keeps them for 90 days.",
            ),
        ),
        (
            {"retention": {"cooling_period": "P6D"}},
            (
                "/retention/cooling_period",
                "It lists recordings 6 days before they go. The careful default gives 7 days to object.",
            ),
        ),
        (
            {"pause": {"card_data": "never"}},
            (
                "/pause/card_data",
                "It never pauses the recording for card data. The careful default pauses when they are taken.",
            ),
        ),
        (
            {"disclosures": ["recording", "purpose", "retention", "refusal", "rights_notice"]},
            ("/disclosures", "It does not announce by itself how it is stored. The careful default does."),
        ),
    ],
)
def test_what_is_laxer_than_the_careful_default_warns(changed, warning):
    assert warned(**changed) == [warning]


@pytest.mark.parametrize(
    "changed",
    [
        consent("all_party", "express", reading="cautious"),
        {"retention": {"max_period": "P89D", "cooling_period": "P8D", "needs_approval": True}},
        {"pause": {"card_data": "always"}},
        {"on_refusal": "delete"},
    ],
)
def test_what_is_stricter_than_the_careful_default_does_not_warn(changed):
    assert warned(**changed) == []


def test_everything_laxer_is_warned_of_in_order():
    found = warned(
        **consent("one_party", "none"),
        disclosures=[],
        pause={"card_data": "never"},
        retention={"max_period": "P1Y", "cooling_period": "P1D"},
    )
    assert [pointer for pointer, _ in found] == [
        "/consent/standard",
        "/consent/form",
        "/retention/max_period",
        "/retention/cooling_period",
        "/pause/card_data",
        *["/disclosures"] * 5,
    ]
