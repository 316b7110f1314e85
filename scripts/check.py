"""`make check`: lint, types, import arrows, migrations, deployment, security, side by side; all failures are shown."""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
APPS = ["compliance_site", "audits", "recordings", "policies", "accounts", "trail"]

# Values for `check --deploy` alone: their form is right, nothing is behind them.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "compliance_site.settings.production",
    "SECRET_KEY": "only-to-check-the-settings-" + "0123456789abcdef" * 4,
    "KEYSET": json.dumps({"encryption": {}, "signing": []}),
    "DATABASE_URL": "postgresql://callward@localhost/callward",
    "REDIS_URL": "redis://localhost/0",
    "PUBLIC_URL": "https://callward.example",
    "STORAGE_URL": "file:///var/lib/callward/store",
    "ALLOWED_HOSTS": "callward.example",
}
TESTS = {"DJANGO_SETTINGS_MODULE": "compliance_site.settings.test"}

CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "types": (["-m", "mypy", *APPS], TESTS),
    "lint": (["-m", "ruff", "check", "."], {}),
    "format": (["-m", "ruff", "format", "--check", "."], {}),
    "import arrows": ([str(BIN / "lint-imports")], {}),
    "migrations": (["manage.py", "makemigrations", "--check", "--dry-run"], TESTS),
    "deployment": (["manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    "security": (["-m", "bandit", "-q", "-ll", "-r", "-c", "pyproject.toml", *APPS], {}),
}


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = {name: pool.submit(check, *asked, home) for name, asked in CHECKS.items()}
        failed = [name for name, result in results.items() if not show(name, *result.result())]
    print(
        f"  {len(CHECKS)} checks in {time.monotonic() - began:.0f} s"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def check(arguments: list[str], environment: dict[str, str], home: str) -> tuple[int, str, float]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"CALLWARD_HOME": home} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def show(name: str, code: int, output: str, seconds: float) -> bool:
    print(f"  {name} {'.' * (20 - len(name))} {'passed' if code == 0 else 'FAILED'} {seconds:.1f} s", flush=True)
    if code:
        print(output, flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
