"""JSON as the contract wants it: duplicate keys, NaN and text that PostgreSQL cannot hold are refused."""

import json
import math
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_DEPTH = 32  # no document of ours is half as deep; what walks through it later has Python's stack to itself
TOO_DEEP = f"The JSON is nested too deeply; {MOST_DEPTH} levels are enough."


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body-too-large"
    default_detail = "The body is too large"


def strict_json(data: bytes) -> Any:
    """Parse UTF-8 JSON. Raises ParseError, which says what to mend."""
    try:
        value = _decoder.decode(data.decode())
    except UnicodeDecodeError as error:
        raise ParseError("Send the JSON as UTF-8.") from error
    except RecursionError as error:
        raise ParseError(TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise ParseError(f"The JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except ValueError as error:
        raise ParseError("A number in the JSON has too many digits.") from error
    if b"\\u" in data or data.count(b"[") + data.count(b"{") > MOST_DEPTH:  # else nothing in it can be wrong
        _assert_storable(value)
    return value


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(f"The key {key!r} stands twice in one object; send it once.")
        found[key] = value
    return found


def _assert_storable(value: Any, name: str = "The text", depth: int = 0) -> None:
    """No text anywhere that PostgreSQL cannot hold, and nothing nested deeper than any document of ours."""
    if depth > MOST_DEPTH:
        raise ParseError(TOO_DEEP)
    if isinstance(value, str):
        if "\x00" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
            raise ParseError(f"{name} holds a character that text cannot have (NUL or half a surrogate pair).")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _assert_storable(key, "A key")
            _assert_storable(inner, repr(key), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _assert_storable(inner, name, depth + 1)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError(f"{text} is larger than a number can be.")
    return number


def _no_constant(name: str) -> float:
    raise ParseError(f"{name} is not JSON; leave the field out where the value is unknown.")


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = stream.read(limit + 1)
        if len(data) > limit:
            raise BodyTooLarge(f"JSON may have at most {limit} bytes.")
        return strict_json(data)
