"""What became of a decision on the call: told by the phone system, checked against what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.domain.errors import OutcomeRefused

METHODS = ("announcement", "spoken", "keypad", "written")
GIVEN, REFUSED = "given", "refused"
# Forms of consent for which somebody has to say or do something, and the methods that do.
ENOUGH: Mapping[str, frozenset[str]] = {
    "express": frozenset({"spoken", "keypad", "written"}),
    "written": frozenset({"written"}),
}


@dataclass(frozen=True)
class Told:
    """As it was told. `party` is a role that occurs once or an index; empty: all of them. Offsets are in seconds."""

    announced: bool
    announced_offset_seconds: float | None = None
    consent: str = ""  # given, refused; empty: nobody was asked
    method: str = ""
    party: str = ""
    offset_seconds: float | None = None
    document_sha256: str = ""


@dataclass(frozen=True)
class Next:
    """What follows. `follow`: record, do_not_record, ask_first, or what the decision says of a refusal."""

    follow: str
    say: str
    because: str
    citation: str


def checked(told: Told, roles: Sequence[str]) -> Told:
    """The same, where it can be. Raises OutcomeRefused, which names each field."""
    wrong = {}
    if told.consent and not told.method:
        wrong["/method"] = f"Say how consent was {told.consent}. Use one of: {', '.join(METHODS)}."
    if not told.consent:
        for name, value in (("method", told.method), ("party", told.party), ("offset_s", told.offset_seconds)):
            if value not in ("", None):
                wrong[f"/{name}"] = "This belongs to consent. Say whether it was given or refused, or leave it out."
    if told.announced_offset_seconds is not None and not told.announced:
        wrong["/announced_offset_s"] = "Nothing was announced. Leave it out."
    if told.document_sha256 and told.method != "written":
        wrong["/document_sha256"] = "Only a written consent has a document. Leave it out."
    if told.party and (problem := _wrong_party(told.party, roles)):
        wrong["/party"] = problem
    if wrong:
        fields = [{"pointer": pointer, "detail": detail} for pointer, detail in wrong.items()]
        raise OutcomeRefused("Mend the fields named in errors.", fields)
    return told


def _wrong_party(named: str, roles: Sequence[str]) -> str:
    if named.isdecimal():
        return "" if int(named) < len(roles) else f"There is no party {named}. Use an index up to {len(roles) - 1}."
    if roles.count(named) == 1:
        return ""
    found = "No party has" if named not in roles else "Several parties have"
    return f"{found} the role {named!r}. Use the party's index."


def next_of(told: Told, answer: Mapping[str, Any]) -> Next:
    """What the decision says of this outcome."""
    if told.consent == REFUSED:
        told_of = answer.get("refusal") or {"follow": answer["on_refusal"]}
        return Next(told_of["follow"], told_of.get("say", ""), told_of.get("because", ""), told_of.get("citation", ""))
    if not answer["may_record"]:
        reasons = "; ".join(conflict["detail"] for conflict in answer["conflicts"])
        return Next("do_not_record", "", reasons, "")
    cause = answer["consent"]["because_of"] or {}
    if lack := _lack(told, answer):
        return Next("ask_first", "", lack, cause.get("citation", ""))
    return Next("record", "", "What the decision asks for was done.", cause.get("citation", ""))


def signed_document(answer: Mapping[str, Any]) -> str:
    """The SHA-256 of the attached document that meets a written form; empty: none is asked for, or none serves."""
    document = answer["consent"].get("document") or {}
    serves = answer["consent"]["form"] == "written" and document.get("attached")
    return document.get("sha256") or "" if serves else ""


def _lack(told: Told, answer: Mapping[str, Any]) -> str:
    """What is still to be done before the recording may begin; empty: nothing.

    Staying on the line after an announcement is no yes where a yes is needed, and one party's yes is not another's.
    """
    consent = answer["consent"]
    methods = ENOUGH.get(consent["form"])
    if methods is not None and not signed_document(answer):
        if told.consent != GIVEN:
            return "Nobody has agreed yet, and this call needs it."
        if told.method not in methods:
            return f"This call needs a consent that is {' or '.join(sorted(methods))}."
        if others := [name for name in consent["from"] if told.party and name != _name_of(told.party, answer)]:
            return f"Not everybody has agreed yet: {', '.join(others)}."
    if (
        consent["standard"] != "one_party"
        and not told.announced
        and told.consent != GIVEN
        and not signed_document(answer)
    ):
        return "Nobody was told yet, and this call needs it."
    return ""


def _name_of(named: str, answer: Mapping[str, Any]) -> str:
    """How the answer names the party that is told by its role or its index."""
    return str(answer["parties"][int(named)]["party"]) if named.isdecimal() else named
