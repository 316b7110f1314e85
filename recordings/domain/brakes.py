"""When a shortening is so large that the person who approves it has to type its number."""

MOST_RECORDINGS = 1_000
MOST_SHARE = 0.05  # of the recordings that were looked at


def asks_for_number(count: int, of: int) -> bool:
    """Whether the list is long, or a large part of all: 1,001 of a million; 6 of 100; never an empty list.

    `count` recordings stand on the list, `of` were looked at.
    """
    return count > MOST_RECORDINGS or count > MOST_SHARE * of
