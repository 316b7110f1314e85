"""One policy version: what it says, whose move it is, what happened; the form of a draft."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify

from accounts.history import history
from accounts.models import LineOfBusiness, User
from accounts.pages import Page, toast
from accounts.permissions import Act, lines_of, may
from accounts.services import names_of
from policies.domain.disclosures import CORE
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.errors import DocumentRefused
from policies.domain.periods import in_words
from policies.domain.scripts import ENGLISH
from policies.forms.editor import PolicyForm, initial_of
from policies.forms.moves import PublishForm, SendBackForm
from policies.models import Policy, PolicyVersion
from policies.services import versions
from policies.views.words import FORMS, KEYS, REFUSALS, VERSION_STATES, in_short, lettered

State = PolicyVersion.State


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
    request: HttpRequest,
    version: PolicyVersion,
    *,
    publish: PublishForm | None = None,
    send_back: SendBackForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    document = policy_document(version.document, is_demo=True)
    names = names_of(str(who) for who in (version.author_id, version.approver_id) if who)
    others = version.policy.versions.exclude(pk=version.pk).order_by("-number")
    is_first = not others.filter(state__in=[State.PUBLISHED, State.RETIRED]).exists()
    context = {
        "version": version,
        "lines": list(version.policy.lines.all()),
        "short": in_short(version.document),
        "state": VERSION_STATES[State(version.state)],
        "document": document,
        "consent": lettered(document.standard),
        "agreement": FORMS[document.form],
        "refusal": REFUSALS[document.on_refusal],
        "least": in_words(document.min_period) if document.min_period else "",
        "most": in_words(document.max_period),
        "cooling": in_words(document.cooling),
        "purposes": [purpose.replace("_", " ") for purpose in document.purposes],
        "script": _script(document.script_in("en"), document.disclosures),
        "author": names.get(str(version.author_id), "Callward"),
        "approver": names.get(str(version.approver_id), ""),
        "others": [(other, VERSION_STATES[State(other.state)]) for other in others],
        "history": history("policies.policyversion", version.pk),
        "is_author": str(version.author_id) == user.actor_id,
        "may_draft": versions.may_change(user, version.policy),
        "may_publish": version.state == State.IN_REVIEW
        and versions.may_change(user, version.policy)
        and may(user, Act.APPROVE_POLICY, version),
        "may_try": may(user, Act.DECIDE_CALL),
        "publish": publish or _publish_form(is_first=is_first),
        "send_back": send_back or SendBackForm(),
    }
    return render(request, "policies/version.html", context, status=status)


def _publish_form(data: Any = None, *, is_first: bool) -> PublishForm:
    form = PublishForm(data)
    if not is_first:
        form.fields["begins"].choices = form.fields["begins"].choices[:2]  # type: ignore[attr-defined]
    return form


def _script(words: Any, disclosures: tuple[str, ...]) -> list[dict[str, str]]:
    keys = dict.fromkeys([*CORE, *disclosures, *words])
    return [{"key": KEYS.get(key, key), "say": words.get(key) or ENGLISH.get(key, "")} for key in keys]


class DraftPage(Page):
    """Begin a version: of a new policy, or of one that there is, from its newest version."""

    act = Act.DRAFT_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        policy = self._policy(request)
        newest = policy.versions.order_by("-number").first() if policy else None
        initial = initial_of(newest.document if newest else CAREFUL_DEFAULT)
        return _draft_page(request, self._form(request, policy, initial=initial), policy=policy)

    def post(self, request: HttpRequest) -> HttpResponse:
        policy = self._policy(request)
        form = self._form(request, policy, data=request.POST)
        version = self._drafted(request, form, policy) if form.is_valid() else None
        if version is None:
            return _draft_page(request, form, policy=policy, status=422)
        toast(request, f"Version {version.number} of {version.policy.name} is drafted.")
        return redirect("policies:version", version.pk)

    def _drafted(self, request: HttpRequest, form: PolicyForm, policy: Policy | None) -> PolicyVersion | None:
        values = form.cleaned_data
        code = "" if policy else slugify(values["name"])[:50]
        if policy is None and (not code or Policy.objects.filter(code=code).exists()):
            form.add_error("name", "Another policy has this name. Choose one of its own.")
            return None
        try:
            return versions.draft_version(
                policy=policy,
                code=code,
                name=values.get("name", ""),
                lines=list(values.get("lines", [])),
                document=form.document(),
                next_review_on=values["next_review_on"],
                actor=person(request),
            )
        except DocumentRefused as error:
            form.refuse(error.fields)
            return None

    def _policy(self, request: HttpRequest) -> Policy | None:
        code = request.GET.get("policy", "")
        if not code:
            return None
        policy = Policy.objects.visible_to(person(request)).filter(code=code).first()
        if policy is None:
            raise Http404
        return policy

    def _form(self, request: HttpRequest, policy: Policy | None, **options: Any) -> PolicyForm:
        return PolicyForm(lines=lines_seen(person(request)), is_new=policy is None, **options)


class ChangePage(Page):
    """Change a draft. Whoever changes it last is its author."""

    act = Act.DRAFT_POLICY

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = self._draft(request, pk)
        initial = initial_of(version.document) | {"next_review_on": version.next_review_on}
        form = PolicyForm(lines=lines_seen(person(request)), is_new=False, initial=initial)
        return _draft_page(request, form, version=version)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = self._draft(request, pk)
        form = PolicyForm(lines=lines_seen(person(request)), is_new=False, data=request.POST)
        if form.is_valid():
            try:
                versions.change_draft(
                    version=version,
                    document=form.document(),
                    next_review_on=form.cleaned_data["next_review_on"],
                    actor=person(request),
                )
            except DocumentRefused as error:
                form.refuse(error.fields)
            else:
                toast(request, "The draft is saved.")
                return redirect("policies:version", pk)
        return _draft_page(request, form, version=version, status=422)

    def _draft(self, request: HttpRequest, pk: UUID) -> PolicyVersion:
        version = visible_version(request, pk)
        if version.state != State.DRAFT:
            raise Http404
        return version


def _draft_page(
    request: HttpRequest,
    form: PolicyForm,
    *,
    policy: Policy | None = None,
    version: PolicyVersion | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "policy": version.policy if version else policy, "version": version}
    return render(request, "policies/draft.html", context, status=status)


class SubmitAct(Page):
    act = {"POST": Act.DRAFT_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = versions.submit_version(version=visible_version(request, pk), actor=person(request))
        toast(request, f"Version {version.number} waits for a second person.")
        return redirect("policies:version", pk)


class PublishAct(Page):
    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)
        form = PublishForm(request.POST)
        if not form.is_valid():
            return version_page(request, version, publish=form, status=422)
        values = form.cleaned_data
        day = values["day"] if values["begins"] == "day" else None
        begins = timezone.make_aware(datetime.combine(day, time())) if day else None
        if begins and begins < timezone.now():
            form.add_error("day", "Choose a later day, or from now on.")
            return version_page(request, version, publish=form, status=422)
        versions.publish_version(
            version=version, actor=person(request), effective_from=begins, always=values["begins"] == "always"
        )
        toast(request, f"Version {version.number} is published.")
        return redirect("policies:version", pk)


class SendBackAct(Page):
    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)
        form = SendBackForm(request.POST)
        if not form.is_valid():
            return version_page(request, version, send_back=form, status=422)
        versions.send_back(version=version, reason=form.cleaned_data["reason"], actor=person(request))
        toast(request, f"Version {version.number} went back to its author.")
        return redirect("policies:version", pk)


class RetireAct(Page):
    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = versions.retire_version(version=visible_version(request, pk), actor=person(request))
        toast(request, f"Version {version.number} is retired.")
        return redirect("policies:version", pk)
