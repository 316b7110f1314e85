"""What has to be said on this call, when, and by which rule. The company adds to law and baseline, never removes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from policies.domain.languages import BY_CODE, ENGLISH, Language
from policies.domain.law import CONFIDENCES, SEVERITIES, DisclosureRule
from policies.domain.once import once
from policies.domain.scripts import filled, with_company

WHEN = ("start", "before_recording", "before_payment", "any", "end")  # in the order in which they are said

# The register's requirement keys by the names that policies, reviews and the API use.
KEYS: Mapping[str, str] = {
    "recording_notice": "recording",
    "data_use_notice": "purpose",
    "retention_period_notice": "retention",
    "storage_notice": "storage",
    "opt_out_offered": "refusal",
    "consent_obtained": "consent",
}
CORE = ("recording", "purpose", "retention", "storage", "refusal")
EACH_IN_ITS_WORDS = frozenset({"biometric_consent"})  # one place wants a yes, another a signed form
BEFORE_THE_MATTER = frozenset({"right_party_verified"})  # nobody else may hear of a debt, or of a treatment
ORDER = ("recording", "agent_and_company_identity", *CORE[1:], "consent")

# Due only when something happens on the call, or outside of it; checked in a review, not read aloud at the start.
IF_IT_HAPPENS: Mapping[str, str] = {
    "refusal_honoured": "when somebody refuses",
    "notice_to_late_joiner": "when somebody joins",
    "recording_resumed_notice": "after a pause",
    "staff_notice": "to staff, in writing",
    "notice_language_match": "in the caller's language",
}


@dataclass(frozen=True)
class Disclosure:
    """One thing to say. `rules` are all that demand it; the citation is the weightiest one's."""

    key: str
    when: str
    say: str
    citation: str
    severity: str
    because: str
    rules: tuple[str, ...]
    certainty: str
    is_law: bool
    satisfies_consent: bool
    verify: str = ""
    is_translated: bool = True  # False: the rule's own English, where another language is spoken

    @once
    def as_plain(self) -> dict[str, Any]:
        """As the API gives it; the same object each time, so copy it before you give it away."""
        return {
            "key": self.key,
            "when": self.when,
            "say": self.say,
            "citation": self.citation,
            "severity": self.severity,
            "because": self.because,
            "rules": list(self.rules),
            "certainty": self.certainty,
            "by": "law" if self.is_law else "company",
            "satisfies_consent": self.satisfies_consent,
            "verify": self.verify,
        }


@dataclass(frozen=True)
class Words:
    """What can be said in one language: the company's own texts, then those that ship."""

    language: Language
    script: Mapping[str, str]
    slots: Mapping[str, str]

    def say(self, key: str) -> str:
        """The words for a key; empty where nobody has any in this language."""
        template = self.script.get(key) or self.language.texts.get(key, "")
        return filled(template, self.slots)


def disclosures_due(
    rules: Iterable[DisclosureRule],
    *,
    script: Mapping[str, str],
    slots: Mapping[str, str],
    added: Sequence[str] = (),
    added_by: str = "",
    ask_consent: bool,
    language: Language = ENGLISH,
) -> tuple[tuple[Disclosure, ...], tuple[Disclosure, ...]]:
    """(what is said on every such call, what is said if something happens), in the order of the call.

    Rules that ask the same thing are said once. A rule for special calls with wording of its own stands by itself.
    `added` are keys that the company asks for; `ask_consent` adds the question where the form is express. `script` has
    the company's own words in the language; what it leaves open is said as it ships, or in the rule's own words.
    """
    return _worded(
        tuple(rules),
        tuple(sorted(script.items())),
        tuple(slots.items()),
        tuple(added),
        added_by,
        ask_consent,
        language.code,
    )


