from datetime import date

import pytest

from policies.domain.conditions import (
    BINDING_KINDS,
    DERIVED,
    FACTS,
    SEPARATE_KINDS,
    Condition,
    call_date_values,
    condition,
)
from policies.domain.errors import ConditionUnreadable
from policies.services.register import SHIPPED


def waits(text, **facts):
    return condition(text).waits_for(
        {key: frozenset({value} if isinstance(value, str) else value) for key, value in facts.items()}
    )


def test_a_condition_holds_does_not_hold_or_waits():
    text = "sector=health|insurance;channel=outbound_sales"
    assert waits(text, sector="health", channel="outbound_sales") == ()
    assert waits(text, sector="bank", channel="outbound_sales") is None
    assert waits(text, sector="bank") is None
    assert waits(text, sector="insurance") == ("channel",)
    assert waits(text) == ("sector", "channel")
    assert waits("") == ()


def test_any_of_a_calls_several_values_is_enough():
    assert waits("channel=ai_voice", channel={"outbound_sales", "ai_voice"}) == ()


def test_a_condition_is_read_into_places_and_clauses():
    read = condition("jurisdiction=US|DE;sector=health|insurance;call_no=first")
    assert read == Condition(
        "jurisdiction=US|DE;sector=health|insurance;call_no=first",
        frozenset({"US", "DE"}),
        (("sector", frozenset({"health", "insurance"})), ("call_no", frozenset({"first"}))),
    )
    assert condition("") == Condition("", frozenset(), ())
    assert condition("sector=bank;") == Condition("sector=bank;", frozenset(), (("sector", frozenset({"bank"})),))


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("sector", "'sector' is not key=value|value with a key that occurs once."),
        ("sector=", "'sector=' is not key=value|value with a key that occurs once."),
        ("sector=bank|", "'sector=bank|' is not key=value|value with a key that occurs once."),
        ("sector=bank;sector=health", "'sector=health' is not key=value|value with a key that occurs once."),
        ("jurisdiction=US;jurisdiction=DE", "'jurisdiction=DE' is not key=value|value with a key that occurs once."),
        ("call_no=second|third", "second, third is not a value of call_no. Use one of: first, later."),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(text, detail):
    with pytest.raises(ConditionUnreadable) as refused:
        condition(text)
    assert str(refused.value) == detail


def test_an_unknown_key_is_told_with_every_key_there_is():
    with pytest.raises(ConditionUnreadable) as refused:
        condition("colour=red")
    detail = str(refused.value)
    assert detail.startswith(
        "'colour' is not a key. Use one of: jurisdiction, activity, agent, authorization, call_date,"
    )
    assert detail.endswith(", sector, use.")


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2026, 9, 30), "before_2026-10-01"),
        (date(2026, 10, 1), "from_2026-10-01"),
        (date(2026, 10, 2), "from_2026-10-01"),
        (date(1990, 1, 1), "before_2026-10-01"),
    ],
)
def test_a_day_is_before_a_boundary_or_from_it_on(day, value):
    assert call_date_values(day) == {value}


def test_the_closed_set_is_the_one_that_the_register_documents():
    text = (SHIPPED / "SOURCES.md").read_text(encoding="utf-8")
    table = text[text.index("## Closed set of") : text.index("Notes: `energy`")]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| `")]
    documented = {key.strip(" `"): {value.strip(" `") for value in values.split(",")} for key, values in rows}
    del documented["jurisdiction"]
    assert documented == {key: set(values) for key, values in FACTS.items()}
    assert set(DERIVED) == {"jurisdiction", "direction", "medium", "purpose", "call_date", "consent_form"}
    assert not set(BINDING_KINDS) & set(SEPARATE_KINDS)
    kinds = text[text.index("Kinds that bind the recording itself") : text.index("`storage_format`: form only")]
    assert all(f"`{kind}`" in kinds for kind in (*BINDING_KINDS, *SEPARATE_KINDS))


@pytest.mark.parametrize(
    "text", ["sector", "sector=", "sector=pirates", "colour=red", "sector=bank;sector=health", "sector=bank|"]
)
def test_what_leaves_the_grammar_or_the_closed_set_is_refused(text):
    with pytest.raises(ConditionUnreadable):
        condition(text)
