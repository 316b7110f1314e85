"""JSON as the contract wants it: duplicate keys, NaN and text that PostgreSQL cannot hold are refused."""

import json
from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


def strict_json(data: bytes) -> Any:
    """Parse UTF-8 JSON. Raises ParseError, which says what to mend."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ParseError("Send the JSON as UTF-8.") from error
    except RecursionError as error:
        raise ParseError("The JSON is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise ParseError(f"The JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}.") from error


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(f"The key {key!r} stands twice in one object; send it once.")
        if _unstorable(key) or (isinstance(value, str) and _unstorable(value)):
            raise ParseError(f"{key!r} holds a character that text cannot have (NUL or half a surrogate pair).")
        found[key] = value
    return found


def _unstorable(text: str) -> bool:
    return "\x00" in text or any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def _no_constant(name: str) -> float:
    raise ParseError(f"{name} is not JSON; leave the field out where the value is unknown.")


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return strict_json(stream.read())
