"""The machines' own addresses: /healthz (alive), /readyz (every part answers, or which does not), /metrics."""

import hmac
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from compliance_site import heartbeats
from compliance_site.celery import app
from recordings import keys
from recordings.domain.errors import StoreUnavailable
from recordings.ledger import place, state
from recordings.store import store

TRIAL = UUID(int=0)  # names no recording
UNKNOWN = "unknown while the database does not answer"


@dataclass(frozen=True)
class Part:
    """One thing that Callward leans on. The detail says what is wrong in words that give nothing away."""

    ok: bool
    detail: str = ""


def database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
            return Part(ok=cursor.fetchone() is not None)
    except DatabaseError:
        return Part(ok=False, detail="PostgreSQL does not answer, or holds no tables")


def broker() -> Part:
    try:
        cache.get("callward:ping")
    except RedisError:
        return Part(ok=False, detail="the broker does not answer")
    return Part(ok=True)


def storage() -> Part:
    """Ours, by its mark. A file store is tried by writing, another by asking it for an object that it has not."""
    if reasons := _not_ours():
        return Part(ok=False, detail=reasons[0])
    if not settings.STORAGE_URL.startswith("file://"):
        return _asked_for_nothing()
    folder = settings.STORAGE_URL.removeprefix("file://")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103  the setting is text
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"callward")
    except OSError as error:
        return Part(ok=False, detail=f"the audio store cannot be written: {error.strerror}")
    return Part(ok=True)


def _not_ours() -> list[str]:
    try:
        return place.reasons()
    except DatabaseError:
        return [UNKNOWN]


def _asked_for_nothing() -> Part:
    try:
        return Part(ok=store().head(TRIAL.hex) is None)
    except StoreUnavailable as error:
        return Part(ok=False, detail=str(error))


def keyset() -> Part:
    """A key is made and opened again, so that a wrong or missing keyset is seen before audio comes."""
    try:
        wrapped, aead = keys.new_key(TRIAL)
        opened = keys.open_key(TRIAL, wrapped)
        whole = opened.decrypt(aead.encrypt(b"callward", b"ready"), b"ready") == b"callward"
    except Exception:  # whatever is wrong with keys, the answer is the same and tells no more
        whole = False
    return Part(ok=whole, detail="" if whole else "the keyset cannot be used")


def worker() -> Part:
    return _alive(heartbeats.WORKER, "worker")


def beat() -> Part:
    return _alive(heartbeats.BEAT, "beat, or the worker that handles its messages,")


def _alive(part: str, who: str) -> Part:
    try:
        age = heartbeats.age_seconds(part)
    except RedisError:
        return Part(ok=False, detail="unknown while the broker does not answer")
    if age is None:
        return Part(ok=False, detail=f"{who} has not shown itself yet")
    return Part(ok=age <= heartbeats.STALE_SECONDS, detail=f"{who} last seen {age:.0f} s ago")


def ledger() -> Part:
    """Whether the database is as new as the disposition log, and the log whole."""
    try:
        reasons = state.look()
    except DatabaseError:
        reasons = [UNKNOWN]
    return Part(ok=not reasons, detail=" ".join(reasons))


PARTS: dict[str, Callable[[], Part]] = {
    "database": database,
    "broker": broker,
    "storage": storage,
    "keys": keyset,
    "ledger": ledger,
    "worker": worker,
    "beat": beat,
}


def queue_depth() -> int | None:
    """Messages that wait in the broker for a worker; None: the broker does not answer."""
    try:
        with app.connection_for_read(transport_options={"socket_timeout": 2, "socket_connect_timeout": 2}) as broker:
            redis: Any = broker.default_channel  # of kombu's Redis transport, whose channel has a client
            return int(redis.client.llen(app.conf.task_default_queue))
    except (RedisError, OperationalError, OSError):
        return None


def parts() -> dict[str, Part]:
    return {name: ask() for name, ask in PARTS.items()}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing of what it leans on: restarting it would not mend that."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where every part answers, else 503 and which does not."""
    asked = parts()
    is_ready = all(part.ok for part in asked.values())
    body = {"ready": is_ready, "parts": {name: asdict(part) for name, part in asked.items()}}
    return JsonResponse(body, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text. With METRICS_TOKEN, to its bearer; without, on one machine, to the machine itself; else 404."""
    if not _may_scrape(request):
        raise Http404
    from compliance_site.metrics import exposition

    body, content_type = exposition()
    return HttpResponse(body, content_type=content_type)


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    is_proxied = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    return settings.METRICS_ON_LOOPBACK and not is_proxied and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
