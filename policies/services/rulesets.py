"""The rules as they are now, and as they would be with a version, a law release or an override in effect."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from policies.domain.documents import stored_document
from policies.domain.errors import LawRefused
from policies.domain.groups import LineRules, RuleSet
from policies.domain.law import Law
from policies.domain.register.build import law_of_register
from policies.domain.register.overriding import overridden
from policies.domain.scopes import Candidate
from policies.models import LawOverride, LawRelease, PolicyVersion
from policies.services.register import current_release
from policies.services.snapshot import Rules, law_of, rules_now
from policies.services.stored_register import rows_of
from trail.domain.chain import canonical_json


def rules_in_force(at: datetime) -> RuleSet:
    """The law in effect and the versions in force at that moment. Raises LawRefused while no law is in effect."""
    rules = rules_now()
    if rules.law is None:
        raise LawRefused("No law release is in effect. Run `manage.py load_law`.")
    lines = {
        line.id: LineRules(
            line.code,
            line.zone,
            line.is_demo,
            tuple(version.candidate() for version in line.versions if version.is_in_force(at)),
        )
        for line in rules.lines.values()
    }
    return RuleSet(rules.law, lines)


def with_version(rules: RuleSet, version: PolicyVersion, at: datetime) -> RuleSet:
    """The same with this version in force in place of the other versions of its policy."""
    policy = version.policy
    reached = set(policy.lines.values_list("pk", flat=True))
    candidate = Candidate(
        version=str(version.pk),
        name=f"{policy.name}, version {version.number}",
        document=stored_document(version.document),
        has_line=bool(reached),
        ships=version.ships,
        published_at=version.published_at or at,
        number=version.number,
    )
    others = {str(pk) for pk in policy.versions.values_list("pk", flat=True)}
    lines = {
        pk: replace(line, candidates=_with(line.candidates, candidate, others))
        if not reached or pk in reached
        else line
        for pk, line in rules.lines.items()
    }
    return RuleSet(rules.law, lines)


def _with(candidates: Iterable[Candidate], one: Candidate, instead_of: set[str]) -> tuple[Candidate, ...]:
    return (*(other for other in candidates if other.version not in instead_of), one)


def alone_with(rules: Rules, law: Law, version: UUID) -> RuleSet:
    """That version alone, in force or over, under that law: what it would say of the calls that it governs."""
    lines = {
        line.id: LineRules(
            line.code,
            line.zone,
            line.is_demo,
            tuple(one.candidate() for one in line.versions if one.id == version),
        )
        for line in rules.lines.values()
    }
    return RuleSet(law, lines)


def publications(rules: Rules) -> dict[UUID, datetime | None]:
    """When each version was published, in force or over."""
    return {version.id: version.published_at for line in rules.lines.values() for version in line.versions}


def with_law(rules: RuleSet, law: Law) -> RuleSet:
    return RuleSet(law, rules.lines)


def law_of_release(release: LawRelease) -> Law:
    return law_of(release.number, release.digest)


def law_with_override(override: LawOverride) -> Law:
    """The law in effect with the override's row in place of the shipped one, as its approval would derive it.

    Raises OverrideRefused: it cannot stand.
    """
    base = current_release()
    register = overridden(rows_of(base), override.as_rule_override())
    return law_of_register(register, base.number + 1, override_digest(override))


def version_digest(version: PolicyVersion) -> str:
    """Of all that the version would change: its document, its policy and the lines that the policy speaks for."""
    lines = sorted(str(pk) for pk in version.policy.lines.values_list("pk", flat=True))
    return _sha256({"policy": str(version.policy_id), "lines": lines, "document": version.document})


def override_digest(override: LawOverride) -> str:
    return _sha256(
        {
            "kind": override.kind,
            "table": override.table,
            "code": override.code,
            "changes": override.changes,
            "effective_from": override.effective_from.isoformat(),
            "expires_on": override.expires_on.isoformat(),
        }
    )


def versions_digest(rules: RuleSet, lines: Iterable[UUID] | None = None) -> str:
    """Of the versions in force for these lines (None: for all)."""
    chosen = rules.lines if lines is None else {pk: rules.lines[pk] for pk in lines if pk in rules.lines}
    return _sha256({str(pk): sorted(one.version for one in line.candidates) for pk, line in chosen.items()})


def versions_in_force(rules: RuleSet) -> list[UUID]:
    return sorted({UUID(one.version) for line in rules.lines.values() for one in line.candidates})


def _sha256(content: object) -> str:
    return hashlib.sha256(canonical_json(content)).hexdigest()
