"""A call read without REST framework: what is sent well and plainly, several times faster.

It takes a part of what `shapes` takes, and reads it alike; a test compares the two. Whatever it does not know for
certain it leaves to them, who also say what is wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from rest_framework.serializers import ValidationError

from policies.api.shapes import MOST_CALLS, MOST_PARTIES, ZonedDateTime, wrong_fact
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES, Call, PartyFacts
from policies.domain.places import is_place, wrong_number

_FIELDS = {"direction", "medium", "line_of_business", "purposes", "facts", "parties", "started_at"}
_PARTY = {"role", "number", "jurisdiction", "address"}
_ZONED = ZonedDateTime()
_is_known_place = lru_cache(maxsize=4096)(is_place)


class NotPlain(Exception):
    """This call is read by `shapes`."""


def calls_of(data: Any) -> list[Call]:
    """The call, or those under `calls`. Raises NotPlain."""
    try:
        if not isinstance(data, dict) or "calls" not in data:
            return [_call(data)]
        calls = data["calls"]
        if len(data) != 1 or not isinstance(calls, list) or not 1 <= len(calls) <= MOST_CALLS:
            raise NotPlain
        return [_call(call) for call in calls]
    except (TypeError, KeyError, ValidationError) as error:  # a list where a text should be, a field that is missing
        raise NotPlain from error


def _call(data: Any) -> Call:
    if not isinstance(data, dict) or not _FIELDS.issuperset(data):
        raise NotPlain
    line, parties = data["line_of_business"], data["parties"]
    if not isinstance(line, str) or not 0 < len(line) <= 50 or line != line.strip():
        raise NotPlain
    if not isinstance(parties, list) or not 0 < len(parties) <= MOST_PARTIES:
        raise NotPlain
    return Call(
        direction=_one_of(DIRECTIONS, data["direction"]),
        medium=_one_of(MEDIA, data.get("medium", "phone")),
        line_of_business=line,
        purposes=_purposes(data.get("purposes", [])),
        facts=_facts(data.get("facts", {})),
        parties=tuple([_party(party) for party in parties]),
        started_at=_moment(data["started_at"]) if "started_at" in data else timezone.now().replace(microsecond=0),
    )


def _one_of(known: tuple[str, ...], said: Any) -> str:
    for word in known:
        if word == said:
            return word
    raise NotPlain


def _purposes(said: Any) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) > len(PURPOSES) or any(purpose not in PURPOSES for purpose in said):
        raise NotPlain
    return tuple(dict.fromkeys(said))


def _facts(said: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(said, dict):
        raise NotPlain
    facts = {}
    for key, stated in said.items():
        values = stated if isinstance(stated, list) else [stated]
        if wrong_fact(key, values):
            raise NotPlain
        if values:
            facts[key] = tuple(dict.fromkeys(values))
    return facts


def _party(said: Any) -> PartyFacts:
    if not isinstance(said, dict) or not _PARTY.issuperset(said):
        raise NotPlain
    number = said.get("number")
    if number is not None and (not isinstance(number, str) or len(number) > 64 or number != number.strip()):
        raise NotPlain
    if number and wrong_number(number):
        raise NotPlain
    role = _one_of(ROLES, said["role"])
    return PartyFacts(role, number or None, _place(said.get("jurisdiction")), _place(said.get("address")))


def _place(said: Any) -> str | None:
    if said is not None and (not isinstance(said, str) or not _is_known_place(said)):
        raise NotPlain
    return said


def _moment(said: Any) -> datetime:
    return _ZONED.to_internal_value(said)
