"""Starts the tests' own PostgreSQL and Valkey before Django reads its settings, and stops them at the end.

Durability is switched off: these tests kill processes, not machines. State lies in CALLWARD_TEST_HOME or a temporary
folder that goes with the run. Where tests run side by side, each process has its own of everything.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from compliance_site.private import postgres, valkey
from compliance_site.private.places import places


def start() -> None:
    kept = os.environ.get("CALLWARD_TEST_HOME")
    home = Path(kept or tempfile.mkdtemp(prefix="callward-test-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    os.environ["CALLWARD_HOME"] = str(home)
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "KEYSET", "CALLWARD_DEMO", "CALLWARD_SERVED"):
        os.environ.pop(name, None)
    if not kept:
        atexit.register(shutil.rmtree, home, ignore_errors=True)
    if _only_hands_out_tests():
        return
    atexit.register(postgres.stop, postgres.start(places(), durable=False))
    atexit.register(valkey.stop, valkey.start(places()))


def _only_hands_out_tests() -> bool:
    """The process that gives tests to others runs none itself."""
    asked = any(word.startswith(("-n", "--numprocesses")) for word in sys.argv)
    return asked and "PYTEST_XDIST_WORKER" not in os.environ and "-n0" not in sys.argv


start()
