"""The short way: before Django's handler, past sessions, forms and pages, which no program's call needs.

A phone system waits for a decision before the call starts, and programs read the list of recordings page by page.
Host, transport and the headers of every answer are what the site's own middleware makes them; whatever the short way
does not answer goes on as if it were not there.
"""

import io
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from policies.api import express as decisions
from recordings import gate
from recordings.api import express as recordings
from recordings.ledger import state

logger = logging.getLogger(__name__)

DECISIONS = "/api/v1/decisions/"
RECORDINGS = "/api/v1/recordings/"
Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


class Express:
    """A WSGI application: it answers plain calls of two kinds, and hands all else to the site."""

    def __init__(self, site: Application) -> None:
        self.site = site
        self.headers: dict[tuple[str, bool], list[tuple[str, str]]] = {}  # of a way; whether the request came by TLS

    def __call__(self, environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        way = WAYS.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if way is not None:
            request = WSGIRequest(environ)
            body = self._answer(way, request)
            if body is not None:
                start_response(way.status, [*self._headers(way, request), ("Content-Length", str(len(body)))])
                return [body]
        return self.site(environ, start_response)

    def _answer(self, way: "Way", request: WSGIRequest) -> bytes | None:
        """None: the site's matter, which finds the request as it came."""
        if not _is_let_in(request):
            return None
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # as Django does at the start of a request
        try:
            return way.answer(request)
        except Exception:  # the site meets it again, and answers it as it answers every fault
            logger.exception("the short way failed")
            return None

    def _headers(self, way: "Way", request: HttpRequest) -> list[tuple[str, str]]:
        """Those of every answer; they are the same for all, so they are asked for once."""
        key = (way.status, request.is_secure())
        if key not in self.headers:
            model = HttpResponse(headers=way.headers)
            for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware):
                model = cast(HttpResponse, middleware(_nothing).process_response(request, model))
            self.headers[key] = list(model.items())
        return self.headers[key]


def _decided(request: WSGIRequest) -> bytes | None:
    size = request.META.get("CONTENT_LENGTH", "")
    if not size.isdecimal() or int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return None
    sent = request.environ["wsgi.input"].read(int(size))
    request.environ["wsgi.input"] = io.BytesIO(sent)
    return decisions.answered(request, sent)


def _listed(request: WSGIRequest) -> bytes | None:
    state.look_now_and_then()
    return None if gate.reason() else recordings.listed(request)


@dataclass(frozen=True)
class Way:
    """What answers, and how its answers go out."""

    answer: Callable[[WSGIRequest], bytes | None]
    status: str
    headers: Mapping[str, str]


WAYS = {
    ("POST", DECISIONS): Way(_decided, "201 Created", decisions.HEADERS),
    ("GET", RECORDINGS): Way(_listed, "200 OK", recordings.HEADERS),
}


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
