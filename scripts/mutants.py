"""Mutation testing of the rules: how many planted changes of policies/domain do the tests notice, and which not.

python scripts/mutants.py [patterns of names of mutants …]

mutmut makes the mutants and finds which tests call which function; tests/mutation.py tries each mutant. A first round
gives each one second of tests, a second round gives those that outlived it ten. `mutmut show <name>` prints a change.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "mutants"
ANY = "policies.domain.once.*"  # few: mutmut makes all mutants whichever of them it is asked to try
FATES = {None: "not tried", 0: "survived", 1: "killed", 33: "no tests", 36: "timeout"}
NOTICED = {"killed", "timeout"}


def main(patterns: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="callward-mutants-") as home:
        environment = os.environ | {"CALLWARD_HOME": home}
        _run([ROOT / ".venv/bin/mutmut", "run", ANY], ROOT, environment)
        for seconds, only in ((1, "untried"), (10, "survivors")):
            _try(patterns or ["policies.domain.*"], environment, seconds, only)
    return _report()


def _try(patterns: list[str], environment: dict[str, str], seconds: int, only: str) -> None:
    options = [f"--mutants={' '.join(patterns)}", f"--mutants-only={only}", f"--mutants-seconds={seconds}"]
    plugins = [
        "-p",
        "tests.pure",
        "-p",
        "tests.mutation",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--noconftest",
    ]
    quick = ["-q", "-s", "--tb=native", "--assert=plain", "--ds=compliance_site.settings.test"]
    tests = ["tests/unit/policies", "tests/properties"]
    _run([sys.executable, "-m", "pytest", *plugins, *quick, *options, *tests], MUTANTS, environment)


def _run(command: list[str | Path], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=True)


def _report() -> int:
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(MUTANTS.glob("policies/domain/**/*.meta")):
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            fate = FATES.get(code, "failed to run")
            by_module[name.rpartition(".")[0]][fate] += 1
            if fate not in NOTICED:
                print(f"{fate:<13} {name}")
    for module, counts in by_module.items():
        print(f"{module:<44} {_score(counts)}")
    print(f"{'all':<44} {_score(sum(by_module.values(), Counter()))}")
    return 0


def _score(counts: Counter[str]) -> str:
    noticed = sum(counts[fate] for fate in NOTICED)
    tried = counts.total() - counts["not tried"]
    return f"{noticed:>5} of {tried:>5} noticed: {noticed / max(tried, 1):6.1%}  {dict(counts)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
