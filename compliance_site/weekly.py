"""Once a week, by mail: who waits for an answer, what is past its review, what changes within ninety days."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import write_letters
from compliance_site.templatetags.callward import day_text
from policies.models import RuleFlag
from policies.services.figures import figures
from policies.services.flags import standing_flags
from recordings.models import PersonRequest

KIND = "weekly-rules"
FROM_HOUR = time(7)  # on Monday; later in the week where nothing ran then
SHOWN = 25
HEADINGS = {
    RuleFlag.Kind.REVIEW_PAST: "Rules past their review",
    RuleFlag.Kind.CHANGE_AHEAD: "Changes of law within ninety days",
    RuleFlag.Kind.OVERRIDE_ENDS: "Overrides that end within ninety days",
}


def write_weekly_letters(at: datetime) -> int:
    """One letter a week to each officer for whom something is due; how many are new. Nothing due: no letter."""
    now = timezone.localtime(at)
    if now.weekday() == 0 and now.time() < FROM_HOUR:
        return 0
    year, week, _ = now.isocalendar()
    flags = standing_flags(now.date())
    written = 0
    for officer in User.objects.filter(role=Role.OFFICER, is_active=True).exclude(email=""):
        lines = [*_person_requests(officer, now.date()), *_policies(officer, at), *_rules(flags)]
        if lines:
            body = "\n".join([*lines, "", _foot()])
            subject = "Requests, rules and policies to look at this week"
            written += write_letters(
                to=[officer], kind=KIND, key=f"{year}-W{week:02}", subject=subject, body=body, at=at
            )
    return written


def _person_requests(officer: User, today: date) -> Iterator[str]:
    """People who wait for an answer, by the day on which it is due; nobody is named."""
    waiting = PersonRequest.objects.visible_to(officer).unanswered().order_by("due_on")
    if count := waiting.count():
        yield f"Requests of people to answer: {count}, late: {waiting.overdue(today).count()}"
        for request in waiting[:SHOWN]:
            yield f"  due {day_text(request.due_on)}: {_address('recordings:person-request', request.pk)}"


def _policies(officer: User, at: datetime) -> Iterator[str]:
    """The versions in force that this officer sees and whose review day is over."""
    versions = figures(officer, at).to_review
    if versions:
        yield f"Policies past their review: {len(versions)}"
        for version in versions[:SHOWN]:
            due = version.next_review_on
            yield f"  {version}, due {day_text(due) if due else 'now'}: {_address('policies:version', version.pk)}"


def _rules(flags: list[RuleFlag]) -> Iterator[str]:
    for kind, heading in HEADINGS.items():
        of_kind = [flag for flag in flags if flag.kind == kind]
        if of_kind:
            yield f"{heading}: {len(of_kind)}"
            yield from (f"  {flag.code}, {day_text(flag.on)}" for flag in of_kind[:SHOWN])
        if len(of_kind) > SHOWN:
            yield f"  and {len(of_kind) - SHOWN} more"


def _foot() -> str:
    return f"The calendar has all of it: {_address('policies:calendar')}\nA research aid, not legal advice."


def _address(name: str, *given: object) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=given)}"
