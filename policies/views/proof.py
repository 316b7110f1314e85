"""The reasons of an answer as a tree: what was decided, because of which rule, although which other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from policies.domain.law import Law
from policies.domain.periods import in_words, period
from policies.views.words import kept, lettered, place_name, who_is

CONSENT_SAYS = {
    "one_party": "Nobody else has to agree.",
    "notice_required": "Every party has to be told before we record.",
    "basis_required": "Every party has to be told, and we need a lawful basis.",
    "all_party": "Every party has to agree before we record.",
}
REFUSAL_SAYS = {
    "stop_recording": "If somebody refuses, the recording stops.",
    "delete": "If somebody refuses, the recording stops and what there is goes.",
    "keep_reason_only": "If somebody refuses, the recording stops and the reason alone is kept.",
    "end_call": "If somebody refuses, the call ends.",
}
CONTENT_SAYS = {"card_data": "While card data is spoken, the recording pauses."}


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
    """Which policy speaks, consent, duties, refusal, pauses, time: each with every rule that spoke for or against."""
    return [
        _policy(answer),
        _consent(answer, law),
        *_duties(answer),
        *_beep_tone(answer),
        *_refusal(answer),
        *_pauses(answer),
        _retention(answer, zone),
        *_conflicts(answer),
    ]


def _policy(answer: dict[str, Any]) -> Branch:
    chosen = answer["policy"]
    if not chosen["version"]:
        return Branch("No policy of ours speaks for this call.", note=chosen["because"], is_law=False)
    under = [
        Branch(f"{other['name']} speaks too: {other['because']}", word="although", is_law=False)
        for other in chosen["outranked"]
    ]
    return Branch(f"{chosen['name']} speaks for this call.", note=chosen["because"], is_law=False, under=under)


def _consent(answer: dict[str, Any], law: Law) -> Branch:
    policy = next(reason for reason in answer["because"] if reason["about"] == "policy")
    says = policy["because"].removeprefix("Our policy: ")
    ours = Branch(
        f"our policy asks: {says}.",
        word="and",
        note=policy["citation"] + ("; stricter than law" if policy["decides"] else ""),
        is_law=False,
    )
    under = [*_parties(answer, law), ours, *_document(answer)]
    return Branch(CONSENT_SAYS[answer["consent"]["standard"]], note="the strictest place decides", under=under)


def _parties(answer: dict[str, Any], law: Law) -> list[Branch]:
    """Each party's place, the one that decides first, with the federal or European law above it."""
    places = {place["party"]: place for place in answer["parties"]}
    spoke = [reason for reason in answer["because"] if reason["about"] == "consent"]
    floors = [reason for reason in answer["because"] if reason["about"] == "floor"]
    return [
        Branch(
            _party_says(reason, places[reason["party"]], law),
            word="because" if reason["decides"] else "although",
            citation=reason["citation"],
            certainty=reason["certainty"],
            verify=reason["verify"],
            under=[_floor(floor) for floor in floors if floor["party"] == reason["party"]],
        )
        for reason in sorted(spoke, key=lambda reason: not reason["decides"])
    ]


def _floor(reason: dict[str, Any]) -> Branch:
    word = "because" if reason["decides"] else "although" if reason["outranked_by"] else "and"
    return Branch(f"{reason['because']}.", word=word, citation=reason["citation"], certainty=reason["certainty"])


def _party_says(reason: dict[str, Any], place: dict[str, Any], law: Law) -> str:
    who = who_is(place["role"])
    standard = lettered(reason["demands"].partition(",")[0]).word.lower()
    would_do = "" if reason["decides"] else " would do"
    by = {
        "number": ", by the number, is in",
        "address": ", by the address on file, is in",
        "default": ", by the default of our policy for withheld numbers, counts as in",
    }.get(place["source"], " is in")
    return f"{who}{by} {place_name(place['jurisdiction'], law)}: {standard}{would_do}."


def _document(answer: dict[str, Any]) -> Iterator[Branch]:
    document = answer["consent"]["document"]
    if document["needed"] and document["attached"]:
        yield Branch(f"a signed document is attached: {document['sha256'][:12]}…", word="and", is_law=False)
    elif document["needed"]:
        yield Branch("no signed document is attached yet.", word="although", is_law=False)
    elif document["attached"]:
        yield Branch("a signed document is attached, which nothing here asks for.", word="and", is_law=False)


def _duties(answer: dict[str, Any]) -> Iterator[Branch]:
    if duties := [_of(reason, "because") for reason in answer["because"] if reason["about"] == "duty"]:
        yield Branch("This call has to be recorded.", under=duties)


def _beep_tone(answer: dict[str, Any]) -> Iterator[Branch]:
    tone = answer["beep_tone"]
    if tone["counts_as_notice"]:
        because = Branch(tone["because"], word="because", citation=tone["citation"])
        yield Branch("A repeating beep tone counts as the notice.", under=[because])


def _refusal(answer: dict[str, Any]) -> Iterator[Branch]:
    refusal = answer["refusal"]
    is_law = refusal["follow"] == "end_call"
    because = Branch(refusal["because"], word="because", **_cited(refusal, is_law=is_law))
    yield Branch(REFUSAL_SAYS[refusal["follow"]], is_law=is_law, under=[because])


def _pauses(answer: dict[str, Any]) -> Iterator[Branch]:
    for pause in answer["pause"]:
        is_law = pause["by"] == "law"
        because = Branch(pause["because"], word="because", **_cited(pause, is_law=is_law))
        yield Branch(CONTENT_SAYS.get(pause["content"], "The recording pauses."), is_law=is_law, under=[because])


def _cited(reason: dict[str, Any], *, is_law: bool) -> dict[str, Any]:
    """A clause in mono beside law; the company's own in words, where the sentence does not name it already."""
    if is_law:
        return {"citation": reason["citation"]}
    return {"note": "" if reason["citation"] in reason["because"] else reason["citation"], "is_law": False}


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


def _conflicts(answer: dict[str, Any]) -> Iterator[Branch]:
    if conflicts := answer["conflicts"]:
        under = [
            Branch(conflict["detail"], word="because", note=", ".join(conflict["rules"])) for conflict in conflicts
        ]
        yield Branch("A person has to decide.", note="nothing is destroyed until then", under=under)


def _of(reason: dict[str, Any], word: str) -> Branch:
    return Branch(
        reason["because"],
        word=word,
        citation=reason["citation"],
        certainty=reason["certainty"],
        verify=reason["verify"],
    )
