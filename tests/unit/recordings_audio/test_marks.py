"""What is marked on a call's audio, and from where on."""

import pytest

from recordings.domain.marks import MARKS, Heard, marks_of


def marks(seconds=27.4, loudest=(200, 180), **about):
    return marks_of(Heard(seconds=seconds, loudest=loudest, **about))


def test_a_whole_call_has_no_mark():
    assert marks(announced_seconds=27.55, call_seconds=27, errors=1) == []


@pytest.mark.parametrize(("seconds", "found"), [(26.37, []), (26.36, ["truncated"])])
def test_truncated_from_half_a_second_and_two_percent_on(seconds, found):
    assert marks(seconds, announced_seconds=27.41) == found


@pytest.mark.parametrize(("errors", "found"), [(1, []), (2, ["damaged"])])
def test_damaged_from_the_second_lost_packet_on(errors, found):
    assert marks(errors=errors) == found


@pytest.mark.parametrize(
    ("loudest", "found"),
    [
        ((0, 1), ["silent"]),
        ((1,), ["silent"]),
        ((1, 2), ["one_sided"]),
        ((200, 0), ["one_sided"]),
        ((2, 2), []),
        ((0, 3, 9), []),
        ((2,), []),
    ],
)
def test_silent_below_42_dbfs_and_one_sided_of_two(loudest, found):
    assert marks(loudest=loudest) == found


@pytest.mark.parametrize(
    ("call_seconds", "paused_seconds", "found"),
    [
        (30.4, 0, []),  # 3 s
        (30.5, 0, ["length_differs"]),
        (24.4, 0, []),
        (24.3, 0, ["length_differs"]),
        (50, 20, []),  # 20 s were paused, and left out
        (54, 20, ["length_differs"]),
        (None, 0, []),  # not told
    ],
)
def test_a_length_other_than_told_by_three_seconds_and_five_percent(call_seconds, paused_seconds, found):
    assert marks(call_seconds=call_seconds, paused_seconds=paused_seconds) == found


def test_an_hour_may_be_three_minutes_off():
    assert marks(3600, call_seconds=3789) == []
    assert marks(3600, call_seconds=3790) == ["length_differs"]


def test_marks_come_in_one_order_and_have_words():
    from recordings.words import AUDIO_MARKS

    found = marks(5.0, loudest=(200, 0), errors=9, announced_seconds=27, call_seconds=27)
    assert found == [mark for mark in MARKS if mark in {"truncated", "damaged", "one_sided", "length_differs"}]
    assert set(AUDIO_MARKS) == set(MARKS)
