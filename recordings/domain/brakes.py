"""When something is so large that a person has to type its number before it goes on."""

MOST_RECORDINGS = 1_000
MOST_SHARE = 0.05  # of the recordings that were looked at


def asks_for_number(count: int, of: int) -> bool:
    """Whether the list is long, or a large part of all: 1,001 of a million; 6 of 100; never an empty list.

    `count` recordings stand on the list, `of` were looked at.
    """
    return count > MOST_RECORDINGS or count > MOST_SHARE * of


MOST_IN_A_RUN = 10_000  # recordings; DISPOSITION_BRAKE sets another number
TIMES_THE_USUAL = 3
NEVER_BELOW = 100  # a house that destroys one a day is not asked for four


def brake_of_run(count: int, *, most: int, usual: float | None) -> str:
    """Why a run of `count` recordings stops before anything goes and asks: "count", "median", or "" for not at all.

    `most` is the house's number; `usual` the median of its runs of the last 30 days, None without one. 10,001 of
    10,000; 301 where 100 are usual; never 100 or fewer by the median.
    """
    if count > most:
        return "count"
    if usual is not None and count > max(TIMES_THE_USUAL * usual, NEVER_BELOW):
        return "median"
    return ""
