"""What waits for a second pair of eyes, in every room: whose move it is, and since when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import User
from accounts.pages import Page, signed_in
from accounts.permissions import Act, lines_of, may
from policies.models import LawOverride, LawRelease, PolicyVersion
from policies.services.versions import may_change
from recordings.models import EarlyDisposal, PersonRequest, ShorteningJob
from recordings.services.person_requests import may_handle

VersionState = PolicyVersion.State


class Whose(StrEnum):
    """Whose move it is, from this person's side."""

    YOURS = "yours"  # a second person is asked, and you may be it
    TO_WRITE = "to_write"  # a draft of yours, or one that came back
    OTHERS = "others"  # you did the first half; somebody else does the second


@dataclass(frozen=True)
class Waiting:
    """One thing to decide. `action` is the verb of its button."""

    whose: Whose
    kind: str
    icon: str
    title: str
    text: str
    since: datetime | None
    url: str
    action: str


def waiting_for(user: User) -> list[Waiting]:
    """Everything that this person moves on or waits for, the oldest first."""
    found = [*_versions(user), *_law(user), *_shortenings(user), *_early(user), *_erasures(user)]
    return sorted(found, key=lambda item: (item.since is None, item.since.timestamp() if item.since else 0.0))


def yours(user: User) -> list[Waiting]:
    """What waits for this person's decision."""
    return [item for item in waiting_for(user) if item.whose is Whose.YOURS]


def _versions(user: User) -> Iterator[Waiting]:
    if not may(user, Act.DRAFT_POLICY):
        return
    waiting = Q(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW]) | Q(retirement_asked_by__isnull=False)
    rows = PolicyVersion.objects.visible_to(user).filter(waiting, retired_by=None)
    for version in rows.select_related("policy", "author", "retirement_asked_by").prefetch_related("policy__lines"):
        if not may_change(user, version.policy):
            continue
        if version.published_at is not None:
            yield _retirement(user, version)
        elif version.state == VersionState.IN_REVIEW:
            yield _in_review(user, version)
        elif version.author_id == user.pk:
            yield _draft(version)


def _draft(version: PolicyVersion) -> Waiting:
    back = f"Sent back, because {version.sent_back_because}" if version.sent_back_because else "Not submitted yet."
    return _of_version(version, Whose.TO_WRITE, back, version.created_at, "Write on")


def _in_review(user: User, version: PolicyVersion) -> Waiting:
    if version.author_id == user.pk:
        text = "You wrote it; another officer has to approve it."
        return _of_version(version, Whose.OTHERS, text, version.submitted_at, "Look")
    text = f"Written by {version.author}. See what it changes, then publish it or send it back."
    return _of_version(version, Whose.YOURS, text, version.submitted_at, "Read")


def _retirement(user: User, version: PolicyVersion) -> Waiting:
    kind, since = "Retirement", version.retirement_asked_at
    if version.retirement_asked_by_id == user.pk:
        text = "You asked to end it; another officer has to agree."
        return _of_version(version, Whose.OTHERS, text, since, "Look", kind=kind)
    text = f"{version.retirement_asked_by} asks to end it, because {version.retirement_reason}"
    return _of_version(version, Whose.YOURS, text, since, "Read", kind=kind)


def _of_version(
    version: PolicyVersion, whose: Whose, text: str, since: datetime | None, action: str, kind: str = "Policy version"
) -> Waiting:
    title = f"Version {version.number} of {version.policy.name}"
    url = reverse("policies:version", args=[version.pk])
    return Waiting(whose, kind, "policies", title, text, since, url, action)


