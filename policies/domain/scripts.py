"""What is said aloud: a template for each disclosure, in a language, with named slots."""

import re
import string
from collections.abc import Mapping
from functools import lru_cache

SLOTS = ("company", "period", "purposes", "yes_key")
_SAMPLE_COMPANY = re.compile(r"Northwind(?: (?:Ltd|Bank|GmbH|AG|Support|Insurance))?")
_SAMPLE_AGENT = re.compile(r"\bAna(?: Ruiz)?\b")
_SAMPLE_CUSTOMER = re.compile(r"\bJordan Smith\b")

# The English that ships. A policy may reword each key; it cannot leave one out that law or baseline demands.
ENGLISH: Mapping[str, str] = {
    "recording": "This call is recorded.",
    "purpose": "We use the recording {purposes}.",
    "retention": "We keep the recording for {period}, then we delete it.",
    "storage": "It is stored encrypted, and only authorised staff can listen to it.",
    "refusal": "If you do not want to be recorded, tell me now and I will go on without recording.",
    "consent": "Is it all right that we record this call? Say yes or press {yes_key}.",
    "agent_and_company_identity": "You are speaking with {company}.",
    "call_purpose": "Let me first say why I am calling.",
    "controller_identity": "{company} is responsible for your data.",
}

# Where law orders the recording, nobody can go on without it, whatever a policy says on its other calls.
REFUSAL_OF_DUTY = "The law asks us to record this call. If you do not want that, tell me now and we end the call."


def slots_of(template: str) -> set[str]:
    """The names in braces. Raises ValueError for braces that do not pair."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


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


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
