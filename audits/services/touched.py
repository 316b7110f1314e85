"""What of this room a change of law or policy touches: reviews that are open, and forms that ask about disclosures."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from audits.models import Assignment, FormVersion


def open_calls(*, batch: int = 5_000) -> Iterator[list[UUID]]:
    """The recordings that somebody has to review or is reviewing, batch by batch; each assignment's once."""
    last = None
    while True:
        rows = Assignment.objects.open().order_by("pk")
        found = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", "recording_id")[:batch])
        if not found:
            return
        last = found[-1][0]
        yield [recording for _, recording in found]


def forms_about(keys: Collection[str]) -> list[dict[str, Any]]:
    """The published forms with a question about one of these disclosures: `{"id", "name", "keys": […]}`."""
    found = []
    for version in FormVersion.objects.filter(state=FormVersion.State.PUBLISHED).select_related("form"):
        covered = {key for question in version.document.get("questions", []) for key in question.get("covers", [])}
        if shared := sorted(covered & set(keys)):
            found.append({"id": str(version.pk), "name": str(version), "keys": shared})
    return found
