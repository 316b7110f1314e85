"""Evaluation forms and their versions, to read."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.pages import Page
from accounts.permissions import Act
from audits.domain.forms import Form, FormQuestion, Section, form_of
from audits.models import EvaluationForm, FormVersion


@dataclass(frozen=True)
class SectionShown:
    """A section with its questions and their weights together."""

    section: Section
    questions: list[FormQuestion]

    @property
    def weight(self) -> int:
        return sum(question.weight for question in self.questions)


class Forms(Page):
    act = Act.SEE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        versions = FormVersion.objects.order_by("-number")
        forms = EvaluationForm.objects.prefetch_related(Prefetch("versions", versions), "plans").order_by("name")
        listed = [(form, _in_force(form), list(form.versions.all()), list(form.plans.all())) for form in forms]
        return render(request, "audits/forms.html", {"forms": listed})


class OneForm(Page):
    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, version_id: UUID) -> HttpResponse:
        version = FormVersion.objects.select_related("form").filter(pk=version_id).first()
        if version is None:
            raise Http404
        form = form_of(version.document)
        context: dict[str, Any] = {
            "version": version,
            "form": form,
            "sections": sections_of(form),
            "others": version.form.versions.exclude(pk=version.pk),
        }
        return render(request, "audits/form.html", context)


def sections_of(form: Form) -> list[SectionShown]:
    """The form's sections, each with its questions in order."""
    return [
        SectionShown(section, [one for one in form.questions if one.section == section.key])
        for section in form.sections
    ]


def _in_force(form: EvaluationForm) -> FormVersion | None:
    return next((one for one in form.versions.all() if one.state == FormVersion.State.PUBLISHED), None)
