"""This room's invariants: decisions computed again give the same bytes, published rows are what their digests say."""

from collections.abc import Iterator
from datetime import datetime

from policies.models import Decision
from policies.services.explaining import explain, is_of_this_edition
from trail.invariants import Problem, check

AGAIN = 1_000  # decisions that are computed again: the newest, each of its own answer


@check(8, 9)
def decisions_that_came_otherwise(at: datetime) -> Iterator[Problem]:
    """The newest decisions of each kind give the same bytes again, from what was stored with them."""
    newest = Decision.objects.select_related("kept", "law_release", "policy_version__policy").order_by("-pk")[:AGAIN]
    looked_at: set[tuple[str, str]] = set()
    for decision in newest:
        kind = (decision.kept_id, str(decision.policy_version_id))
        if kind in looked_at or not is_of_this_edition(decision):
            continue
        looked_at.add(kind)
        if not explain(decision).same:
            yield Problem("decision_not_the_same", str(decision.pk), "Computed again, this decision gives other bytes.")
