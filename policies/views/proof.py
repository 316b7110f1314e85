"""The reasons of an answer as a tree: what was decided, because of which rule, although which other."""

from dataclasses import dataclass, field
from typing import Any

from policies.domain.law import Law
from policies.domain.periods import in_words, period
from policies.views.words import kept, lettered, place_name

CONSENT_SAYS = {
    "one_party": "Nobody else has to agree.",
    "notice_required": "Every party has to be told before we record.",
    "basis_required": "Every party has to be told, and we need a lawful basis.",
    "all_party": "Every party has to agree before we record.",
}


@dataclass(frozen=True)
class Branch:
    """One sentence with its clause. `word`: because, although, and; empty at the root."""

    says: str
    word: str = ""
    citation: str = ""
    certainty: str = ""
    verify: str = ""
    note: str = ""
    is_law: bool = True
    under: list["Branch"] = field(default_factory=list)


def proof_of(answer: dict[str, Any], law: Law, zone: str) -> list[Branch]:
    """Consent, duties, time: each with every rule that spoke for it or against."""
    roots = [_consent(answer, law)]
    roots += [
        Branch("This call has to be recorded.", under=[_of(reason, "because")])
        for reason in answer["because"]
        if reason["about"] == "duty"
    ]
    roots.append(_retention(answer, zone))
    return roots


def _consent(answer: dict[str, Any], law: Law) -> Branch:
    spoke = [reason for reason in answer["because"] if reason["about"] == "consent"]
    policy = next(reason for reason in answer["because"] if reason["about"] == "policy")
    places = {place["party"]: place for place in answer["parties"]}
    under = [
        Branch(
            _party_says(reason, places[reason["party"]], law),
            word="because" if reason["decides"] else "although",
            citation=reason["citation"],
            certainty=reason["certainty"],
            verify=reason["verify"],
        )
        for reason in sorted(spoke, key=lambda reason: not reason["decides"])
    ]
    says = policy["because"].removeprefix("Our policy: ")
    under.append(
        Branch(
            f"our policy asks: {says}.",
            word="and",
            note=policy["citation"] + ("; stricter than law" if policy["decides"] else ""),
            is_law=False,
        )
    )
    standard = answer["consent"]["standard"]
    return Branch(CONSENT_SAYS[standard], note="the strictest place decides", under=under)


def _party_says(reason: dict[str, Any], place: dict[str, Any], law: Law) -> str:
    who = {"agent": "the agent", "customer": "the customer", "third_party": "the third party"}.get(
        place["role"], "a party"
    )
    by = {"number": ", by the number, is in", "explicit": " is in"}.get(place["source"], " is in")
    standard = lettered(reason["demands"].partition(",")[0]).word.lower()
    would_do = "" if reason["decides"] else " would do"
    return f"{who}{by} {place_name(place['jurisdiction'], law)}: {standard}{would_do}."


def _retention(answer: dict[str, Any], zone: str) -> Branch:
    under = [_limit(limit) for limit in answer["retention"]["explanation"] if limit["period"]]
    notes = ["the longest minimum and the shortest maximum decide"]
    if answer["retention"]["waits_for"]:
        waits = " and ".join(trigger.replace("_", " ") for trigger in answer["retention"]["waits_for"])
        notes.append(f"counted from the call until {waits} is known")
    return Branch(kept(answer, zone), note="; ".join(notes), under=under)


def _limit(limit: dict[str, Any]) -> Branch:
    edge = "at least" if limit["kind"] == "minimum" else "at most"
    says = f"{in_words(period(limit['period']))} {edge}: {limit['because']}"
    if limit["by"] == "company":
        says = f"our policy keeps it {in_words(period(limit['period']))} {edge}."
    word = {"decides": "because", "outranked": "although"}.get(limit["standing"], "and")
    is_law = limit["by"] == "law"
    return Branch(
        says,
        word=word,
        citation=limit["citation"] if is_law else "",
        certainty=limit["certainty"] if is_law else "",
        verify=limit["verify"],
        note="" if is_law else limit["citation"],
        is_law=is_law,
    )


def _of(reason: dict[str, Any], word: str) -> Branch:
    return Branch(
        reason["because"],
        word=word,
        citation=reason["citation"],
        certainty=reason["certainty"],
        verify=reason["verify"],
    )
