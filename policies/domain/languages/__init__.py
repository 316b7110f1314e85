"""The languages in which a script ships: what is said, with slots, and how a period and a list are put in words."""

from collections.abc import Mapping

from policies.domain.languages.english import ENGLISH
from policies.domain.languages.french import FRENCH
from policies.domain.languages.german import GERMAN
from policies.domain.languages.language import Language
from policies.domain.languages.spanish import SPANISH

BY_CODE: Mapping[str, Language] = {language.code: language for language in (ENGLISH, SPANISH, FRENCH, GERMAN)}
LANGUAGES = tuple(BY_CODE)


def shipped(code: str) -> Language | None:
    """The language of a BCP 47 tag: `es-MX` and `ES` → Spanish; None where it does not ship."""
    return BY_CODE.get(code.partition("-")[0].lower())


__all__ = ["BY_CODE", "ENGLISH", "FRENCH", "GERMAN", "LANGUAGES", "SPANISH", "Language", "shipped"]
