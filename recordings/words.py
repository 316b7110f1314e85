"""The words that pages use for what the room's rows hold. A new value without its words is shown as it is written."""

from functools import lru_cache

import phonenumbers

from policies.models import Jurisdiction, LawRelease
from recordings.domain.gaps import Gap
from recordings.models import CallEvent, ConsentEvidence

PURPOSES = {
    "performance_monitoring": "Performance monitoring",
    "quality_assurance": "Quality assurance",
    "dispute_resolution": "Dispute resolution",
    "contract_evidence": "Contract evidence",
    "customer_experience": "Customer experience",
    "training": "Training",
    "regulatory": "Regulatory",
}

STANDARDS = {
    "one_party": "One party",
    "notice_required": "All are told",
    "basis_required": "Lawful basis, all are told",
    "all_party": "All parties",
}

MARKED = {  # the same in a list, where one word or two have to do
    "truncated": "Cut short",
    "damaged": "Damaged",
    "silent": "Silent",
    "one_sided": "One side only",
    "length_differs": "Length differs",
}
AUDIO_MARKS = {
    "truncated": "It ends before the length that it announces itself.",
    "damaged": "Parts of the file could not be read.",
    "silent": "Nothing is heard on it.",
    "one_sided": "Only one side is heard.",
    "length_differs": "It is longer or shorter than its phone system said.",
}

PAUSES = {
    "card_number": "a card number was given",
    "card": "a card number was given",
    "payment": "a payment was made",
    "pci": "card data was given",
    "pci_dss": "card data was given",
    "hold": "the caller was on hold",
    "consent_refused": "recording was refused",
    "agent": "the agent paused it",
}

DISCLOSURES = {
    "agent_and_company_identity": "identity",
    "controller_identity": "controller",
}

REASONS = {
    "consent_missing": "Consent missing",
    "consent_refused": "Consent refused",
    "no_line": "No line of business",
    "no_policy": "No policy",
    "retention_conflict": "Rules in conflict",
    "damaged_audio": "Damaged audio",
    "unreadable_audio": "Unreadable audio",
    "changed_audio": "Changed in the store",
}

WHEN = {
    "start": "at the start",
    "before_recording": "before recording",
    "before_payment": "before payment",
    "any": "at any time",
    "end": "at the end",
}

_METHODS = {
    "announcement": "after the announcement",
    "spoken": "spoken",
    "keypad": "keypad",
    "written": "in writing",
}


def said_at(event: CallEvent) -> str:
    """A call event in a few words, as a moment's name."""
    method = f", {_METHODS.get(event.method, event.method)}" if event.method else ""
    return {
        "disclosure_played": f"{disclosure(event.detail)}, claimed" if event.detail else "disclosure, claimed",
        "consent_given": f"consent given{method}",
        "consent_refused": f"consent refused{method}",
        "paused": "paused",
        "resumed": "resumed",
    }.get(event.kind, event.kind.replace("_", " "))


def evidence(row: ConsentEvidence) -> str:
    """Consent evidence as a moment's name: `consent given, keypad`."""
    return f"consent {row.result}, {_METHODS.get(row.method, row.method)}"


def pause_reason(key: str) -> str:
    """Why a recording was paused: `because a card number was given`; what nobody told is said so."""
    return f"because {PAUSES.get(key, key.replace('_', ' '))}" if key else "and no reason was told"


def pause_course(gap: Gap) -> str:
    """What of it is in the audio."""
    if gap.open_side == "end":
        return "Nobody told that it went on."
    if gap.open_side == "start":
        return "It went on here, and no pause was told before."
    return "Left out of the audio." if gap.is_left_out else "In the audio it is kept as it came."


def method(value: str) -> str:
    return _METHODS.get(value, value)


def disclosure(key: str) -> str:
    """A disclosure's key in words: those of the register read themselves."""
    return DISCLOSURES.get(key, key.removesuffix("_notice").replace("_", " "))


def standard(value: str) -> str:
    return STANDARDS.get(value, value.replace("_", " ").capitalize())


def place_names() -> dict[str, str]:
    """Every place of the register by its code, as the newest release names it."""
    newest = LawRelease.objects.published().values_list("number", flat=True).first()
    return _names_in(newest) if newest is not None else {}


@lru_cache(maxsize=4)
def _names_in(release: int) -> dict[str, str]:
    """A release never changes, so its names are read once."""
    return dict(Jurisdiction.objects.filter(release_id=release).values_list("code", "name"))


def number(text: str) -> str:
    """A number as people write it: `+18135550142` becomes `+1 813-555-0142`; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def listed(names: list[str]) -> str:
    """`Florida`, `Florida and Texas`, `Florida, Ohio and Texas`."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
