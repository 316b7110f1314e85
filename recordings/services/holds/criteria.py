"""From the filters of a search and the custodians of a matter to the criteria that the database matches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.clients import TokenActor
from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from recordings.domain.errors import HoldUnclear
from recordings.keys import name_index, number_index
from recordings.models import HoldCriterion, LegalHold
from trail.domain.actors import Actor

# filter of the list: what it sets on a criterion. A number and a name are kept as their blind index, never themselves.
SETS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "source": ("source", str),
    "external_id": ("external_id", str),
    "agent": ("agent_id", str),
    "direction": ("direction", str),
    "from": ("started_from", lambda moment: moment),
    "to": ("started_before", lambda moment: moment),
    "delete_before": ("leaving_before", lambda moment: moment),
    "number": ("number_index", number_index),
    "number_index": ("number_index", bytes.fromhex),
    "name": ("name_index", name_index),
    "name_index": ("name_index", bytes.fromhex),
}
OF_CUSTODIANS = {"agent", "number", "number_index", "name", "name_index"}


@dataclass(frozen=True)
class Custodian:
    """A person whose calls a matter concerns: by their agent's id, number or name. `label` is what people call them."""

    agent: str = ""
    number: str = ""
    name: str = ""
    label: str = ""

    def filters(self) -> dict[str, str]:
        named = {"agent": self.agent, "number": self.number, "name": self.name}
        return {name: value for name, value in named.items() if value}


def criteria_of(
    hold: LegalHold,
    *,
    query: Mapping[str, Any] | None,
    custodians: Sequence[Custodian],
    follows: bool,
    actor: Actor,
) -> list[HoldCriterion]:
    """Unsaved criteria: one for each custodian, narrowed by the query; else one for the query.

    Raises HoldUnclear: a line that is not there, a filter that a hold cannot follow, a custodian without one thing to
    know them by, a query that names a person beside custodians.
    """
    filters = dict(query or {})
    if custodians and (both := OF_CUSTODIANS & filters.keys()):
        raise HoldUnclear({f"/query/{name}": "Name people among the custodians or here, not in both." for name in both})
    rows = []
    for position, custodian in enumerate(custodians):
        named = custodian.filters()
        if len(named) != 1:
            raise HoldUnclear({f"/custodians/{position}": "Give one of agent, number and name."})
        rows.append(_criterion(hold, filters | named, follows, actor))
        rows[-1].is_custodian, rows[-1].label = True, custodian.label
    if filters and not rows:
        rows.append(_criterion(hold, filters, follows, actor))
    return [row.indexed() for row in rows]


def reached_by(criteria: Sequence[HoldCriterion]) -> Q:
    """Recordings that meet one of these."""
    reached = Q(pk__in=[])
    for criterion in criteria:
        reached |= criterion.reaches()
    return reached


def _criterion(hold: LegalHold, filters: Mapping[str, Any], follows: bool, actor: Actor) -> HoldCriterion:  # noqa: FBT001
    row = HoldCriterion(hold=hold, follows=follows)
    for name, value in filters.items():
        if name == "line_of_business":
            row.line_of_business = _line(value)
        elif name in SETS:
            column, spelt = SETS[name]
            setattr(row, column, spelt(value))
        else:
            raise HoldUnclear({f"/query/{name}": "A hold cannot follow this. Leave it out."})
    lines = lines_of(actor)
    row.lines = None if lines is None else sorted(lines)
    if isinstance(actor, TokenActor) and actor.token.sources:
        row.sources = list(actor.token.sources)
    return row


def _line(code: str) -> LineOfBusiness:
    line = LineOfBusiness.objects.filter(code=code).first()
    if line is None:
        raise HoldUnclear({"/query/line_of_business": "No line of business has this code. Check it."})
    return line
