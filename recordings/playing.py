"""Audio as an HTTP answer, for the API and for the pages: one range at a time, never kept by anybody on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.request import HttpRequest

from recordings.domain.errors import PurposeRefused, RangeUnsatisfiable
from recordings.domain.ranges import ByteRange, Unsatisfiable, asked_range
from recordings.models import AudioProfile, Recording, Rendition
from recordings.services.playback import download, listen, purposes_for
from recordings.services.renditions import needs_one, ready_rendition
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Form:
    """The bytes that are played: the original's, or those of its rendition."""

    size_bytes: int
    sha256: bytes
    media_type: str
    rendition: Rendition | None = None

    @classmethod
    def of(cls, recording: Recording, *, playable: bool) -> Self:
        """The original; where `playable` and no browser plays it, its rendition. Raises RenditionNotReady."""
        profile = AudioProfile.objects.filter(recording=recording).first() if playable else None
        if playable and needs_one(recording, profile):
            made = ready_rendition(recording)
            return cls(made.size_bytes or 0, bytes(made.sha256 or b""), made.media_type, made)
        return cls(recording.size_bytes or 0, bytes(recording.sha256 or b""), recording.media_type)


def audio_response(
    request: HttpRequest, recording: Recording, actor: Actor, *, playable: bool = False
) -> HttpResponseBase:
    """The audio, or the one range of it that was asked for. HEAD answers what GET would, and plays nothing.

    `playable`: in a form that every browser plays. Raises what `listen` raises, and RangeUnsatisfiable.
    """
    purpose = request.GET.get("purpose", "")
    allowed = purposes_for(recording, actor)
    if purpose not in allowed:
        raise PurposeRefused(allowed)
    form = Form.of(recording, playable=playable)
    tag = f'"{form.sha256.hex()}"'
    asked = _range(request, form.size_bytes, tag)
    part = asked or ByteRange(0, form.size_bytes)
    response: HttpResponse | StreamingHttpResponse
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        pieces: Iterable[bytes] = listen(
            recording=recording,
            purpose=purpose,
            actor=actor,
            start=part.start,
            stop=part.stop,
            rendition=form.rendition,
        )
        response = StreamingHttpResponse(pieces)
    if asked:
        response.status_code = 206
        response["Content-Range"] = asked.content_range(form.size_bytes)
    response["Content-Type"] = form.media_type or "application/octet-stream"
    response["Content-Length"] = str(part.length)
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response


SUFFIXES = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/pcmu": "ulaw",
    "audio/pcma": "alaw",
    "audio/l16": "sln",
}  # where the subtype is not what files are called


def download_response(request: HttpRequest, recording: Recording, actor: Actor) -> HttpResponseBase:
    """The whole audio as a file. Raises what `download` raises."""
    media_type = recording.media_type or "application/octet-stream"
    pieces = download(recording=recording, purpose=request.GET.get("purpose", ""), actor=actor)
    response = StreamingHttpResponse(pieces, content_type=media_type)
    name = f"call-{recording.pk}.{SUFFIXES.get(media_type, media_type.partition('/')[2])}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(recording.size_bytes)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _range(request: HttpRequest, size: int, tag: str) -> ByteRange | None:
    """None: the whole. An If-Range with another tag, or with a date, wants the whole."""
    if request.headers.get("If-Range", tag) != tag:
        return None
    try:
        return asked_range(request.headers.get("Range", ""), size)
    except Unsatisfiable as error:
        raise RangeUnsatisfiable(size) from error
