"""A policy document in words: what it asks, point by point, and what it makes people say, by language."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policies.domain.compare import HINT_WORDS, PAUSE_WORDS, REFUSAL_WORDS
from policies.domain.disclosures import CORE
from policies.domain.documents import PolicyDocument
from policies.domain.languages import BY_CODE
from policies.domain.periods import in_words
from policies.domain.scopes import scope_words
from policies.forms.words import SCRIPT
from policies.views.words import FORMS, Lettered, lettered


@dataclass(frozen=True)
class Fact:
    """One point. `letter` where it is a standard of consent."""

    label: str
    value: str
    note: str = ""
    letter: Lettered | None = None


@dataclass(frozen=True)
class Spoken:
    """What is said in one language; the words that the company wrote itself, and how many those are."""

    code: str
    name: str
    is_first: bool
    own: int
    lines: list[dict[str, Any]]


def facts_of(document: PolicyDocument) -> Iterator[Fact]:
    """In the order in which the editor asks for them."""
    yield Fact("Speaks for", scope_words(document.scope))
    yield Fact("Consent", lettered(document.standard).word, letter=lettered(document.standard))
    yield Fact("Agreement", FORMS[document.form])
    yield Fact("Unsettled law", _reading(document), _readings(document))
    if document.withheld_default:
        yield Fact("Unknown caller", f"taken to be in {document.withheld_default}", "and the strictest counts besides")
    if document.hints != "best_source":
        yield Fact("Hints", HINT_WORDS[document.hints])
    yield Fact("Card data", PAUSE_WORDS[document.pause_card_data])
    yield Fact("On refusal", REFUSAL_WORDS[document.on_refusal])
    yield Fact("Kept at least", in_words(document.min_period) if document.min_period else "no minimum of our own")
    yield Fact("Kept at most", in_words(document.max_period), "a longer minimum of law lifts it")
    yield Fact("Listed before", in_words(document.cooling), "so that a person can object")
    yield Fact("Approval", "a person approves each destruction" if document.needs_approval else "none is needed")
    yield Fact("Purposes", ", ".join(purpose.replace("_", " ") for purpose in document.purposes))


def spoken(document: PolicyDocument) -> Iterator[Spoken]:
    """Every language: the announcements of the baseline and of this policy, and what it words itself."""
    codes = [document.language, *(code for code in BY_CODE if code != document.language)]
    for code in codes:
        own = document.script_in(code)
        keys = dict.fromkeys([*CORE, *document.disclosures, *own])
        lines = [
            {"key": SCRIPT.get(key, key.replace("_", " ")), "say": say, "is_own": key in own}
            for key in keys
            if (say := own.get(key) or BY_CODE[code].texts.get(key, ""))
        ]
        yield Spoken(code, BY_CODE[code].in_english, code == document.language, len(own), lines)


def _reading(document: PolicyDocument) -> str:
    return "read cautiously" if document.reading == "cautious" else "by its best reading"


def _readings(document: PolicyDocument) -> str:
    others = [place for place, how in document.readings.items() if how != document.reading]
    how = "by its best reading" if document.reading == "cautious" else "cautiously"
    return f"but {how} in {', '.join(others)}" if others else ""
