"""The command, as whoever owns the machine sees it; and files of any content."""

import json
import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.domain.errors import LawRefused
from policies.domain.register.checks import register_of
from policies.domain.register.files import COLUMNS, WrongCell, numbered, read, written
from policies.models import Jurisdiction, LawRelease
from policies.services.register import load_law
from tests.unit.policies.laws import texts
from tests.unit.policies.test_register import CHANGED, TEXAS, change, folder  # noqa: F401  a fixture
from trail.domain.actors import CALLWARD


def run(*arguments):
    out = StringIO()
    call_command("load_law", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_shows_what_the_candidate_changes_and_that_it_waits(folder):  # noqa: F811
    change(folder, "jurisdictions.csv", TEXAS, CHANGED)
    said = run(str(folder))
    assert "Law release 2 is loaded" in said
    assert "Against release 1: 0 added, 0 removed, 1 changed." in said
    assert "name: 'Texas' -> 'Texas (changed)'" in said
    assert "It is not in effect." in said


@pytest.mark.django_db
def test_the_command_gives_the_difference_as_json(folder):  # noqa: F811
    change(folder, "jurisdictions.csv", TEXAS, CHANGED)
    facts = json.loads(run(str(folder), "--json"))
    assert (facts["release"], facts["state"], facts["in_effect"], facts["based_on"]) == (2, "candidate", False, 1)
    assert facts["changes"] == [
        {
            "code": "US-TX",
            "table": "jurisdictions.csv",
            "kind": "changed",
            "effective_from": None,
            "columns": [{"column": "name", "before": "Texas", "after": "Texas (changed)"}],
        }
    ]


@pytest.mark.django_db
def test_whoever_owns_the_machine_may_publish_at_once(folder):  # noqa: F811
    change(folder, "jurisdictions.csv", TEXAS, CHANGED)
    assert json.loads(run(str(folder), "--json", "--publish"))["in_effect"] is True
    assert LawRelease.objects.get(pk=2).published_by is None


@pytest.mark.django_db
def test_a_refused_folder_ends_the_command_with_every_place(folder):  # noqa: F811
    change(folder, "nanp_area_codes.csv", "201,US-NJ", "20,US-NJ")
    with pytest.raises(CommandError, match=r"nanp_area_codes\.csv, line 2, column area_code"):
        run(str(folder))
    out = StringIO()
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_law", str(folder), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["loaded"] is False
    assert [problem["pointer"] for problem in told["problems"]] == ["nanp_area_codes.csv:2:area_code"]


TEXTS = texts()
FILES = sorted(COLUMNS)


@settings(max_examples=60)
@given(
    file=st.sampled_from(FILES),
    seed=st.integers(0, 2**32),
    cell=st.one_of(st.text(max_size=60), st.sampled_from(["", "=1+1", '"', "P0D", "all_party", "2026-02-30", "\x00"])),
)
def test_a_register_with_any_cell_changed_is_read_or_told_by_its_place(file, seed, cell):
    rows, _ = read(file, TEXTS[file])
    rng = random.Random(seed)  # noqa: S311
    _, row = rng.choice(rows)
    column = rng.choice(COLUMNS[file])
    changed = {name: [one for _, one in read(name, TEXTS[name])[0]] for name in COLUMNS}
    changed[file] = [dict(one, **{column: cell}) if one == row else one for one in changed[file]]
    _, wrong = register_of(written(numbered(changed)))
    _are_places(wrong)


@settings(max_examples=60)
@given(file=st.sampled_from(FILES), at=st.integers(0, 10_000_000), junk=st.binary(max_size=12), cut=st.booleans())
def test_a_register_with_any_bytes_in_a_file_is_read_or_told_by_its_place(file, at, junk, cut):
    data = TEXTS[file].encode()
    at %= len(data)
    changed = data[:at] + junk + (b"" if cut else data[at:])
    _, wrong = register_of({**TEXTS, file: changed.decode("utf-8", "replace")})
    _are_places(wrong)


def _are_places(wrong):
    for cell in wrong:
        assert isinstance(cell, WrongCell)
        assert cell.file in COLUMNS
        assert cell.line >= 1
        assert cell.column in (*COLUMNS[cell.file], "row", "header")
        assert cell.detail


MUTATIONS = [b"\xff", b'"', b"\x00", b",", b"\n", b"all_party", b"9999-99-99", b"\xef\xbb\xbf", b"-" * 200]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_whatever_bytes_a_folder_holds_it_is_loaded_whole_or_refused_and_nothing_is_left(folder, seed):  # noqa: F811
    rng = random.Random(seed)  # noqa: S311
    path = folder / rng.choice(FILES)
    data = path.read_bytes()
    at = rng.randrange(len(data))
    path.write_bytes(data[:at] + rng.choice(MUTATIONS) + data[at + rng.randrange(3) :])
    refused = _refusal_of(folder)
    counts = (LawRelease.objects.count(), Jurisdiction.objects.count())
    if refused:
        assert counts == (1, 116)
        assert path.name in str(refused) or refused.fields
    else:
        assert counts == (2, 232)


def _refusal_of(folder):  # noqa: F811
    try:
        load_law(folder=folder, actor=CALLWARD)
    except LawRefused as error:
        return error
    return None


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2\n", '"', "\x00", "﻿"])
def test_a_file_that_is_something_else_is_told_by_its_header_or_first_row(file, text):
    _, wrong = register_of({**TEXTS, file: text})
    assert wrong
    assert wrong[0].file == file
    assert wrong[0].line == 1
