"""Starts the tests' own PostgreSQL and Valkey before Django reads its settings, and stops them at the end.

Durability is switched off: these tests kill processes, not machines. State lies in CALLWARD_TEST_HOME or a temporary folder.
"""

import atexit
import os
import tempfile
from pathlib import Path

os.environ["CALLWARD_HOME"] = os.environ.get("CALLWARD_TEST_HOME") or tempfile.mkdtemp(prefix="callward-test-")
os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)

from compliance_site.private import postgres, valkey  # noqa: E402  the home has to be known before
from compliance_site.private.places import places  # noqa: E402

Path(os.environ["CALLWARD_HOME"]).chmod(0o755)
_database = postgres.start(places(), durable=False)
_broker = valkey.start(places())
atexit.register(postgres.stop, _database)
atexit.register(valkey.stop, _broker)
