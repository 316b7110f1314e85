"""The drawing of a call and of its dates: numbers in, SVG out."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists, timedeltas

from recordings.domain import waves
from recordings.domain.scale import WIDTH, scale

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


@given(lists(integers(0, 255), max_size=1200), integers(1, 3))
def test_a_lane_has_at_most_250_bars_inside_its_band(peaks, lanes):
    for lane in range(lanes):
        path = waves.lane_path(peaks, lane=lane, lanes=lanes)
        bars = re.findall(r"M([\d.]+) (-?[\d.]+)h[\d.]+v([\d.]+)", path)
        assert len(bars) == min(len(peaks), waves.BARS)
        band = waves.HEIGHT / lanes
        for x, top, height in bars:
            assert 0 <= float(x) < waves.WIDTH
            assert float(top) >= lane * band - 0.1
            assert float(top) + float(height) <= (lane + 1) * band + 0.1


def test_a_loud_moment_is_never_lost_among_quiet_ones():
    peaks = [1] * 500
    peaks[333] = 255
    heights = [float(height) for height in re.findall(r"v([\d.]+)", waves.lane_path(peaks, lane=0, lanes=1))]
    assert max(heights) == pytest.approx(waves.HEIGHT * 0.86, abs=0.1)
    assert sum(height > 10 for height in heights) == 1


def test_a_quiet_call_fills_its_band_and_line_noise_does_not():
    quiet, noise = [[2, 60, 30]], [[2, 4, 3]]
    assert waves.loudest_of(quiet) == 60
    assert waves.loudest_of(noise) == waves.QUIETEST_FULL
    tall = waves.lane_path([60], lane=0, lanes=1, loudest=60)
    assert f"v{waves.HEIGHT * 0.86:.1f}" in tall


def test_a_silence_is_where_nobody_is_heard_for_eight_seconds():
    # 100 values over 100 s: the agent speaks to 20, the customer from 40
    agent = [200] * 20 + [0] * 80
    customer = [0] * 40 + [200] * 60
    [silence] = waves.silences([agent, customer], duration=100)
    assert (silence.start, silence.end) == (20, 40)
    assert waves.silences([agent, [200] * 100], duration=100) == []
    assert waves.silences([[200] * 20 + [0] * 7 + [200] * 73], duration=100) == []


def test_silence_to_the_very_end_counts():
    [silence] = waves.silences([[200] * 50 + [0] * 50], duration=100)
    assert (silence.start, silence.end, silence.x, silence.width) == (50, 100, 500, 500)


@given(floats(0.5, 4 * 3600))
def test_the_axis_stays_readable_at_any_length(duration):
    ticks = waves.axis_path(duration).count("M")
    assert 1 <= ticks <= 101 or duration > 100 * 3600
    assert waves.axis_times(duration)[-1] == pytest.approx(duration)


def test_a_call_without_a_length_has_no_place():
    with pytest.raises(ValueError, match="0 s"):
        waves.span(0, 1, duration=0)


def test_the_scale_of_a_held_call_says_kept_open_and_held():
    drawn = scale(
        began=datetime(2024, 1, 15, 15, tzinfo=UTC),
        keep_until=datetime(2027, 1, 16, 5, tzinfo=UTC),
        delete_by=datetime(2027, 2, 15, 5, tzinfo=UTC),
        now=NOW,
        zone=ZONE,
        holds=[(datetime(2026, 11, 19, tzinfo=UTC), None)],
    )
    assert drawn.kept.width > drawn.open.width > 0
    assert drawn.kept.x + drawn.kept.width == pytest.approx(drawn.open.x, abs=0.2)
    assert drawn.is_held_on
    assert drawn.held.x + drawn.held.width == 626
    assert [label.text for label in drawn.labels][:2] == ["2025", "2026"]
    assert drawn.now_is_right


def test_a_call_that_nothing_keeps_has_no_kept_bar():
    ended = NOW - timedelta(days=3)
    drawn = scale(began=ended, keep_until=ended, delete_by=NOW + timedelta(days=87), now=NOW, zone=ZONE)
    assert drawn.kept is None
    assert drawn.held is None


@given(integers(946_684_800, 1_893_456_000), timedeltas(timedelta(seconds=30), timedelta(days=9000)))
def test_everything_lies_on_the_line(second, length):
    began = datetime.fromtimestamp(second, UTC)
    drawn = scale(began=began, keep_until=began + length / 2, delete_by=began + length, now=began + length, zone=ZONE)
    places = [float(x) for x in re.findall(r"M([\d.e+-]+) 92", drawn.ticks)]
    assert all(0 <= x <= WIDTH for x in places)
    assert len(places) <= 200
    assert all(later.x - label.x >= 80 for label, later in zip(drawn.labels, drawn.labels[1:], strict=False))
    assert drawn.open.x + drawn.open.width <= WIDTH
