"""The end of a recording: listed, objected to or approved, destroyed. Proof and deed commit together or not at all.

`listing` puts what is due on the list; `runs` gathers what falls due together, and brakes; `purging` takes it batch by
batch; `ending` is the one way by which a recording goes; `early` lets two people take one before its day; `pause` stops
it all; `dry_run` tells what would go; `manifests` proves a run.
"""

from recordings.models.recordings import PARTS
from recordings.services.disposition.ending import destroy
from recordings.services.disposition.listing import list_due
from recordings.services.disposition.purging import purge_batch

__all__ = ["PARTS", "destroy", "list_due", "purge_batch"]
