"""The disposition log's files: chained, signed, durable, whole after a crash; and what no longer is, is told."""

import errno
import os
from pathlib import Path

import pytest

from recordings.domain.errors import LedgerUnavailable
from recordings.domain.ledger_lines import BEGUN, DESTROYING, NOTHING_BEFORE, VOID
from recordings.ledger import log as files
from recordings.ledger.log import DispositionLog


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def written(folder):
    log = DispositionLog(folder)
    log.append(BEGUN)
    log.append(DESTROYING, {"batch": {"id": "b"}, "ü": [1, None]}, intent="i", transaction="7:9")
    log.append(VOID, settles=("i",))
    return log


def test_lines_are_numbered_from_one_and_each_names_the_one_before(written):
    lines = written.lines()
    assert [line.number for line in lines] == [1, 2, 3]
    assert [line.before for line in lines] == [NOTHING_BEFORE, lines[0].digest, lines[1].digest]
    assert (lines[1].intent, lines[1].transaction, lines[2].settles) == ("i", "7:9", ("i",))


def test_another_process_reads_the_same_and_each_follows_what_the_other_writes(written, folder):
    other = DispositionLog(folder)
    assert other.lines() == written.lines()
    fourth = other.append(VOID)
    assert written.last() == fourth
    assert written.append(VOID).number == 5


def test_a_line_gives_back_what_it_was_told(written):
    assert written.body(written.lines()[1]) == {"batch": {"id": "b"}, "ü": [1, None]}


def test_what_a_crash_cut_off_is_no_line_and_the_next_writer_removes_it(written, folder):
    segment = next(folder.glob("*.log"))
    whole = segment.read_bytes()
    segment.write_bytes(whole + b'{"kind":"callward/dispo')
    log = DispositionLog(folder)
    assert log.last().number == 3
    assert log.append(VOID).number == 4
    assert segment.read_bytes().startswith(whole)
    assert DispositionLog(folder).last().number == 4


@pytest.mark.parametrize("change", [b'"number":2', b'"line":"destroying"', b'"intent":"i"'])
def test_a_changed_line_breaks_the_chain(written, folder, change):
    segment = next(folder.glob("*.log"))
    segment.write_bytes(segment.read_bytes().replace(change, change[:-2] + b"x" + change[-1:], 1))
    with pytest.raises(LedgerUnavailable):
        DispositionLog(folder).lines()


def test_a_removed_line_breaks_the_chain(written, folder):
    segment = next(folder.glob("*.log"))
    first, _, third = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(first + third)
    with pytest.raises(LedgerUnavailable, match="does not follow"):
        DispositionLog(folder).lines()


def test_a_changed_body_is_not_what_was_signed(written, folder):
    segment = next(folder.glob("*.log"))
    lines = segment.read_bytes().split(b"\n")
    header, signature, body = lines[1].split(b"\t")
    lines[1] = header + b"\t" + signature + b"\t" + body[:-8] + b"AAAA" + body[-4:]
    segment.write_bytes(b"\n".join(lines))
    log = DispositionLog(folder)
    with pytest.raises(LedgerUnavailable, match="changed after it was written"):
        log.body(log.lines()[1])


def test_a_forged_signature_is_found_where_the_line_is_read(written, folder):
    segment = next(folder.glob("*.log"))
    lines = segment.read_bytes().split(b"\n")
    signatures = [line.split(b"\t")[1] for line in lines[:3]]
    lines[1] = lines[1].replace(signatures[1], signatures[0])
    segment.write_bytes(b"\n".join(lines))
    log = DispositionLog(folder)
    with pytest.raises(LedgerUnavailable, match="not signed"):
        log.body(log.lines()[1])


def test_another_installations_log_is_refused(written, folder, monkeypatch):
    monkeypatch.setattr(files, "installation", lambda: "another")
    with pytest.raises(LedgerUnavailable, match="another installation"):
        DispositionLog(folder).lines()


def test_a_full_disk_writes_nothing_and_the_log_goes_on_when_there_is_room(written, folder, monkeypatch):
    before = next(folder.glob("*.log")).read_bytes()
    write, times = os.write, iter(range(10))

    def half_then_full(descriptor: int, data: bytes) -> int:
        if next(times):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, bytes(data)[: len(data) // 2])

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(LedgerUnavailable, match="No space left"):
        written.append(VOID)
    monkeypatch.undo()
    assert next(folder.glob("*.log")).read_bytes() == before
    assert written.append(VOID).number == 4


def test_a_failed_fsync_is_a_line_that_was_not_written(written, monkeypatch):
    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(LedgerUnavailable, match="Input/output error"):
        written.append(VOID)
    monkeypatch.undo()
    assert [line.number for line in written.lines()] == [1, 2, 3]


def test_a_long_log_goes_on_in_another_file_and_reads_as_one(folder, monkeypatch):
    monkeypatch.setattr(files, "SEGMENT_BYTES", 1_500)
    log = DispositionLog(folder)
    for number in range(12):
        log.append(VOID, {"n": number})
    assert len(list(folder.glob("*.log"))) > 2
    fresh = DispositionLog(folder)
    assert fresh.last().number == 12
    assert [fresh.body(line)["n"] for line in fresh.lines(after=3)] == list(range(3, 12))
    assert [line.number for line in fresh.lines()] == list(range(1, 13))
    assert fresh.line(7).number == 7
    assert fresh.append(VOID).number == 13


def test_a_crash_before_the_first_line_of_a_new_file_loses_nothing(written, folder):
    (folder / f"{4:016d}.log").write_bytes(b'{"half')
    log = DispositionLog(folder)
    assert log.last().number == 3
    assert log.append(VOID).number == 4
    assert [line.number for line in DispositionLog(folder).lines()] == [1, 2, 3, 4]


def test_a_second_folder_gets_every_byte_also_after_it_was_away(tmp_path):
    log = DispositionLog(tmp_path / "log", tmp_path / "copy")
    log.append(BEGUN)
    log.append(VOID)
    _empty(tmp_path / "copy")
    log.append(VOID)
    assert _content(tmp_path / "copy") == _content(tmp_path / "log")
    assert DispositionLog(tmp_path / "copy").last().number == 3


def test_heads_that_nobody_needs_any_more_are_forgotten_and_found_again(folder):
    log = DispositionLog(folder)
    for _ in range(5):
        log.append(VOID)
    log._lines = log._lines[3:]
    assert [line.number for line in log.lines(after=1)] == [2, 3, 4, 5]


def _empty(folder: Path) -> None:
    for file in folder.glob("*.log"):
        file.unlink()


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.log")}
