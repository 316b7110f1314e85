"""Why a recording is kept and until when: what was decided for its day, as a tree from the date down to the clause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.forms import Form

from accounts.models import User
from accounts.permissions import Act, may
from policies.domain.periods import in_words, period
from recordings.domain.scale import Scale, scale
from recordings.domain.triggers import DECIDED_RULE, WORDS, waits_for
from recordings.models import HoldMember, Recording, RetentionCase, TriggerEffect
from recordings.retention_forms import TellTriggerForm
from recordings.services.dates import given_dates
from recordings.views.rows import last_moment

CERTAINTY = {"high": "High certainty", "medium": "Medium certainty", "low": "Low certainty"}
KEPT, LIMITED = "minimum", "maximum"
SECTION = "§"


@dataclass(frozen=True)
class Cite:
    """Beside a sentence: a clause in mono, plain words, or a link."""

    text: str
    is_code: bool = False


@dataclass(frozen=True)
class Reason:
    """One sentence of the tree. `symbol` is § for law, else an icon's name; `link` is because, and, although."""

    symbol: str
    words: str
    link: str = ""
    cites: tuple[Cite, ...] = ()
    certainty: str = ""
    verify: str = ""
    because: tuple["Reason", ...] = ()

    @property
    def is_law(self) -> bool:
        return self.symbol == SECTION

    @property
    def certainty_words(self) -> str:
        return CERTAINTY.get(self.certainty, "")


def reasons_of(recording: Recording, holds: Sequence[HoldMember]) -> list[Reason]:
    """What keeps it, what ends it; each with everything that spoke for or against."""
    explained = given_dates([recording])[recording.pk].explanation
    found = [_hold(recording, len(holds))] if recording.is_held else []
    minimums = [limit for limit in explained if limit["kind"] == KEPT]
    maximums = [limit for limit in explained if limit["kind"] == LIMITED]
    return [*found, _minimum(recording, minimums), _maximum(recording, maximums, minimums)]


def counting_of(recording: Recording, actor: User, telling: Form | None) -> dict[str, Any]:
    """What its periods wait for, what was told of it, and the form to tell more."""
    waited = waits_for(given_dates([recording])[recording.pk].explanation)
    return {
        "waits_for": [WORDS.get(name, name) for name in waited],
        "told": [
            (WORDS.get(effect.trigger.kind, effect.trigger.kind), effect)
            for effect in TriggerEffect.objects.of(recording.pk)
        ],
        "may_tell": may(actor, Act.TELL_TRIGGER, recording),
        "telling": telling or TellTriggerForm(first=waited),
        "case": RetentionCase.objects.visible_to(actor).open().filter(recording_id=recording.pk).first()
        if may(actor, Act.SEE_DISPOSITION)
        else None,
    }


def scale_of(recording: Recording, holds: Sequence[HoldMember], now: datetime) -> Scale:
    """The same as a picture."""
    return scale(
        began=recording.started_at,
        keep_until=recording.keep_until,
        delete_by=recording.delete_by,
        now=now,
        zone=ZoneInfo(recording.zone),
        holds=[(member.hold.placed_at, member.released_at) for member in holds],
    )


def _hold(recording: Recording, known: int) -> Reason:
    count = recording.hold_count
    words = (
        "It stays while a legal hold covers it."
        if count == 1
        else f"It stays while any of {count} legal holds covers it."
    )
    return Reason("hold", words, cites=(Cite("see Holds" if known else "an officer knows the matter"),))


def _minimum(recording: Recording, limits: Sequence[dict[str, Any]]) -> Reason:
    if not any(limit["until"] for limit in limits):
        return Reason(
            "info",
            "No law and no policy asks to keep it.",
            cites=(Cite("so only its last day counts"),),
            because=tuple(_limit(recording, limit, first=False) for limit in limits),
        )
    ends = last_moment(recording.keep_until, recording.zone).text
    return Reason(
        _symbol(limits),
        f"Nobody may destroy it before {_end_of(recording.keep_until, ends, recording)}.",
        cites=(Cite("the longest minimum decides" if len(limits) > 1 else "one minimum, so it decides"),),
        because=tuple(_limit(recording, limit, first=place == 0) for place, limit in enumerate(limits)),
    )


def _maximum(recording: Recording, limits: Sequence[dict[str, Any]], minimums: Sequence[dict[str, Any]]) -> Reason:
    ends = last_moment(recording.delete_by, recording.zone).text
    when = _end_of(recording.delete_by, ends, recording)
    numbered = [limit for limit in limits if limit["until"]]
    lifted = numbered and not any(limit["standing"] == "decides" for limit in numbered)
    if lifted and minimums:
        cite = "a minimum of law outranks every shorter maximum"
    else:
        cite = "the shortest maximum decides" if len(numbered) > 1 else "one maximum, so it decides"
    return Reason(
        _symbol(numbered) if numbered else "company",
        f"Without the hold it would go by {when}." if recording.is_held else f"It goes by {when}.",
        cites=(Cite(cite),),
        because=tuple(_limit(recording, limit, first=place == 0) for place, limit in enumerate(limits)),
    )


def _limit(recording: Recording, limit: dict[str, Any], *, first: bool) -> Reason:
    by_law = limit["by"] == "law"
    cites = [Cite(limit["citation"], is_code=by_law)]
    if by_law and recording.law_release:
        cites.append(Cite(f"register, release {recording.law_release}"))
    if limit.get("outranked_by") == DECIDED_RULE:
        cites.append(Cite("gives way to what people decided"))
    elif limit["standing"] == "outranked":
        cites.append(Cite("outranked, because another rule reaches further"))
    elif limit["standing"] == "no number":
        cites.append(Cite("sets no period in numbers"))
    return Reason(
        SECTION if by_law else "company",
        _lowered(limit["because"]),
        link="because"
        if first and limit["standing"] != "outranked"
        else "although"
        if limit["standing"] == "outranked"
        else "and",
        cites=tuple(cites),
        certainty=limit["certainty"] if by_law else "",
        verify=limit["verify"],
        because=_counted(recording, limit),
    )


def _counted(recording: Recording, limit: dict[str, Any]) -> tuple[Reason, ...]:
    """The sum itself: a day and a period make a day."""
    if not limit["until"] or not limit["period"]:
        return ()
    told = limit.get("counted_from")
    counted_from = datetime.fromisoformat(told) if told else recording.ended_at
    call = counted_from.astimezone(ZoneInfo(recording.zone))
    place = recording.zone.rpartition("/")[2].replace("_", " ")
    length = period(limit["period"])
    until = last_moment(datetime.fromisoformat(limit["until"]), recording.zone).text
    sum_of = f"{call.day} {call:%B %Y} and {in_words(length)}: {until}"
    return (Reason("calendar", f"{sum_of}." if length.in_seconds else f"{sum_of}, to the end of the day in {place}."),)


def _end_of(at: datetime, text: str, recording: Recording) -> str:
    local = at.astimezone(ZoneInfo(recording.zone))
    return f"the end of {text}" if local.hour == local.minute == local.second == 0 else text


def _symbol(limits: Sequence[dict[str, Any]]) -> str:
    deciding = next((limit for limit in limits if limit["standing"] == "decides"), limits[0])
    return SECTION if deciding["by"] == "law" else "company"


def _lowered(text: str) -> str:
    """A sentence after its `because`: its first letter small, unless it is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in _COMMON else text


_COMMON = {
    "A",
    "An",
    "The",
    "Our",
    "Nothing",
    "Nobody",
    "Every",
    "Each",
    "All",
    "Records",
    "Recordings",
    "Business",
    "Calls",
}
