"""Calls that arrived, policies that came into force after them, and the work that follows; for tests of both."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from compliance_site.whatif.job import run_reports
from policies.models import ImpactReport, Policy, PolicyVersion
from policies.services import impact, versions
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyGiven
from recordings.models import Recording
from recordings.services.intake import take_in
from trail.domain.actors import CALLWARD

_numbers = count()


def document(max_period: str = "P30D", **changed: Any) -> dict[str, Any]:
    """A policy that law leaves alone, kept for so long; `consent=…` and so on replace parts."""
    usual = {
        "company": "Harbor & Vale",
        "consent": {"standard": "notice_required", "form": "implied_by_notice"},
        "retention": {"max_period": max_period},
    }
    return usual | changed


def arrived(line, *, place: str = "US-TX", days_ago: int = 3, consent: str = "announcement", **told: Any) -> Recording:
    """A call between an agent in Texas and a customer at that place, taken in without audio."""
    began = timezone.now().replace(microsecond=0) - timedelta(days=days_ago)
    delivery = Delivery(
        source="austin",
        external_id=f"arrived-{next(_numbers)}",
        started_at=began,
        ended_at=began + timedelta(minutes=4),
        direction="inbound",
        purposes=("quality_assurance",),
        parties=(PartyGiven("agent", jurisdiction="US-TX"), PartyGiven("customer", jurisdiction=place)),
        line_of_business=line.code,
        consent=(EvidenceGiven(consent, "given"),) if consent else (),
        **told,
    )
    return take_in(delivery=delivery, actor=CALLWARD).recording


def in_review(line, author, content: dict[str, Any] | None = None) -> PolicyVersion:
    """A version of the line's own policy, submitted."""
    policy = Policy.objects.filter(code=line.code).first()
    of = {"policy": policy} if policy else {"code": line.code, "name": line.name, "lines": [line]}
    drafted = versions.draft_version(document=content or document(), actor=author, **of)
    return versions.submit_version(version=drafted, actor=author)


def reported(subject, actor, **options: Any) -> ImpactReport:
    """The finished what-if of a version or candidate."""
    report = impact.start_impact(subject, actor)
    run_reports(**options)
    report.refresh_from_db()
    assert report.state == "done", report.failed_because
    return report


def in_force(line, author, approver, content: dict[str, Any] | None = None, *, always: bool = False) -> PolicyVersion:
    """A version of the line's own policy, published from now on with its what-if; `always`: for earlier calls too."""
    version = in_review(line, author, content)
    return versions.publish_version(version=version, actor=approver, report=reported(version, author), always=always)


def last_days(recording: Recording) -> tuple[datetime, datetime]:
    recording.refresh_from_db()
    return recording.keep_until, recording.delete_by
