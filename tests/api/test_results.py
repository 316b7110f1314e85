"""Results and findings over the API."""

from uuid import uuid4

import pytest
from django.utils import timezone

from audits.domain.sampling import ALGORITHM, frame_of
from audits.models import Assignment, AuditPlan, EvaluationForm, Finding, Review, Sample
from audits.services.forms import published_version
from tests.factories import RecordingFactory

QUESTIONS = [
    {"key": "recording", "section": "said", "text": "Says that the call is recorded", "critical": True, "fails": "form",
     "weight": 10, "may_be_na": False, "citation": "§ 1"},
]  # fmt: skip


@pytest.fixture
def reviewed(line, reviewer):
    """`reviewed(31, failed=1)`: so many submitted reviews of one plan, so many of them without the notice."""
    form = EvaluationForm.objects.get(code="standard")
    plan = AuditPlan.objects.create(name="Home cover", form=form, size=30)
    plan.lines.set([line])

    def made(count, failed=0):
        call = RecordingFactory(line_of_business=line, audio=b"x")
        now = timezone.now()
        sample = Sample.objects.create(
            plan=plan, period_from=now, period_to=now, filters={"size": count}, algorithm=ALGORITHM,
            frame=frame_of([(call.pk, 1)]), frame_size=1, frame_digest="d" * 64, frame_committed_at=now, seed="5e",
            drawn=[str(call.pk)], drawn_at=now,
        )  # fmt: skip
        for place in range(count):
            assignment = Assignment.objects.create(
                sample=sample, recording_id=call.pk if place == 0 else uuid4(), line_of_business=line,
                position=place + 1, reviewer=reviewer, state="submitted", due_at=now,
            )  # fmt: skip
            review = Review.objects.create(
                assignment=assignment, form_version=published_version(form), questions=QUESTIONS, started_at=now
            )
            review.answers.create(question="recording", value="no" if place < failed else "yes", saved_at=now)
            Review.objects.filter(pk=review.pk).update(
                submitted_at=now, final_at=now, said_all=place >= failed, score={"failed": place < failed}
            )
            if place < failed:
                Finding.objects.create(
                    review=review, recording_id=assignment.recording_id, line_of_business=line, agent_id="a-7",
                    question="recording", requirement=QUESTIONS[0]["text"], citation="§ 1", severity="critical",
                    comment="Not said.", moment_seconds=3.5, opened_at=now, due_at=now,
                )  # fmt: skip
        return plan

    return made


def test_results_give_a_rate_with_its_interval_and_how_it_was_drawn(client, bearer, reviewed):
    plan = reviewed(30, failed=1)
    answer = client.get("/api/v1/audits/results/", headers=bearer("audits:read")).json()
    (result,) = answer["results"]
    assert result["plan"] == {"id": str(plan.pk), "name": "Home cover"}
    assert result["reviewed"] == 30
    assert result["calls"]["said"] == 29
    assert result["calls"]["n"] == 30
    assert round(result["calls"]["low"], 3) == 0.833
    assert round(result["calls"]["high"], 3) == 0.994
    (question,) = result["questions"]
    assert (question["key"], question["critical"], question["said"], question["n"]) == ("recording", True, 29, 30)
    assert result["samples"][0]["frame_digest"] == "d" * 64
    assert answer["interval"] == "Wilson score interval, 95 %"


def test_under_thirty_calls_there_is_no_rate(client, bearer, reviewed):
    reviewed(2, failed=1)
    (result,) = client.get("/api/v1/audits/results/", headers=bearer("audits:read")).json()["results"]
    assert result["calls"] == {"said": 1, "n": 2, "rate": None, "low": None, "high": None}
    assert result["questions"][0]["rate"] is None


def test_a_token_of_another_line_sees_nothing_of_it(client, bearer, reviewed, line, other_line):
    reviewed(1, failed=1)
    mine = bearer("audits:read", lines=[line], name="mine")
    assert client.get("/api/v1/audits/results/", headers=mine).json()["results"]
    assert client.get("/api/v1/findings/", headers=mine).json()["results"]
    foreign = bearer("audits:read", lines=[other_line], name="foreign")
    assert client.get("/api/v1/audits/results/", headers=foreign).json()["results"] == []
    assert client.get("/api/v1/findings/", headers=foreign).json()["results"] == []


@pytest.mark.parametrize("path", ["/api/v1/audits/results/", "/api/v1/findings/"])
def test_the_scope_is_asked_for(client, bearer, path):
    assert client.get(path).status_code == 401
    assert client.get(path, headers=bearer("recordings:read")).status_code == 403


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("line_of_business=none-such", "/line_of_business"),
        ("since=yesterday", "/since"),
        ("colour=blue", "/colour"),
    ],
)
def test_a_filter_that_means_nothing_is_named(client, bearer, db, query, pointer):
    response = client.get(f"/api/v1/audits/results/?{query}", headers=bearer("audits:read"))
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_findings_are_paged_by_keyset_and_filtered(client, bearer, reviewed):
    reviewed(3, failed=3)
    headers = bearer("audits:read")
    page = client.get("/api/v1/findings/?limit=2", headers=headers).json()
    assert len(page["results"]) == 2
    rest = client.get(page["next"], headers=headers).json()
    assert (len(rest["results"]), rest["next"]) == (1, None)
    first = page["results"][0]
    assert (first["question"], first["state"], first["agent"], first["moment_s"]) == ("recording", "open", "a-7", 3.5)
    assert client.get("/api/v1/findings/?state=closed", headers=headers).json()["results"] == []
    assert client.get("/api/v1/findings/?state=nonsense", headers=headers).status_code == 422


def test_results_cost_as_many_queries_for_many_reviews_as_for_few(
    client, bearer, reviewed, django_assert_max_num_queries
):
    reviewed(12, failed=4)
    headers = bearer("audits:read")
    client.get("/api/v1/audits/results/", headers=headers)
    with django_assert_max_num_queries(12):
        client.get("/api/v1/audits/results/", headers=headers)
