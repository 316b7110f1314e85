"""A company with a plan, a drawn sample, reviews that are done, due and overdue, and findings: for the pages' tests."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import LineOfBusiness, User
from audits.models import Assignment, AuditPlan, EvaluationForm, Finding, Sample
from audits.services.plans import create_plan
from audits.services.reviews import save_answer, start_review, submit_review
from audits.services.samples import draw_sample
from tests.factories import RecordingFactory

DISCLOSURES = [
    {"key": key, "when": "start", "say": f"Words of {key}.", "citation": citation, "severity": severity, "because": why}
    for key, citation, severity, why in (
        ("recording", "Fla. Stat. 934.03(2)(d)", "critical", "the customer is in Florida"),
        ("purpose", "Company policy", "major", "the company asks for it"),
        ("retention", "Company policy", "major", "the company asks for it"),
        ("refusal", "Company policy", "major", "the company asks for it"),
    )
]
NOT_SAID = "Straight from the greeting to the offer."


@dataclass(frozen=True)
class Drawn:
    plan: AuditPlan
    sample: Sample
    findings: list[Finding]


def drawn(
    line: LineOfBusiness, reviewer: User, supervisor: User, *, calls: int = 6, done: int = 2, failed: int = 1
) -> Drawn:
    """A plan that drew `calls` calls; `done` are reviewed, `failed` of them without the notice; one is overdue."""
    for number in range(calls + 4):
        started = timezone.now() - timedelta(days=1, hours=number)
        call = {
            "decided": {"disclosures": DISCLOSURES},
            "started_at": started,
            "audio": b"x",
            "agent_id": f"a-{number}",
        }
        RecordingFactory(line_of_business=line, **call)
    plan = create_plan(
        name="Home cover, inbound",
        form=EvaluationForm.objects.get(code="standard"),
        lines=[line],
        reviewers=[reviewer],
        size=calls,
        actor=supervisor,
    )
    sample = draw_sample(plan=plan, actor=supervisor)
    for place, assignment in enumerate(sample.assignments.order_by("position")[:done]):
        reviewed(assignment, reviewer, fails=place < failed)
    late = sample.assignments.filter(state="assigned").order_by("position").first()
    if late:
        Assignment.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=2))
    return Drawn(plan, sample, list(Finding.objects.all()))


def reviewed(assignment: Assignment, reviewer: User, *, fails: bool) -> None:
    review = start_review(assignment=assignment, actor=reviewer)
    for question in review.questions:
        if question["kind"] != "yes_no":
            continue
        is_no = fails and question["key"] == "recording"
        save_answer(
            review=review,
            question=question["key"],
            value="no" if is_no else "yes",
            comment=NOT_SAID if is_no else "",
            moment_seconds=13.0 if is_no else None,
            revision=1,
            actor=reviewer,
        )
    submit_review(review=review, heard_seconds=200, actor=reviewer)


LOOKS = [("light", 1280), ("dark", 1280)]  # tests/pages/test_every_page.py looks at the narrow ones


def faults(as_user, axe, screenshot, person: User, pages: dict[str, str]) -> list[str]:
    """What axe finds on these pages (name: address), and which scroll sideways; in both themes."""
    found: list[str] = []
    for theme, width in LOOKS:
        page = as_user(person, theme=theme, width=width)
        for name, address in pages.items():
            page.goto(address)
            screenshot(page, f"{name}-{theme}-{width}")
            found += [f"{name} {theme} {width}: {fault}" for fault in axe(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{name} {theme} {width}: scrolls sideways")
    return found
