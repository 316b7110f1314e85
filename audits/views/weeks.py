"""Rates week by week as the numbers of an SVG: a band where calls were reviewed, a line where there is a rate."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from audits.domain.intervals import wilson_interval
from audits.services.figures import Week
from audits.views.charts import words

LEFT, RIGHT, TOP, FLOOR = 48.0, 632.0, 12.0, 200.0
ALONE = 12.0  # half the width of a week whose neighbours have no calls


@dataclass(frozen=True)
class Point:
    """One week, where it lies and in words."""

    x: float
    begins: str
    is_spare: bool  # its words may go where the page is narrow
    said: int
    n: int
    rate: str
    interval: str
    y: float | None  # of the rate
    low_y: float
    high_y: float


@dataclass(frozen=True)
class WeeksChart:
    points: list[Point]
    grid: list[tuple[float, str, bool]]  # y, words, whether they may go where the page is narrow
    bands: list[str]
    line: str
    n: int
    sentence: str


def weeks_chart(weeks: list[Week]) -> WeeksChart | None:
    """The chart; None where no call of these weeks was reviewed."""
    counted = [week for week in weeks if week.rate.n]
    if not counted:
        return None
    lowest = min(wilson_interval(week.rate.said, week.rate.n)[0] for week in counted)
    floor, step = next((pair for pair in ((80, 5), (50, 10)) if 100 * lowest >= pair[0]), (0, 20))

    def y(fraction: float) -> float:
        return round(FLOOR - (100 * fraction - floor) / (100 - floor) * (FLOOR - TOP), 1)

    points = [_point(place, week, len(weeks), y) for place, week in enumerate(weeks)]
    marks = range(floor, 101, step)
    return WeeksChart(
        points=points,
        grid=[(y(mark / 100), f"{mark}\N{NO-BREAK SPACE}%", mark not in {floor, 100}) for mark in marks],
        bands=[_band(run) for run in _runs(points, lambda point: point.n > 0)],
        line="".join(
            "M" + " L".join(f"{one.x} {one.y}" for one in run)
            for run in _runs(points, lambda point: point.y is not None)
        ),
        n=sum(week.rate.n for week in counted),
        sentence=_sentence(points),
    )


def _point(place: int, week: Week, of: int, y: Callable[[float], float]) -> Point:
    rate, worded = week.rate, words(week.rate)
    low, high = wilson_interval(rate.said, rate.n) if rate.n else (0.0, 0.0)
    return Point(
        x=round(LEFT + (place + 0.5) * (RIGHT - LEFT) / of, 1),
        begins=f"{week.begins.day} {week.begins:%b}",
        is_spare=bool((of - 1 - place) % 4),
        said=rate.said,
        n=rate.n,
        rate=worded["rate"],
        interval=f"{100 * low:.1f} to {100 * high:.1f}" if rate.n else "",
        y=None if rate.rate is None else y(rate.rate),
        low_y=y(low),
        high_y=y(high),
    )


def _runs(points: list[Point], belongs: Callable[[Point], bool]) -> Iterable[list[Point]]:
    """Neighbours that belong, each run as a list."""
    return [list(run) for is_in, run in groupby(points, belongs) if is_in]


def _band(run: list[Point]) -> str:
    if len(run) == 1:
        one = run[0]
        return f"M{one.x - ALONE} {one.high_y}H{one.x + ALONE}V{one.low_y}H{one.x - ALONE}z"
    upper = [f"{one.x} {one.high_y}" for one in run]
    lower = [f"{one.x} {one.low_y}" for one in reversed(run)]
    return f"M{' L'.join([*upper, *lower])}z"


def _sentence(points: list[Point]) -> str:
    counted = [point for point in points if point.n]
    rated = [point for point in counted if point.rate]
    begun = f"Share of calls that said what they must, week by week, with its 95 % interval. {len(counted)} of "
    if not rated:
        return f"{begun}{len(points)} weeks have reviewed calls; none has enough of them for a rate."
    last = rated[-1]
    return f"{begun}{len(points)} weeks have reviewed calls. The latest rate is {last.rate}, from {last.begins} on."
