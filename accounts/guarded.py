"""The base of every admin page: it asks `may`, shows the lines that the person sees, and never writes by itself."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.history import history
from accounts.models import User
from accounts.permissions import Act, lines_of, may


class GuardedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only: a list and a page for each thing, of the person's own lines, with its history from the trail.

    The door is `ADMINISTER_PEOPLE`; `see` is what it further takes to look. A subclass that lets people change
    something says so with `can_add` and `can_change`, and does it in a service of its room.
    """

    see: Act = Act.ADMINISTER_PEOPLE
    line_path: str = ""  # the look-up to the line of business; empty: a matter of the whole company
    can_add = False
    can_change = False
    show_full_result_count = False
    list_per_page = 50
    empty_value_display = "none"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        lines = lines_of(request.user) if isinstance(request.user, User) else frozenset()
        return (
            rows if lines is None or not self.line_path else rows.filter(**{f"{self.line_path}__in": lines}).distinct()
        )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only the filters that the page itself offers: `?password__startswith=` would read hashes letter by letter."""
        shapes = ("{}", "{}__exact", "{}__id__exact", "{}__isnull")
        names = [offered[0] if isinstance(offered, tuple) else offered for offered in self.list_filter]
        return any(lookup == shape.format(name) for name in names for shape in shapes)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        user = request.user
        return isinstance(user, User) and may(user, Act.ADMINISTER_PEOPLE) and may(user, self.see)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.can_change and self.has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the trail knows of it; the admin keeps no log of its own."""
        thing = self.get_object(request, object_id)
        if thing is None or not self.has_view_permission(request, thing):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {thing}",
            "opts": self.opts,
            "object": thing,
            "history": history(self.opts.label_lower, thing.pk),
        }
        return TemplateResponse(request, "admin/history.html", context)

    def construct_change_message(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def log_addition(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """The service wrote its event."""

    log_change = log_deletions = log_addition  # type: ignore[assignment]


def shown_once(request: HttpRequest, site: admin.AdminSite, *, title: str, secret: str, text: str) -> HttpResponse:
    """A secret in the answer itself: it is in no message, no session and no history, and gone with the page."""
    context = {**site.each_context(request), "title": title, "secret": secret, "text": text}
    response = TemplateResponse(request, "admin/shown_once.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
