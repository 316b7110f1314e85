"""The form of a draft, with what it would have people say beside it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify

from accounts.models import LineOfBusiness
from accounts.pages import Page, is_part, toast
from accounts.permissions import Act
from policies.domain.documents import CAREFUL_DEFAULT
from policies.domain.errors import DocumentRefused
from policies.domain.law import Law
from policies.forms.editor import PolicyForm, Unsettled
from policies.forms.preview import PreviewForm
from policies.models import Policy, PolicyVersion
from policies.services import versions
from policies.views.previewing import Preview, previewed
from policies.views.register import law_in_effect
from policies.views.versions import State, lines_seen, person, visible_version
from policies.views.words import lettered

NAME_TAKEN = "Another policy has this name. Choose one of its own."


class Editor(Page):
    """What the forms of a new version and of a draft share: the fields, the margin, the look without saving."""

    act = Act.DRAFT_POLICY

    def page(
        self,
        request: HttpRequest,
        form: PolicyForm,
        *,
        policy: Policy | None,
        version: PolicyVersion | None = None,
        status: int = 200,
    ) -> HttpResponse:
        law = law_in_effect()
        look = PreviewForm(request.POST or None, names=_names(law))
        shown = self._preview(request, form, look, policy, law)
        if is_part(request):
            return render(request, "policies/_preview.html", {"preview": shown})
        context = {"form": form, "look": look, "preview": shown, "policy": policy, "version": version}
        return render(request, "policies/draft.html", context, status=status)

    def form(self, request: HttpRequest, *, base: dict[str, Any], is_new: bool, **options: Any) -> PolicyForm:
        law = law_in_effect()
        return PolicyForm(
            base=base,
            lines=lines_seen(person(request)),
            is_new=is_new,
            codes=law.jurisdictions.keys(),
            unsettled=_unsettled(law),
            **options,
        )

    def is_look(self, request: HttpRequest) -> bool:
        """Whether the form is only looked at: while typing, or by the button of a browser without scripts."""
        return is_part(request) or "look" in request.POST

    def _preview(
        self, request: HttpRequest, form: PolicyForm, look: PreviewForm, policy: Policy | None, law: Law
    ) -> Preview:
        chosen = look.cleaned_data if look.is_valid() else {}
        return previewed(
            form,
            place=chosen.get("as_place", ""),
            language=chosen.get("as_language", ""),
            line=_line(request, policy),
            law=law,
            actor=person(request),
        )


class DraftPage(Editor):
    """Begin a version: of a new policy, or of one that there is, from its newest version."""

    def get(self, request: HttpRequest) -> HttpResponse:
        policy = self._policy(request)
        return self.page(request, self._form(request, policy), policy=policy)

    def post(self, request: HttpRequest) -> HttpResponse:
        policy = self._policy(request)
        form = self._form(request, policy, data=request.POST)
        if self.is_look(request):
            return self.page(request, form, policy=policy)
        version = self._drafted(request, form, policy) if form.is_valid() else None
        if version is None:
            return self.page(request, form, policy=policy, status=422)
        toast(request, f"Version {version.number} of {version.policy.name} is drafted.")
        return redirect("policies:version", version.pk)

    def _drafted(self, request: HttpRequest, form: PolicyForm, policy: Policy | None) -> PolicyVersion | None:
        values = form.cleaned_data
        code = "" if policy else free_code(values["name"])
        if policy is None and not code:
            form.add_error("name", NAME_TAKEN)
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
        newest = policy.versions.order_by("-number").first() if policy else None
        base = newest.document if newest else CAREFUL_DEFAULT
        return self.form(request, base=base, is_new=policy is None, **options)


class ChangePage(Editor):
    """Change a draft. Whoever changes it last is its author."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = self._draft(request, pk)
        initial = {"next_review_on": version.next_review_on}
        form = self.form(request, base=version.document, is_new=False, initial=initial)
        return self.page(request, form, policy=version.policy, version=version)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = self._draft(request, pk)
        form = self.form(request, base=version.document, is_new=False, data=request.POST)
        if self.is_look(request):
            return self.page(request, form, policy=version.policy, version=version)
        if form.is_valid() and self._changed(request, form, version):
            toast(request, "The draft is saved.")
            return redirect("policies:version", pk)
        return self.page(request, form, policy=version.policy, version=version, status=422)

    def _changed(self, request: HttpRequest, form: PolicyForm, version: PolicyVersion) -> bool:
        try:
            versions.change_draft(
                version=version,
                document=form.document(),
                next_review_on=form.cleaned_data["next_review_on"],
                actor=person(request),
            )
        except DocumentRefused as error:
            form.refuse(error.fields)
            return False
        return True

    def _draft(self, request: HttpRequest, pk: UUID) -> PolicyVersion:
        version = visible_version(request, pk)
        if version.state != State.DRAFT:
            raise Http404
        return version


def free_code(name: str) -> str:
    """The code of a policy with this name; empty where another policy has it."""
    code = slugify(name)[:50]
    return "" if Policy.objects.filter(code=code).exists() else code


def _line(request: HttpRequest, policy: Policy | None) -> LineOfBusiness | None:
    """For which line it is looked at: one of the policy's, one that is chosen, else one that the person sees."""
    seen = lines_seen(person(request)).order_by("name")
    chosen = set(request.POST.getlist("lines"))
    if policy is None:
        return next((line for line in seen if str(line.pk) in chosen), seen.first())
    own = seen.filter(policies=policy)
    return own.first() or seen.first()


def _names(law: Law) -> dict[str, str]:
    return {code: rule.name for code, rule in law.jurisdictions.items()}


def _unsettled(law: Law) -> list[Unsettled]:
    """The places whose law is read in two ways today."""
    return [
        Unsettled(rule.code, rule.name, lettered(rule.telephone_rule).word, lettered(rule.cautious_rule).word)
        for rule in sorted(law.jurisdictions.values(), key=lambda rule: rule.name)
        if rule.telephone_rule != rule.cautious_rule
    ]
