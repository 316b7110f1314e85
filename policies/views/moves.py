"""The steps of a version: handed in, sent back, published by another officer, looked at again, ended by two."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.pages import Page, toast
from accounts.permissions import Act
from policies.forms.moves import ConfirmForm, PublishForm, RetireForm, SendBackForm
from policies.models import ImpactReport, PolicyVersion
from policies.services import retirement, versions
from policies.views.versions import person, version_page, visible_version


def _moved(request: HttpRequest, version: PolicyVersion, said: str) -> HttpResponse:
    toast(request, said)
    return redirect("policies:version", version.pk)


def _filled(
    request: HttpRequest, version: PolicyVersion, name: str, form: Form, move: Callable[[dict[str, Any]], HttpResponse]
) -> HttpResponse:
    """The step with what was filled in, or the page with what is to be mended."""
    if form.is_valid():
        return move(form.cleaned_data)
    return version_page(request, version, forms={name: form}, status=422)


class SubmitAct(Page):
    act = {"POST": Act.DRAFT_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = versions.submit_version(version=visible_version(request, pk), actor=person(request))
        return _moved(request, version, f"Version {version.number} waits for a second person.")


class PublishAct(Page):
    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)
        is_first = not version.policy.versions.filter(published_at__isnull=False).exists()

        def publish(values: dict[str, Any]) -> HttpResponse:
            day = values["day"] if values["begins"] == "day" else None
            begins = timezone.make_aware(datetime.combine(day, time())) if day else None
            report = ImpactReport.objects.filter(pk=values["report"]).first() if values["report"] else None
            always = values["begins"] == "always"
            versions.publish_version(
                version=version, actor=person(request), effective_from=begins, always=always, report=report
            )
            begun = f"in force from {day.day} {day:%B %Y}" if day else "in force"
            return _moved(request, version, f"Version {version.number} is published, {begun}.")

        return _filled(request, version, "publish", PublishForm(request.POST, is_first=is_first), publish)


class SendBackAct(Page):
    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)

        def send(values: dict[str, Any]) -> HttpResponse:
            versions.send_back(version=version, reason=values["reason"], actor=person(request))
            return _moved(request, version, f"Version {version.number} went back to its author.")

        return _filled(request, version, "send_back", SendBackForm(request.POST), send)


class ConfirmAct(Page):
    """Somebody looked at it, and it stays as it is."""

    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)

        def confirm(values: dict[str, Any]) -> HttpResponse:
            day = values["next_review_on"]
            retirement.confirm_unchanged(version=version, next_review_on=day, actor=person(request))
            return _moved(request, version, f"Reviewed, unchanged. Looked at again by {day.day} {day:%B %Y}.")

        return _filled(request, version, "confirm", ConfirmForm(request.POST), confirm)


class RetireAct(Page):
    """The first half: ask that it end."""

    act = {"POST": Act.APPROVE_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)

        def ask(values: dict[str, Any]) -> HttpResponse:
            reason = values["retirement_reason"]
            retirement.request_retirement(version=version, reason=reason, actor=person(request))
            return _moved(request, version, f"Version {version.number} stays in force until another officer agrees.")

        return _filled(request, version, "retire", RetireForm(request.POST), ask)


class ApproveRetirementAct(Page):
    """The second half, by somebody else."""

    act = {"POST": Act.APPROVE_RETIREMENT}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = retirement.approve_retirement(version=visible_version(request, pk), actor=person(request))
        return _moved(request, version, f"Version {version.number} has ended.")


class KeepAct(Page):
    """It does not end: said by the second person, or by who asked."""

    act = {"POST": Act.APPROVE_RETIREMENT}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = retirement.refuse_retirement(version=visible_version(request, pk), actor=person(request))
        return _moved(request, version, f"Version {version.number} stays.")
