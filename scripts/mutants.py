"""Mutation testing of the rules: how many planted changes of policies/domain do the tests notice, and which not.

python scripts/mutants.py [names of mutants …]
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTMUT = ROOT / ".venv" / "bin" / "mutmut"
NOTICED = {"killed", "timeout", "caught by type check", "segfault"}


def main(names: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="callward-mutants-") as home:
        environment = os.environ | {"CALLWARD_HOME": home}
        run = [MUTMUT, "run", "--max-children", str(os.cpu_count() or 1), *names]
        if subprocess.run(run, cwd=ROOT, env=environment, check=False).returncode:
            return 1
        listed = [MUTMUT, "results", "--all", "true"]
        shown = subprocess.run(listed, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    fates = dict(line.strip().rsplit(": ", 1) for line in shown.splitlines() if ": " in line)
    counts = Counter(fates.values())
    noticed = sum(count for fate, count in counts.items() if fate in NOTICED)
    for name, fate in sorted(fates.items()):
        if fate not in NOTICED:
            print(f"{fate:<12} {name}")
    print(f"{noticed} of {len(fates)} changes noticed: {noticed / len(fates):.1%}. {dict(counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
