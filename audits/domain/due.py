"""When a review has to be done, and when the next sample is drawn."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

END_OF_WORK = time(17)
DRAWN_AT = time(6)


def due_at(start: datetime, working_days: int, zone: str) -> datetime:
    """17:00 local time on the `working_days`-th working day (Monday to Friday) after the day of `start`.

    `start` is aware; the answer is in `zone`. Tuesday 24 November and 3 days: Friday 27 November, 17:00. Public
    holidays count as working days.
    """
    local = ZoneInfo(zone)
    return datetime.combine(working_day_after(start.astimezone(local).date(), working_days), END_OF_WORK, tzinfo=local)


def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`; with 0 the day itself, or the Monday after it."""
    while count > 0 or not _is_working(day):
        day += timedelta(days=1)
        count -= 1 if _is_working(day) and count > 0 else 0
    return day


def next_draw_at(after: datetime, days: int, zone: str) -> datetime:
    """06:00 local time, `days` days after the local day of `after`. Missed draws are made up by one."""
    local = ZoneInfo(zone)
    return datetime.combine(after.astimezone(local).date() + timedelta(days=days), DRAWN_AT, tzinfo=local)


def _is_working(day: date) -> bool:
    return day.weekday() < 5
