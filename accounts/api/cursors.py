"""Cursors of keyset pages: where the next page begins, in letters that mean nothing to whoever passes them on."""

import base64
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def cursor_of(values: Iterable[Any]) -> str:
    """Moments in ISO 8601, all else as text: `("a", "b")` gives `WyJhIiwgImIiXQ`."""
    texts = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def values_of(cursor: str, size: int) -> list[str]:
    """The texts of a cursor. Raises ValueError: it is none of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except RecursionError as error:
        raise ValueError(cursor) from error
    if not isinstance(values, list) or len(values) != size or not all(isinstance(value, str) for value in values):
        raise ValueError(cursor)
    return values


def limit_of(text: str | None) -> int:
    """How many rows a page has. Raises ValueError: not a whole number from 1 to MAX_LIMIT."""
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_LIMIT:
        raise ValueError(text)
    return int(text)


def next_url(request: HttpRequest, last: Iterable[Any]) -> str:
    """The address of this request, with the cursor after `last` in place of its own."""
    asked = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    query = [(name, value) for name, value in asked if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*query, ('cursor', cursor_of(last))])}")
