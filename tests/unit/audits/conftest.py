"""A plan of one line with its reviewer, and calls that were drawn by it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from audits.domain import sampling
from audits.models import AuditPlan, EvaluationForm, Sample
from audits.services.allotment import allot
from audits.services.reviews import save_answer, start_review
from tests.factories import RecordingFactory, UserFactory
from trail.domain.actors import CALLWARD

SEED = "5f21c80d" * 8
DISCLOSURES = [
    {"key": "recording", "when": "start", "say": "This call is recorded.", "citation": "Fla. Stat. 934.03",
     "severity": "critical", "because": "the customer is in Florida"},
    {"key": "retention", "when": "start", "say": "We keep it for 90 days.", "citation": "Company policy",
     "severity": "major", "because": "the company asks for it"},
]  # fmt: skip


@pytest.fixture
def plan(line, reviewer):
    plan = AuditPlan.objects.create(
        name="Home cover, inbound", form=EvaluationForm.objects.get(code="standard"), size=3, period_days=7
    )
    plan.lines.set([line])
    plan.reviewers.set([reviewer])
    return plan


@pytest.fixture
def second_reviewer(line, plan):
    person = UserFactory(username="tomas", first_name="Tomas", last_name="Lind", role=Role.REVIEWER, lines=[line])
    plan.reviewers.add(person)
    return person


@pytest.fixture
def calls(line):
    return [RecordingFactory(line_of_business=line, decided={"disclosures": DISCLOSURES}) for _ in range(6)]


@pytest.fixture
def draw(plan):
    """`draw(calls, size=2, at=…)`: a sample of these calls with a seed that is known."""

    def drawn(calls, *, size=None, at=None):
        frame = sampling.frame_of((call.pk, call.sample_key) for call in calls)
        now = at or timezone.now()
        with transaction.atomic():
            sample = Sample.objects.create(
                plan=plan,
                period_from=now - timedelta(days=7),
                period_to=now,
                filters={"size": size or plan.size},
                algorithm=sampling.ALGORITHM,
                frame=[[call, key] for call, key in frame],
                frame_size=len(frame),
                frame_digest=sampling.frame_digest(frame),
                frame_committed_at=now,
                seed=SEED,
                drawn=sampling.draw(frame, SEED, size or plan.size),
                drawn_at=now,
            )
            allot(sample=sample, count=size or plan.size, at=now, actor=CALLWARD)
        return sample

    return drawn


@pytest.fixture
def assignment(draw, calls):
    return draw(calls, size=1).assignments.get()


@pytest.fixture
def review(assignment, reviewer):
    return start_review(assignment=assignment, actor=reviewer)


@pytest.fixture
def answer(reviewer):
    """`answer(review, recording="no")`: yes to every question where nothing else is said; other kinds stay open."""

    def answered(review, *, but=(), **values):
        for question in review.questions:
            value = values.get(question["key"], "yes" if question["kind"] == "yes_no" else "")
            needs_proof = value == "no" and question["critical"]
            if value and question["key"] not in but:
                save_answer(
                    review=review,
                    question=question["key"],
                    value=value,
                    comment="Not said before the matter began." if needs_proof else "",
                    moment_seconds=4.2 if needs_proof else None,
                    revision=1,
                    actor=reviewer,
                )

    return answered
