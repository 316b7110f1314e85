"""`Range: bytes=…` as RFC 9110 has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.domain.ranges import ByteRange, Unsatisfiable, asked_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-499", ByteRange(0, 500)),
        ("bytes=500-999", ByteRange(500, 1000)),
        ("bytes=-500", ByteRange(500, 1000)),
        ("bytes=9500-", None),
        ("bytes=0-", ByteRange(0, 1000)),
        ("bytes=999-5000", ByteRange(999, 1000)),
        ("bytes=0-0,-1", None),
        ("bytes=4-3", None),
        ("bytes=", None),
        ("", None),
        ("seconds=1-2", None),
        ("bytes=\u0661-\u0662", None),
    ],
)
def test_the_table_of_the_rfc(header, expected):
    if header == "bytes=9500-":
        with pytest.raises(Unsatisfiable):
            asked_range(header, 1000)
    else:
        assert asked_range(header, 1000) == expected


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_nothing_of_an_empty_file_can_be_had(header):
    with pytest.raises(Unsatisfiable):
        asked_range(header, 0)


@given(st.text(max_size=40), st.integers(1, 10**12))
def test_whatever_comes_the_answer_lies_within_the_file(header, size):
    for text in (header, f"bytes={header}"):
        try:
            found = asked_range(text, size)
        except Unsatisfiable:
            continue
        assert found is None or 0 <= found.start < found.stop <= size
