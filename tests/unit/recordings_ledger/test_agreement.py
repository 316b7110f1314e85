"""Whether log and database agree, how each deed's end is told, and what is written late."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from recordings import gate, ledger
from recordings.domain.errors import DispositionStopped, LedgerUnavailable, RecordingsClosed
from recordings.domain.ledger_lines import (
    BEGUN,
    DESTROYED,
    DESTROYING,
    HOLD_MEMBERS,
    HOLD_PLACED,
    HOLD_RELEASED,
    VOID,
)
from recordings.ledger import state
from recordings.ledger.anew import begin_anew
from recordings.ledger.log import log
from recordings.ledger.settling import settle
from recordings.ledger.writing import opened_hold, write_deed
from recordings.models import Certificate, LedgerDeed, LedgerHead, Recording
from recordings.services import trust
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold, release_hold
from tests.factories import RecordingFactory
from trail.domain.ids import uuid7

pytestmark = pytest.mark.django_db(transaction=True)


def _kinds() -> list[str]:
    return [line.kind for line in log().lines()]


def _purged(count: int = 1) -> None:
    RecordingFactory.create_batch(count, expired=True)
    assert purge_batch(at=timezone.now()) == count


def _written_and_rolled_back() -> None:
    with transaction.atomic():
        write_deed(DESTROYING, uuid7(), {"certificates": []})
        transaction.set_rollback(True)


# --- a deed and its line


def test_what_is_destroyed_stands_in_the_log_with_its_certificates_before_the_commit():
    _purged(2)
    [line] = [line for line in log().lines() if line.kind == DESTROYING]
    told = log().body(line)
    assert {each["recording"] for each in told["certificates"]} == {
        str(pk) for pk in Certificate.objects.values_list("recording_id", flat=True)
    }
    assert LedgerDeed.objects.get(kind=DESTROYING).pk.hex == line.intent.replace("-", "")


def test_nothing_is_destroyed_where_the_log_cannot_be_written(monkeypatch):
    call = RecordingFactory(expired=True)

    def full(*_: object, **__: object) -> None:
        raise LedgerUnavailable("The disposition log cannot be written: No space left on device.")

    monkeypatch.setattr(type(log()), "append", full)
    with pytest.raises(DispositionStopped, match="No space left"):
        purge_batch(at=timezone.now())
    monkeypatch.undo()
    assert Recording.objects.filter(pk=call.pk).exists()
    assert not Certificate.objects.exists()
    assert purge_batch(at=timezone.now()) == 1


def test_a_hold_is_placed_all_the_same_and_its_lines_are_written_later(officer, line, monkeypatch):
    call = RecordingFactory(line_of_business=line)

    def away(*_: object, **__: object) -> None:
        raise LedgerUnavailable("The disposition log cannot be written: Input/output error.")

    with monkeypatch.context() as broken:
        broken.setattr(type(log()), "append", away)
        hold = place_hold(matter="Smith", reason="a claim", recording_ids=[call.pk], actor=officer)
    assert Recording.objects.get(pk=call.pk).is_held
    assert log().last() is None
    settle(timezone.now())
    [placed] = [each for each in log().lines() if each.kind == HOLD_PLACED]
    assert log().body(placed)["hold"] == str(hold.pk)
    assert log().body(placed)["recordings"] == [str(call.pk)]


def test_the_words_of_a_hold_are_sealed_in_the_log(officer, line):
    call = RecordingFactory(line_of_business=line)
    hold = place_hold(matter="Smith against Acme", reason="a claim of Ms Smith", recording_ids=[call.pk], actor=officer)
    raw = b"".join(file.read_bytes() for file in Path(settings.DISPOSITION_LOG).glob("*.log"))
    [placed] = [each for each in log().lines() if each.kind == HOLD_PLACED]
    body = log().body(placed)
    assert b"Smith" not in raw
    assert "Smith" not in str(body)
    again = opened_hold(body["sealed"], hold.pk)[0]
    assert (again.matter, again.reason) == (hold.matter, hold.reason)


def test_placing_and_releasing_leave_their_lines(officer, second_officer, line):
    call = RecordingFactory(line_of_business=line)
    hold = place_hold(matter="Smith", reason="a claim", recording_ids=[call.pk], actor=officer)
    release_hold(hold_id=hold.pk, reason="settled", actor=second_officer)
    assert [kind for kind in _kinds() if kind != BEGUN] == [HOLD_PLACED, HOLD_MEMBERS, HOLD_RELEASED]


# --- how it ended


def test_the_sweep_tells_the_log_what_was_committed_and_remembers_how_far_both_agree():
    _purged()
    settle(timezone.now())
    assert _kinds()[-1] == DESTROYED
    head = LedgerHead.objects.get()
    assert head.settled_to >= 1
    settle(timezone.now())
    assert LedgerHead.objects.get().settled_to == log().last().number
    assert not LedgerDeed.objects.filter(line=None).exists()
    assert state.look() == []
    before = _kinds()
    settle(timezone.now())
    assert _kinds() == before


def test_what_was_rolled_back_is_void():
    _written_and_rolled_back()
    assert state.look() == []
    settle(timezone.now())
    intent = next(line.intent for line in log().lines() if line.kind == DESTROYING)
    assert [line.settles for line in log().lines() if line.kind == VOID] == [(intent,)]


def test_what_a_savepoint_rolled_back_is_void_though_its_transaction_was_committed():
    with transaction.atomic():
        _written_and_rolled_back()
        RecordingFactory()
    assert state.look() == []
    settle(timezone.now())
    assert VOID in _kinds()


def test_a_deed_that_is_not_over_is_waited_for():
    begun, go_on = threading.Event(), threading.Event()

    def another() -> None:
        try:
            with transaction.atomic():
                write_deed(DESTROYING, uuid7(), {"certificates": []})
                begun.set()
                go_on.wait(10)
        finally:
            connection.close()

    other = threading.Thread(target=another)
    other.start()
    begun.wait(10)
    assert state.look() == []
    assert [line.kind for line in state.agreement().running] == [DESTROYING]
    settle(timezone.now())
    assert DESTROYED not in _kinds()
    go_on.set()
    other.join()
    settle(timezone.now())
    assert DESTROYED in _kinds()


def test_holds_and_certificates_from_before_there_was_a_log_are_written_down_once(officer, line, monkeypatch):
    with monkeypatch.context() as before_there_was_one:
        for name in ("intend_destruction", "hold_placed", "hold_members"):
            before_there_was_one.setattr(ledger, name, lambda *_: None)
        _purged(2)
        call = RecordingFactory(line_of_business=line)
        place_hold(matter="Smith", reason="a claim", recording_ids=[call.pk], actor=officer)
    assert _kinds() == []
    settle(timezone.now())
    settle(timezone.now())
    assert [kind for kind in _kinds() if kind in {DESTROYING, HOLD_PLACED}] == [HOLD_PLACED, DESTROYING]
    assert state.look() == []


# --- who lacks what


def _lose_what_the_database_knows_since(settled_to: int) -> None:
    """What a backup from then would know of the log."""
    LedgerDeed.objects.all().delete()
    LedgerHead.objects.update(settled_to=settled_to)


def test_a_database_that_lacks_a_deed_was_restored_and_all_is_closed(officer, line):
    settle(timezone.now())
    _purged()
    settle(timezone.now())
    _lose_what_the_database_knows_since(1)
    LedgerHead.objects.update(digest=log().line(1).digest)
    [reason] = state.look()
    assert "restored" in reason
    with pytest.raises(RecordingsClosed):
        Recording.objects.visible_to(officer)
    assert trust.mistrust() == [reason]
    gate.set_reason("")


def test_a_log_that_lacks_a_line_stops_destruction_and_leaves_the_rest_open(officer, line):
    _purged()
    settle(timezone.now())
    settle(timezone.now())
    shutil.rmtree(settings.DISPOSITION_LOG)
    RecordingFactory(expired=True, line_of_business=line)
    [reason] = state.look()
    assert "shorter than the database remembers" in reason
    with pytest.raises(DispositionStopped):
        purge_batch(at=timezone.now())
    assert Recording.objects.visible_to(officer).count() == 1


def test_a_log_that_lost_lines_which_nobody_settled_is_noticed_too():
    _purged()
    shutil.rmtree(settings.DISPOSITION_LOG)
    assert "shorter than the database remembers" in state.look()[0]


def test_a_lost_log_is_begun_anew_with_what_the_database_knows(officer, line):
    _purged(2)
    call = RecordingFactory(line_of_business=line)
    place_hold(matter="Smith", reason="a claim", recording_ids=[call.pk], actor=officer)
    settle(timezone.now())
    shutil.rmtree(settings.DISPOSITION_LOG)
    begin_anew(at=timezone.now())
    assert state.look() == []
    assert [kind for kind in _kinds() if kind in {DESTROYING, HOLD_PLACED}] == [HOLD_PLACED, DESTROYING]
    RecordingFactory(expired=True)
    assert purge_batch(at=timezone.now()) == 1


def test_a_whole_log_is_not_begun_anew():
    _purged()
    with pytest.raises(LedgerUnavailable, match="not lost"):
        begin_anew(at=timezone.now())


# --- a clock that leaps


def test_a_clock_that_leapt_ahead_stops_destruction_until_a_person_trusts_it(settings):
    settings.DEMO = False
    now = timezone.now()
    settle(now)
    LedgerHead.objects.update(seen_at=now - timedelta(days=31))
    settle(now)
    assert any("trust_clock" in reason for reason in trust.mistrust())
    call_command("trust_clock")
    assert trust.mistrust() == []


def test_a_night_without_callward_asks_nobody(settings):
    settings.DEMO = False
    now = timezone.now()
    settle(now)
    LedgerHead.objects.update(seen_at=now - timedelta(hours=14))
    assert trust.mistrust() == []
    settle(now)
    assert LedgerHead.objects.get().seen_at == now
