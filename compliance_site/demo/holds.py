"""The demo's legal holds: named calls, a query that also holds later ones, and one that is over."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from compliance_site.demo import company
from recordings.models import LegalHold, Recording
from recordings.services.holds import place_hold, release_hold

NAMED = "Ortega v. Harbor & Vale, 2026-118"
BY_QUERY = "Ohio Department of Insurance, inquiry 26-044"
OVER = "Complaint 5521"
NAMED_SIZE, OVER_SIZE = 4, 2
REASONS = {
    NAMED: "Counsel expects a suit over a renewal that was sold by phone. Keep everything about it.",
    BY_QUERY: "The department asked for the claims calls of one agent of the last days, and all to come.",
    OVER: "The customer disputes what was said about the deductible.",
}
ASKED_FROM = timedelta(days=12)
ASKED_AGENT = company.AGENTS["claims"][1].id


def place_named() -> None:
    """Hold the oldest sales calls, before they are listed and go. Twice is once."""
    oldest = _oldest("home-cover", NAMED_SIZE)
    if oldest and _known(NAMED) is None:
        daniel = User.objects.get(username="daniel")
        place_hold(matter=NAMED, reason=REASONS[NAMED], recording_ids=oldest, actor=daniel)


def place_others(anchor: datetime) -> int:
    """Place what is not there yet, and release what is over; how many holds are in force. Twice is once."""
    place_named()
    daniel, mara = (User.objects.get(username=username) for username in ("daniel", "mara"))
    if _known(BY_QUERY) is None:
        query = {"agent": ASKED_AGENT, "line_of_business": "claims", "from": anchor - ASKED_FROM}
        place_hold(matter=BY_QUERY, reason=REASONS[BY_QUERY], query=query, actor=mara)
    disputed = _oldest("collections", OVER_SIZE)
    if disputed and _known(OVER) is None:
        place_hold(matter=OVER, reason=REASONS[OVER], recording_ids=disputed, actor=daniel)
    over = _known(OVER)
    if over is not None and over.released_at is None:
        release_hold(hold_id=over.pk, reason="Settled with the customer on the phone.", actor=mara)
    return LegalHold.objects.filter(released_at=None).count()


def _known(matter: str) -> LegalHold | None:
    return LegalHold.objects.filter(matter=matter).first()


def _oldest(line: str, count: int) -> list[UUID]:
    """Ids of the line's calls that go first: the hold is what keeps them."""
    stored = Recording.objects.filter(source=company.SOURCE, line_of_business__code=line, state="stored")
    return list(stored.order_by("delete_by", "external_id").values_list("pk", flat=True)[:count])
