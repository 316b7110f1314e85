"""What stands on the workbench: the requirement strip, the player with its marks, the script, the questions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.permissions import lines_of
from audits.domain import kinds, skipping
from audits.domain.errors import CallUnavailable
from audits.domain.scoring import Score
from audits.models import Answer, Assignment, Finding, Review
from audits.services import reviews
from recordings import words
from recordings.models import Recording
from recordings.player import Moment, Player, player_of
from recordings.services.sight import find_recording

HEARD_ENOUGH = 0.6  # below this share of the call, submitting asks once
BUDGET = 1.5  # times the call's length: a help, not a whip
EARLIER = 5
PURPOSE = "quality_assurance"  # what a review is played for, where it was announced


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and the digit that chooses it."""

    value: str
    text: str
    digit: str


@dataclass(frozen=True)
class Asked:
    """One question with its answer so far."""

    number: int
    key: str
    text: str
    anchor: str
    is_critical: bool
    may_be_na: bool
    citation: str
    because: str
    disclosures: tuple[str, ...]
    value: str
    comment: str
    moment: float | None
    revision: int
    needs: tuple[str, ...] = ()
    kind: str = kinds.YES_NO
    is_required: bool = True
    said: str = ""  # the answer in words
    choices: tuple[Choice, ...] = ()  # of a choice or a scale
    ends: tuple[str, str] = ("", "")  # of a scale, in words
    unit: str = ""

    @property
    def is_bad(self) -> bool:
        return self.kind == kinds.YES_NO and self.value == kinds.NO


def bench(review: Review, reviewer: User) -> dict[str, Any]:
    """Everything that the page shows. Raises CallUnavailable, RecordingNotFound, RecordingDestroyed."""
    assignment = review.assignment
    recording = _recording(assignment, reviewer)
    asked = _questions(review)
    required = [one for one in asked if one.is_required]
    unanswered = next((one.number for one in [*required, *asked] if not one.value), asked[0].number if asked else 0)
    player = _player(recording, review, reviewer)
    return {
        "assignment": assignment,
        "review": review,
        "recording": recording,
        "place_in_queue": _place_in_queue(reviewer, timezone.now()),
        "late_days": _late_days(assignment, timezone.now()),
        "player": player,
        "budget_seconds": player.duration_seconds * BUDGET,
        "strip": _strip(recording, player),
        "script": _script(recording),
        "questions": asked,
        "now": unanswered,
        "score": score_words(reviews.live_score(review)),
        "earlier": _earlier_findings(recording, review, reviewer),
        "skip_reasons": skipping.REASONS,
    }


def score_words(score: Score) -> str:
    """`10 + 10 + 5 = 25 of 65 so far`."""
    return score.arithmetic if score.answered == score.questions else f"{score.arithmetic} so far"


def hears_too_little(review: Review, heard_seconds: float | None) -> float | None:
    """The share of the call that was heard, where it is too small; None: enough, or nobody measured it."""
    if heard_seconds is None:
        return None
    recording = Recording.objects.select_related("profile").filter(pk=review.assignment.recording_id).first()
    profile = getattr(recording, "profile", None)
    length = (profile.duration_seconds if profile else None) or review.call.get("duration_s") or 0
    share = heard_seconds / length if length else 1.0
    return share if share < HEARD_ENOUGH else None


def _recording(assignment: Assignment, reviewer: User) -> Recording:
    find_recording(assignment.recording_id, reviewer)
    whole = Recording.objects.select_related("line_of_business", "profile", "key")
    recording = whole.prefetch_related("parties", "consent__party", "call_events").get(pk=assignment.recording_id)
    if recording.state != Recording.State.STORED or recording.restricted_at:
        raise CallUnavailable(recording.pk)
    return recording


def _player(recording: Recording, review: Review, reviewer: User) -> Player:
    marks = (Moment(mark.at_seconds, "your mark", "mark") for mark in review.marks.all())
    return player_of(recording, actor=reviewer, purpose=PURPOSE, moments=marks)


def _questions(review: Review) -> list[Asked]:
    answers = {answer.question: answer for answer in review.answers.all()}
    lacks: dict[str, list[str]] = {}
    for one in reviews.missing(review):
        lacks.setdefault(one.question, []).append(one.needs)
    return [
        _asked(number, question, answers.get(question["key"]), lacks.get(question["key"], []))
        for number, question in enumerate(review.questions, 1)
    ]


