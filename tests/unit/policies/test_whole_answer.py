"""One answer in full, read by hand: a call to Florida under a duty to record, with every part of the answer."""

from policies.domain.decision import EDITION
from tests.unit.policies.small_law import DUTY, PCI, answer, disclosure_rule, law, retention_rule

RULES = law(
    retention=[
        DUTY,
        retention_rule(
            "US-FIT", "jurisdiction=US;sector=medicare;channel=enrollment", min_period="P10Y", trigger="contract_end"
        ),
    ],
    disclosures=[
        PCI,
        disclosure_rule(
            "BASE-RECORDING", "BASELINE", "recording_notice", text_example="This call is recorded.", severity="critical"
        ),
        disclosure_rule(
            "US-FL-REC", "US-FL", "recording_notice", severity="critical", satisfies_consent=True, verify_note="Check."
        ),
        disclosure_rule("BASE-JOINER", "BASELINE", "notice_to_late_joiner", when="any"),
    ],
)
POLICY = {"retention": {"max_period": "P1Y"}, "disclosures": ["storage"]}
ANSWER = {
    "may_record": True,
    "must_record": True,
    "consent": {
        "standard": "all_party",
        "form": "implied_by_notice",
        "from": ["customer"],
        "told": ["agent", "customer"],
        "because_of": {
            "party": "customer",
            "role": "customer",
            "jurisdiction": "US-FL",
            "source": "explicit",
            "citation": "Fla. Stat.",
            "certainty": "high",
            "company_is_stricter": False,
            "because": "Florida: every party has to agree",
        },
        "document": {"needed": False, "attached": False, "sha256": None},
    },
    "disclosures": [
        {
            "key": "recording",
            "when": "start",
            "say": "This call is recorded.",
            "citation": "US-FL-REC s. 2",
            "severity": "critical",
            "because": "US-FL asks for it",
            "rules": ["BASE-RECORDING", "US-FL-REC"],
            "certainty": "high",
            "by": "law",
            "satisfies_consent": True,
            "verify": "Check.",
        },
        {
            "key": "storage",
            "when": "start",
            "say": "It is stored encrypted, and only authorised staff can listen to it.",
            "citation": "Own, version 7",
            "severity": "major",
            "because": "Own, version 7 asks for it",
            "rules": [],
            "certainty": "high",
            "by": "company",
            "satisfies_consent": False,
            "verify": "",
        },
    ],
    "if_it_happens": [
        {
            "key": "notice_to_late_joiner",
            "when": "when somebody joins",
            "say": "Welcome, please note that this call is recorded.",
            "citation": "BASE-JOINER s. 2",
            "severity": "major",
            "because": "Callward's baseline asks for it on every call",
            "rules": ["BASE-JOINER"],
            "certainty": "high",
            "by": "company",
            "satisfies_consent": False,
            "verify": "",
        }
    ],
    "script": [
        {"key": "recording", "when": "start", "say": "This call is recorded."},
        {
            "key": "storage",
            "when": "start",
            "say": "It is stored encrypted, and only authorised staff can listen to it.",
        },
    ],
    "language": "en",
    "beep_tone": {
        "counts_as_notice": False,
        "because": "No rule of Florida accepts a tone instead of words.",
        "citation": "",
    },
    "on_refusal": "end_call",
    "refusal": {
        "follow": "end_call",
        "say": "The law asks us to record this call, so I have to end it here. You may reach us in another way.",
        "because": "US-DUTY s. 1 orders the recording, so nobody can go on unrecorded.",
        "citation": "US-DUTY s. 1",
    },
    "pause": [
        {
            "content": "card_data",
            "when": "when_taken",
            "because": "Nobody said whether card data are taken; where they are, recording pauses.",
            "citation": "PCI s. 2",
            "by": "law",
        }
    ],
    "purposes": ["training"],
    "retention": {
        "keep_until": "2032-11-25T00:00:00Z",
        "delete_by": "2032-11-25T00:00:00Z",
        "zone": "UTC",
        "min_period": "P6Y",
        "max_period": "P1Y",
        "explanation": [
            {
                "rule": "US-DUTY",
                "citation": "US-DUTY s. 1",
                "kind": "minimum",
                "period": "P6Y",
                "until": "2032-11-25T00:00:00Z",
                "standing": "decides",
                "outranked_by": None,
                "because": "What US-DUTY says.",
                "certainty": "high",
                "trigger": "recording_created",
                "by": "law",
                "verify": "",
            },
            {
                "rule": "policy:Own, version 7",
                "citation": "Own, version 7",
                "kind": "maximum",
                "period": "P1Y",
                "until": "2027-11-25T00:00:00Z",
                "standing": "outranked",
                "outranked_by": "US-DUTY",
                "because": "Our policy keeps it for 1 year at most.",
                "certainty": "high",
                "trigger": "recording_created",
                "by": "company",
                "verify": "",
            },
        ],
        "waits_for": [],
    },
    "law": {
        "consent": {"standard": "all_party", "form": "implied_by_notice", "told": ["agent", "customer"]},
        "must_record": True,
        "min_period": "P6Y",
        "max_period": None,
    },
    "conflicts": [
        {
            "kind": "duty_against_consent",
            "rules": ["US-DUTY", "US-FL"],
            "detail": "US-DUTY s. 1 orders the recording, and the law of Florida asks for consent. Record only "
            "with consent; without it the call ends.",
            "forbids": False,
            "needs_person": False,
        }
    ],
    "notices": [],
    "because": [
        {
            "about": "consent",
            "party": "agent",
            "rule": "US-TX",
            "jurisdiction": "US-TX",
            "citation": "Tex. Code",
            "demands": "one_party, none",
            "decides": False,
            "outranked_by": "US-FL",
            "because": "Texas: one party's consent is enough",
            "certainty": "high",
            "verify": "",
        },
        {
            "about": "floor",
            "party": "agent",
            "rule": "US",
            "jurisdiction": "US",
            "citation": "18 USC",
            "demands": "one_party, none",
            "decides": False,
            "outranked_by": None,
            "because": "United States: one party's consent is enough; Texas asks for the same",
            "certainty": "high",
            "verify": "",
        },
        {
            "about": "consent",
            "party": "customer",
            "rule": "US-FL",
            "jurisdiction": "US-FL",
            "citation": "Fla. Stat.",
            "demands": "all_party, implied_by_notice",
            "decides": True,
            "outranked_by": None,
            "because": "Florida: every party has to agree",
            "certainty": "high",
            "verify": "Check 934.",
        },
        {
            "about": "floor",
            "party": "customer",
            "rule": "US",
            "jurisdiction": "US",
            "citation": "18 USC",
            "demands": "one_party, none",
            "decides": False,
            "outranked_by": "US-FL",
            "because": "United States: one party's consent is enough; Florida asks for more",
            "certainty": "high",
            "verify": "",
        },
        {
            "about": "policy",
            "rule": "policy:Own, version 7",
            "jurisdiction": None,
            "citation": "Own, version 7",
            "demands": "notice_required, implied_by_notice",
            "decides": False,
            "outranked_by": None,
            "because": "Our policy: every party has to be told; staying on the line after a clear notice counts as "
            "agreement",
            "certainty": "high",
            "verify": "",
        },
        {
            "about": "duty",
            "rule": "US-DUTY",
            "jurisdiction": "US",
            "citation": "US-DUTY s. 1",
            "demands": "must_record",
            "decides": True,
            "outranked_by": None,
            "because": "What US-DUTY says.",
            "certainty": "high",
            "verify": "",
        },
        {
            "about": "retention",
            "rule": "US-DUTY",
            "jurisdiction": "US",
            "citation": "US-DUTY s. 1",
            "demands": "minimum P6Y",
            "decides": True,
            "outranked_by": None,
            "because": "What US-DUTY says.",
            "certainty": "high",
            "verify": "",
        },
        {
            "about": "retention",
            "rule": "policy:Own, version 7",
            "jurisdiction": None,
            "citation": "Own, version 7",
            "demands": "maximum P1Y",
            "decides": False,
            "outranked_by": "US-DUTY",
            "because": "Our policy keeps it for 1 year at most.",
            "certainty": "high",
            "verify": "",
        },
    ],
    "open": [
        {"rule": "US-FIT", "citation": "US-FIT s. 1", "waits_for": ["channel"]},
        {"rule": "PCI", "citation": "PCI s. 2", "waits_for": ["content"]},
    ],
    "parties": [
        {
            "party": "agent",
            "role": "agent",
            "jurisdiction": "US-TX",
            "source": "explicit",
            "certainty": "high",
            "mismatch": None,
        },
        {
            "party": "customer",
            "role": "customer",
            "jurisdiction": "US-FL",
            "source": "explicit",
            "certainty": "high",
            "mismatch": None,
        },
    ],
    "policy": {
        "version": "v7",
        "name": "Own, version 7",
        "number": 7,
        "because": "It is the only one.",
        "outranked": [],
    },
    "policy_version": "v7",
    "law_release": 4,
}


def test_the_whole_answer_is_as_it_was_read_by_hand():
    given = answer("US-TX", "US-FL", facts={"sector": "medicare"}, under=RULES, document=POLICY)
    assert given == ANSWER
    assert list(given) == list(ANSWER)


def test_an_edition_is_one_way_of_answering():
    assert EDITION == 1
