"""The demo's calls are the same each time and hold what the story needs."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

from compliance_site.demo import company
from compliance_site.demo.calls import CALLS, DAYS, Way, calls, clips, fresh_call

# 555-01xx; Ofcom's and ComReg's drama numbers; the ranges for films of Bundesnetzagentur, Arcep, PTS and ACMA
FICTIONAL = re.compile(
    r"\+(1\d{3}55501\d\d|44(2079460|1134960|7700900)\d{3}|3532091\d{5}|49(3023125|6990009)\d{3}"
    r"|33(19900\d{4}|63998\d{4})|468465004\d\d|6125550\d{4})"
)
ANCHOR = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def test_the_same_anchor_gives_the_same_calls():
    assert [(call.metadata, call.way) for call in calls(ANCHOR)] == [
        (call.metadata, call.way) for call in calls(ANCHOR)
    ]


def test_another_day_moves_the_calls_and_changes_nothing_else():
    # given the calls as told on two days
    today, in_a_year = list(calls(ANCHOR)), list(calls(ANCHOR + timedelta(days=365)))
    moved = {"started_at", "ended_at"}
    # then but for their times they are the same, ids and numbers too
    for one, other in zip(today, in_a_year, strict=True):
        assert one.clip is other.clip
        assert {key: one.metadata[key] for key in one.metadata.keys() - moved} == {
            key: other.metadata[key] for key in other.metadata.keys() - moved
        }


def test_all_calls_ended_in_the_sixty_days_before():
    for call in calls(ANCHOR):
        ended_at = datetime.fromisoformat(call.metadata["ended_at"])
        assert ANCHOR - timedelta(days=DAYS) <= ended_at < ANCHOR


def test_every_line_agent_and_way_of_delivery_occurs():
    told = list(calls(ANCHOR))
    assert len({call.external_id for call in told}) == CALLS
    lines = Counter(call.metadata.get("line_of_business") for call in told)
    assert all(lines[code] >= 60 for code in company.SHARE_OF_CALLS)
    assert len({call.metadata["agent"]["id"] for call in told}) == 8
    assert {call.way for call in told} == set(Way)


def test_a_small_demo_too_has_each_kind_of_trouble():
    told = list(calls(ANCHOR, count=12))
    assert any(not call.metadata["consent"] for call in told)
    assert any(given["result"] == "refused" for call in told for given in call.metadata["consent"])
    assert any(call.is_damaged for call in told)
    assert any(call.way is Way.METADATA_ALONE for call in told)


def test_most_calls_are_well_done_and_some_agents_slip_more():
    told = list(calls(ANCHOR))
    verdicts = Counter(call.clip.verdict for call in told)
    assert 0.85 < verdicts["full"] / len(told) < 0.95
    slips = Counter(call.metadata["agent"]["name"] for call in told if call.clip.verdict != "full")
    assert slips.most_common(1)[0][0] == "Marcus Hale"


def test_numbers_come_from_ranges_that_are_kept_free_for_fiction():
    numbers = [party["number"] for call in calls(ANCHOR) for party in call.metadata["parties"] if "number" in party]
    assert len(numbers) > CALLS / 2
    assert all(FICTIONAL.fullmatch(number) for number in numbers)


def test_a_damaged_clip_differs_from_its_own_in_the_middle_alone():
    damaged = next(call for call in calls(ANCHOR) if call.is_damaged)
    heard, whole = damaged.audio(), damaged.clip.file.read_bytes()
    assert len(heard) == len(whole)
    assert heard != whole
    assert heard[:1000] == whole[:1000]
    assert heard[-1000:] == whole[-1000:]
    assert heard == damaged.audio()


def test_a_fresh_call_ended_when_it_is_said_to_have():
    call = fresh_call(company.TWO_MINUTE_LINE, "two-minute-1", ANCHOR)
    assert datetime.fromisoformat(call.metadata["ended_at"]) == ANCHOR
    assert call.metadata["line_of_business"] == company.TWO_MINUTE_LINE
    assert call.metadata["consent"]


def test_the_ten_clips_are_there_and_small():
    sizes = [clip.file.stat().st_size for clip in clips().values()]
    assert len(sizes) == 10
    assert sum(sizes) < 1_000_000
