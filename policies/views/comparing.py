"""Any two versions beside each other, in words: what the one asks that the other does not."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from accounts.pages import Page
from accounts.permissions import Act
from policies.domain.compare import changes
from policies.domain.documents import stored_document
from policies.models import PolicyVersion
from policies.views.versions import person, rows_of


class CompareForm(forms.Form):
    before = forms.ChoiceField(label="From")
    after = forms.ChoiceField(label="To")


class ComparePage(Page):
    """`?before=…&after=…`; without them, something to choose from."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        versions = _versions(person(request))
        form = CompareForm(request.GET if "before" in request.GET else None, initial=request.GET.dict())
        for name in ("before", "after"):
            form.fields[name].choices = [  # type: ignore[attr-defined]
                (str(pk), f"{version}, {version.get_state_display().lower()}") for pk, version in versions.items()
            ]
        context: dict[str, Any] = {"form": form, "are_two": len(versions) > 1}
        if form.is_bound:
            if not form.is_valid():
                raise Http404
            before, after = (versions[UUID(form.cleaned_data[name])] for name in ("before", "after"))
            context |= {
                "before": before,
                "after": after,
                "rows": rows_of(changes(stored_document(before.document), stored_document(after.document))),
            }
        return render(request, "policies/compare.html", context)


def _versions(user: User) -> dict[UUID, PolicyVersion]:
    rows = PolicyVersion.objects.visible_to(user).select_related("policy").order_by("policy__name", "-number")
    return {version.pk: version for version in rows}