def _asked(number: int, question: dict[str, Any], answer: Answer | None, needs: Iterable[str]) -> Asked:
    return Asked(
        number=number,
        key=question["key"],
        text=question["text"],
        anchor=question["anchor"],
        is_critical=question["critical"],
        may_be_na=question["may_be_na"],
        citation=question.get("citation", ""),
        because=question.get("because", ""),
        disclosures=tuple(question.get("disclosures", ())),
        value=answer.value if answer else "",
        comment=answer.comment if answer else "",
        moment=answer.moment_seconds if answer else None,
        revision=answer.revision if answer else 0,
        needs=tuple(needs),
        kind=kinds.kind_of(question),
        is_required=kinds.is_required(question),
        said=_said(question, answer.value if answer else ""),
        choices=_choices(question),
        ends=(question.get("low_words", ""), question.get("high_words", "")),
        unit=question.get("unit", ""),
    )


def _said(question: dict[str, Any], value: str) -> str:
    return "Written" if value and kinds.kind_of(question) == kinds.TEXT else kinds.words(question, value)


def _choices(question: dict[str, Any]) -> tuple[Choice, ...]:
    """A step of a scale is chosen by its own digit, an option by its place."""
    kind = kinds.kind_of(question)
    if kind not in {kinds.CHOICE, kinds.SCALE}:
        return ()
    return tuple(
        Choice(value, text, (value if len(value) == 1 else "") if kind == kinds.SCALE else str(place))
        for place, (value, text) in enumerate(kinds.answers_of(question).items(), 1)
    )


def _strip(recording: Recording, player: Player) -> dict[str, Any]:
    """What the law of this call is, in one line of facts."""
    decided = recording.decided
    names = words.place_names()
    codes = dict.fromkeys(party.jurisdiction for party in recording.parties.all())
    consent = decided.get("consent", {})
    cause = consent.get("because_of") or {}
    return {
        "places": words.listed([names.get(code, code) or "a place not known" for code in codes]),
        "standard": words.standard(consent.get("standard", "")) if consent else "not decided",
        "cause": names.get(cause.get("jurisdiction") or "", cause.get("jurisdiction") or ""),
        "company_is_stricter": cause.get("company_is_stricter", False),
        "citation": cause.get("citation", ""),
        "evidence": _evidence(recording),
        "purpose": words.PURPOSES.get(player.purpose, player.purpose),
        "must_be_said": ", ".join(words.disclosure(one["key"]) for one in decided.get("disclosures", [])),
    }


def _evidence(recording: Recording) -> list[tuple[str, float | None]]:
    return [(words.evidence(row).capitalize(), row.offset_seconds) for row in recording.consent.all()]


def _script(recording: Recording) -> list[tuple[str, str]]:
    """What should be heard, each moment of the call with its words in one piece."""
    found: list[tuple[str, list[str]]] = []
    for line in recording.decided.get("script", []):
        when = words.WHEN.get(line["when"], line["when"])
        if found and found[-1][0] == when:
            found[-1][1].append(line["say"])
        else:
            found.append((when, [line["say"]]))
    return [(when, " ".join(said)) for when, said in found]


def _earlier_findings(recording: Recording, review: Review, reviewer: User) -> list[Finding]:
    """What was found about the same agent before, in the reviewer's lines; the agent stays unnamed."""
    if not recording.agent_id:
        return []
    lines = lines_of(reviewer)
    found = Finding.objects.standing().filter(agent_id=recording.agent_id).exclude(review=review)
    mine = found if lines is None else found.filter(line_of_business__in=lines)
    return list(mine.order_by("-opened_at")[:EARLIER])


def _place_in_queue(reviewer: User, now: datetime) -> tuple[int, int]:
    """`5 of 37`: after those that this reviewer has done today, of those and what is open in the queue."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    done = Review.objects.filter(assignment__reviewer=reviewer, submitted_at__gte=midnight).count()
    return done + 1, done + Assignment.objects.filter(reviewer=reviewer).open().count()


def _late_days(assignment: Assignment, now: datetime) -> int:
    """Whole days past its due moment, 1 from the first second on; 0: in time."""
    return 0 if now <= assignment.due_at else (now - assignment.due_at) // timedelta(days=1) + 1
