"""Versions on their way to being in force, for the tests of pages."""

from accounts.models import LineOfBusiness, User
from compliance_site.whatif.job import run_reports
from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import ImpactReport, PolicyVersion
from policies.services import versions
from policies.services.impact import start_impact

SHORTER = CAREFUL_DEFAULT | {
    "company": "Harbor & Vale",
    "consent": {"standard": "all_party", "form": "express", "reading": "best"},
    "retention": {"min_period": None, "max_period": "P30D", "cooling_period": "P3D", "needs_approval": False},
}


def submitted(line: LineOfBusiness, author: User, **changes: object) -> PolicyVersion:
    """A version that asks for more and keeps for less time, handed in; it waits for a second officer."""
    document = SHORTER | changes
    version = versions.draft_version(
        document=document, code="home-cover", name="Home cover", lines=[line], actor=author
    )
    return versions.submit_version(version=version, actor=author)


def reported(version: PolicyVersion, actor: User) -> ImpactReport:
    """Its what-if, run to its end."""
    report = start_impact(version, actor)
    run_reports()
    report.refresh_from_db()
    return report


def published(version: PolicyVersion, second: User) -> PolicyVersion:
    """In force for calls of every day, with its what-if."""
    return versions.publish_version(version=version, actor=second, always=True, report=reported(version, second))
