"""What is said aloud: a template for each disclosure, in a language, with named slots."""

import re
import string
from collections.abc import Mapping, Sequence
from functools import lru_cache

from policies.domain.languages import ENGLISH, Language
from policies.domain.periods import Period

SLOTS = ("company", "period", "purposes", "yes_key", "opt_out_key")
# Without these an own text does not say what its key is for.
REQUIRED_SLOTS: Mapping[str, str] = {"retention": "period", "purpose": "purposes", "consent": "yes_key"}
YES_KEY = "1"
_SAMPLE_COMPANY = re.compile(r"Northwind(?: (?:Ltd|Bank|GmbH|AG|Support|Insurance))?")
_SAMPLE_AGENT = re.compile(r"\bAna(?: Ruiz)?\b")
_SAMPLE_CUSTOMER = re.compile(r"\bJordan Smith\b")


def slots_of(template: str) -> set[str]:
    """The names in braces. Raises ValueError for braces that do not pair."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def unknown_slots(template: str) -> str:
    """What is wrong with the slots of a text, and which there are; empty where nothing is."""
    try:
        parts = [part for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError:
        return f"An open brace is no slot. Use {_braced(SLOTS)}."
    wrong = {str(name) for _, name, _, _ in parts} - set(SLOTS)
    wrong |= {f"{name}{'!' if how else ':'}{how or shape}" for _, name, shape, how in parts if shape or how}
    return f"{', '.join(sorted(wrong))} is no slot. Use {_braced(SLOTS)}." if wrong else ""


def missing_slots(key: str, template: str) -> str:
    """Which slot an own text under this key lacks; empty where it has what it needs."""
    wanted = REQUIRED_SLOTS.get(key)
    if wanted is None or wanted in slots_of(template):
        return ""
    return f"Say it with {{{wanted}}}; without it the text does not say what it has to. Allowed: {_braced(SLOTS)}."


def slots_in(
    language: Language, *, company: str, length: Period, purposes: Sequence[str], opt_out_key: str = "9"
) -> dict[str, str]:
    """What each slot says in a language. `company` as it stands, but for the default's, which every language has."""
    return {
        "company": language.our_company if company == ENGLISH.our_company else company,
        "period": language.period(length),
        "purposes": language.listed([language.purposes[purpose] for purpose in purposes] or [language.serving]),
        "yes_key": YES_KEY,
        "opt_out_key": opt_out_key,
    }


def filled(template: str, slots: Mapping[str, str]) -> str:
    """The words to say. A template without braces is taken as it is."""
    return _capital(template.format_map(slots)) if "{" in template else template


@lru_cache(maxsize=4096)
def with_company(example: str, company: str) -> str:
    """The register's own wording with the company's name in the sample's place, and gaps for the names of people."""
    named = _SAMPLE_CUSTOMER.sub("[their name]", _SAMPLE_AGENT.sub("[your name]", example))
    return _capital(_SAMPLE_COMPANY.sub(company, named))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _braced(names: Sequence[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return ENGLISH.listed(words)
