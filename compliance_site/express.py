"""The short way for decisions: past sessions, forms and pages, which no program's call needs.

A phone system waits for this answer before the call starts. Host, transport and the headers of every answer are what
the site's own middleware makes them; whatever the short way does not answer goes on as if it were not there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from policies.api.express import answered

DECISIONS = "/api/v1/decisions/"
Handler = Callable[[HttpRequest], HttpResponse]


class Express:
    """First of the middleware."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.dressing: list[Any] = [
            middleware(get_response) for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware)
        ]
        self.headers: dict[bool, Mapping[str, str]] = {}  # by whether the request came by TLS

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == DECISIONS and request.method == "POST" and _is_let_in(request):
            response = answered(request)
            if response is not None:
                return self._dressed(request, response)
        return self.get_response(request)

    def _dressed(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """With the headers of every answer; they are the same for all, so they are asked for once."""
        is_secure = request.is_secure()
        if is_secure not in self.headers:
            model = HttpResponse()
            for middleware in self.dressing:
                model = middleware.process_response(request, model)
            self.headers[is_secure] = {name: value for name, value in model.items() if name != "Content-Type"}
        for name, value in self.headers[is_secure].items():
            response.headers[name] = value
        response.headers["Content-Length"] = str(len(response.content))
        return response


def _is_let_in(request: HttpRequest) -> bool:
    """By its host, and by TLS where that is asked for; else the site's middleware refuses it in its own way."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return False
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return not settings.DISALLOWED_USER_AGENTS
