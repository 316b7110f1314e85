"""What stands before whoever approves a version: what law refuses, what is warned of, what would change."""

from datetime import date
from typing import Any

from policies.domain.documents import PolicyDocument
from policies.domain.errors import VersionLaxerThanLaw, VersionNotMovable
from policies.domain.law import Law
from policies.domain.laxity import against_default, against_law
from policies.models import ImpactReport, PolicyVersion
from policies.services.impact import kept_with_approval, why_not
from policies.services.register import current_release
from policies.services.snapshot import law_of
from policies.services.touched import needs_report

__all__ = ["approval_of", "law_in_effect", "needs_report", "refuse_laxer", "warnings_of"]


def law_in_effect() -> Law:
    """The register in effect. Raises LawRefused while none is loaded."""
    release = current_release()
    return law_of(release.number, release.digest)


def refuse_laxer(document: PolicyDocument, day: date) -> None:
    """Raises VersionLaxerThanLaw, with each rule and its citation, where the document asks for less than law."""
    if laxer := against_law(document, law_in_effect(), day):
        raise VersionLaxerThanLaw(
            f"Law asks for more at {len(laxer)} place{'s' if len(laxer) > 1 else ''}: {laxer[0].detail}",
            [{"pointer": item.pointer, "detail": item.detail} for item in laxer],
        )


def warnings_of(document: PolicyDocument) -> list[dict[str, str]]:
    """What is laxer than the careful default, as it is kept with the approval."""
    return [{"pointer": warning.pointer, "detail": warning.detail} for warning in against_default(document)]


def approval_of(version: PolicyVersion, document: PolicyDocument, report: ImpactReport | None) -> dict[str, Any]:
    """What the approval keeps: `{"report": id or None, "law_release", "warnings": […]}`, with the report's figures.

    Raises VersionNotMovable: something is stored and no finished what-if of this very document and law is given.
    """
    kept: dict[str, Any] = {"report": None}
    if report is not None:
        if reason := why_not(report, version):
            raise VersionNotMovable(reason)
        kept = kept_with_approval(report)
    elif needs_report():
        raise VersionNotMovable("Run the what-if first: recordings or decisions are stored that it could change.")
    return kept | {"law_release": current_release().number, "warnings": warnings_of(document)}
