"""The admin as a whole: its door, and the order of its rooms."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.guarded import GuardedAdmin
from accounts.models import User
from accounts.permissions import Act, may


class CallwardAdmin(admin.AdminSite):
    """For who may administer people. Staff and superuser flags open nothing here, and nothing is deleted."""

    site_header = site_title = "Callward"
    index_title = "People and admin"
    enable_nav_sidebar = False
    empty_value_display = "none"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Guarded pages only. What others bring along asks Django's permissions instead of `may`, so it stays out."""
        if admin_class is not None and issubclass(admin_class, GuardedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and may(user, Act.ADMINISTER_PEOPLE)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Nobody signs in here; whoever is signed in and may not come in finds nothing."""
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or request.path)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """In the order of the house: who works here first, then calls, reviews, rules, proof."""
        order = ["accounts", "recordings", "audits", "policies", "trail"]
        known = super().get_app_list(request, app_label)
        return sorted(known, key=lambda app: order.index(app["app_label"]) if app["app_label"] in order else len(order))
