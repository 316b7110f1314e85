"""What waits for a second pair of eyes, in every room: whose move it is, and since when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import User
from accounts.pages import Page, signed_in
from accounts.permissions import Act, may
from policies.models import PolicyVersion
from policies.services.versions import may_change


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
    found = [*_versions(user)]
    return sorted(found, key=lambda item: (item.since is None, item.since.timestamp() if item.since else 0.0))


def yours(user: User) -> list[Waiting]:
    """What waits for this person's decision."""
    return [item for item in waiting_for(user) if item.whose is Whose.YOURS]


def _versions(user: User) -> Iterator[Waiting]:
    if not may(user, Act.DRAFT_POLICY):
        return
    states = [PolicyVersion.State.DRAFT, PolicyVersion.State.IN_REVIEW]
    rows = PolicyVersion.objects.visible_to(user).filter(state__in=states).select_related("policy", "author")
    for version in rows.prefetch_related("policy__lines"):
        if may_change(user, version.policy) and (item := _version(user, version)):
            yield item


def _version(user: User, version: PolicyVersion) -> Waiting | None:
    is_mine = version.author_id == user.pk
    if version.state == PolicyVersion.State.DRAFT and not is_mine:
        return None
    if version.state == PolicyVersion.State.DRAFT:
        back = f"Sent back, because {version.sent_back_because}" if version.sent_back_because else "Not submitted yet."
        whose, text, action, since = Whose.TO_WRITE, back, "Write on", version.created_at
    elif is_mine:
        text, since = "You wrote it; another officer has to approve it.", version.submitted_at
        whose, action = Whose.OTHERS, "Look"
    else:
        text, since = (
            f"Written by {version.author}. See what it changes, then publish or send it back.",
            version.submitted_at,
        )
        whose, action = Whose.YOURS, "Read"
    title = f"Version {version.number} of {version.policy.name}"
    url = reverse("policies:version", args=[version.pk])
    return Waiting(whose, "Policy version", "policies", title, text, since, url, action)


class Inbox(Page):
    """Yours to decide, yours to write, waiting for somebody else."""

    act = Act.APPROVE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        found = waiting_for(signed_in(request))
        parts = {whose.value: [item for item in found if item.whose is whose] for whose in Whose}
        return render(request, "policies/inbox.html", parts)
