"""When worker and beat last showed that they live. In the cache: losing them says no more than that nobody knows."""

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

WORKER = "worker"  # noted by the worker's own loop
BEAT = "beat"  # noted by a task that beat sent: beat, broker and worker are alive together
STALE_SECONDS = 45

logger = logging.getLogger(__name__)


def note(part: str) -> None:
    try:
        cache.set(_key(part), time.time(), timeout=None)
    except RedisError:
        logger.warning("a heartbeat could not be noted", extra={"part": part})


def age_seconds(part: str) -> float | None:
    """Seconds since the last sign of life; None: never. Raises RedisError."""
    noted = cache.get(_key(part))
    return None if noted is None else max(0.0, time.time() - noted)


def forget() -> None:
    """Before a start: what an earlier run noted proves nothing about this one."""
    cache.delete_many([_key(WORKER), _key(BEAT)])


def _key(part: str) -> str:
    return f"callward:alive:{part}"
