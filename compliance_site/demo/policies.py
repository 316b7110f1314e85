"""The demo's policies: by two officers each. One version waits for its second person, one policy for its day."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import LineOfBusiness, User
from compliance_site.demo import company
from policies.models import Policy, PolicyVersion
from policies.services.approvals import needs_report
from policies.services.versions import draft_version, publish_version, submit_version

AUTHOR, APPROVER = "daniel", "mara"
CORE = ["recording", "purpose", "retention", "storage", "refusal"]


def _document(line: str, summary: str, retention: dict[str, Any], on_refusal: str = "stop_recording") -> dict[str, Any]:
    return {
        "summary": summary,
        "company": company.COMPANY,
        "consent": {"standard": "notice_required", "form": "implied_by_notice", "reading": "best"},
        "retention": retention,
        "purposes": company.PURPOSES[line],
        "disclosures": [*CORE, "agent_and_company_identity"],
        "on_refusal": on_refusal,
    }


FIRST_VERSIONS = {
    "home-cover": _document(
        "home-cover",
        "Sales calls are kept for eight weeks: long enough to check them, and no longer.",
        {"max_period": "P56D", "cooling_period": "P7D"},
    ),
    "collections": _document(
        "collections",
        "Three years, as Regulation F asks, and a month to put disputes to rest. An officer approves what goes.",
        {"min_period": "P3Y", "max_period": "P37M", "cooling_period": "P14D", "needs_approval": True},
        "keep_reason_only",
    ),
    "claims": _document(
        "claims",
        "A year at least, two at most. Where a country allows less than a year, somebody has to decide.",
        {"min_period": "P1Y", "max_period": "P2Y", "cooling_period": "P7D"},
        "delete",
    ),
    company.TWO_MINUTE_LINE: _document(
        company.TWO_MINUTE_LINE,
        "Two minutes, so that you can watch a recording go and open its certificate.",
        {"max_period": "PT120S"},
    ),
}
IN_REVIEW = (
    "home-cover",
    _document(
        "home-cover",
        "Twelve weeks instead of eight: disputes came in later than we thought.",
        {"max_period": "P84D", "cooling_period": "P7D"},
    ),
)

# For some calls of a line alone, from next month on: more specific than the line's own, and in Spanish too.
SCHEDULED = (
    "home-cover-california",
    "Home cover in California",
    "home-cover",
    _document(
        "home-cover",
        "In California everybody has to agree; callers hear it in English or Spanish and reach us without recording"
        " by pressing 9.",
        {"max_period": "P56D", "cooling_period": "P14D"},
        "delete",
    )
    | {
        "scope": {"countries": ["US-CA"], "direction": ["inbound", "outbound"]},
        "consent": {"standard": "all_party", "form": "implied_by_notice", "reading": "cautious"},
        "script": {
            "en": {"refusal": "If you do not want to be recorded, press {opt_out_key} or tell me now."},
            "es": {"refusal": "Si no desea que le grabemos, pulse {opt_out_key} o dígamelo ahora."},
        },
    },
)


def publish_all() -> int:
    """Bring every policy into force, for calls of earlier days too; how many are. Twice is once."""
    author, approver = (User.objects.get(username=username) for username in (AUTHOR, APPROVER))
    lines = {line.code: line for line in LineOfBusiness.objects.all()}
    for code, document in FIRST_VERSIONS.items():
        line = lines[code]
        version = _submitted(_version(code, line.name, line, document, author), author)
        if version.state == PolicyVersion.State.IN_REVIEW:
            publish_version(version=version, actor=approver, always=True)
    _schedule(lines, author, approver)
    _leave_in_review(author)
    return PolicyVersion.objects.filter(state=PolicyVersion.State.PUBLISHED, ships=False).count()


def _version(code: str, name: str, line: LineOfBusiness, document: dict[str, Any], author: User) -> PolicyVersion:
    """The first version of the policy, drafted where it is not there."""
    known = PolicyVersion.objects.filter(policy__code=code, number=1).first()
    return known or draft_version(document=document, code=code, name=name, lines=[line], actor=author)


def _submitted(version: PolicyVersion, author: User) -> PolicyVersion:
    return submit_version(version=version, actor=author) if version.state == PolicyVersion.State.DRAFT else version


def _schedule(lines: dict[str, LineOfBusiness], author: User, approver: User) -> None:
    """A policy that begins in a month. Where calls are stored already it waits in review: it needs a what-if first."""
    code, name, line, document = SCHEDULED
    version = _submitted(_version(code, name, lines[line], document, author), author)
    if version.state == PolicyVersion.State.IN_REVIEW and not needs_report():
        day = timezone.localdate() + timedelta(days=30)
        begins = timezone.make_aware(datetime.combine(day, time()))
        publish_version(version=version, actor=approver, effective_from=begins)


def _leave_in_review(author: User) -> None:
    """A second version, so that an officer finds something to decide."""
    code, document = IN_REVIEW
    policy = Policy.objects.get(code=code)
    version = policy.versions.filter(number=2).first() or draft_version(document=document, policy=policy, actor=author)
    _submitted(version, author)
