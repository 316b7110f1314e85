"""Finding recordings by what the list's filters say. The list, the pages and a hold by query ask it alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from recordings.keys import number_index
from recordings.models import Party
from recordings.models.queries import RecordingQuerySet

# filter: look-up on the recording. `number` is not among them: it is found by its blind index alone.
LOOKUPS = {
    "source": "source",
    "external_id": "external_id",
    "agent": "agent_id",
    "line_of_business": "line_of_business__code",
    "from": "started_at__gte",
    "to": "started_at__lt",
    "state": "state",
    "delete_before": "delete_by__lt",
    "lines": "line_of_business__in",
    "sources": "source__in",
}


def matching(queryset: RecordingQuerySet, filters: Mapping[str, Any]) -> RecordingQuerySet:
    """Rows that meet every filter; `held` and `listed` are asked for as states, beside the three that a row has."""
    found = queryset
    for name, value in filters.items():
        if name == "number":
            found = _with_number(found, number_index(value))
        elif name == "number_index":
            found = _with_number(found, bytes.fromhex(value))
        elif name == "state" and value == "held":
            found = found.filter(hold_count__gt=0)
        elif name == "state" and value == "listed":
            found = found.filter(listed_at__isnull=False)
        elif name == "mark":
            found = found.filter(profile__marks__contains=[value])
        else:
            found = found.filter(**{LOOKUPS[name]: value})
    return found


def kept_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters as plain JSON to keep with a hold. A number is kept as its blind index, never as itself."""
    kept: dict[str, Any] = {}
    for name, value in filters.items():
        if name == "number":
            kept["number_index"] = number_index(value).hex()
        else:
            kept[name] = value.isoformat() if isinstance(value, datetime) else value
    return kept


def _with_number(queryset: RecordingQuerySet, index: bytes) -> RecordingQuerySet:
    return queryset.filter(Exists(Party.objects.filter(recording=OuterRef("pk"), number_index=index)))
