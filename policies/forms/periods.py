"""A period as people write it: `3 years and 6 months`."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from policies.domain.errors import PeriodUnreadable
from policies.domain.periods import in_words, period

_WORDS = re.compile(r"(\d+)\s*(years?|months?|weeks?|days?|hours?|minutes?|seconds?)", re.IGNORECASE)


def period_text(said: str) -> str:
    """`3 years and 6 months` → P3Y6M; what is a period already stays. Raises ValidationError."""
    text = said.strip()
    if not text:
        return ""
    if re.sub(r"[\s,]|and", "", _WORDS.sub("", text.lower())) == "" and _WORDS.search(text):
        text = _iso(_WORDS.findall(text.lower()))
    try:
        return period(text).text
    except PeriodUnreadable as error:
        raise forms.ValidationError("Write years, months or days, such as 3 years.") from error


def _iso(amounts: Sequence[tuple[str, str]]) -> str:
    days, clock = "", ""
    for unit in ("year", "month", "week", "day", "hour", "minute", "second"):
        for number, name in amounts:
            if name.removesuffix("s") != unit:
                continue
            if unit in {"hour", "minute", "second"}:
                clock += number + unit[0].upper()
            else:
                days += number + unit[0].upper()
    return f"P{days}T{clock}" if clock else f"P{days}"


class PeriodField(forms.CharField):
    """A period in words or ISO 8601; its value is ISO 8601."""

    def clean(self, value: Any) -> str:
        return period_text(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        try:
            return in_words(period(value)) if value else ""
        except PeriodUnreadable:
            return value
