"""One recording that should go before its day: asked for by one officer, decided by another."""

from accounts.models import User
from audits.models import Assignment
from compliance_site.demo import company
from recordings.models import EarlyDisposal, Recording
from recordings.services.disposition.early import ask_early_disposal

LINE = "home-cover"
REASON = "A neighbour who is no party to it is heard on the call, and asked us by phone to let it go."


def ask_for_one() -> int:
    """Daniel asks for the line's newest call that nothing keeps and nobody reviews; how many wait. Twice is once."""
    calls = Recording.objects.filter(
        source=company.SOURCE, line_of_business__code=LINE, state=Recording.State.STORED, hold_count=0, listed_at=None
    ).exclude(pk__in=Assignment.objects.values("recording_id"))
    newest = calls.order_by("-started_at", "pk").first()
    if newest is not None and not EarlyDisposal.objects.exists():
        daniel = User.objects.get(username="daniel")
        ask_early_disposal(recording_ids=[newest.pk], reason=REASON, actor=daniel)
    return EarlyDisposal.objects.waiting().count()
