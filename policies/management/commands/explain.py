"""Compute a past decision again and compare: the same bytes, or what differs."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.models import Decision
from policies.services.explaining import Explained, explain, is_of_this_edition


class Command(BaseCommand):
    help = "Compute decision DECISION_ID again from what was stored of it, show its reasons, and compare byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("decision_id")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, decision_id: str, as_json: bool, **__: Any) -> None:
        decision = _decision(decision_id)
        explained = explain(decision)
        if as_json:
            self.stdout.write(json.dumps(_facts(decision, explained), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_told(decision, explained)))
        if not explained.same:
            of_another = "" if is_of_this_edition(decision) else " It was given by another edition of the rules."
            raise CommandError(f"The answer is not the same; {len(explained.differences)} places differ.{of_another}")


def _decision(text: str) -> Decision:
    rows = Decision.objects.select_related("kept", "law_release", "policy_version__policy")
    try:
        return rows.get(pk=UUID(text))
    except (ValueError, Decision.DoesNotExist) as error:
        raise CommandError(f"No decision has the id {text!r}. Its id stands in the answer that was given.") from error


def _facts(decision: Decision, explained: Explained) -> dict[str, Any]:
    return {
        "decision": str(decision.pk),
        "same": explained.same,
        "edition": explained.edition,
        "law_release": decision.law_release.number,
        "policy_version": str(decision.policy_version_id),
        "digest": explained.digest,
        "digest_again": explained.digest_again,
        "because": explained.reasons,
        "differences": [asdict(difference) for difference in explained.differences],
    }


def _told(decision: Decision, explained: Explained) -> list[str]:
    again = explained.again
    lines = [
        f"Decision {decision.pk}, given {decision.decided_at:%Y-%m-%d %H:%M} UTC by edition {explained.edition}.",
        f"Law release {decision.law_release.number}; {again['policy']['name']}. {again['policy']['because']}".rstrip(),
        "",
    ]
    lines += [_reason(reason) for reason in explained.reasons]
    lines += [f"conflict  {conflict['kind']}: {conflict['detail']}" for conflict in again["conflicts"]]
    lines += ["", f"Stored digest   {explained.digest}", f"Computed again  {explained.digest_again}"]
    lines += [f"{one.path}: stored {one.stored!r}, again {one.again!r}" for one in explained.differences]
    lines.append("The same, byte for byte." if explained.same else "Not the same.")
    return lines


def _reason(reason: dict[str, Any]) -> str:
    outranked = f"outranked by {reason['outranked_by']}" if reason["outranked_by"] else "agrees"
    stands = "decides" if reason["decides"] else outranked
    who = f"{reason['party']} " if "party" in reason else ""
    return f"{reason['about']:<9} {who}{reason['rule']} ({reason['citation']}): {reason['demands']}; {stands}"
