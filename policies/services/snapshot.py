"""Law and policy documents as this process keeps them. What is kept never changes, so it is never stale.

A release is kept by its digest and a document by its version's id. Which of them governs a call is asked of the
database for each call, in one query, so a publication by another process counts with the next decision.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection

from policies.domain.conditions import condition
from policies.domain.documents import policy_document
from policies.domain.errors import LawRefused, unknown_line
from policies.domain.inputs import CompanyPolicy
from policies.domain.law import AreaCode, DisclosureRule, JurisdictionRule, Law, RetentionRule
from policies.models import AreaCode as AreaCodeRow
from policies.models import DisclosureRequirement, Jurisdiction, PolicyVersion
from policies.models import RetentionRule as RetentionRow

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The values last asked for, by key; safe between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value


_laws: Kept[str, Law] = Kept(4)
_policies: Kept[UUID, CompanyPolicy] = Kept(512)


@dataclass(frozen=True)
class Governing:
    """What governs one call: its line, the law, and the policy version of its day, if there is one."""

    line_id: UUID
    zone: str
    is_demo: bool
    law: Law
    version_id: UUID | None
    policy: CompanyPolicy | None


_QUESTION = """
    SELECT line.id, line.zone, line.is_demo, release.number, release.digest, (
        SELECT version.id FROM policies_policyversion version
        WHERE version.state IN ('published', 'retired')
          AND (version.effective_from IS NULL OR version.effective_from <= %(at)s)
          AND (version.retired_at IS NULL OR version.retired_at > %(at)s)
          AND (version.policy_id IN (SELECT policy_id FROM policies_policy_lines WHERE lineofbusiness_id = line.id)
               OR NOT EXISTS (SELECT FROM policies_policy_lines WHERE policy_id = version.policy_id))
        ORDER BY EXISTS (SELECT FROM policies_policy_lines WHERE policy_id = version.policy_id) DESC,
                 version.ships, version.number DESC, version.published_at DESC, version.id
        LIMIT 1)
    FROM accounts_lineofbusiness line
    LEFT JOIN LATERAL (SELECT number, digest FROM policies_lawrelease ORDER BY number DESC LIMIT 1) release ON TRUE
    WHERE line.code = %(code)s
"""


def governing(line_code: str, at: datetime) -> Governing:
    """One query, in SQL because each decision asks it. Raises UnknownLine, and LawRefused while no law is loaded.

    A policy of the line's own comes before one for every line, what was written here before what ships, and the later
    number before the earlier one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, {"code": line_code, "at": at})
        line = cursor.fetchone()
    if line is None:
        raise unknown_line(line_code)
    pk, zone, is_demo, release, digest, version_id = line
    if release is None:
        raise LawRefused("No law release is loaded. Run `manage.py load_law`.")
    policy = policy_of(version_id) if version_id else None
    return Governing(pk, zone, is_demo, law_of(release, digest), version_id, policy)


def policy_of(version_id: UUID) -> CompanyPolicy:
    """A published version as the rules see it."""
    return _policies.get(version_id, lambda: _read_policy(version_id))


def law_of(release: int, digest: str) -> Law:
    return _laws.get(digest, lambda: _read_law(release, digest))


def company_policy(version: PolicyVersion) -> CompanyPolicy:
    """Any version, also a draft, as the rules see it."""
    document = policy_document(version.document, is_demo=True)
    return CompanyPolicy(str(version.pk), f"{version.policy.name}, version {version.number}", document)


def _read_policy(version_id: UUID) -> CompanyPolicy:
    return company_policy(PolicyVersion.objects.select_related("policy").get(pk=version_id))


def _read_law(release: int, digest: str) -> Law:
    jurisdictions = [JurisdictionRule(**row) for row in _rows(Jurisdiction, release, JurisdictionRule)]
    retention = [
        RetentionRule(**row | {"applies_when": condition(row["applies_when"])})
        for row in _rows(RetentionRow, release, RetentionRule)
    ]
    return Law(
        release=release,
        digest=digest,
        jurisdictions={row.code: row for row in jurisdictions},
        retention=tuple(retention),
        disclosures=tuple(_disclosure(row) for row in DisclosureRequirement.objects.filter(release=release)),
        area_codes={row.area_code: _area_code(row) for row in AreaCodeRow.objects.filter(release=release)},
    )


def _rows(model: Any, release: int, shape: Any) -> list[dict[str, Any]]:
    return list(model.objects.filter(release=release).order_by("code").values(*shape.__dataclass_fields__))


def _disclosure(row: DisclosureRequirement) -> DisclosureRule:
    return DisclosureRule(
        code=row.code,
        place=row.jurisdiction_or_regime,
        key=row.requirement_key,
        when=row.when,
        text_example=row.text_example,
        satisfies_consent=row.satisfies_consent,
        severity=row.severity,
        citation=row.citation,
        confidence=row.confidence,
        verify_note=row.verify_note,
        applies_when=condition(row.applies_when),
    )


def _area_code(row: AreaCodeRow) -> AreaCode:
    is_shared = row.note.startswith("shared:")
    return AreaCode(row.area_code, row.region_code, is_shared, row.confidence)
