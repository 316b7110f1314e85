"""One policy version: what it says, what it changes, whose move it is, what happened."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.history import history
from accounts.models import LineOfBusiness, User
from accounts.pages import Page
from accounts.permissions import Act, lines_of, may
from accounts.services import names_of
from policies.domain.compare import Change, changes
from policies.domain.documents import CAREFUL_DEFAULT, stored_document
from policies.domain.laxity import against_default, against_law
from policies.forms.moves import ConfirmForm, PublishForm, RetireForm, SendBackForm
from policies.models import PolicyVersion
from policies.services.approvals import law_in_effect, needs_report
from policies.services.impact import impact_of
from policies.services.version_rows import CAREFUL, may_change
from policies.views.facts import facts_of, spoken
from policies.views.impact import reported
from policies.views.words import STANDINGS, in_short

State = PolicyVersion.State
DIRECTIONS: Mapping[str, tuple[str, str, str]] = {  # of a change: (data-state, symbol, word)
    "stricter": ("met", "check", "Stricter"),
    "laxer": ("low", "alert", "Laxer"),
    "other": ("destroyed", "info", "Different"),
}


def person(request: HttpRequest) -> User:
    """The signed-in person; the page has made sure of it."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def lines_seen(user: User) -> QuerySet[LineOfBusiness]:
    lines = lines_of(user)
    found = LineOfBusiness.objects.filter(retired_at=None)
    return found if lines is None else found.filter(pk__in=lines)


def visible_version(request: HttpRequest, pk: UUID) -> PolicyVersion:
    version = PolicyVersion.objects.visible_to(person(request)).select_related("policy").filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


class VersionPage(Page):
    """A version in words, its script, its history, and the next step for whoever may take it."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return version_page(request, visible_version(request, pk))


def version_page(
    request: HttpRequest, version: PolicyVersion, *, status: int = 200, forms: Mapping[str, Form] | None = None
) -> HttpResponse:
    """The page; `forms` are those of a step that was refused, by their names in the template."""
    user, now = person(request), timezone.now()
    document = stored_document(version.document)
    others = list(version.policy.versions.exclude(pk=version.pk).order_by("-number"))
    standing = version.standing(now)
    context = {
        "version": version,
        "standing": standing,
        "state": STANDINGS[standing],
        "short": in_short(version.document),
        "lines": list(version.policy.lines.all()),
        "summary": document.summary,
        "facts": list(facts_of(document)),
        "spoken": list(spoken(document)),
        "others": [(other, STANDINGS[other.standing(now)]) for other in others],
        "history": history("policies.policyversion", version.pk),
        "may_try": may(user, Act.DECIDE_CALL) and standing != "retired",
        **_people(version, user),
        **_forms(version, others),
        **(_judged(version, others, user) if version.published_at is None else {}),
        "approved_report": version.approval.get("report"),
        "is_review_past": bool(version.next_review_on and version.next_review_on <= timezone.localdate()),
        **(forms or {}),
    }
    return render(request, "policies/version.html", context, status=status)


def _people(version: PolicyVersion, user: User) -> dict[str, Any]:
    """Who did what, and what this person may do next."""
    ids = (version.author_id, version.approver_id, version.retirement_asked_by_id, version.retired_by_id)
    names = names_of(str(who) for who in ids if who)
    may_move = may_change(user, version.policy)
    return {
        "author": names.get(str(version.author_id), "Callward"),
        "approver": names.get(str(version.approver_id), ""),
        "retirer": names.get(str(version.retirement_asked_by_id), ""),
        "second_retirer": names.get(str(version.retired_by_id), ""),
        "is_author": str(version.author_id) == user.actor_id,
        "asked_to_retire": str(version.retirement_asked_by_id) == user.actor_id,
        "may_draft": may_move,
        "may_publish": version.state == State.IN_REVIEW and may_move and may(user, Act.APPROVE_POLICY, version),
        "may_shorten": may_move and may(user, Act.PROPOSE_SHORTENING),
        "may_clone": may(user, Act.DRAFT_POLICY),
        "may_retire": may_move and version.policy.code != CAREFUL,
        "may_approve_retirement": may_move and may(user, Act.APPROVE_RETIREMENT, version),
    }


def _forms(version: PolicyVersion, others: list[PolicyVersion]) -> dict[str, Form]:
    report = impact_of(version) if version.state == State.IN_REVIEW else None
    is_first = not any(other.published_at for other in others)
    return {
        "publish": PublishForm(is_first=is_first, initial={"report": report.pk if report else None}),
        "send_back": SendBackForm(),
        "retire": RetireForm(),
        "confirm": ConfirmForm(),
    }


def _judged(version: PolicyVersion, others: list[PolicyVersion], user: User) -> dict[str, Any]:
    """What stands before whoever approves it: law's objections, warnings, the change in words, the what-if."""
    document = stored_document(version.document)
    before = next((other for other in others if other.standing(timezone.now()) == "in_force"), None)
    compared = stored_document(before.document if before else CAREFUL_DEFAULT)
    return {
        "refused": against_law(document, law_in_effect(), timezone.localdate()),
        "warned": against_default(document),
        "before": before,
        "rows": rows_of(changes(compared, document)),
        "needs_report": needs_report(),
        "reported": reported(version, user),
        "subject_kind": "version",
        "subject_id": version.pk,
        "may_ask": may_change(user, version.policy),
    }


def rows_of(found: list[Change]) -> list[dict[str, Any]]:
    """Each change with its direction as a state."""
    return [{"change": change, "state": DIRECTIONS[change.direction]} for change in found]
