"""Keyset pages for people: a page costs the same at any depth. The cursor is the last row's keyset."""

import base64
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

PAGE_SIZE = 40


def newest_page(rows: QuerySet[Any], cursor: str, *, field: str = "started_at") -> tuple[list[Any], str]:
    """One page, newest first, and the cursor of the next older one, or nothing. A cursor that is none begins anew."""
    if (after := _read(cursor)) is not None:
        moment, key = after
        rows = rows.filter(Q(**{f"{field}__lte": moment}) & (Q(**{f"{field}__lt": moment}) | Q(pk__lt=key)))
    found = list(rows.order_by(f"-{field}", "-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return page, _write(getattr(page[-1], field), page[-1].pk) if len(found) > PAGE_SIZE else ""


def soonest_page(rows: QuerySet[Any], cursor: str) -> tuple[list[Any], str]:
    """As `newest_page`, by `delete_by`, the soonest first."""
    if (after := _read(cursor)) is not None:
        moment, key = after
        rows = rows.filter(Q(delete_by__gte=moment) & (Q(delete_by__gt=moment) | Q(pk__gt=key)))
    found = list(rows.order_by("delete_by", "pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return page, _write(page[-1].delete_by, page[-1].pk) if len(found) > PAGE_SIZE else ""


def _write(moment: datetime, key: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(key)]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, UUID] | None:
    try:
        moment, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at, row = datetime.fromisoformat(moment), UUID(key)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return (at, row) if at.tzinfo else None
