import hashlib
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from policies.domain.errors import OverrideNotMovable, OverrideRefused, SecondPersonNeeded
from policies.domain.register.checks import checked
from policies.domain.register.examples import wrong_examples
from policies.models import Jurisdiction, LawOverride
from policies.services.asof import history_of, law_on
from policies.services.overrides import approve_override, end_override, propose_override, refuse_override
from policies.services.register import SHIPPED, current_release, load_law
from policies.services.snapshot import law_of
from policies.services.stored_register import rows_of
from tests.unit.policies.test_register import change, folder  # noqa: F401  a fixture
from trail.domain.actors import CALLWARD
from trail.models import Event

SHA = hashlib.sha256(b"opinion").hexdigest()
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law_officers")]


@pytest.fixture
def today():
    return timezone.localdate()


def proposal(actor, today, **changed):
    usual = {
        "table": "jurisdiction",
        "code": "US-NM",
        "changes": {"cautious_rule": "all_party", "telephone_rule": "all_party", "consent_form": "implied_by_notice"},
        "reason": "Our counsel reads section 30-12-1 more strictly.",
        "opinion_by": "Outside counsel",
        "document_sha256": SHA,
        "effective_from": today + timedelta(days=10),
        "expires_on": today + timedelta(days=100),
    }
    return propose_override(**usual | changed, actor=actor)


def law():
    release = current_release()
    return law_of(release.number, release.digest)


def test_an_approved_override_counts_for_its_days_and_no_longer(officer, second_officer, today):
    override = proposal(officer, today)
    assert law().release == 1
    release = approve_override(override=override, actor=second_officer)
    assert (release.number, release.kind, release.override_id) == (2, "override", override.pk)
    days = [today + timedelta(days=days) for days in (9, 10, 99, 100)]
    assert [law().rule_of("US-NM", day).telephone_rule for day in days] == [
        "one_party",
        "all_party",
        "all_party",
        "one_party",
    ]
    assert Jurisdiction.objects.get(release=1, code="US-NM").telephone_rule == "one_party"
    override.refresh_from_db()
    assert (override.state, override.approver) == ("approved", second_officer)
    assert Event.objects.get(verb="override.approved").facts == {"code": "US-NM", "number": 2}


def test_its_author_cannot_approve_it(officer, today):
    override = proposal(officer, today)
    with pytest.raises(SecondPersonNeeded):
        approve_override(override=override, actor=officer)
    assert current_release().number == 1


