"""One spelling for a telephone number or a name, so that it is found however it was written."""

import re
import unicodedata

import phonenumbers


def findable_number(number: str) -> str:
    """E.164 where the number is international, else its digits and signs: `+1 (415) 555-0132` → `+14155550132`.

    `sip:Anna@example.com` → `sip:anna@example.com`; an extension `(101)` → `101`.
    """
    text = unicodedata.normalize("NFKC", number).strip()
    try:
        parsed = phonenumbers.parse(text)
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return re.sub(r"[\s().\-/]", "", text).casefold()


def findable_name(name: str) -> str:
    """Case-folded, spaces as one: ` Anna  MÜLLER` → `anna müller`."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
