"""The trail in words: facts keep their codes, sentences have none."""

import string

import pytest

from recordings.domain.lifecycle import QuarantineReason
from recordings.services.calls import KINDS
from recordings.verbs import HAPPENED
from trail import verbs

GIVEN_BY_PEOPLE = {"source", "zone"}


def named_in(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize(
    ("verb", "facts", "said"),
    [
        ("recording.played", {"purpose": "quality_assurance"}, "Play began, for quality assurance"),
        (
            "playback.ended",
            {"purpose": "dispute_resolution", "from_s": 0.0, "to_s": 372.4},
            "Played for dispute resolution, 0:00 to 6:12",
        ),
        (
            "recording.event_told",
            {"kind": "disclosure_played", "offset_s": 3.0},
            "Told what happened on the call: a disclosure was played",
        ),
        ("recording.received", {"source": "harbor_pbx"}, "Received from harbor_pbx"),
        ("recording.stored", {"size_bytes": 48213}, "Audio stored, 48,213 bytes"),
        ("recording.probed", {"outcome": "good", "marks": []}, "Audio read: whole"),
        (
            "recording.objected",
            {"until": "2026-12-01T15:30:00+01:00"},
            "Disposition objected to, until 1 Dec 2026, 14:30 UTC",
        ),
        ("plan.changed", {"changed": "is active, size"}, "Plan changed: whether it draws, how many calls"),
        (
            "answer.saved",
            {"question": "retention_period_notice", "value": "unknown"},
            "Answer saved: retention period, cannot tell",
        ),
        ("finding.opened", {"question": "mini_miranda"}, "Finding opened: mini miranda"),
        (
            "assignment.replaced",
            {"reason": "quarantined"},
            "Replaced by the next in the draw: its call is in quarantine",
        ),
        ("line.added", {"zone": "America/New_York"}, "Line of business added, its days end in America/New_York"),
        ("version.sent_back", {"number": 3}, "Version 3 sent back"),
    ],
)
def test_a_sentence_reads_as_words(verb, facts, said):
    assert verbs.sentence(verb, facts) == said


@pytest.mark.parametrize("verb", sorted(verbs.known()))
def test_no_sentence_shows_a_code(verb):
    names = named_in(verbs.known()[verb]) - GIVEN_BY_PEOPLE
    for code in ("quality_assurance", *KINDS, *QuarantineReason):
        assert "_" not in verbs.sentence(verb, dict.fromkeys(names, str(code)))


def test_every_event_of_a_call_has_its_words():
    assert set(HAPPENED) == set(KINDS)


def test_a_fact_that_is_missing_stays_blank():
    assert verbs.sentence("recording.played", {}) == "Play began, for "
