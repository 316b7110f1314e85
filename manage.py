#!/usr/bin/env python
"""Callward's command line. `manage.py serve` runs everything; `manage.py help` lists the rest."""

import os
import sys
from contextlib import nullcontext

from compliance_site.private.places import places
from compliance_site.private.postgres import for_one_command
from compliance_site.private.processes import PrivateServiceFailed

NEED_NO_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "help",
    "makemessages",
    "makemigrations",
}
NEED_NO_DATABASE |= {
    "pgtrigger",
    "serve",
    "spectacular",
    "startapp",
    "test",
    "version",
    "wipe",
    "--help",
    "-h",
    "--version",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_site.settings.local")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "serve" and not {"-h", "--help"} & set(sys.argv):
        from compliance_site.private.serve import main as serve

        sys.exit(serve(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    try:
        with for_one_command(places()) if needs_private_database(command) else nullcontext():
            execute_from_command_line(sys.argv)
    except PrivateServiceFailed as failure:
        sys.exit(str(failure))


def needs_private_database(command: str) -> bool:
    """Whether this command wants PostgreSQL and nobody named one; under `serve` it runs already."""
    given = {"DATABASE_URL", "DATABASE_URL_FILE", "CALLWARD_SERVED"} & set(os.environ)
    return command not in NEED_NO_DATABASE and "--help" not in sys.argv and not given


if __name__ == "__main__":
    main()
