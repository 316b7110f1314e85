"""`manage.py redraw SAMPLE`: the same calls again, from the frame and the seed."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audits.models import Sample
from audits.services.samples import Redrawn, redraw, strata_of


class Command(BaseCommand):
    help = "Draw a sample again from its stored frame and seed, and compare it with what was drawn and given out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sample", type=UUID, help="The sample's id, as its page shows it.")
        parser.add_argument("--json", action="store_true", help="Print one JSON document.")

    def handle(self, *args: Any, **options: Any) -> None:
        sample = Sample.objects.select_related("plan").filter(pk=options["sample"]).first()
        if sample is None:
            raise CommandError(f"There is no sample {options['sample']}.")
        again = redraw(sample)
        self.stdout.write(json.dumps(_document(again), indent=1) if options["json"] else _text(again))
        if again.problems:
            raise CommandError("The sample does not agree with its draw.")


def _document(again: Redrawn) -> dict[str, object]:
    sample = again.sample
    return {
        "sample": str(sample.pk),
        "plan": sample.plan.name,
        "per": sample.per,
        "algorithm": sample.algorithm,
        "frame_size": len(sample.frame),
        "frame_digest": again.digest,
        "frame_committed_at": sample.frame_committed_at.isoformat(),
        "seed": sample.seed,
        "drawn_at": sample.drawn_at.isoformat() if sample.drawn_at else None,
        "drawn": again.drawn,
        "strata": [asdict(one) for one in strata_of(sample)],
        "assigned": [{"position": position, "recording": call} for position, call in again.assigned],
        "same": not again.problems,
        "problems": again.problems,
    }


def _text(again: Redrawn) -> str:
    lines = [
        f"{again.sample}: frame of {len(again.sample.frame)}, digest {again.digest}",
        f"seed {again.sample.seed or '(none yet)'}, {again.sample.algorithm}",
        *(f"{place:>6}  {call}" for place, call in enumerate(again.drawn, 1)),
        *(f"{one.name or '(not known)'}: {one.drawn} of {one.frame}" for one in strata_of(again.sample)),
        *again.problems,
    ]
    return "\n".join([*lines, "The same calls." if not again.problems else "Not the same calls."])