@lru_cache(maxsize=4096)  # many calls demand the same words
def _worded(
    rules: tuple[DisclosureRule, ...],
    script_items: tuple[tuple[str, str], ...],
    slot_items: tuple[tuple[str, str], ...],
    added: tuple[str, ...],
    added_by: str,
    ask_consent: bool,  # noqa: FBT001  the cache takes its key by position
    language: str,
) -> tuple[tuple[Disclosure, ...], tuple[Disclosure, ...]]:
    words = Words(BY_CODE[language], dict(script_items), dict(slot_items))
    groups: dict[tuple[str, str], list[DisclosureRule]] = {}
    for rule in rules:
        groups.setdefault(_group_of(rule), []).append(rule)
    due = [_said(key, asked, words) for (key, _), asked in groups.items()]
    keys = {key for key, _ in groups}
    if ask_consent and "consent" not in keys:
        due.append(_company_says("consent", words, added_by))
    due += [_company_says(key, words, added_by) for key in added if key not in keys]
    due.sort(key=_place_in_call)
    return (
        tuple(item for item in due if item.key not in IF_IT_HAPPENS),
        tuple(item for item in due if item.key in IF_IT_HAPPENS),
    )


def _group_of(rule: DisclosureRule) -> tuple[str, str]:
    """(key, words that stand apart under that key); rules of one group are said once."""
    key = KEYS.get(rule.key, rule.key)
    if key in EACH_IN_ITS_WORDS:
        return key, rule.text_example
    return (rule.code if key in CORE and _has_own_words(rule) else key), ""


def _has_own_words(rule: DisclosureRule) -> bool:
    return bool(rule.applies_when.clauses) and rule.text_example != ENGLISH.texts["recording"]


def _said(key: str, rules: list[DisclosureRule], words: Words) -> Disclosure:
    first = max(rules, key=_weight)
    special = [rule for rule in rules if rule.applies_when.clauses and rule.place != "BASELINE"]
    # Who calls to sell says so in the words of that rule.
    own_words_of_rule = key == "call_purpose" and bool(special) and key not in words.script
    say = "" if own_words_of_rule else words.say(key)
    is_translated = bool(say) or words.language.code == "en"
    if not say:
        say = with_company(first.text_example, words.slots["company"])
    return Disclosure(
        key=key,
        when=min((rule.when for rule in rules), key=_moment) if key not in IF_IT_HAPPENS else IF_IT_HAPPENS[key],
        say=say,
        citation=first.citation,
        severity=max((rule.severity for rule in rules), key=SEVERITIES.index),
        because=_because(first),
        rules=tuple(rule.code for rule in rules),
        certainty=first.confidence,
        is_law=first.place != "BASELINE",
        satisfies_consent=any(rule.satisfies_consent for rule in rules),
        verify=first.verify_note,
        is_translated=is_translated,
    )


def _company_says(key: str, words: Words, added_by: str) -> Disclosure:
    return Disclosure(
        key=key,
        when="before_recording" if key == "consent" else "start",
        say=words.say(key),
        citation=added_by,
        severity="critical" if key == "consent" else "major",
        because=f"{added_by} asks for it",
        rules=(),
        certainty="high",
        is_law=False,
        satisfies_consent=key == "consent",
    )


def _weight(rule: DisclosureRule) -> tuple[bool, int, int, bool, str]:
    """Law before baseline, then severity, certainty, the more special rule, the code: nothing is by chance."""
    is_special = bool(rule.applies_when.clauses)
    severity, confidence = SEVERITIES.index(rule.severity), CONFIDENCES.index(rule.confidence)
    return rule.place != "BASELINE", severity, confidence, is_special, rule.code


def _because(rule: DisclosureRule) -> str:
    if rule.place == "BASELINE":
        return "Callward's baseline asks for it on every call"
    special = f" ({rule.applies_when.text.replace(';', ', ')})" if rule.applies_when.text else ""
    return f"{rule.place} asks for it{special}"


def _moment(when: str) -> int:
    return WHEN.index(when)


def _place_in_call(item: Disclosure) -> tuple[int, int, str]:
    """The notice first, then the rest of the opening in a natural order, the question last, later moments after it."""
    moment = 0 if item.key in ORDER else WHEN.index(item.when) if item.when in WHEN else len(WHEN)
    rank = ORDER.index(item.key) if item.key in ORDER else len(ORDER) + (item.key not in BEFORE_THE_MATTER)
    return moment, rank, item.key
