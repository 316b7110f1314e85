"""Two policy documents side by side, in words: what changed, from what to what, and which of them is stricter."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.domain.consent import FORM_WORDS, STANDARD_WORDS
from policies.domain.documents import PolicyDocument
from policies.domain.languages import BY_CODE, ENGLISH
from policies.domain.law import FORMS, STANDARDS
from policies.domain.periods import Period, day_of_clash, in_words
from policies.domain.scopes import scope_words
from policies.domain.words_of_keys import KEY_WORDS

STRICTER, LAXER, OTHER = "stricter", "laxer", "other"
READING_WORDS = {"best": "the best reading", "cautious": "the cautious reading"}
REFUSAL_WORDS = {
    "stop_recording": "recording stops, and what there is stays",
    "delete": "recording stops, and what there is is deleted",
    "keep_reason_only": "recording stops, and the reason alone is kept",
}
PAUSE_WORDS = {
    "always": "the recording pauses before every payment",
    "when_taken": "the recording pauses when card data are taken",
    "never": "the recording does not pause",
}
HINT_WORDS = {"best_source": "the most trusted source of a place", "strictest": "the strictest of all hints of a place"}


@dataclass(frozen=True)
class Change:
    """One point at which two documents differ. `direction`: stricter, laxer, or other where neither is."""

    pointer: str
    label: str
    before_words: str
    after_words: str
    sentence: str
    direction: str


@dataclass(frozen=True)
class _Point:
    """One point of a document: how it is said, and how strict it is where that can be said."""

    pointer: str
    label: str
    words: Callable[[PolicyDocument], str]
    strictness: Callable[[PolicyDocument], int] | None = None


def changes(before: PolicyDocument, after: PolicyDocument) -> list[Change]:
    """Every point that differs, in the order of the document. Alike documents have none."""
    return [
        *(_change(point, before, after) for point in POINTS if point.words(before) != point.words(after)),
        *_readings(before.readings, after.readings),
        *_period_changes(before, after),
        *_list_changes("/purposes", "Purposes", before.purposes, after.purposes, _plain, stricter_with_more=False),
        *_list_changes(
            "/disclosures", "What we announce", before.disclosures, after.disclosures, _of_key, stricter_with_more=True
        ),
        *_script_changes(before, after),
    ]


POINTS: tuple[_Point, ...] = (
    _Point("/summary", "In short", lambda document: document.summary or "nothing"),
    _Point("/company", "Company", lambda document: document.company),
    _Point("/scope", "Speaks for", lambda document: scope_words(document.scope)),
    _Point(
        "/consent/standard",
        "Consent",
        lambda document: STANDARD_WORDS[document.standard],
        lambda document: STANDARDS.index(document.standard),
    ),
    _Point(
        "/consent/form",
        "What counts as agreement",
        lambda document: FORM_WORDS[document.form],
        lambda document: FORMS.index(document.form),
    ),
    _Point(
        "/consent/reading",
        "How we read law",
        lambda document: READING_WORDS[document.reading],
        lambda document: int(document.reading == "cautious"),
    ),
    _Point(
        "/location/withheld_default",
        "Where a caller is of whom nothing is known",
        lambda document: document.withheld_default or "unknown",
    ),
    _Point(
        "/location/hints",
        "Which hint counts",
        lambda document: HINT_WORDS[document.hints],
        lambda document: int(document.hints == "strictest"),
    ),
    _Point(
        "/retention/needs_approval",
        "Before anything is destroyed",
        lambda document: "a person approves" if document.needs_approval else "nobody has to approve",
    ),
    _Point(
        "/pause/card_data",
        "While card data are spoken",
        lambda document: PAUSE_WORDS[document.pause_card_data],
        lambda document: ("never", "when_taken", "always").index(document.pause_card_data),
    ),
    _Point(
        "/on_refusal",
        "When somebody refuses",
        lambda document: REFUSAL_WORDS[document.on_refusal],
        lambda document: int(document.on_refusal != "stop_recording"),
    ),
    _Point("/language", "Language", lambda document: BY_CODE[document.language].name),
    _Point("/contact/opt_out_key", "Key to opt out", lambda document: document.opt_out_key),
)


def _change(point: _Point, before: PolicyDocument, after: PolicyDocument) -> Change:
    direction = OTHER
    if point.strictness:
        direction = _direction(point.strictness(after) - point.strictness(before))
    return _said(point.pointer, point.label, point.words(before), point.words(after), direction)


def _said(pointer: str, label: str, before: str, after: str, direction: str) -> Change:
    tail = "" if direction == OTHER else f" That is {direction}."
    return Change(pointer, label, before, after, f"{label}: {after}, before: {before}.{tail}", direction)


def _direction(more: int) -> str:
    return STRICTER if more > 0 else LAXER if more < 0 else OTHER


def _readings(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for place in sorted({*before, *after}):
        old, new = before.get(place, ""), after.get(place, "")
        if old != new:
            words = {**READING_WORDS, "": "as everywhere"}
            direction = OTHER if not (old and new) else _direction(int(new == "cautious") - int(old == "cautious"))
            label = f"How we read law in {place}"
            yield _said(f"/consent/readings/{place}", label, words[old], words[new], direction)


def _period_changes(before: PolicyDocument, after: PolicyDocument) -> Iterator[Change]:
    """Kept shorter, listed longer: stricter. A longer minimum keeps more, and law or company asked for it: neither."""
    if _length(before.min_period) != _length(after.min_period):
        old, new = _in_words(before.min_period), _in_words(after.min_period)
        yield _said("/retention/min_period", "Kept at least", old, new, OTHER)
    for pointer, label, old_length, new_length, sign in (
        ("/retention/max_period", "Kept at most", before.max_period, after.max_period, -1),
        ("/retention/cooling_period", "Listed before it goes", before.cooling, after.cooling, 1),
    ):
        if _length(old_length) != _length(new_length):
            direction = _direction(sign * _longer(old_length, new_length))
            yield _said(pointer, label, in_words(old_length), in_words(new_length), direction)


def _longer(old: Period, new: Period) -> int:
    """1: the new one ends later on some day and never earlier; -1 the other way round; 0: it depends on the day."""
    later, earlier = day_of_clash(new, old) is not None, day_of_clash(old, new) is not None
    return int(later) - int(earlier)


def _length(length: Period | None) -> tuple[int, int, int] | None:
    return (length.months, length.days, length.seconds) if length else None


def _in_words(length: Period | None) -> str:
    return in_words(length) if length else "no minimum of our own"


def _list_changes(
    pointer: str,
    label: str,
    before: Sequence[str],
    after: Sequence[str],
    words: Callable[[str], str],
    *,
    stricter_with_more: bool,
) -> Iterator[Change]:
    """What came and what went, one change each way."""
    came = [words(item) for item in after if item not in before]
    went = [words(item) for item in before if item not in after]
    more = 1 if stricter_with_more else -1
    if came:
        direction = _direction(more)
        said = ENGLISH.listed(came)
        yield Change(pointer, label, "", said, f"{label}, added: {said}. That is {direction}.", direction)
    if went:
        direction = _direction(-more)
        said = ENGLISH.listed(went)
        yield Change(pointer, label, said, "", f"{label}, left out: {said}. That is {direction}.", direction)


def _plain(value: str) -> str:
    return value.replace("_", " ")


def _of_key(key: str) -> str:
    return KEY_WORDS.get(key, _plain(key))


def _script_changes(before: PolicyDocument, after: PolicyDocument) -> Iterator[Change]:
    for code, language in BY_CODE.items():
        old_words, new_words = before.script_in(code), after.script_in(code)
        for key in sorted({*old_words, *new_words}):
            if old_words.get(key) == new_words.get(key):
                continue
            shipped = language.texts.get(key)
            label = f"Said in {language.in_english}: {_of_key(key)}"
            old, new = (words.get(key) or shipped or "as the rule says it" for words in (old_words, new_words))
            if old != new:
                sentence = f"{label}. Now “{new}”, before “{old}”."
                yield Change(f"/script/{code}/{key}", label, old, new, sentence, OTHER)
