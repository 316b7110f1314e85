"""A law candidate before an officer: published with its what-if, or laid aside."""

from typing import Any

from django.db import transaction

import trail.services as trail
from accounts.models import User
from accounts.permissions import Act, demand
from policies.domain.errors import ReleaseNotMovable
from policies.models import ImpactReport, LawOverride, LawRelease
from policies.services.impact import kept_with_approval, why_not
from policies.services.register import candidate_of, one_at_a_time, put_in_effect
from policies.services.touched import needs_report


@transaction.atomic
def publish_release(*, release: LawRelease, actor: User, report: ImpactReport | None = None) -> LawRelease:
    """Put a candidate in effect, with the what-if report that its officer read.

    Raises NotAllowed; ReleaseNotMovable: no candidate, based on a release that is over, or without its report.
    """
    demand(actor, Act.APPROVE_LAW, release)
    one_at_a_time()
    release = candidate_of(release)
    if release.kind != LawRelease.Kind.SHIPPED:
        raise ReleaseNotMovable("This release belongs to an override. Approve or refuse the override instead.")
    return put_in_effect(release, actor=actor, approval=approval_of(release, report))


@transaction.atomic
def discard_release(*, release: LawRelease, actor: User) -> LawRelease:
    """Lay a candidate aside; its rows stay to be read. Raises NotAllowed, ReleaseNotMovable: no candidate."""
    demand(actor, Act.APPROVE_LAW, release)
    one_at_a_time()
    release = candidate_of(release)
    release.state = LawRelease.State.DISCARDED
    release.save(update_fields=["state"])
    trail.append("law.discarded", actor=actor, subject=release, number=release.number)
    return release


def approval_of(subject: LawRelease | LawOverride, report: ImpactReport | None) -> dict[str, Any]:
    """What stands before the approver's eyes. Raises ReleaseNotMovable: a needed report is missing or not of this."""
    if report is None:
        if needs_report():
            raise ReleaseNotMovable("Run the what-if first and approve with its report: calls were decided already.")
        return {}
    if problem := why_not(report, subject):
        raise ReleaseNotMovable(problem)
    return kept_with_approval(report)
