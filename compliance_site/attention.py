"""What needs this person, most pressing first. Each thing names its number, its list and whose move it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db.models import Count
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Role, User
from accounts.permissions import Act, may
from audits.models import Assignment
from audits.services.figures import Figures as ReviewFigures
from compliance_site.inbox import yours
from compliance_site.machine import Machine
from compliance_site.templatetags.callward import day_text
from policies.models import RuleFlag
from policies.services.figures import figures as policy_figures
from policies.services.flags import standing_flags
from recordings.domain.lifecycle import WORDS, QuarantineReason
from recordings.models import DispositionRun, PersonRequest
from recordings.services.call_lists import unexplained
from recordings.services.disposition.pause import pause_in_force
from recordings.services.figures import Figures as CallFigures
from recordings.services.figures import silent_sources
from recordings.services.retention.cases import case_figures
from recordings.views.rows import last_moment

DUE_SOON = timedelta(days=10)
SHORT = {
    QuarantineReason.CONSENT_MISSING: "consent missing",
    QuarantineReason.CONSENT_REFUSED: "consent refused",
    QuarantineReason.NO_LINE: "no line of business",
    QuarantineReason.NO_POLICY: "no policy",
    QuarantineReason.RETENTION_CONFLICT: "rules in conflict",
    QuarantineReason.PURPOSE_NOT_ALLOWED: "purpose not allowed",
    QuarantineReason.MUST_NOT_BE_KEPT: "may not be kept",
    QuarantineReason.DAMAGED_AUDIO: "damaged audio",
    QuarantineReason.UNREADABLE_AUDIO: "unreadable audio",
    QuarantineReason.CHANGED_AUDIO: "changed in the store",
}


FLAGGED: dict[str, tuple[str, str, str]] = {  # one, many, and what to do with them
    RuleFlag.Kind.REVIEW_PAST: (
        "rule of law is past its review",
        "rules of law are past their review",
        "The first was due {day}. Load a newer register, or let counsel sign the rule off.",
    ),
    RuleFlag.Kind.CHANGE_AHEAD: (
        "rule of law changes soon",
        "rules of law change soon",
        "The first on {day}. Look whether your policies still fit.",
    ),
    RuleFlag.Kind.OVERRIDE_ENDS: (
        "override ends soon",
        "overrides end soon",
        "The first on {day}; from then on the shipped rule counts again.",
    ),
}


@dataclass(frozen=True)
class Need:
    """One line of the list. `tone` is late, warn, due or held."""

    tone: str
    icon: str
    title: str
    text: str
    url: str
    action: str
    primary: str  # the same as the one button of the page, when it stands first


def attention(user: User, calls: CallFigures, reviews: ReviewFigures, machine: Machine) -> list[Need]:
    """Machines first, then what is late, then what waits for a person, then what is to come."""
    found = [*_machine(machine), *_runs(user), *_late(calls), *_reviews(user, reviews)]
    found += [
        *_person_requests(user),
        *_dates_to_decide(user),
        *_silence(user),
        *_missing(user),
        *_disposition(user, calls),
        *_quarantine(user, calls),
        *_policies(user),
        *_law(user),
        *_people(user),
    ]
    return found


def reasons_in_words(by_reason: dict[str, int]) -> str:
    """`consent missing 4, damaged audio 2`."""
    return ", ".join(f"{SHORT.get(QuarantineReason(code), code)} {count:,}" for code, count in by_reason.items())


def _machine(machine: Machine) -> Iterator[Need]:
    for reason in machine.reasons:
        yield Need(
            "late", "late", "Callward has stopped destroying", reason, url_of("system"), "Look", "See what is wrong"
        )


def _runs(user: User) -> Iterator[Need]:
    """Runs of disposition that a person has to look at: the brake asks, or something of one resists."""
    if not may(user, Act.SEE_DISPOSITION):
        return
    if pause_in_force():
        text = "Nothing is destroyed until an officer lets it go on; what falls due meanwhile is late."
        yield Need("late", "late", "Destruction is paused", text, url_of("recordings:pause"), "Look", "See the pause")
    for run in DispositionRun.objects.visible_to(user).alarming():
        url = reverse("recordings:run", args=[run.pk])
        if run.state == DispositionRun.State.ASKING:
            text = "It is more than a run may destroy without a word. An officer looks and types the number."
            yield Need("late", "late", "A run of disposition asks before it goes on", text, url, "Look", "See the run")
        else:
            text = "Something of it resists and is tried again. Until all of it is gone the run is not complete."
            yield Need("late", "late", "A run of disposition is incomplete", text, url, "Look", "See the run")


def _late(calls: CallFigures) -> Iterator[Need]:
    if calls.late:
        waiting = f" {calls.late_to_approve:,} of them only lack an officer's leave." if calls.late_to_approve else ""
        text = f"Nothing holds them, and they can still be played.{waiting}"
        title = f"{_count(calls.late, 'recording is', 'recordings are')} past the date"
        yield Need("late", "late", title, text, url_of("recordings:disposition"), "Look", "See the late recordings")


def _reviews(user: User, reviews: ReviewFigures) -> Iterator[Need]:
    if reviews.overdue:
        worst = day_text(timezone.localtime(reviews.worst_due_at)) if reviews.worst_due_at else ""
        title = f"{_count(reviews.overdue, 'review is', 'reviews are')} overdue"
        text = f"The oldest was due on {worst}. {_latest(user)}"
        yield Need("late", "late", title, text, url_of("audits:queue"), "Look", "See the overdue reviews")
    if reviews.findings_overdue and may(user, Act.CLOSE_FINDING):
        title = f"{_count(reviews.findings_overdue, 'finding is', 'findings are')} past the date"
        yield Need(
            "late",
            "finding",
            title,
            "Close them with what was done.",
            url_of("audits:findings"),
            "Look",
            "See the overdue findings",
        )


def _latest(user: User) -> str:
    """Who has most of the overdue reviews, where somebody has more than one."""
    overdue = Assignment.objects.visible_to(user).overdue(timezone.now()).order_by()
    most = overdue.values_list("reviewer").annotate(count=Count("pk")).order_by("-count").first()
    if most is None or most[1] < 2:
        return ""
    return f"{User.objects.get(pk=most[0])} has {most[1]:,} of them."


def _person_requests(user: User) -> Iterator[Need]:
    """People who wait for an answer: late ones, else those whose time is over soon."""
    if not may(user, Act.SEE_PERSON_REQUESTS):
        return
    today = timezone.localdate()
    waiting = PersonRequest.objects.visible_to(user).unanswered().order_by("due_on")
    late = waiting.overdue(today)
    url = url_of("recordings:person-requests")
    if first := late.first():
        title = f"{_count(late.count(), 'person waits', 'people wait')} past the date for an answer"
        text = f"The first was due on {day_text(first.due_on)}. The law counts the days."
        yield Need("late", "requests", title, text, url, "Look", "See the requests of people")
    soon = waiting.filter(due_on__gte=today, due_on__lte=today + DUE_SOON)
    if first := soon.first():
        by = f"by {day_text(first.due_on)}"
        title = _count(soon.count(), f"person is to be answered {by}", f"people are to be answered, the first {by}")
        text = "Make the copy or let it be erased, and send the letter; or take more time and tell them why."
        yield Need("due", "requests", title, text, url, "Look", "See the requests of people")


def _dates_to_decide(user: User) -> Iterator[Need]:
    """Calls whose rules contradict each other, or that nothing governs: late ones first, none in silence."""
    if not may(user, Act.JUDGE_QUARANTINE):
        return
    figures, url = case_figures(user, timezone.now()), url_of("recordings:inbox")
    since = f"The oldest waits since {day_text(timezone.localtime(figures.oldest))}. " if figures.oldest else ""
    if figures.overdue:
        title = f"{_count(figures.overdue, 'call waits', 'calls wait')} too long for a decision about its dates"
        if figures.overdue > 1:
            title = f"{figures.overdue:,} calls wait too long for a decision about their dates"
        text = f"{since}Nothing is kept for ever in silence."
        yield Need("late", "late", title, text, url, "Decide", "Decide about dates")
    elif figures.open:
        parts = [
            f"{number:,} {words}"
            for number, words in ((figures.conflicts, "in conflict"), (figures.without_policy, "without a policy"))
            if number
        ]
        title = _count(figures.open, "call needs a decision about its dates", "calls need a decision about their dates")
        text = f"{', '.join(parts)}. {since}"
        yield Need("warn", "alert", title, text, url, "Decide", "Decide about dates")


def _silence(user: User) -> Iterator[Need]:
    for silence in silent_sources(user, timezone.now()) if may(user, Act.SEE_DISPOSITION) else ():
        title = f"Nothing arrives from {silence.source}"
        last = f"{day_text(timezone.localtime(silence.last_at))}, {timezone.localtime(silence.last_at):%H:%M}"
        text = f"It delivered in the last 7 days, but nothing for 24 hours. The last call came on {last}."
        yield Need("warn", "alert", title, text, url_of("system"), "Look", "See the system")


def _missing(user: User) -> Iterator[Need]:
    """Calls that a phone system lists and that have no recording, nor a cause for having none."""
    if count := unexplained(user, timezone.now()):
        title = f"{_count(count, 'call has', 'calls have')} no recording, and nobody knows why"
        text = "Their phone system lists them. Look what it says of them, or let it send them again."
        yield Need("warn", "alert", title, text, url_of("recordings:call-lists"), "Look", "See the lists of calls")


def _disposition(user: User, calls: CallFigures) -> Iterator[Need]:
    if calls.to_approve and may(user, Act.APPROVE_DISPOSITION):
        title = f"{_count(calls.to_approve, 'recording waits', 'recordings wait')} for your leave to be destroyed"
        text = "Their policy asks for it. What is not approved on its day is kept and shown late."
        yield Need("due", "disposition", title, text, url_of("recordings:disposition"), "Look", "See what leaves")
    if calls.listed and calls.leaving_next and may(user, Act.OBJECT_TO_DISPOSITION):
        day = last_moment(calls.leaving_next, calls.leaving_next_zone).text
        first = "" if calls.listed == 1 else ", the first"
        title = f"{_count(calls.listed, 'recording leaves', 'recordings leave')}{first} after {day}"
        held = f"{_count(calls.on_hold, 'call', 'calls')} on hold stay. " if calls.on_hold else ""
        text = f"{held}Until then a person can object."
        yield Need("due", "disposition", title, text, url_of("recordings:disposition"), "Look", "See what leaves")


def _quarantine(user: User, calls: CallFigures) -> Iterator[Need]:
    if calls.quarantined and may(user, Act.JUDGE_QUARANTINE):
        title = f"{_count(calls.quarantined, 'call is', 'calls are')} in quarantine"
        first = next(iter(calls.quarantined_by_reason), "")
        because = WORDS.get(QuarantineReason(first), "") if first else ""
        reasons = reasons_in_words(calls.quarantined_by_reason)
        text = f"{reasons[:1].upper()}{reasons[1:]}. {because}"
        yield Need(
            "warn", "quarantined", title, text, url_of("recordings:quarantine"), "Look", "Look into the quarantine"
        )


def _policies(user: User) -> Iterator[Need]:
    for item in yours(user) if may(user, Act.APPROVE_POLICY) else ():
        title = f"{item.title} waits for a second person"
        yield Need("due", item.icon, title, item.text, item.url, item.action, "Decide what waits for you")
    for version in policy_figures(user, timezone.now()).to_review if may(user, Act.SEE_POLICY) else ():
        title = f"{version.policy.name} is past its review date"
        day = day_text(version.next_review_on) if version.next_review_on else ""
        text = f"Due {day}. Version {version.number} stays in force until a new one is published."
        yield Need(
            "warn",
            "policies",
            title,
            text,
            reverse("policies:version", args=[version.pk]),
            "Review",
            "Review the policy",
        )


def _law(user: User) -> Iterator[Need]:
    """What the register asks officers to look at, one line for each kind."""
    if not may(user, Act.DRAFT_LAW):
        return
    for kind, flags in groupby(sorted(standing_flags(timezone.localdate()), key=_kind), key=_kind):
        standing = list(flags)
        codes = ", ".join(sorted({flag.code for flag in standing})[:5])
        more = f" and {len(standing) - 5:,} more" if len(standing) > 5 else ""
        first = day_text(min(flag.on for flag in standing))
        one, many, text = FLAGGED[kind]
        title = _count(len(standing), one, many)
        yield Need(
            "warn" if kind == RuleFlag.Kind.REVIEW_PAST else "due",
            "policies",
            title,
            f"{codes}{more}. {text.format(day=first)}",
            url_of("policies:calendar") or url_of("policies:list"),
            "Look",
            "See the calendar of the law",
        )


def _kind(flag: RuleFlag) -> str:
    return flag.kind


def _people(user: User) -> Iterator[Need]:
    """Four-eyes acts stand still while there are not two who may do them."""
    if may(user, Act.ADMINISTER_PEOPLE) and User.objects.filter(role=Role.OFFICER, is_active=True).count() < 2:
        text = "A hold needs one officer to place and another one to release it. manage.py add_person appoints them."
        yield Need(
            "warn",
            "people",
            "There are fewer than two officers",
            text,
            url_of("admin:accounts_user_changelist"),
            "People",
            "See the people",
        )


def url_of(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
