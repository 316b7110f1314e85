"""A rate with its interval on a graduated line, as the numbers of an SVG; drawn by the server, styled by class."""

from dataclasses import dataclass
from typing import Any

from audits.domain.intervals import Rate

LEFT, RIGHT = 20.0, 620.0


@dataclass(frozen=True)
class Scale:
    """Where everything of one rate lies in a view box of 640 by 96."""

    band_x: float
    band_width: float
    line_x: float
    ticks: str
    labels: list[tuple[float, str, bool]]  # x, words, whether it may go where the page is narrow
    sentence: str


def scale_of(rate: Rate) -> Scale | None:
    """The chart of a rate; None where there is no rate."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return None
    floor, step = _range(rate.low)
    span = 100 - floor

    def x(percent: float) -> float:
        return round(LEFT + (percent - floor) / span * (RIGHT - LEFT), 1)

    marks = list(range(floor, 101, step))
    small = max(1, step // 5)
    ticks = [f"M{x(one)} 58v{14 if one % step == 0 else 6}" for one in range(floor, 101, small)]
    return Scale(
        band_x=x(100 * rate.low),
        band_width=round(x(100 * rate.high) - x(100 * rate.low), 1),
        line_x=x(100 * rate.rate),
        ticks="".join(ticks),
        labels=[(x(one), f"{one}\N{NO-BREAK SPACE}%", one not in {floor, 100}) for one in marks],
        sentence=(
            f"Rate {_one(rate.rate)} %, 95 % interval {_one(rate.low)} to {_one(rate.high)} %, "
            f"{rate.said} of {rate.n} calls, on a scale from {floor} to 100 %."
        ),
    )


def words(rate: Rate) -> dict[str, Any]:
    """A rate's parts in words: `96.5 %`, `94.7`, `97.6`; empty where there is none."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return {"rate": "", "low": "", "high": ""}
    return {
        "rate": f"{_one(rate.rate)}\N{NO-BREAK SPACE}%",
        "low": _one(rate.low),
        "high": _one(rate.high),
    }


def _range(low: float) -> tuple[int, int]:
    """(where the scale begins, how far its marks are apart), so that the interval fills it."""
    for floor, step in ((90, 1), (80, 2), (50, 5)):
        if 100 * low >= floor:
            return floor, step
    return 0, 10


def _one(fraction: float) -> str:
    return f"{100 * fraction:.1f}"
