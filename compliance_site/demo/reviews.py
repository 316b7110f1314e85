"""The demo's audits: two plans, eight weeks of draws, and reviews as far as the people got."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import LineOfBusiness, User
from audits.domain.errors import AssignmentClosed, CallUnavailable, NothingToDraw, PeriodDrawn
from audits.models import Assignment, AuditPlan, EvaluationForm, Finding
from audits.services.findings import close_finding
from audits.services.plans import create_plan, update_plan
from audits.services.reviews import save_answer, start_review, submit_review
from audits.services.samples import draw_sample
from compliance_site.demo import company
from compliance_site.demo.calls import Clip, DemoCall
from compliance_site.demo.progress import Progress
from compliance_site.demo.reviewers import answer
from recordings.models import Recording

WEEKS = 8
DUE_WORKING_DAYS = 3
PLANS = (
    ("Sales and collections, weekly", ("home-cover", "collections"), ("ines", "tomas", "joel"), 5),
    ("Claims, weekly", ("claims",), ("ines", "tomas"), 5),
)
PEOPLE_AT_WORK = 3  # at once: each waits for the database most of the time
AWAY, AWAY_SINCE = "joel", timedelta(days=18)
VISITOR = "ines"  # the reviewer as whom a visitor signs in: this week's calls are left for them
CLOSING_NOTE = (
    "Played the call together on Tuesday. The opening is read from the card again; checked on five calls since."
)


def draw_and_review(anchor: datetime, told: Sequence[DemoCall], progress: Progress) -> None:
    """Make the plans, draw the past weeks, review what was reviewed, close one finding. Twice is once."""
    ruth = User.objects.get(username="ruth")
    drawn = sum(_draw_weeks(_plan(plan, ruth, anchor), anchor, ruth) for plan in PLANS)
    progress.step("Weekly samples, drawn", str(drawn))
    todo = [one for one in Assignment.objects.open().select_related("reviewer") if _is_done(one, anchor)]
    clips = _clips(todo, told)
    todo = [one for one in todo if one.recording_id in clips]
    with ThreadPoolExecutor(PEOPLE_AT_WORK) as at_work:
        done = at_work.map(lambda one: _review(one, clips[one.recording_id]), todo)
        for _ in progress.each("Reviews, scored by their labels", done, len(todo)):
            pass
    _close_one(ruth)


def _plan(plan: tuple[str, tuple[str, ...], tuple[str, ...], int], ruth: User, anchor: datetime) -> AuditPlan:
    name, lines, reviewers, size = plan
    return AuditPlan.objects.filter(name=name).first() or create_plan(
        name=name,
        form=EvaluationForm.objects.get(code="standard"),
        lines=list(LineOfBusiness.objects.filter(code__in=lines)),
        reviewers=list(User.objects.filter(username__in=reviewers)),
        size=size,
        due_working_days=DUE_WORKING_DAYS,
        next_draw=anchor + timedelta(days=7),
        actor=ruth,
    )


def _draw_weeks(plan: AuditPlan, anchor: datetime, ruth: User) -> int:
    """Each past week as if on its last day, oldest first. Meanwhile the plan rests, so that beat draws nothing."""
    _set_active(plan, ruth, is_active=False)
    for back in range(WEEKS, 0, -1):
        end = anchor - timedelta(weeks=back - 1)
        try:
            draw_sample(plan=plan, actor=ruth, period=(end - timedelta(weeks=1), end), at=end)
        except (PeriodDrawn, NothingToDraw):
            continue
    _set_active(plan, ruth, is_active=True)
    return plan.samples.count()


def _set_active(plan: AuditPlan, ruth: User, *, is_active: bool) -> None:
    update_plan(
        plan=plan,
        name=plan.name,
        form=plan.form,
        lines=list(plan.lines.all()),
        reviewers=list(plan.reviewers.all()),
        size=plan.size,
        per=plan.per,
        period_days=plan.period_days,
        due_working_days=plan.due_working_days,
        is_active=is_active,
        actor=ruth,
    )


def _is_done(assignment: Assignment, anchor: datetime) -> bool:
    """Whether its reviewer got to it: not this week's of the visitor, nor what came up while one of them is away."""
    if assignment.reviewer.username == AWAY:
        return assignment.due_at < anchor - AWAY_SINCE
    if assignment.due_at < anchor:
        return not _is_left_behind(assignment, anchor)
    return assignment.reviewer.username != VISITOR and assignment.position % 2 == 0


def _is_left_behind(assignment: Assignment, anchor: datetime) -> bool:
    """One plan's calls of last week that the visitor finds overdue in their own queue."""
    is_last_week = assignment.due_at > anchor - timedelta(weeks=1)
    return is_last_week and assignment.reviewer.username == VISITOR and assignment.sample.plan.name == PLANS[1][0]


def _clips(assignments: Sequence[Assignment], told: Sequence[DemoCall]) -> dict[object, Clip]:
    """Which clip is heard on each assigned call."""
    heard = {call.external_id: call.clip for call in told}
    ids = [assignment.recording_id for assignment in assignments]
    rows = Recording.objects.filter(pk__in=ids, source=company.SOURCE).values_list("pk", "external_id")
    return {pk: heard[external_id] for pk, external_id in rows}


def _review(assignment: Assignment, clip: Clip) -> None:
    """Start, answer every question, submit. A call that went meanwhile is replaced by others, not reviewed."""
    reviewer = assignment.reviewer
    try:
        review = start_review(assignment=assignment, actor=reviewer)
        for question in review.questions:
            heard = answer(clip, question)
            if not heard.value:
                continue
            save_answer(
                review=review,
                question=question["key"],
                value=heard.value,
                comment=heard.comment,
                moment_seconds=heard.moment_seconds,
                revision=1,
                actor=reviewer,
            )
        submit_review(review=review, heard_seconds=clip.duration_s, actor=reviewer)
    except (AssignmentClosed, CallUnavailable):
        return
    finally:
        connection.close()  # this thread's own


def _close_one(ruth: User) -> None:
    """One finding is corrected; the others wait."""
    if not Finding.objects.filter(state=Finding.State.CLOSED).exists():
        first = Finding.objects.filter(state=Finding.State.OPEN).order_by("opened_at").first()
        if first is not None:
            close_finding(finding=first, note=CLOSING_NOTE, actor=ruth)
