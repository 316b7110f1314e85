"""This room's invariants: each sample is what its frame and its seed give."""

from collections.abc import Iterator
from datetime import datetime

from audits.models import Sample
from audits.services.samples import redraw
from trail.invariants import Problem, check


@check(10)
def samples_that_were_not_drawn(at: datetime) -> Iterator[Problem]:
    """Drawn again, each sample gives the calls that were drawn and given to reviewers."""
    for sample in Sample.objects.select_related("plan").iterator(chunk_size=50):
        for reason in redraw(sample).problems:
            yield Problem("sample_not_as_drawn", str(sample.pk), reason)
