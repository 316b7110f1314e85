"""How pages show states, instants, lengths and sizes: one way for each."""

from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# state: (symbol, word). Colour follows from data-state in the style sheet.
STATES = {
    "awaiting_audio": ("waiting", "Awaiting audio"),
    "stored": ("stored", "Stored"),
    "quarantined": ("quarantined", "Quarantined"),
    "held": ("hold", "On hold"),
    "restricted": ("mask", "To be erased"),
    "listed": ("listed", "Listed"),
    "due": ("clock", "Due"),
    "overdue": ("late", "Overdue"),
    "late": ("late", "Late"),
    "destroyed": ("destroyed", "Destroyed"),
    "met": ("check", "Met"),
    "failed": ("late", "Failed"),
    "low": ("info", "Low certainty"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of ui/icons.svg, for beside a word: `{% icon "hold" %}`."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name)


@register.simple_tag
def state(name: str, word: str = "") -> SafeString:
    """Symbol, word, colour of a state: `{% state "held" %}`, `{% state "overdue" "2 days late" %}`."""
    symbol, usual = STATES[name]
    return format_html('<span class="state" data-state="{}">{}{}</span>', name, icon(symbol), word or usual)


def day_text(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def exact(value: datetime) -> str:
    """The instant for the hover: to the second, in UTC."""
    moment = value.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _marked(value: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact(value), text)


@register.filter
def when(value: datetime | None) -> SafeString | str:
    """`24 Nov 2026, 14:02` in the reader's zone; nothing for None."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return _marked(value, f"{day_text(local)}, {local:%H:%M}")


@register.filter
def day(value: date | None) -> SafeString | str:
    """`24 Nov 2026`; an instant's day is that of the reader's zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _marked(value, day_text(timezone.localtime(value)))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value))


@register.filter
def at(value: datetime | None) -> SafeString | str:
    """`14:02`, for an instant whose day is clear."""
    return "" if value is None else _marked(value, f"{timezone.localtime(value):%H:%M}")


@register.filter
def second(value: datetime | None) -> SafeString | str:
    """`24 Nov 2026 at 14:02:07`, where the very second is told."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return _marked(value, f"{day_text(local)} at {local:%H:%M:%S}")


@register.filter
def until(value: datetime | None) -> SafeString | str:
    """A deadline both ways: `in 3 days, Fri 27 Nov`; `2 days ago, Sun 22 Nov`."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return _marked(value, f"{distance(value)}, {local:%a} {local.day} {local:%b}")


@register.filter
def distance(value: datetime | None) -> str:
    """How far off, in the largest unit that fits: `in 3 days`, `12 s ago`, `now`."""
    if value is None:
        return ""
    seconds = (value - timezone.now()).total_seconds()
    size = abs(seconds)
    if size < 1:
        return "now"
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if size >= unit:
            count = int(size // unit)
            text = f"{count} {name}{'' if count == 1 else 's'}"
            break
    else:
        text = f"{int(size)} s"
    return f"in {text}" if seconds > 0 else f"{text} ago"


@register.filter
def clock(seconds: float | None) -> str:
    """A length or a position in a call: `6:12`, `1:02:09`."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@register.filter
def size(count: int | None) -> str:
    """Bytes for people, in powers of ten: `2.9 MB`."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{int(value)} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return ""


@register.filter
def number(value: float | None) -> str:
    """`1,204`."""
    return "" if value is None else f"{value:,}"


@register.filter
def percent(rate: float | None) -> str:
    """A fraction as `96.5 %`, with a space that does not break."""
    return "" if rate is None else f"{100 * rate:.1f}\N{NO-BREAK SPACE}%"


@register.filter
def weekday(value: datetime) -> SafeString:
    """`Tuesday 24 November` in the reader's zone."""
    local = timezone.localtime(value)
    return _marked(value, f"{local:%A} {local.day} {local:%B}")


@register.filter
def spoken(seconds: float | None) -> str:
    """A length for a sentence: `6 minutes 12`, `48 seconds`."""
    if seconds is None:
        return "some minutes"
    minutes, rest = int(seconds) // 60, int(seconds) % 60
    if not minutes:
        return f"{rest} second{'' if rest == 1 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'} {rest:02d}"


@register.filter
def late_by(value: datetime) -> str:
    """`2 days late`."""
    return distance(value).replace("ago", "late")


@register.filter
def due_in(value: datetime) -> str:
    """`Due in 3 hours`."""
    return f"Due {distance(value)}"


@register.filter
def done_steps(steps: list[Any]) -> int:
    return sum(step.done_at is not None for step in steps)
