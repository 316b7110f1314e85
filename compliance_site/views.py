"""Pages that belong to no room: what is missing, refused, broken or just now impossible."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.pages import is_part
from compliance_site.problems import not_found, problem


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, and 403 alike: nobody learns from the answer whether there is something to see."""
    if request.path.startswith("/api/"):
        return not_found(request)
    return _told(request, 404, "errors/missing.html")


def broken(request: HttpRequest) -> HttpResponse:
    """500. Its page needs neither the database nor a session, for those may be what broke."""
    if request.path.startswith("/api/"):
        return problem(
            500, "broken", "Something broke in Callward", "Try again; your administrator finds it in the log."
        )
    return render(None, "errors/broken.html", status=500)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request that no browser sends by itself."""
    if request.path.startswith("/api/"):
        return problem(400, "unreadable", "The request cannot be read")
    return render(None, "errors/unreadable.html", status=400)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: sent from an old page, or from another site."""
    if request.path.startswith("/api/"):
        return problem(403, "not-allowed", "You may not do this")
    return _told(request, 403, "errors/stale_form.html")


def problem_page(request: HttpRequest, found: dict[str, Any], *, to: str = "", action: str = "Go back") -> HttpResponse:
    """One of the rooms' own errors, with its title and how to go on: `to` that page, else where the form stood."""
    about = {"problem": found, "back": to or _back(request), "action": action}
    return _told(request, found["status"], "errors/problem.html", about)


def _told(request: HttpRequest, status: int, template: str, about: dict[str, Any] | None = None) -> HttpResponse:
    """The whole page, or for htmx the note alone, which takes the part's place."""
    if is_part(request):
        note = {"problem": (about or {}).get("problem") or {"title": "Nothing here that you may see"}}
        return render(request, "errors/_problem.html", note, status=status)
    return render(request, template, about or {}, status=status)


def _back(request: HttpRequest) -> str:
    """The page that the form stood on, where it was one of ours."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if ours else "/"
