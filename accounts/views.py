"""A person's own pages: the theme, their settings."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from accounts import services
from accounts.forms import THEMES, OwnSettingsForm
from accounts.pages import Page, toast

YEAR = 31_536_000  # seconds


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where the form asked to go afterwards, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else otherwise


class Theme(View):
    """The theme switch without JavaScript; with it, the page sets the same cookie by itself."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        response = redirect(safe_next(request, "/"))
        _remember(response, request, "theme", request.POST.get("theme", ""), {name for name, _ in THEMES})
        return response


class OwnSettings(Page):
    """Name, theme, zone; password and second factor have their own pages."""

    def is_open(self, request: HttpRequest) -> bool:
        return True

    def get(self, request: HttpRequest) -> HttpResponse:
        look = {
            "theme": request.COOKIES.get("theme", "auto"),
            "zone": timezone.get_current_timezone_name(),
        }
        return self._page(request, OwnSettingsForm(instance=request.user, initial=look))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = OwnSettingsForm(request.POST, instance=request.user)
        if not form.is_valid():
            return self._page(request, form, status=422)
        services.change_name(
            person=request.user,  # type: ignore[arg-type]
            first_name=form.cleaned_data["first_name"],
            last_name=form.cleaned_data["last_name"],
            actor=request.user,  # type: ignore[arg-type]
        )
        response = redirect("accounts:settings")
        for name in ("theme", "zone"):
            _remember(response, request, name, form.cleaned_data[name], {form.cleaned_data[name]})
        toast(request, "Your settings are saved.")
        return response

    def _page(self, request: HttpRequest, form: OwnSettingsForm, status: int = 200) -> HttpResponse:
        return render(request, "settings/own.html", {"form": form}, status=status)


def _remember(response: HttpResponse, request: HttpRequest, name: str, value: str, allowed: set[str]) -> None:
    """A choice of this browser. Its own scripts read the theme, so it is not HttpOnly; it is no secret."""
    if value in allowed:
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
