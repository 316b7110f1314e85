# ruff: noqa: E402  Django wants its settings before anything else is loaded
"""One worker of bench_purge.py: it says that it is ready, waits for a line, and destroys or removes all that is due."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_site.settings.local")

import django

django.setup()

from django.db import connection
from django.utils import timezone

from recordings.services import removals
from recordings.services.disposition import purging

AT_ONCE = {"purge": 2_000, "remove": 2_000}
WORK = {"purge": purging.purge_batch, "remove": removals.object_removals}
purging.pause_in_force = removals.pause_in_force = lambda: None  # the pause is for everybody else


def main(what: str) -> None:
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    while WORK[what](at=timezone.now(), limit=AT_ONCE[what]):
        pass


if __name__ == "__main__":
    main(sys.argv[1])
