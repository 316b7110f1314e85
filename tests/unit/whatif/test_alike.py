"""Recordings are counted in groups by the database; the figures and the list are those of each recording by itself."""

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from compliance_site.whatif.simulation import Simulation
from policies.domain.impact import Kind, Tally, difference
from policies.models import ImpactChange
from policies.services import rulesets
from recordings.domain.consent import Evidence, consent_reason
from recordings.domain.deliveries import EvidenceGiven
from recordings.models import ConsentEvidence, Recording
from recordings.services.holds import place_hold
from recordings.services.pieces import Piece
from tests.rules import arrived, document, in_force, in_review

pytestmark = pytest.mark.django_db

STRICT = {"consent": {"standard": "all_party", "form": "express"}}
LONGER = document("P40D", **STRICT) | {"retention": {"min_period": "P20D", "max_period": "P40D"}}
SHORTER = document("P10D")
PLACES = ("US-TX", "US-CA", "US-IL", "DE", "")
SIGNS = ((), ("announcement",), ("spoken",), ("announcement", "spoken"))


@pytest.fixture
def calls(line, other_line, officer, second_officer):
    """Of two lines, several places and days, with all kinds of evidence; some held, some with dates moved since."""
    in_force(line, officer, second_officer, always=True)
    chance = random.Random(4)  # noqa: S311  the same each time
    made = [_call(chance.choice((line, line, other_line)), chance) for _ in range(24)]
    of_line = [one.pk for one in made if one.line_of_business_id == line.pk]
    place_hold(matter="A v. B", reason="Asked for.", recording_ids=of_line[:5], actor=officer)
    for one in made[::4]:
        moved = one.delete_by + timedelta(days=chance.choice((3, 10, 90)), hours=5)
        Recording.objects.filter(pk=one.pk).update(delete_by=moved, size_bytes=chance.randrange(1, 900_000))
    return list(Recording.objects.order_by("pk"))


def _call(line, chance):
    signs = chance.choice(SIGNS)
    facts = {"sector": ("health",)} if chance.random() < 0.3 else {}
    given = arrived(line, place=chance.choice(PLACES), days_ago=chance.randrange(1, 28), consent="", facts=facts)
    evidence = [EvidenceGiven(method, "refused" if chance.random() < 0.2 else "given") for method in signs]
    parties = [None, *given.parties.all()]
    ConsentEvidence.objects.bulk_create(
        ConsentEvidence(recording=given, party=chance.choice(parties), method=one.method, result=one.result)
        for one in evidence
    )
    return given


@pytest.mark.parametrize("content", [LONGER, SHORTER], ids=["longer", "shorter"])
@pytest.mark.parametrize("size", [7, 100])
def test_what_is_counted_in_groups_is_what_each_recording_alone_comes_to(calls, line, officer, content, size):
    at = timezone.now()
    version = in_review(line, officer, content)
    before = rulesets.rules_in_force(at)
    simulation = Simulation(before, rulesets.with_version(before, version, at))
    tally, report = Tally(), version.pk
    after = Piece.laid_out(limit=size, days=simulation.days)
    while after is not None:
        simulation.account(after, report, tally, at)
        after = Piece.laid_out(after=after.last, limit=size, days=simulation.days)
    alone = [_alone(recording, simulation, at) for recording in calls]
    listed = ImpactChange.objects.filter(report_id=report).order_by("recording_id")
    assert [(one.recording_id, one.kinds, one.keep_until, one.delete_by) for one in listed] == [
        change for _, change, _ in alone if change
    ]
    assert {pk: parts["counts"] for pk, parts in tally.figures()["lines"].items()} == _summed(alone)
    consent = [moved for _, _, moved in alone if moved]
    told = [parts.get("consent", {}) for parts in tally.figures()["lines"].values()]
    assert {move: sum(part.get(move, 0) for part in told) for move in set(consent)} == {
        move: consent.count(move) for move in consent
    }


def _alone(recording, simulation, at):
    """What the rules before and after say of this one call, with no group and nothing remembered."""
    zone = ZoneInfo(recording.zone)
    day = recording.started_at.astimezone(zone).date()
    rules = [simulation.before, simulation.after]
    answers = [one.weigh(one.lines[recording.line_of_business_id], recording.circumstances.call, day) for one in rules]
    found = difference(*answers)
    old, new = (answer.dates(recording.ended_at, zone) for answer in answers)
    kinds, keep_until, delete_by = found.kinds, recording.keep_until, recording.delete_by
    if old != new:
        keep_until, delete_by = new.keep_until or recording.ended_at, new.delete_by
        kinds |= Kind.LATER if keep_until > recording.keep_until or delete_by > recording.delete_by else Kind(0)
        kinds |= Kind.EARLIER if keep_until < recording.keep_until or delete_by < recording.delete_by else Kind(0)
    evidence = [
        Evidence(one.party.position if one.party else None, one.method, one.result) for one in recording.consent.all()
    ]
    lacks = [
        consent_reason(standard=answer.standard, form=answer.form, roles=answer.roles, evidence=evidence) is not None
        for answer in answers
    ]
    kinds |= Kind.NONCOMPLIANT if found.is_stricter and lacks == [False, True] else Kind(0)
    counts = {"looked_at": 1}
    if kinds:
        counts |= {"touched": 1} | {str(kind.name).lower(): 1 for kind in kinds}
        counts |= {"held": 1} if recording.is_held else {}
        counts |= _moved("keep_until", recording.keep_until, keep_until)
        counts |= _moved("delete_by", recording.delete_by, delete_by)
        if delete_by != recording.delete_by:
            name = "byte_days_more" if delete_by > recording.delete_by else "byte_days_less"
            counts[name] = (recording.size_bytes or 0) * abs((delete_by - recording.delete_by).days)
        if delete_by < recording.delete_by and delete_by <= at:
            counts["due_at_once"] = 1
    change = (recording.pk, int(kinds), keep_until, delete_by) if kinds else None
    return (str(recording.line_of_business_id), counts), change, found.consent if kinds else ""


def _moved(name, before, after):
    return {f"{name}_{'later' if after > before else 'earlier'}": 1} if before != after else {}


def _summed(alone):
    lines = {}
    for (line, counts), _, _ in alone:
        total = lines.setdefault(line, {})
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    return lines