@pytest.mark.parametrize("who", ["supervisor", "reviewer", "auditor"])
def test_only_officers_propose_and_approve(who, officer, today, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        proposal(person, today)
    override = proposal(officer, today)
    with pytest.raises(NotAllowed):
        approve_override(override=override, actor=person)
    with pytest.raises(NotAllowed):
        refuse_override(override=override, reason="No", actor=person)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"table": "weather"}, "/table"),
        ({"kind": "whim"}, "/kind"),
        ({"code": "US-XX"}, "/code"),
        ({"changes": {"colour": "red"}}, "/changes/colour"),
        ({"changes": {"code": "US-CA"}}, "/changes/code"),
        ({"changes": {"effective_to": "2030-01-01"}}, "/changes/effective_to"),
        ({"changes": {"telephone_rule": "no_party"}}, "/changes/telephone_rule"),
        ({"changes": {"cautious_rule": "all_party"}}, "/changes/cautious_rule"),  # no readings say so
        ({"changes": {"telephone_rule": "one_party"}}, "/changes"),
        ({"changes": {}}, "/changes"),
        ({"reason": "  "}, "/reason"),
        ({"opinion_by": ""}, "/opinion_by"),
        ({"document_sha256": "abc"}, "/document_sha256"),
        ({"document_sha256": SHA.upper()}, "/document_sha256"),
        ({"examples": [{"name": "x"}]}, "/examples"),
        ({"examples": [{"name": "x", "call": "", "parties": "", "day": "2020-01-01", "expects": ""}]}, "/examples"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_named(changed, pointer, officer, today):
    with pytest.raises(OverrideRefused) as refused:
        proposal(officer, today, **changed)
    assert pointer in [field["pointer"] for field in refused.value.fields]
    assert not LawOverride.objects.exists()


ASKS_ALL = {
    "consent_rule": "all_party",
    "telephone_rule": "all_party",
    "cautious_rule": "all_party",
    "consent_form": "express",
}


def test_the_law_above_places_is_not_overridden_over_their_heads(officer, today):
    with pytest.raises(OverrideRefused) as refused:
        proposal(officer, today, code="AU", changes=ASKS_ALL)
    told = [field["detail"] for field in refused.value.fields if field["pointer"] == "/changes/telephone_rule"]
    assert "AU-VIC cannot be laxer than AU above it, which asks for all_party." in told
    assert not LawOverride.objects.exists()


def test_a_condition_that_cannot_be_read_is_told_at_its_column(officer, today):
    changes = {"applies_when": "sector=bakery"}
    with pytest.raises(OverrideRefused, match="bakery is not a value of sector") as refused:
        proposal(officer, today, table="retention", code="US-SEC-17A4-COMM", changes=changes)
    assert [field["pointer"] for field in refused.value.fields] == ["/changes/applies_when"]


@pytest.mark.parametrize(("begins", "expires"), [(10, 10), (10, 9), (-5, 0), (0, 5 * 366 + 40)])
def test_an_override_ends_in_time(begins, expires, officer, today):
    days = {"effective_from": today + timedelta(days=begins), "expires_on": today + timedelta(days=expires)}
    with pytest.raises(OverrideRefused) as refused:
        proposal(officer, today, **days)
    assert [field["pointer"] for field in refused.value.fields] == ["/expires_on"]


def over_the_examples(today):
    """Days that cover the one of the shipped examples, which is the day of the register's review."""
    return {"effective_from": current_release().reviewed_on, "expires_on": today + timedelta(days=100)}


def test_an_override_that_an_example_contradicts_is_refused_with_the_example(officer, today):
    with pytest.raises(OverrideRefused, match="US-NM, on the phone: expected standard=one_party") as refused:
        proposal(officer, today, **over_the_examples(today))
    assert {field["pointer"] for field in refused.value.fields} == {"/examples"}


RESTATED = [
    {
        "name": "on the phone",
        "call": "",
        "parties": "customer=US-NM",
        "day": "2026-11-24",
        "expects": "standard=all_party;form=implied_by_notice;told=everybody",
    },
]


def test_an_override_may_restate_the_examples_itself(officer, second_officer, today):
    override = proposal(officer, today, examples=RESTATED, **over_the_examples(today))
    approve_override(override=override, actor=second_officer)
    stored = rows_of(current_release())
    assert wrong_examples(stored) == []
    shown = [row["expects"] for row in stored.of("example_calls.csv") if row["rule"] == "US-NM"]
    assert RESTATED[0]["expects"] in shown


def test_counsel_signs_off_a_reading_and_the_rule_is_no_longer_open(officer, second_officer, today):
    override = proposal(
        officer, today, kind="sign_off", code="US-DE", changes={"reading": "cautious", "confidence": "high"}
    )
    approve_override(override=override, actor=second_officer)
    row = law().rule_of("US-DE", today + timedelta(days=10))
    assert (row.telephone_rule, row.cautious_rule, row.consent_form) == ("all_party", "all_party", "implied_by_notice")
    assert (row.confidence, row.next_review_on) == ("high", override.expires_on)
    assert {reading.reading for reading in row.readings} == {"best", "cautious"}


def test_a_sign_off_of_the_best_reading_leaves_no_other(officer, second_officer, today):
    override = proposal(officer, today, kind="sign_off", code="US-MI", changes={"reading": "best"})
    approve_override(override=override, actor=second_officer)
    row = law().rule_of("US-MI", today + timedelta(days=10))
    assert (row.telephone_rule, row.cautious_rule, row.confidence) == ("one_party", "one_party", "high")


@pytest.mark.parametrize(
    ("table", "code", "changes", "pointer"),
    [
        ("retention", "US-FCC-TPV", {"reading": "best"}, "/changes/reading"),
        ("jurisdiction", "US-DE", {"reading": "other"}, "/changes/reading"),
        ("jurisdiction", "US-DE", {"telephone_rule": "all_party"}, "/changes/telephone_rule"),
    ],
)
def test_a_sign_off_confirms_and_changes_nothing_else(table, code, changes, pointer, officer, today):
    with pytest.raises(OverrideRefused) as refused:
        proposal(officer, today, kind="sign_off", table=table, code=code, changes=changes)
    assert [field["pointer"] for field in refused.value.fields] == [pointer]


def test_a_retention_rule_is_overridden_too(officer, second_officer, today):
    override = proposal(officer, today, table="retention", code="FR-CNIL-QA", changes={"max_period": "P3M"})
    approve_override(override=override, actor=second_officer)
    periods = [
        [rule.max_period for rule in law().retention_at({"FR"}, day) if rule.code == "FR-CNIL-QA"]
        for day in (today, override.effective_from, override.expires_on)
    ]
    assert periods == [["P6M"], ["P3M"], ["P6M"]]


def test_two_overrides_of_a_rule_never_share_a_day(officer, second_officer, today):
    approve_override(override=proposal(officer, today), actor=second_officer)
    with pytest.raises(OverrideRefused, match="Another override of US-NM stands"):
        proposal(officer, today, changes={"summary": "Other words"})
    later = {"effective_from": today + timedelta(days=100), "expires_on": today + timedelta(days=120)}
    approve_override(override=proposal(officer, today, **later), actor=second_officer)
    assert law().rule_of("US-NM", today + timedelta(days=110)).telephone_rule == "all_party"


def test_ending_an_override_brings_the_shipped_rule_back_from_that_day_and_keeps_the_days_before(
    officer, second_officer, today
):
    override = proposal(officer, today)
    approve_override(override=override, actor=second_officer)
    ends = today + timedelta(days=20)
    release = end_override(override=override, reason="Counsel withdrew it.", from_day=ends, actor=second_officer)
    assert release.number == 3
    days = [today + timedelta(days=days) for days in (9, 10, 19, 20, 120)]
    assert [law().rule_of("US-NM", day).telephone_rule for day in days] == [
        "one_party",
        "all_party",
        "all_party",
        "one_party",
        "one_party",
    ]
    assert len([row for row in law().rules if row.code == "US-NM"]) == 3
    with pytest.raises(OverrideNotMovable):
        end_override(override=override, reason="Again", actor=second_officer)


def test_an_override_that_ends_before_it_began_leaves_the_rules_as_they_were(officer, second_officer, today):
    before = rows_of(current_release())
    override = proposal(officer, today)
    approve_override(override=override, actor=second_officer)
    end_override(override=override, reason="Not needed.", actor=second_officer)
    after = rows_of(current_release())
    for file in before.rows:
        assert sorted(map(str, after.of(file))) == sorted(map(str, before.of(file)))


def test_ending_brings_back_the_examples_that_the_override_restated(officer, second_officer, today):
    before = rows_of(current_release()).of("example_calls.csv")
    override = proposal(officer, today, examples=[dict(RESTATED[0], day=(today + timedelta(days=50)).isoformat())])
    approve_override(override=override, actor=second_officer)
    assert rows_of(current_release()).of("example_calls.csv") != before
    end_override(override=override, reason="Not needed.", actor=second_officer)
    assert rows_of(current_release()).of("example_calls.csv") == before


def test_the_author_cannot_end_it_alone_and_nobody_ends_it_in_the_past(officer, second_officer, today):
    override = proposal(officer, today)
    approve_override(override=override, actor=second_officer)
    with pytest.raises(SecondPersonNeeded):
        end_override(override=override, reason="No", actor=officer)
    with pytest.raises(OverrideNotMovable, match="Choose a day from today"):
        end_override(override=override, reason="No", from_day=override.expires_on, actor=second_officer)
    with pytest.raises(OverrideRefused):
        end_override(override=override, reason=" ", actor=second_officer)


def test_a_refused_override_is_over(officer, second_officer, today):
    override = proposal(officer, today)
    refuse_override(override=override, reason="The opinion is about another state.", actor=second_officer)
    with pytest.raises(OverrideNotMovable):
        approve_override(override=override, actor=second_officer)
    assert current_release().number == 1


def test_its_author_may_withdraw_it(officer, today):
    override = refuse_override(override=proposal(officer, today), reason="A mistake.", actor=officer)
    assert (override.state, override.approver) == ("refused", None)


def test_a_later_shipped_release_carries_the_override(folder, officer, second_officer, today):  # noqa: F811
    override = proposal(officer, today)
    approve_override(override=override, actor=second_officer)
    assert load_law(folder=SHIPPED, actor=CALLWARD).number == 2  # the same files: nothing new
    change(folder, "jurisdictions.csv", "US-VT,Vermont,", "US-VT,Vermont (changed),")
    release = load_law(folder=folder, actor=CALLWARD, publish=True)
    assert (release.number, release.kind) == (3, "shipped")
    assert law().rule_of("US-NM", today + timedelta(days=10)).telephone_rule == "all_party"
    assert law().rule_of("US-NM", today + timedelta(days=100)).telephone_rule == "one_party"
    end_override(override=override, reason="Counsel withdrew it.", actor=second_officer)
    assert law().rule_of("US-NM", today + timedelta(days=10)).telephone_rule == "one_party"
    assert law().rule_of("US-VT", today).name == "Vermont (changed)"
    assert checked(rows_of(current_release())) == []


def test_what_was_required_and_what_we_believed_then(officer, second_officer, today):
    before = timezone.now()
    approve_override(override=proposal(officer, today), actor=second_officer)
    day = today + timedelta(days=50)
    assert law_on(day, before).rule_of("US-NM", day).telephone_rule == "one_party"
    assert law_on(day, timezone.now()).rule_of("US-NM", day).telephone_rule == "all_party"
    assert [row.code for row in law_on(day, timezone.now()).rules].count("US-NM") == 1


def test_the_history_of_a_rule_names_release_and_changed_columns(officer, second_officer, today):
    assert [(state.release.number, state.changed) for state in history_of("US-NM")] == [(1, ())]
    override = proposal(officer, today)
    approve_override(override=override, actor=second_officer)
    states = history_of("US-NM")
    assert [state.release.number for state in states] == [2, 2, 2, 1]
    overriding = next(state for state in states if "telephone_rule" in state.changed)
    assert overriding.override == override
    assert overriding.row["effective_from"] == override.effective_from.isoformat()
    assert overriding.known_from == current_release().known_from
    assert history_of("US-CA")[0].release.number == 1
    assert history_of("NOTHING") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policies_lawoverride SET changes = '{}'",
        "UPDATE policies_lawoverride SET expires_on = expires_on + 1",
        "UPDATE policies_lawoverride SET state = 'proposed', approver_id = NULL",
        "DELETE FROM policies_lawoverride",
    ],
)
def test_an_approved_override_is_never_edited_not_even_around_the_orm(statement, officer, second_officer, today):
    approve_override(override=proposal(officer, today), actor=second_officer)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_person_is_never_both_not_even_around_the_orm(officer, today):
    override = proposal(officer, today)
    with pytest.raises(IntegrityError, match="override_has_two_pairs_of_eyes"), transaction.atomic():
        LawOverride.objects.filter(pk=override.pk).update(state="approved", approver=officer)


def test_who_sees_some_lines_alone_changes_no_law_of_all_lines(officer, second_officer, today):
    override = proposal(officer, today)
    second_officer.all_lines = False
    second_officer.save()
    with pytest.raises(NotAllowed, match="every line of business"):
        approve_override(override=override, actor=second_officer)
    with pytest.raises(NotAllowed, match="every line of business"):
        end_override(override=override, reason="Not ours.", actor=second_officer)
    officer.all_lines = False
    officer.save()
    with pytest.raises(NotAllowed, match="an officer who sees all of them"):
        proposal(officer, today)
