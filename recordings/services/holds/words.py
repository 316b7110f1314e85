"""What a hold reaches, in words. A number and a name are known by their digest alone, so they are not said."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils import timezone

from accounts.models import LineOfBusiness
from recordings.models import HoldCriterion


def in_words(criteria: Iterable[HoldCriterion]) -> list[str]:
    """One sentence for each criterion, such as "Calls of agent a-17, that started from 1 Oct 2026, 00:00"."""
    rows = list(criteria)
    lines = {line.pk: line.name for line in LineOfBusiness.objects.all()} if rows else {}
    return [_sentence(row, lines) for row in rows]


def _sentence(row: HoldCriterion, lines: Mapping[UUID, str]) -> str:
    said = [
        f"of {row.label}" if row.label else "",
        f"of agent {row.agent_id}" if row.agent_id else "",
        "with one telephone number" if row.number_index else "",
        "with one name" if row.name_index else "",
        f"with the phone system's id {row.external_id}" if row.external_id else "",
        f"from {row.source}" if row.source else "",
        f"in {lines.get(row.line_of_business_id, 'a line that is gone')}" if row.line_of_business_id else "",
        row.direction,
        f"that started from {_moment(row.started_from)}" if row.started_from else "",
        f"that started before {_moment(row.started_before)}" if row.started_before else "",
        f"that leave before {_moment(row.leaving_before)}" if row.leaving_before else "",
    ]
    reach = _reach(row, lines)
    words = ["Calls " + ", ".join(part for part in said if part), *([reach] if reach else [])]
    return "; ".join(words)


def _reach(row: HoldCriterion, lines: Mapping[UUID, str]) -> str:
    """How far the rights of who asked it reach, where they do not see everything."""
    parts = []
    if row.lines is not None:
        parts.append(", ".join(sorted(lines.get(line, "a line that is gone") for line in row.lines)) or "no line")
    if row.sources is not None:
        parts.append(", ".join(row.sources))
    return f"among those that who placed it may see ({'; '.join(parts)})" if parts else ""


def _moment(at: object) -> str:
    local = timezone.localtime(at)  # type: ignore[arg-type]
    return f"{local.day} {local:%b %Y, %H:%M}"
