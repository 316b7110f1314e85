"""docs/faults.md names tests that are there, and speaks of every row that it promises."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PAGE = (ROOT / "docs/faults.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
NOT_HERE = {52, 64, 65, 71}  # zip files are not taken in; seals and webhooks are the trail's own


def test_every_test_that_the_page_names_is_there():
    assert len(NAMED) > 60
    missing = [f"{file}::{name}" for file, name in NAMED if not _has(file, name)]
    assert missing == []


def _has(file: str, name: str) -> bool:
    return (ROOT / file).exists() and f"def {name}(" in (ROOT / file).read_text()


def test_every_long_test_is_said_to_be_long():
    long_file = "tests/faults/test_whole_stack.py"
    said = set(re.findall(rf"\*long\* `{re.escape(long_file)}::(test_\w+)`", PAGE))
    there = set(re.findall(r"^def (test_\w+)\(", (ROOT / long_file).read_text(), re.MULTILINE))
    assert said == there


def test_every_row_is_spoken_of():
    told: set[int] = set()
    for first, last in re.findall(r"F(\d+)(?:\u2013F(\d+))?", PAGE):
        told |= set(range(int(first), int(last or first) + 1))
    assert set(range(1, 76)) - told - NOT_HERE == set()
