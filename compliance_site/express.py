"""The short way for decisions: before Django's handler, past sessions, forms and pages, which no program's call needs.

A phone system waits for this answer before the call starts. Host, transport and the headers of every answer are what
the site's own middleware makes them; whatever the short way does not answer goes on as if it were not there.
"""

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from policies.api.express import HEADERS, answered

logger = logging.getLogger(__name__)

DECISIONS = "/api/v1/decisions/"
Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


class Express:
    """A WSGI application: it answers plain calls for decisions, and hands all else to the site."""

    def __init__(self, site: Application) -> None:
        self.site = site
        self.headers: dict[bool, list[tuple[str, str]]] = {}  # by whether the request came by TLS

    def __call__(self, environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == DECISIONS and environ["REQUEST_METHOD"] == "POST":
            request = WSGIRequest(environ)
            body = self._answer(request)
            if body is not None:
                length = ("Content-Length", str(len(body)))
                start_response("201 Created", [*self._headers(request), length])
                return [body]
        return self.site(environ, start_response)

    def _answer(self, request: WSGIRequest) -> bytes | None:
        """None: the site's matter, which finds the request as it came."""
        size = request.META.get("CONTENT_LENGTH", "")
        if not size.isdecimal() or int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE or not _is_let_in(request):
            return None
        sent = request.environ["wsgi.input"].read(int(size))
        request.environ["wsgi.input"] = io.BytesIO(sent)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # as Django does at the start of a request
        try:
            return answered(request, sent)
        except Exception:  # the site meets it again, and answers it as it answers every fault
            logger.exception("the short way for decisions failed")
            return None

    def _headers(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Those of every answer; they are the same for all, so they are asked for once."""
        is_secure = request.is_secure()
        if is_secure not in self.headers:
            model = HttpResponse(headers=HEADERS)
            for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware):
                model = cast(HttpResponse, middleware(_nothing).process_response(request, model))
            self.headers[is_secure] = list(model.items())
        return self.headers[is_secure]


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _is_let_in(request: HttpRequest) -> bool:
    """By its host, and by TLS where that is asked for; else the site's middleware refuses it in its own way."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return False
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return not settings.DISALLOWED_USER_AGENTS
