import pytest

from policies.domain.errors import OutcomeRefused
from policies.domain.outcomes import Next, Told, checked, next_of

ROLES = ("agent", "customer", "customer")


def wrong(told, roles=ROLES):
    with pytest.raises(OutcomeRefused, match=r"^Mend the fields named in errors\.$") as refused:
        checked(told, roles)
    return {field["pointer"]: field["detail"] for field in refused.value.fields}


@pytest.mark.parametrize(
    "told",
    [
        Told(announced=False),
        Told(announced=True, announced_offset_seconds=0.0),
        Told(announced=True, consent="given", method="spoken", party="1", offset_seconds=4.5),
        Told(announced=True, consent="refused", method="keypad", party="2"),
        Told(announced=False, consent="given", method="written", party="agent", document_sha256="ab"),
    ],
)
def test_an_outcome_that_can_be_is_taken_as_told(told):
    assert checked(told, ROLES) is told


BELONGS = "This belongs to consent. Say whether it was given or refused, or leave it out."


@pytest.mark.parametrize(
    ("told", "problems"),
    [
        (
            Told(announced=True, consent="given"),
            {"/method": "Say how consent was given. Use one of: announcement, spoken, keypad, written."},
        ),
        (
            Told(announced=True, method="spoken", party="1", offset_seconds=0.0),
            {"/method": BELONGS, "/party": BELONGS, "/offset_s": BELONGS},
        ),
        (
            Told(announced=False, announced_offset_seconds=0.0),
            {"/announced_offset_s": "Nothing was announced. Leave it out."},
        ),
        (
            Told(announced=True, consent="given", method="spoken", document_sha256="ab"),
            {"/document_sha256": "Only a written consent has a document. Leave it out."},
        ),
        (
            Told(announced=True, consent="given", method="spoken", party="3"),
            {"/party": "There is no party 3. Use an index up to 2."},
        ),
        (
            Told(announced=True, consent="given", method="spoken", party="guest"),
            {"/party": "No party has the role 'guest'. Use the party's index."},
        ),
        (
            Told(announced=True, consent="given", method="spoken", party="customer"),
            {"/party": "Several parties have the role 'customer'. Use the party's index."},
        ),
    ],
)
def test_an_outcome_that_cannot_be_names_each_field(told, problems):
    assert wrong(told) == problems


def decision(standard="all_party", form="express", **changed):
    usual = {
        "may_record": True,
        "consent": {
            "standard": standard,
            "form": form,
            "from": ["agent", "1", "2"],
            "because_of": {"citation": "Cal. Penal Code 632"},
        },
        "parties": [{"party": "agent"}, {"party": "1"}, {"party": "2"}],
        "conflicts": [],
        "refusal": {"follow": "stop_recording", "say": "We stop.", "because": "You refused.", "citation": "s. 1"},
        "on_refusal": "stop_recording",
    }
    return usual | changed


def asked(method, party="", consent="given"):
    return Told(announced=True, consent=consent, method=method, party=party)


def test_a_refusal_is_followed_as_the_decision_says():
    refused = asked("spoken", consent="refused")
    assert next_of(refused, decision()) == Next("stop_recording", "We stop.", "You refused.", "s. 1")
    assert next_of(refused, decision(may_record=False)).follow == "stop_recording"
    for none in ({"refusal": None}, {"refusal": {"follow": "delete"}}):  # as older decisions were stored
        assert next_of(refused, decision(on_refusal="delete") | none) == Next("delete", "", "", "")


def test_what_may_not_be_recorded_is_not_whatever_was_said():
    conflicts = [{"detail": "No policy speaks."}, {"detail": "Law forbids it."}]
    found = next_of(asked("spoken"), decision(may_record=False, conflicts=conflicts))
    assert found == Next("do_not_record", "", "No policy speaks.; Law forbids it.", "")


NOBODY_AGREED = "Nobody has agreed yet, and this call needs it."
NOBODY_TOLD = "Nobody was told yet, and this call needs it."


@pytest.mark.parametrize(
    ("told", "asks", "lack"),
    [
        (Told(announced=True), ("all_party", "express"), NOBODY_AGREED),
        (
            asked("announcement"),
            ("all_party", "express"),
            "This call needs a consent that is keypad or spoken or written.",
        ),
        (asked("spoken"), ("all_party", "written"), "This call needs a consent that is written."),
        (asked("spoken", "1"), ("all_party", "express"), "Not everybody has agreed yet: agent, 2."),
        (asked("spoken", "agent"), ("all_party", "express"), "Not everybody has agreed yet: 1, 2."),
        (Told(announced=False), ("notice_required", "implied_by_notice"), NOBODY_TOLD),
    ],
)
def test_what_is_lacking_is_asked_first(told, asks, lack):
    assert next_of(told, decision(*asks)) == Next("ask_first", "", lack, "Cal. Penal Code 632")


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        (asked("spoken"), ("all_party", "express")),
        (asked("keypad"), ("all_party", "express")),
        (asked("written"), ("all_party", "express")),
        (asked("written"), ("all_party", "written")),
        (Told(announced=True), ("all_party", "implied_by_notice")),
        (Told(announced=False, consent="given", method="spoken"), ("all_party", "implied_by_notice")),
        (Told(announced=False), ("one_party", "none")),
    ],
)
def test_what_was_done_as_the_decision_asks_may_be_recorded(told, asks):
    found = next_of(told, decision(*asks))
    assert found == Next("record", "", "What the decision asks for was done.", "Cal. Penal Code 632")


def test_the_yes_of_the_only_party_that_is_asked_is_enough():
    answer = decision()
    answer["consent"] |= {"from": ["1"], "because_of": None}
    assert next_of(asked("spoken", "1"), answer) == Next("record", "", "What the decision asks for was done.", "")
    assert next_of(Told(announced=True), answer) == Next("ask_first", "", NOBODY_AGREED, "")
