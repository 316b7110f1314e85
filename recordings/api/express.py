"""`GET recordings/` and `PUT recordings/{id}/audio` on the short way: by a token that was just seen, sent plainly.

The statement that reads a page, or lets a row point at its audio, also asks for the generation: what was done counts
where it is the one under which the token was seen. Whatever is not as usual is left to the view, which says what is
wrong; once the audio has begun to come, it cannot be left any more, and the same services are asked that the view asks.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest

from accounts.api.authentication import bearer_actor
from accounts.api.cursors import limit_of, next_url, values_of
from accounts.clients import TokenActor
from accounts.domain.errors import TokenRefused
from accounts.permissions import Act, may
from accounts.services import seen_token
from recordings import keys
from recordings.api.serializers import taken_answer
from recordings.api.uploads import Body, content_digest
from recordings.domain.containers import Container
from recordings.domain.errors import RecordingsClosed, UploadUnreadable
from recordings.models import Recording
from recordings.services.attaching import Awaited, attach, attach_awaited, awaited
from recordings.services.audio import Arriving
from recordings.services.deliverers import find_deliverable, same_audio
from recordings.services.listed import STATES_OF_THEIR_OWN, Page, Position, page_of

JSON = "application/json"
ACCEPTED = frozenset({"", "*/*", JSON, "application/json, */*", "application/json, text/plain, */*"})
LIST_HEADERS = {"Content-Type": JSON, "Allow": "GET, POST, HEAD, OPTIONS"}
AUDIO_HEADERS = {"Content-Type": JSON, "Allow": "GET, PUT, HEAD, OPTIONS"}


def listed(request: HttpRequest) -> bytes | None:
    """The page, to go out with status 200 and LIST_HEADERS; None: ask the view."""
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


def awaited_audio(request: HttpRequest, recording_id: UUID) -> tuple[Awaited, bytes | None] | None:
    """What this request brings audio for, and the digest that it announces; None: ask the view. Nothing was read."""
    meta = request.META
    scheme, _, secret = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    seen, size = seen_token(secret), meta.get("CONTENT_LENGTH", "")
    if scheme != "Bearer" or seen is None or meta.get("HTTP_ACCEPT", "") not in ACCEPTED or meta.get("QUERY_STRING"):
        return None
    if not may(seen.actor, Act.DELIVER_RECORDING) or not size.isdecimal() or int(size) > settings.AUDIO_MAX_BYTES:
        return None
    try:
        digest, told = content_digest(request), awaited(recording_id, seen.actor)
    except (UploadUnreadable, RecordingsClosed):
        return None
    except Error:
        connection.close_if_unusable_or_obsolete()
        return None
    return (told, digest) if told is not None and told.generation == seen.generation else None


def put_audio(request: HttpRequest, told: Awaited, digest: bytes | None) -> bytes:
    """Take the audio in, and answer as the view does, with status 200 and AUDIO_HEADERS.

    Raises what `recordings.services.intake.store_audio` raises, and TokenRefused: revoked while the audio came.
    """
    recording = told.recording
    key = keys.open_key(recording.pk, told.wrapped)
    with Arriving(recording.pk, key, declared=request.META.get("CONTENT_TYPE", "")) as audio:
        for chunk in Body(request, settings.AUDIO_MAX_BYTES).chunks():
            audio.write(chunk)
        audio.assert_digest(digest, pointer="/Content-Digest")
        audio.assert_digest(recording.expected_sha256, pointer="/sha256")  # type: ignore[arg-type]
        container = audio.container()
        audio.keep()
        if attach_awaited(told, audio, container, _holder(request)):
            return _stored(told)
        return _looked_at_again(request, recording.pk, audio, container)


def _holder(request: HttpRequest) -> TokenActor:
    seen = seen_token(request.META["HTTP_AUTHORIZATION"].partition(" ")[2])
    if seen is None:  # its minute is over: the statement asks for the generation anyway
        return _let_in(request)
    return seen.actor


def _let_in(request: HttpRequest) -> TokenActor:
    actor = bearer_actor(request)
    if actor is None:
        raise TokenRefused
    return actor


def _looked_at_again(request: HttpRequest, recording_id: UUID, audio: Arriving, container: Container) -> bytes:
    """Something changed while the audio came: who asks is let in anew, and the row is looked at under a lock."""
    actor = _let_in(request)
    recording = find_deliverable(recording_id, actor)
    stored = same_audio(recording, audio) if recording.object_key else attach(recording, audio, container, actor)
    return orjson.dumps(taken_answer(stored))


def _stored(told: Awaited) -> bytes:
    """As `serializers.TakenShape` writes it."""
    recording = told.recording
    return orjson.dumps(
        {
            "id": recording.pk,
            "source": recording.source,
            "external_id": recording.external_id,
            "line_of_business": told.line_code,
            "state": recording.state,
            "quarantine_reasons": recording.quarantine_reasons,
            "policy_version": told.policy_version,
            "law_release": recording.law_release,
            "sha256": bytes(recording.sha256 or b"").hex(),
            "size_bytes": recording.size_bytes,
            "media_type": recording.media_type,
            "retention": {
                "keep_until": recording.keep_until,
                "delete_by": recording.delete_by,
                "is_provisional": recording.is_provisional,
                "explanation": orjson.Fragment(told.explanation),
            },
        },
        option=orjson.OPT_UTC_Z,
    )


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
