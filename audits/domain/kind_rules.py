"""What the form's document has to say about a question of each kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from audits.domain import kinds

RESERVED = set(kinds.WORDS)


def problems_of(question: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(member, how to mend it) for everything about the question's kind that needs mending."""
    kind = kinds.kind_of(question)
    if kind not in kinds.KINDS:
        return [("kind", f"Write one of {', '.join(kinds.KINDS)}.")]
    if kind == kinds.YES_NO:
        return []
    of_kind = {kinds.CHOICE: _choice, kinds.SCALE: _scale, kinds.NUMBER: _number, kinds.TEXT: _text}[kind]
    return [*_of_every_kind(question), *of_kind(question)]


def _of_every_kind(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if question.get("critical"):
        yield "critical", "Only a question of yes and no can be critical. Write null."
    if question.get("covers") or question.get("asked") != "always":
        yield "asked", "Write always, and no covers: a disclosure that was due is asked with yes and no."


def _choice(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    options = question.get("options")
    if not isinstance(options, list) or not 2 <= len(options) <= kinds.MOST_OPTIONS:
        yield "options", f"List 2 to {kinds.MOST_OPTIONS} options, each with key, text and share."
        return
    keys = [str(option.get("key", "")) for option in options]
    if len(set(keys)) < len(keys) or RESERVED & set(keys) or not all(map(kinds.OPTION_KEY.fullmatch, keys)):
        yield "options", "Give each option its own key of small letters, digits and _, other than yes, no, unknown, na."
    if not all(option.get("text") for option in options):
        yield "options", "Add some words to each option."
    shares = [option.get("share") for option in options]
    if not all(share is None or (_is_number(share) and 0 <= share <= 1) for share in shares):
        yield "options", "Write each share as a number from 0 to 1."
    elif question.get("weight") and None in shares:
        yield "options", "Give each option its share of the weight, or the question the weight 0."


def _scale(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    low, high = question.get("low"), question.get("high")
    if not (_is_whole(low) and _is_whole(high)) or not _is_short(low, high):
        yield "high", f"Write whole numbers from 0 as low and high, low first, at most {kinds.MOST_STEPS} steps."
    for name in ("low_words", "high_words"):
        if not question.get(name):
            yield name, "Say what this end of the scale means."


def _number(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("least", "most"):
        if question.get(name) is not None and not _is_number(question[name]):
            yield name, "Write a number, or leave it out."
    accepted = question.get("accepted")
    if accepted is not None and not (
        isinstance(accepted, list)
        and len(accepted) == 2  # from, to
        and all(map(_is_number, accepted))
        and accepted[0] <= accepted[1]
    ):
        yield "accepted", "Write the accepted range as [from, to], or leave it out."
    elif question.get("weight") and accepted is None:
        yield "accepted", "Write the range that gives the weight, or the weight 0."


def _text(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if question.get("weight"):
        yield "weight", "Write 0: a text is not scored."
    if question.get("may_be_na"):
        yield "may_be_na", "Write false: a text that does not apply is left empty."


def _is_short(low: Any, high: Any) -> bool:
    return bool(0 <= low < high < low + kinds.MOST_STEPS)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
