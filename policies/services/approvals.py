"""What stands before whoever approves a version: what law refuses, what is warned of, what would change."""

from collections.abc import Callable
from datetime import date
from typing import Any

from policies.domain.documents import PolicyDocument
from policies.domain.errors import VersionLaxerThanLaw, VersionNotMovable
from policies.domain.law import Law
from policies.domain.laxity import against_default, against_law
from policies.models import Decision, ImpactReport, PolicyVersion
from policies.services.register import current_release
from policies.services.snapshot import law_of

_touched: list[Callable[[], bool]] = [lambda: Decision.objects.exists()]


def counts_as_touched(asks: Callable[[], bool]) -> None:
    """Another room's question whether it holds anything that a new version could change."""
    _touched.append(asks)


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


def needs_report() -> bool:
    """Whether anything is stored that a change of rules could touch."""
    return any(asks() for asks in _touched)


def approval_of(version: PolicyVersion, document: PolicyDocument, report: ImpactReport | None) -> dict[str, Any]:
    """What the approval keeps: `{"report": id or None, "law_release", "warnings": […]}`, with the report's figures.

    Raises VersionNotMovable: something is stored and no finished what-if of this very document and law is given.
    """
    kept: dict[str, Any] = {"report": None}
    if report is not None:
        _check_report(version, report)
        kept = {"report": str(report.pk)}
    elif needs_report():
        raise VersionNotMovable("Run the what-if first: recordings or decisions are stored that it could change.")
    return kept | {"law_release": current_release().number, "warnings": warnings_of(document)}


def _check_report(version: PolicyVersion, report: ImpactReport) -> None:
    is_of_it = (report.kind, report.subject_id) == (ImpactReport.Kind.VERSION, str(version.pk))
    if not is_of_it or report.state != ImpactReport.State.DONE:
        raise VersionNotMovable("The what-if report is not a finished one of this version. Run it again.")
    if report.law_release != current_release().number:
        raise VersionNotMovable("Since the what-if, another law release took effect. Run it again.")
