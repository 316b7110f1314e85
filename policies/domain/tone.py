"""Whether a repeating tone tells the parties that they are recorded: only where a place's own rule says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.domain.consent import PartyConsent
from policies.domain.scripts import listed


@dataclass(frozen=True)
class BeepTone:
    counts_as_notice: bool
    because: str
    citation: str = ""


UNKNOWN = "a place without a known rule"
NOBODY_ASKS = BeepTone(counts_as_notice=False, because="No place of this call asks for a notice.")


def beep_tone(parties: Sequence[PartyConsent]) -> BeepTone:
    """It counts where every place that asks for a notice accepts it: Connecticut does, Florida does not."""
    asking = [party for party in parties if party.standard != "one_party"]
    if not asking:
        return NOBODY_ASKS
    accepting = {
        party.rule.name: party.rule.citation
        for party in asking
        if party.rule and party.rule.beep_tone_allowed_as_notice
    }
    others = {party.rule.name if party.rule else UNKNOWN for party in asking} - set(accepting)
    if others:
        names = sorted(others)
        because = f"No rule of {listed(names)} accepts a tone instead of words."
        return BeepTone(counts_as_notice=False, because=because)
    names = sorted(accepting)
    citation = "; ".join(accepting[name] for name in names)
    because = f"A tone about every 15 seconds counts as notice in {listed(names)}."
    return BeepTone(counts_as_notice=True, because=because, citation=citation)
