"""Overrides of shipped rules: proposed by one officer, approved by another, ended before they expire."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from policies.domain.errors import OverrideRefused
from policies.domain.register.files import EXAMPLES, RULES, Register, Row
from policies.domain.register.overriding import TABLES
from policies.forms.law import OverrideForm, ReasonForm
from policies.models import Decision, DisclosureRequirement, Jurisdiction, LawOverride, RetentionRule
from policies.services import overrides
from policies.services.register import current_release
from policies.services.stored_register import rows_of
from policies.views.cells import claims_in_words
from policies.views.impact import reported
from policies.views.releases import finished_report
from policies.views.ruling import override_row, override_rows

State = LawOverride.State


class OverrideList(Page):
    act = Act.SEE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"overrides": override_rows(), "may_override": may(signed_in(request), Act.DRAFT_LAW)}
        return render(request, "policies/overrides.html", context)


class OverridePage(Page):
    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return override_page(request, override_of(pk))


def override_of(pk: UUID) -> LawOverride:
    found = LawOverride.objects.select_related("author", "approver").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def override_page(
    request: HttpRequest,
    override: LawOverride,
    *,
    refuse: ReasonForm | None = None,
    end: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    release = override.releases.order_by("number").first()
    context = {
        "override": override,
        "row": override_row(override),
        "rule_url": reverse("policies:jurisdiction", args=[override.code]),
        "release": release.number if release else None,
        "restated": [f"{example['name']}: {claims_in_words(example['expects'])}" for example in override.examples],
        "move": _move(override, is_author=override.author_id == user.pk),
        "reported": reported(override, user),
        "subject_kind": "override",
        "subject_id": override.pk,
        "needs_report": Decision.objects.exists(),
        "may_ask": may(user, Act.DRAFT_LAW),
        "may_approve": override.state == State.PROPOSED and may(user, Act.APPROVE_LAW, override),
        "may_refuse": override.state == State.PROPOSED and may(user, Act.DRAFT_LAW),
        "is_author": override.author_id == user.pk,
        "may_end": override.state == State.APPROVED
        and override.counts_until > timezone.localdate()
        and may(user, Act.APPROVE_LAW, override),
        "refuse": refuse or ReasonForm(auto_id="refuse_%s"),
        "end": end or ReasonForm(auto_id="end_%s"),
        "history": history("policies.lawoverride", override.pk),
    }
    return render(request, "policies/override.html", context, status=status)


def _move(override: LawOverride, *, is_author: bool) -> str:
    if override.state == State.PROPOSED:
        return (
            "You proposed it. A second officer who sees every line has to approve it."
            if is_author
            else f"Yours, as a second officer: {override.author} asks you to approve it."
        )
    if override.state == State.APPROVED:
        return "Nobody's. It stands beside the shipped row until it expires."
    if override.state == State.REFUSED:
        return f"Nobody's. It was refused, because {override.decided_because}"
    return f"Nobody's. It was ended, because {override.ended_because}"


class OverrideNew(Page):
    """Choose the rule, then say what counsel reads otherwise."""

    act = Act.DRAFT_LAW

    def get(self, request: HttpRequest) -> HttpResponse:
        code = request.GET.get("code", "").strip().upper()
        found = _row_of(code)
        if found is None:
            return render(request, "policies/override_new.html", {"codes": _codes(), "asked": code})
        return self._page(request, code, self._form(request, found))

    def post(self, request: HttpRequest) -> HttpResponse:
        code = request.GET.get("code", "").strip().upper()
        found = _row_of(code)
        if found is None:
            raise Http404
        form = self._form(request, found, data=request.POST, files=request.FILES)
        override = self._proposed(request, code, found[0], form) if form.is_valid() else None
        if override is None:
            return self._page(request, code, form, status=422)
        toast(request, "The override waits for a second officer.")
        return redirect("policies:override", override.pk)

    def _proposed(self, request: HttpRequest, code: str, table: str, form: OverrideForm) -> LawOverride | None:
        values = form.cleaned_data
        try:
            return overrides.propose_override(
                table=table,
                code=code,
                kind=self._kind(request),
                changes=form.changes(),
                examples=form.restated(),
                reason=values["reason"],
                opinion_by=values["opinion_by"],
                document_sha256=values["document_sha256"],
                effective_from=values["effective_from"],
                expires_on=values["expires_on"],
                actor=signed_in(request),
            )
        except OverrideRefused as error:
            form.refuse(error.fields or [{"detail": str(error)}])
            return None

    def _kind(self, request: HttpRequest) -> str:
        return "sign_off" if request.GET.get("kind") == "sign_off" else "change"

    def _form(self, request: HttpRequest, found: tuple[str, Row, list[Row]], **options: Any) -> OverrideForm:
        table, row, examples = found
        return OverrideForm(table=table, kind=self._kind(request), row=row, examples=examples, **options)

    def _page(self, request: HttpRequest, code: str, form: OverrideForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "code": code,
            "kind": self._kind(request),
            "title": dict(_codes()).get(code, code),
            "rule_url": reverse("policies:jurisdiction", args=[code]),
        }
        return render(request, "policies/override_new.html", context, status=status)


def _row_of(code: str) -> tuple[str, Row, list[Row]] | None:
    """(table, the row in the release in effect, its example calls); of several rows the last."""
    if not code:
        return None
    register = rows_of(current_release())
    tables = {file: table for table, file in TABLES.items()}
    for file in RULES:
        if rows := [row for row in register.of(file) if row["code"] == code]:
            return tables[file], rows[-1], _examples_of(register, code)
    return None


def _examples_of(register: Register, code: str) -> list[Row]:
    """The rule's example calls, without the rule's name: an override brings its own of the same names."""
    own = (row for row in register.of(EXAMPLES) if row["rule"] == code)
    return [{name: text for name, text in row.items() if name != "rule"} for row in own]


def _codes() -> list[tuple[str, str]]:
    """Every rule of the release in effect by its code, with what to call it."""
    release = current_release()
    found = list(Jurisdiction.objects.filter(release=release).values_list("code", "name"))
    for model in (RetentionRule, DisclosureRequirement):
        found += list(model.objects.filter(release=release).values_list("code", "citation"))
    return found


class OverrideApproveAct(Page):
    act = {"POST": Act.APPROVE_LAW}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        override = override_of(pk)
        report = finished_report("override", pk)
        overrides.approve_override(override=override, actor=signed_in(request), report=report)
        toast(request, f"The override of {override.code} is approved.")
        return redirect("policies:override", pk)


class OverrideRefuseAct(Page):
    act = {"POST": Act.DRAFT_LAW}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        override = override_of(pk)
        form = ReasonForm(request.POST, auto_id="refuse_%s")
        if not form.is_valid():
            return override_page(request, override, refuse=form, status=422)
        overrides.refuse_override(override=override, reason=form.cleaned_data["reason"], actor=signed_in(request))
        toast(request, f"The override of {override.code} is refused.")
        return redirect("policies:override", pk)


class OverrideEndAct(Page):
    act = {"POST": Act.APPROVE_LAW}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        override = override_of(pk)
        form = ReasonForm(request.POST, auto_id="end_%s")
        if not form.is_valid():
            return override_page(request, override, end=form, status=422)
        overrides.end_override(override=override, reason=form.cleaned_data["reason"], actor=signed_in(request))
        toast(request, f"The override of {override.code} is ended.")
        return redirect("policies:override", pk)
