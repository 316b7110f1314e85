"""The system page: whether the machines live and may be trusted, asked for real each time it is opened."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.pages import Page
from accounts.permissions import Act
from audits.models import Assignment, Sample
from compliance_site import health
from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.services.trust import mistrust

# part: (its name for people, what stands still without it)
WORDS = {
    "database": ("Database", "everything"),
    "broker": ("Broker", "listing, draws, destruction"),
    "storage": ("Audio store", "taking in and playing audio"),
    "keys": ("Keys", "sealing, playing, signing"),
    "ledger": ("Disposition log", "destruction; after a restore, everything"),
    "worker": ("Worker", "listing, draws, destruction"),
    "beat": ("Beat", "whatever is due at a time"),
}


@dataclass(frozen=True)
class PartShown:
    name: str
    needed_for: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Run:
    """Something that Callward does by itself: when it last left a trace."""

    name: str
    at: datetime | None
    how_often: str


class System(Page):
    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        parts = [PartShown(*WORDS[name], part.ok, part.detail) for name, part in health.parts().items()]
        reasons = mistrust()
        context = {
            "now": timezone.now(),
            "parts": parts,
            "silent": sum(not part.ok for part in parts),
            "reasons": reasons,
            "runs": _runs(),
            "waiting": health.queue_depth(),
            "to_remove": ObjectRemoval.objects.filter(absent_at=None).count(),
        }
        return render(request, "system.html", context)


def _runs() -> list[Run]:
    """Of the whole house, so they name no call and no line."""
    arrived = Recording.objects.order_by("-pk").values_list("created_at", flat=True).first()
    destroyed = Certificate.objects.aggregate(last=Max("destroyed_at"))["last"]
    drawn = Sample.objects.aggregate(last=Max("drawn_at"))["last"]
    flagged = Assignment.objects.aggregate(last=Max("flagged_overdue_at"))["last"]
    return [
        Run("A call arrived", arrived, "whenever one ends"),
        Run("A recording was destroyed", destroyed, "looked for every 5 s"),
        Run("A sample was drawn", drawn, "looked for every minute"),
        Run("A review became overdue", flagged, "looked for every minute"),
    ]
