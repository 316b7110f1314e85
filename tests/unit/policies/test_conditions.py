import pytest

from policies.domain.conditions import condition
from policies.domain.errors import ConditionUnreadable


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


@pytest.mark.parametrize(
    "text", ["sector", "sector=", "sector=pirates", "colour=red", "sector=bank;sector=health", "sector=bank|"]
)
def test_what_leaves_the_grammar_or_the_closed_set_is_refused(text):
    with pytest.raises(ConditionUnreadable):
        condition(text)
