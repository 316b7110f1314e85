"""What governs, compiled once a process and never stale: it counts for as long as the database bears its name.

Each change of a line, a token, a policy or the law gives the database's generation a new name (triggers, in the
transaction of the change). What was compiled is kept under the name that stood when it was read, and whoever uses it
has the name confirmed: with one small question, or in the very statement that stores what was decided.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from policies.domain.documents import PolicyDocument, stored_document
from policies.domain.errors import LawRefused, unknown_line
from policies.domain.inputs import CompanyPolicy
from policies.domain.law import Law
from policies.domain.register.build import law_of_register
from policies.domain.scopes import Candidate
from policies.models import LawRelease, PolicyVersion
from policies.services.stored_register import rows_of

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


# What is kept here never changes: a release by its digest, a published document by its version.
_laws: Kept[str, Law] = Kept(4)
_documents: Kept[UUID, PolicyDocument] = Kept(512)


@dataclass(frozen=True)
class Version:
    """A published or retired version, from when until when it counts."""

    id: UUID
    name: str
    number: int
    has_line: bool
    ships: bool
    published_at: datetime | None
    effective_from: datetime | None
    retired_at: datetime | None

    def is_in_force(self, at: datetime) -> bool:
        begun = self.effective_from is None or self.effective_from <= at
        return begun and (self.retired_at is None or self.retired_at > at)

    def candidate(self) -> Candidate:
        return Candidate(
            version=str(self.id),
            name=self.name,
            document=document_of(self.id),
            has_line=self.has_line,
            ships=self.ships,
            published_at=self.published_at,
            number=self.number,
        )


@dataclass(frozen=True)
class Line:
    """A line of business, and the versions that speak for it or for every line."""

    id: UUID
    code: str
    zone: ZoneInfo
    is_demo: bool
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Governing:
    """What governs one call: its line, the law, and the policy versions in force at its moment."""

    line: Line
    law: Law
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Rules:
    """Everything that governs, under one generation. `answers` keeps what was computed from it."""

    generation: UUID
    law: Law | None
    lines: Mapping[str, Line]
    answers: Kept[Any, Any] = field(default_factory=lambda: Kept(1024), compare=False, repr=False)

    def governing(self, line_code: str, at: datetime) -> Governing:
        """Raises UnknownLine, and LawRefused while no law is in effect."""
        line = self.lines.get(line_code)
        if line is None:
            raise unknown_line(line_code)
        if self.law is None:
            raise LawRefused("No law release is in effect. Run `manage.py load_law`.")
        return Governing(line, self.law, tuple(version for version in line.versions if version.is_in_force(at)))


_compiled: list[Rules] = []  # none or one


def known_rules() -> Rules | None:
    """What this process compiled last, unconfirmed."""
    return _compiled[-1] if _compiled else None


def rules_now() -> Rules:
    """What governs now. One small question, and the compiling only after a change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM accounts_generation")
        (name,) = cursor.fetchone()
    known = known_rules()
    return known if known is not None and known.generation == name else _compile()


def governing(line_code: str, at: datetime) -> Governing:
    """What governs a call of this line at this moment. Raises UnknownLine, and LawRefused while no law is in effect."""
    return rules_now().governing(line_code, at)


# One statement sees one state of the database, and the name of its generation with it.
_QUESTION = """
    SELECT generation.name, release.number, release.digest,
        (SELECT jsonb_agg(jsonb_build_array(id, code, zone, is_demo)) FROM accounts_lineofbusiness),
        (SELECT jsonb_agg(jsonb_build_array(version.id, policy.id, policy.name, version.number, version.ships,
                                       version.published_at, version.effective_from, version.retired_at))
              FROM policies_policyversion version JOIN policies_policy policy ON policy.id = version.policy_id
              WHERE version.state IN ('published', 'retired')),
        (SELECT jsonb_agg(jsonb_build_array(policy_id, lineofbusiness_id)) FROM policies_policy_lines)
    FROM accounts_generation generation
    LEFT JOIN LATERAL (SELECT number, digest FROM policies_lawrelease WHERE state = 'published'
                       ORDER BY number DESC LIMIT 1) release ON TRUE
"""


def _compile() -> Rules:
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION)
        name, release, digest, *tables = cursor.fetchone()
    lines, versions, spoken_for = (json.loads(table or "[]") for table in tables)
    lines_of: dict[str, set[str]] = {}
    for policy, line in spoken_for:
        lines_of.setdefault(policy, set()).add(line)
    policies = [(lines_of.get(row[1], set()), _version(row, has_line=row[1] in lines_of)) for row in versions]
    rules = Rules(
        generation=name,
        law=law_of(release, digest) if release is not None else None,
        lines={
            code: Line(UUID(pk), code, ZoneInfo(zone), is_demo, _speaking_for(pk, policies))
            for pk, code, zone, is_demo in lines
        },
    )
    _compiled[:] = [rules]
    return rules


def _speaking_for(line: str, policies: list[tuple[set[str], Version]]) -> tuple[Version, ...]:
    return tuple(version for lines, version in policies if not lines or line in lines)


def _version(row: list[Any], *, has_line: bool) -> Version:
    pk, _, policy, number, ships, published_at, effective_from, retired_at = row
    return Version(
        id=UUID(pk),
        name=f"{policy}, version {number}",
        number=number,
        has_line=has_line,
        ships=ships,
        published_at=_moment(published_at),
        effective_from=_moment(effective_from),
        retired_at=_moment(retired_at),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def document_of(version_id: UUID) -> PolicyDocument:
    """The document of a published version."""
    return _documents.get(version_id, lambda: _read_document(version_id))


def law_of(release: int, digest: str) -> Law:
    return _laws.get(digest, lambda: _read_law(release, digest))


def company_policy(version: PolicyVersion) -> CompanyPolicy:
    """Any version, also a draft, as the rules see it."""
    document = stored_document(version.document)
    name = f"{version.policy.name}, version {version.number}"
    return CompanyPolicy(str(version.pk), name, document, version.number)


def _read_document(version_id: UUID) -> PolicyDocument:
    return stored_document(PolicyVersion.objects.values_list("document", flat=True).get(pk=version_id))


def _read_law(release: int, digest: str) -> Law:
    return law_of_register(rows_of(LawRelease.objects.get(pk=release)), release, digest)
