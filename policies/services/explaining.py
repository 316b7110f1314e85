"""A past decision computed again: from its stored call, its law release and its policy version, byte for byte."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.decision import EDITION, decided
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.stored_calls import read_call, read_places
from policies.models import Decision
from policies.services.snapshot import document_of, law_of
from trail.domain.chain import canonical_json

_NOTHING = object()  # a part that one of two answers lacks


@dataclass(frozen=True)
class Difference:
    """One place of the answer, as a path such as `retention.delete_by`, with what was stored and what came again."""

    path: str
    stored: Any
    again: Any


@dataclass(frozen=True)
class Explained:
    """`same`: the canonical bytes are equal, and those that were stored are whole. `reasons` are the answer's own."""

    same: bool
    edition: int
    digest: str
    digest_again: str
    stored: dict[str, Any]
    again: dict[str, Any]
    differences: tuple[Difference, ...]

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Every rule that spoke, in order."""
        return list(self.again["because"])


def explain(decision: Decision) -> Explained:
    """Compute the decision again and compare. Nothing that governs today is looked at."""
    stored = decision.answer
    again = decided(_inputs_of(decision, stored)).answer
    digest_again = hashlib.sha256(canonical_json(again)).hexdigest()
    whole = hashlib.sha256(canonical_json(stored)).hexdigest() == decision.digest
    return Explained(
        same=whole and digest_again == decision.digest,
        edition=decision.edition,
        digest=decision.digest,
        digest_again=digest_again,
        stored=stored,
        again=again,
        differences=tuple(_differences("", stored, again)),
    )


def is_of_this_edition(decision: Decision) -> bool:
    """Whether the rules that compute today are those that gave it; else its answer may differ in shape."""
    return decision.edition == EDITION


def _inputs_of(decision: Decision, stored: Mapping[str, Any]) -> Inputs:
    call, release = decision.call, decision.law_release
    ended_at = call.get("ended_at")
    asked = read_call(
        call,
        line_of_business=call["line_of_business"],
        started_at=datetime.fromisoformat(call["started_at"]),
        ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
        language=call.get("language", ""),
    )
    policy = _policy_of(decision, stored.get("policy"))
    return Inputs(law_of(release.number, release.digest), policy, asked, read_places(call), ZoneInfo(call["zone"]))


def _policy_of(decision: Decision, governed: Mapping[str, Any] | None) -> CompanyPolicy:
    """The version's own document; why it was this one, and which others gave way, is a fact of that moment."""
    version = decision.policy_version
    document = document_of(version.pk)
    if governed is None:  # the answer is older than this part of it
        return CompanyPolicy(str(version.pk), f"{version.policy.name}, version {version.number}", document)
    return CompanyPolicy(
        version=governed["version"],
        name=governed["name"],
        document=document,
        number=governed["number"],
        because=governed["because"],
        outranked=tuple((other["name"], other["because"]) for other in governed["outranked"]),
    )


def _differences(path: str, stored: Any, again: Any) -> Iterator[Difference]:
    if isinstance(stored, dict) and isinstance(again, dict):
        for key in sorted({*stored, *again}):
            yield from _differences(
                f"{path}.{key}" if path else key, stored.get(key, _NOTHING), again.get(key, _NOTHING)
            )
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for index, (one, other) in enumerate(zip(stored, again, strict=True)):
            yield from _differences(f"{path}.{index}", one, other)
    elif stored != again:
        yield Difference(path, None if stored is _NOTHING else stored, None if again is _NOTHING else again)
