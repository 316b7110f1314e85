"""The short way: before Django's handler, past sessions, forms and pages, which no program's call needs.

A phone system waits for a decision before the call starts, sends audio all day, and programs read the list of
recordings page by page.
Host, transport and the headers of every answer are what the site's own middleware makes them; whatever the short way
does not answer goes on as if it were not there.
"""

import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.client import responses
from typing import Any, cast
from uuid import UUID

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from compliance_site.problems import MEDIA_TYPE, TRY_AGAIN_SECONDS, document, problem_of
from policies.api import express as decisions
from recordings import gate
from recordings.api import express as recordings
from recordings.ledger import state

logger = logging.getLogger(__name__)

DECISIONS = "/api/v1/decisions/"
RECORDINGS = "/api/v1/recordings/"
AUDIO = re.compile(r"/api/v1/recordings/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/audio")
Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


class Express:
    """A WSGI application: it answers plain calls of three kinds, and hands all else to the site."""

    def __init__(self, site: Application) -> None:
        self.site = site
        self.headers: dict[Any, list[tuple[str, str]]] = {}  # of a way, and whether the request came by TLS

    def __call__(self, environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        way = _way_of(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if way is not None:
            request = WSGIRequest(environ)
            answer = self._answer(way, request)
            if isinstance(answer, Refusal):
                way, answer = answer.way, answer.body
            if answer is not None:
                start_response(way.status, [*self._headers(way, request), ("Content-Length", str(len(answer)))])
                return [answer]
        return self.site(environ, start_response)

    def _answer(self, way: "Way", request: WSGIRequest) -> "bytes | Refusal | None":
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
        key = (*way.headers.items(), request.is_secure())
        if key not in self.headers:
            model = HttpResponse(headers=way.headers)
            for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware):
                model = cast(HttpResponse, middleware(_nothing).process_response(request, model))
            self.headers[key] = list(model.items())
        return self.headers[key]


def _way_of(method: str, path: str) -> "Way | None":
    if method == "PUT" and AUDIO.fullmatch(path):
        return PUT_AUDIO
    return WAYS.get((method, path))


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


def _taken(request: WSGIRequest) -> "bytes | Refusal | None":
    """Once the audio has begun to come, the site cannot be asked any more: what is wrong is told here."""
    state.look_now_and_then()
    found = AUDIO.fullmatch(request.path_info)
    awaited = recordings.awaited_audio(request, UUID(found[1])) if found and not gate.reason() else None
    if awaited is None:
        return None
    try:
        return recordings.put_audio(request, *awaited)
    except Exception as error:
        return _refusal(error)


def _refusal(error: Exception) -> "Refusal":
    told = problem_of(error)
    if told is None:
        logger.error("an upload failed", exc_info=error)
        told = document(500, "failed", "Callward failed to take this in", "Nothing was kept. Send it again.")
    status = f"{told['status']} {responses[told['status']]}"
    headers = {"Content-Type": MEDIA_TYPE, "Allow": recordings.AUDIO_HEADERS["Allow"]}
    if told["status"] == 503:
        headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return Refusal(Way(_taken, status, headers), json.dumps(told).encode())


@dataclass(frozen=True)
class Way:
    """What answers, and how its answers go out."""

    answer: "Callable[[WSGIRequest], bytes | Refusal | None]"
    status: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Refusal:
    """A problem document instead of the answer."""

    way: Way
    body: bytes


WAYS = {
    ("POST", DECISIONS): Way(_decided, "201 Created", decisions.HEADERS),
    ("GET", RECORDINGS): Way(_listed, "200 OK", recordings.LIST_HEADERS),
}
PUT_AUDIO = Way(_taken, "200 OK", recordings.AUDIO_HEADERS)


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
