"""Pauses of a recording: paired, explained, and placed on the audio's clock."""

import itertools

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists, sampled_from, tuples

from recordings.domain.gaps import PAUSED, RESUMED, Gap, Told, paired, timeline


def told(*events):
    return [Told(*event) for event in events]


def test_a_pause_and_its_end_are_one_gap_with_its_reason():
    [gap] = paired(told((PAUSED, 40, "card_number"), (RESUMED, 60)), end=100)
    assert (gap.call_start, gap.call_end, gap.reason, gap.open_side) == (40, 60, "card_number", "")


def test_the_reason_may_be_told_when_it_goes_on():
    [gap] = paired(told((PAUSED, 40), (RESUMED, 60, "payment")), end=100)
    assert gap.reason == "payment"


def test_a_second_pause_inside_one_tells_nothing_new():
    [gap] = paired(told((PAUSED, 40), (PAUSED, 45, "card_number"), (RESUMED, 60)), end=100)
    assert (gap.call_start, gap.call_end, gap.reason) == (40, 60, "card_number")


def test_what_never_went_on_reaches_the_end_and_what_went_on_alone_is_told():
    assert paired(told((RESUMED, 10), (PAUSED, 40)), end=100) == (
        Gap(10, 10, open_side="start"),
        Gap(40, 100, open_side="end"),
    )


def test_events_are_paired_in_the_order_of_the_call_however_they_arrived():
    assert [gap.seconds for gap in paired(told((RESUMED, 60), (PAUSED, 40)), end=100)] == [20]


def test_a_pause_that_the_audio_keeps_lies_where_it_was_told():
    course = timeline(told((PAUSED, 40), (RESUMED, 60)), audio_seconds=99.6, call_seconds=100)
    assert not course.is_cut
    assert [(gap.start, gap.end, gap.is_left_out) for gap in course.gaps] == [(40, 60, False)]
    assert course.place(70) == 70


def test_a_pause_that_was_left_out_is_a_cut_and_what_follows_is_heard_earlier():
    course = timeline(told((PAUSED, 40), (RESUMED, 60)), audio_seconds=80.2, call_seconds=100)
    assert course.is_cut
    assert [(gap.start, gap.end, gap.seconds, gap.is_left_out) for gap in course.gaps] == [(40, 40, 20, True)]
    assert [course.place(second) for second in (30, 50, 70)] == [30, 40, 50]


@pytest.mark.parametrize(("audio_seconds", "is_cut"), [(88, True), (88.1, False)])
def test_left_out_counts_from_six_tenths_of_the_pause(audio_seconds, is_cut):
    assert timeline(told((PAUSED, 40), (RESUMED, 60)), audio_seconds=audio_seconds, call_seconds=100).is_cut is is_cut


def test_without_the_calls_own_length_nothing_is_known_to_be_left_out():
    assert not timeline(told((PAUSED, 40), (RESUMED, 60)), audio_seconds=80, call_seconds=None).is_cut


@given(lists(tuples(sampled_from([PAUSED, RESUMED]), floats(0, 500)), max_size=12), floats(1, 500), floats(1, 500))
def test_gaps_never_overlap_and_lie_within_the_audio(events, audio_seconds, call_seconds):
    course = timeline([Told(*event) for event in events], audio_seconds=audio_seconds, call_seconds=call_seconds)
    for gap in course.gaps:
        assert 0 <= gap.start <= gap.end <= audio_seconds
        assert gap.call_start <= gap.call_end
    for gap, later in zip(course.gaps, course.gaps[1:], strict=False):
        assert gap.call_end <= later.call_start
    places = [course.place(second) for second in range(0, 500, 25)]
    assert all(place <= later + 1e-9 for place, later in itertools.pairwise(places))
