"""`GET recordings/` on the short way: by a token that was just seen, with filters that are sent plainly.

The statement that reads the page also reads the generation: the answer counts where it is the one under which the token
was seen. Whatever is not as usual is left to the view, which says what is wrong.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.db import Error, connection
from django.http import HttpRequest

from accounts.api.cursors import limit_of, next_url, values_of
from accounts.permissions import Act, may
from accounts.services import seen_token
from recordings.domain.errors import RecordingsClosed
from recordings.models import Recording
from recordings.services.listed import STATES_OF_THEIR_OWN, Page, Position, page_of

JSON = "application/json"
ACCEPTED = frozenset({"", "*/*", JSON, "application/json, */*", "application/json, text/plain, */*"})
HEADERS = {"Content-Type": JSON, "Allow": "GET, POST, HEAD, OPTIONS"}


def listed(request: HttpRequest) -> bytes | None:
    """The page, to go out with status 200 and HEADERS; None: ask the view."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    seen = seen_token(secret)
    if scheme != "Bearer" or seen is None or request.META.get("HTTP_ACCEPT", "") not in ACCEPTED:
        return None
    if not may(seen.actor, Act.SEE_RECORDING):
        return None
    try:
        filters, after, limit = _asked(request.META.get("QUERY_STRING", ""))
        page = page_of(seen.actor, filters, after=after, limit=limit)
    except (ValueError, RecordingsClosed):
        return None
    except Error:
        connection.close_if_unusable_or_obsolete()  # a lost connection is opened anew for the view
        return None
    return document_of(page, request) if page.generation == seen.generation else None


def document_of(page: Page, request: HttpRequest) -> bytes:
    """The page as it goes out."""
    following = json.dumps(next_url(request, page.last)) if page.last else "null"
    return f'{{"next":{following},"results":{page.rows}}}'.encode()


def _asked(query: str) -> tuple[dict[str, Any], Position | None, int]:
    """Filters, position and size of the page. Raises ValueError: not plain, or wrong."""
    given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    asked = dict(given)
    if len(asked) != len(given):
        raise ValueError(query)
    limit, cursor = limit_of(asked.pop("limit", None)), asked.pop("cursor", None)
    after = None
    if cursor is not None:
        moment, pk = values_of(cursor, 2)
        after = (_moment(moment), UUID(pk))
    return {name: _READ[name](text) for name, text in asked.items() if _known(name)}, after, limit


def _known(name: str) -> bool:
    if name not in _READ:
        raise ValueError(name)
    return True


def _text(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.isprintable() or text != text.strip() or not 0 < len(text) <= most:
            raise ValueError(text)
        return text

    return read


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1 < moment.year < 9999:
        raise ValueError(text)
    return moment


def _state(text: str) -> str:
    if text not in {*Recording.State.values, *STATES_OF_THEIR_OWN}:
        raise ValueError(text)
    return text


_READ: dict[str, Callable[[str], Any]] = {
    "source": _text(64),
    "external_id": _text(200),
    "agent": _text(120),
    "line_of_business": _text(50),
    "from": _moment,
    "to": _moment,
    "delete_before": _moment,
    "state": _state,
}
