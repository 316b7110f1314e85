"""A version as a file, a file as a draft, and a policy that begins as another one's version."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.domain.errors import NotAllowed
from accounts.models import User
from accounts.pages import Page, toast
from accounts.permissions import Act
from policies.domain import laxity
from policies.domain.compare import changes
from policies.domain.documents import CAREFUL_DEFAULT, policy_document, stored_document
from policies.domain.errors import DocumentRefused, UnknownLine
from policies.domain.files import PolicyFile, policy_file, policy_file_text
from policies.forms.files import ImportForm
from policies.forms.moves import CloneForm
from policies.models import Policy
from policies.services import versions
from policies.services.policy_files import draft_from_file, file_of, judged
from policies.views.editing import NAME_TAKEN, free_code
from policies.views.versions import lines_seen, person, rows_of, visible_version

TYPES = {"yaml": "application/yaml", "json": "application/json"}


class ExportFile(Page):
    """`?format=yaml` or json."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = visible_version(request, pk)
        kind = "json" if request.GET.get("format") == "json" else "yaml"
        response = HttpResponse(policy_file_text(file_of(version), is_json=kind == "json"), content_type=TYPES[kind])
        name = f"{version.policy.code}-{version.number}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class ClonePage(Page):
    act = Act.DRAFT_POLICY

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._page(request, pk, CloneForm(lines=lines_seen(person(request))))

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = CloneForm(request.POST, lines=lines_seen(person(request)))
        if not form.is_valid():
            return self._page(request, pk, form, status=422)
        values = form.cleaned_data
        code = free_code(values["name"])
        if not code:
            form.add_error("name", NAME_TAKEN)
            return self._page(request, pk, form, status=422)
        version = versions.clone_version(
            version=visible_version(request, pk),
            code=code,
            name=values["name"],
            lines=list(values["lines"]),
            actor=person(request),
        )
        toast(request, f"{version.policy.name} begins as a copy. Nothing counts until it is published.")
        return redirect("policies:change", version.pk)

    def _page(self, request: HttpRequest, pk: UUID, form: CloneForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "version": visible_version(request, pk)}
        return render(request, "policies/clone.html", context, status=status)


@dataclass(frozen=True)
class Checked:
    """What would become of a file: whose version it would be, how it differs from what it stands beside."""

    file: PolicyFile
    policy: Policy | None
    number: int
    beside: str
    rows: list[dict[str, Any]]
    refused: list[laxity.Laxer]
    warned: list[laxity.Warning]


class ImportPage(Page):
    """Looked through first, drafted then."""

    act = Act.DRAFT_POLICY

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "policies/import.html", {"form": ImportForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, "policies/import.html", {"form": form}, status=422)
        text = form.cleaned_data["text"]
        shown = ImportForm(initial={"text": text})
        try:
            file = policy_file(text, is_json=text.lstrip().startswith("{"))
            if "draft" in request.POST:
                return self._drafted(request, file)
            return render(request, "policies/import.html", {"form": shown, "checked": checked(file, person(request))})
        except (DocumentRefused, NotAllowed, UnknownLine) as error:
            problems = list(getattr(error, "fields", ())) or [{"pointer": "", "detail": str(error)}]
            return render(request, "policies/import.html", {"form": shown, "problems": problems}, status=422)

    def _drafted(self, request: HttpRequest, file: PolicyFile) -> HttpResponse:
        version = draft_from_file(file=file, actor=person(request))
        toast(request, f"Version {version.number} of {version.policy.name} is drafted.")
        return redirect("policies:version", version.pk)


def checked(file: PolicyFile, user: User) -> Checked:
    """How the file differs from the newest version of its policy, or from the careful default."""
    document = policy_document(file.document, is_demo=True)
    refused, warned = judged(file)
    policy = Policy.objects.visible_to(user).filter(code=file.code).first()
    newest = policy.versions.order_by("-number").first() if policy else None
    beside = stored_document(newest.document if newest else CAREFUL_DEFAULT)
    return Checked(
        file=file,
        policy=policy,
        number=newest.number + 1 if newest else 1,
        beside=f"version {newest.number}" if newest else "the careful default",
        rows=rows_of(changes(beside, document)),
        refused=refused,
        warned=warned,
    )
