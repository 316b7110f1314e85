"""What phone systems tell: numbers, times, what two deliveries say together; unknown is never made up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.domain.told import (
    AudioTold,
    CallTold,
    PartyTold,
    by_direction,
    e164,
    epoch,
    is_withheld,
    merged,
    moment,
    party,
    told,
)

T0 = datetime(2026, 11, 17, 14, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "region", "international"),
    [
        ("+16145550123", "", "+16145550123"),
        ("tel:+16145550123", "", "+16145550123"),
        ("16145550123", "", "+16145550123"),
        ("(614) 555-0123", "US", "+16145550123"),
        ("6145550123", "", ""),  # ten digits belong to many countries
        ("030 1234567", "DE", "+49301234567"),
        ("0049301234567", "", "+49301234567"),
        ("204", "US", ""),
        ("anonymous", "US", ""),
        ("sip:dana@example.com", "US", ""),
        ("", "", ""),
    ],
)
def test_a_number_is_international_only_where_that_can_be_told(written, region, international):
    assert e164(written, region) == international


@pytest.mark.parametrize(
    "number", ["anonymous", "Restricted", "+266696687", "sip:anonymous@anonymous.invalid", "tel:anonymous", "PRIVATE"]
)
def test_a_withheld_number_is_known_as_such_and_indexed_as_nothing(number):
    assert is_withheld(number)
    found = party(number)
    assert found.is_withheld
    assert (found.international, found.findable) == ("", "")


@pytest.mark.parametrize("written", ["2026-11-17T14:03:11", "", None, "yesterday", "2026-13-01T00:00:00Z"])
def test_a_time_without_its_zone_is_no_time(written):
    assert moment(written) is None


@pytest.mark.parametrize("written", ["2026-11-17T09:03:11-0500", "2026-11-17T14:03:11Z", "2026-11-17T14:03:11+00:00"])
def test_a_time_with_its_zone_is_that_instant(written):
    assert moment(written) == T0


@pytest.mark.parametrize("value", ["0", "-1", "nonsense", "9" * 40])
def test_no_epoch_makes_a_time_that_is_taken_for_real(value):
    assert told(CallTold("s", "1"), started_at=epoch(value, per_second=1)).started_at is None


def test_each_time_follows_from_the_other_two_and_from_nothing_else():
    call = CallTold("s", "1")
    assert told(call, started_at=T0, duration_s=30.0).ended_at == T0 + timedelta(seconds=30)
    assert told(call, ended_at=T0, duration_s=30.0).started_at == T0 - timedelta(seconds=30)
    assert told(call, started_at=T0, ended_at=T0 + timedelta(seconds=5)).duration_s == 5
    alone = told(call, started_at=T0)
    assert (alone.ended_at, alone.duration_s) == (None, None)


def test_an_end_before_its_start_is_unknown():
    assert told(CallTold("s", "1"), started_at=T0, ended_at=T0 - timedelta(seconds=1)).ended_at is None


@pytest.mark.parametrize(
    ("direction", "roles"),
    [
        ("inbound", ["customer", "agent"]),
        ("outbound", ["agent", "customer"]),
        ("internal", ["agent", "agent"]),
        ("", ["unknown", "unknown"]),
    ],
)
def test_roles_follow_from_the_direction_or_are_unknown(direction, roles):
    assert [one.role for one in by_direction(direction, party("+16145550123"), party("204"))] == roles


# --- two deliveries together

moments = st.none() | st.integers(0, 3).map(lambda day: T0 + timedelta(days=day))
parties = st.lists(
    st.builds(
        PartyTold,
        role=st.sampled_from(["agent", "customer", "unknown"]),
        number=st.sampled_from(["", "204", "+16145550123"]),
    ),
    max_size=3,
).map(tuple)
calls = st.builds(
    CallTold,
    source=st.just("s"),
    external_id=st.just("1"),
    started_at=moments,
    ended_at=moments,
    direction=st.sampled_from(["", "inbound", "outbound"]),
    parties=parties,
    agent_id=st.sampled_from(["", "a", "b"]),
    channels=st.none() | st.integers(1, 2),
    audio=st.none() | st.just(AudioTold("url", "https://a/b")),
    version=moments,
)


@given(calls, calls)
def test_nothing_that_was_known_becomes_unknown(first, second):
    together = merged(first, second)
    assert set(together.missing) == set(first.missing) & set(second.missing)
    assert len(together.parties) == max(len(first.parties), len(second.parties))


@given(calls, calls)
def test_the_same_again_changes_nothing(first, second):
    assert merged(first, first) == first
    once = merged(first, second)
    assert merged(once, once) == once


@given(calls, calls)
def test_the_order_of_arrival_does_not_matter_where_one_is_newer(first, second):
    newer = replace(second, version=T0 + timedelta(days=10))
    older = replace(first, version=T0)
    assert merged(older, newer) == merged(newer, older)
