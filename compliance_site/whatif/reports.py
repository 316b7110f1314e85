"""What-if reports and shortenings for the pages: asked for, with the bell rung; and the lists behind the numbers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from policies.domain.impact import KINDS, Kind
from policies.models import ImpactChange, ImpactReport
from policies.services import impact
from recordings.models import Recording
from recordings.services.doorbell import ring
from trail.domain.actors import Actor

WHAT_IF = "compliance_site.tasks.run_what_ifs"
PAGE = 50


def start_impact(subject: impact.Subject, actor: Actor) -> ImpactReport:
    """As `policies.services.impact.start_impact`, and a worker is told."""
    report = impact.start_impact(subject, actor)
    ring(WHAT_IF)
    return report


@dataclass(frozen=True)
class Changed:
    """One recording of a report's list, with the dates that it would have."""

    recording: Recording
    kinds: tuple[str, ...]
    keep_until: datetime
    delete_by: datetime


def changed_recordings(
    report: ImpactReport, kind: str, cursor: UUID | None, actor: Actor, *, limit: int = PAGE
) -> tuple[list[Changed], UUID | None]:
    """Those of one kind (`policies.domain.impact.KINDS`) that the reader may see, and where to go on.

    Raises KeyError: no such kind. What was destroyed since the report is left out.
    """
    bit = KINDS[kind]
    visible = Recording.objects.visible_to(actor)
    rows = ImpactChange.objects.filter(report_id=report.pk, recording_id__in=visible.values("pk"))
    rows = rows.extra(where=["kinds & %s <> 0"], params=[int(bit)]).order_by("recording_id")
    page = list((rows.filter(recording_id__gt=cursor) if cursor else rows)[: limit + 1])
    there = visible.select_related("line_of_business").in_bulk([row.recording_id for row in page[:limit]])
    listed = [
        Changed(there[row.recording_id], _kinds(row.kinds), row.keep_until, row.delete_by)
        for row in page[:limit]
        if row.recording_id in there
    ]
    return listed, page[limit - 1].recording_id if len(page) > limit else None


def _kinds(bits: int) -> tuple[str, ...]:
    return tuple(name for name, kind in KINDS.items() if kind in Kind(bits))
