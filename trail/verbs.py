"""What can happen, in words. Each room registers its verbs when it is loaded; an unknown verb is a bug.

Facts keep their codes, for programs; a sentence is for people and has words in their stead.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

Word = Callable[[object], str]

_SENTENCES: dict[str, str] = {}
_WORDS: dict[str, Mapping[str, Word]] = {}
_CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+", re.ASCII)


def register(sentences: Mapping[str, str], words: Mapping[str, Word] | None = None) -> None:
    """`{"hold.placed": "Hold placed: {matter}"}`; the braces name facts of the event.

    `words` says how these verbs word a fact, by its name; every other fact reads as `plain` has it.
    """
    _SENTENCES.update(sentences)
    _WORDS.update(dict.fromkeys(sentences, words or {}))


def known() -> dict[str, str]:
    return dict(_SENTENCES)


def sentence(verb: str, facts: Mapping[str, object]) -> str:
    """The event in words; a fact that is missing stays blank."""
    words = _WORDS[verb]

    class Facts(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return ""

    said = {name: words.get(name, plain)(value) for name, value in facts.items()}
    return _SENTENCES[verb].format_map(Facts(said))


def plain(value: object) -> str:
    """A code reads as its words: `no_line` → `no line`; anything else as it is written."""
    text = str(value)
    return text.replace("_", " ") if _CODE.fullmatch(text) else text


def as_written(value: object) -> str:
    """For names that people gave: `harbor_pbx` keeps its underscore."""
    return str(value)


def one_of(said: Mapping[str, str]) -> Word:
    """Words for the values of a closed list; one that is not on it reads plainly."""
    return lambda value: said.get(str(value)) or plain(value)


def clock(value: object) -> str:
    """A place in a call: 372.4 → `6:12`, 3729 → `1:02:09`."""
    if not isinstance(value, int | float):
        return plain(value)
    hours, rest = divmod(int(value), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def moment(value: object) -> str:
    """`2026-11-24T14:02:00+00:00` → `24 Nov 2026, 14:02 UTC`."""
    try:
        at = datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        return plain(value)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