def _law(user: User) -> Iterator[Waiting]:
    """Releases that were loaded, and overrides that somebody proposed."""
    if not may(user, Act.APPROVE_LAW):
        return
    in_effect = LawRelease.objects.published().first()
    for release in LawRelease.objects.candidates():
        text = "It was loaded and counts for nothing yet. See what it changes, then publish it or lay it aside."
        if in_effect is not None and release.based_on_id != in_effect.pk:
            text = "Another release took effect since it was loaded. Lay it aside and load it again."
        url, title = url_of("policies:release", release.number), f"Law release {release.number}"
        yield Waiting(Whose.YOURS, "Law release", "decide", title, text, release.loaded_at, url, "Read")
    for override in LawOverride.objects.waiting().select_related("author"):
        is_mine = override.author_id == user.pk
        text = f"You proposed it, because {override.reason}" if is_mine else f"{override.author}: {override.reason}"
        whose, action = (Whose.OTHERS, "Look") if is_mine else (Whose.YOURS, "Read")
        url, title = url_of("policies:override", override.pk), f"Override of {override.code}"
        yield Waiting(whose, "Override of a rule", "decide", title, text, override.proposed_at, url, action)


def _shortenings(user: User) -> Iterator[Waiting]:
    """Lists of recordings that would leave earlier."""
    if not may(user, Act.PROPOSE_SHORTENING):
        return
    lines = lines_of(user)
    for job in ShorteningJob.objects.visible_to(user).waiting():
        if lines is not None and not set(job.lines) <= lines:
            continue  # an officer who sees all of its lines decides
        is_mine = not may(user, Act.APPROVE_SHORTENING, job)
        text = f"Because of {job.subject_name}; no way back. " + (
            "You proposed it; another officer has to approve it." if is_mine else "Read the list, then decide."
        )
        title = f"{job.count:,} recording{'' if job.count == 1 else 's'} would leave earlier"
        whose, action = (Whose.OTHERS, "Look") if is_mine else (Whose.YOURS, "Read")
        url = reverse("recordings:shortening", args=[job.pk])
        yield Waiting(whose, "Shortened dates", "disposition", title, text, job.proposed_at, url, action)


def _early(user: User) -> Iterator[Waiting]:
    """Recordings that somebody wants to go before their day."""
    if not may(user, Act.APPROVE_EARLY_DISPOSAL):
        return
    for disposal in EarlyDisposal.objects.visible_to(user).waiting():
        is_mine = not may(user, Act.APPROVE_EARLY_DISPOSAL, disposal)
        second = "You asked for it; another officer has to approve it."
        text = second if is_mine else f"Because: {disposal.reason} There is no way back."
        title = f"{disposal.count:,} recording{'' if disposal.count == 1 else 's'} would go before the day"
        whose, action = (Whose.OTHERS, "Look") if is_mine else (Whose.YOURS, "Read")
        url = reverse("recordings:early-disposal", args=[disposal.pk])
        yield Waiting(whose, "Early disposal", "disposition", title, text, disposal.asked_at, url, action)


def _erasures(user: User) -> Iterator[Waiting]:
    """Erasures that one officer asked for, in the name of a person."""
    for request in PersonRequest.objects.visible_to(user).filter(state=PersonRequest.State.ASKED):
        if not may_handle(user, request):
            continue  # an officer who sees all of its lines decides
        is_mine = not may(user, Act.APPROVE_ERASURE, request)
        count = request.items.confirmed().count()
        title = f"{count:,} call{'' if count == 1 else 's'} of a person would be erased"
        second = "You asked for it; another officer has to approve it."
        text = second if is_mine else "Read the list, then decide. There is no way back."
        whose, action = (Whose.OTHERS, "Look") if is_mine else (Whose.YOURS, "Read")
        url = reverse("recordings:person-request", args=[request.pk])
        yield Waiting(whose, "Erasure for a person", "requests", title, text, request.asked_at, url, action)


def url_of(route: str, key: object) -> str:
    return reverse(route, args=[key])


class Inbox(Page):
    """Yours to decide, yours to write, waiting for somebody else."""

    act = Act.APPROVE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        found = waiting_for(signed_in(request))
        parts = {whose.value: [item for item in found if item.whose is whose] for whose in Whose}
        return render(request, "policies/inbox.html", parts)
