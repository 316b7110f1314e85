"""A hold by query against what happens beside it: its own release, and a purge that began before it committed."""

import threading
import time

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from recordings.models import HoldMember, LegalHold, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold, release_hold
from tests.factories import RecordingFactory

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Beside(threading.Thread):
    """Work on a connection of its own, until it ends or waits for a lock."""

    def __init__(self, work):
        super().__init__()
        self.work, self.error = work, None
        self.start()

    def run(self):
        try:
            self.result = self.work()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def until_it_waits(self):
        while self.is_alive():
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                if cursor.fetchone()[0]:
                    return
            time.sleep(0.01)

    def ended(self):
        self.join(timeout=30)
        assert not self.is_alive()
        assert self.error is None
        return self.result


def _hold(officer, source):
    return place_hold(matter="Ortega", reason="Counsel asked.", query={"source": source}, actor=officer)


@pytest.mark.django_db(transaction=True)
def test_what_a_hold_would_join_while_it_is_released_is_not_held_for_ever(line, officer, second_officer):
    RecordingFactory(line_of_business=line, source="austin")
    hold = _hold(officer, "austin")
    late = RecordingFactory(line_of_business=line, source="austin", expired=True)
    with transaction.atomic():
        release_hold(hold_id=hold.pk, reason="The matter is settled.", actor=second_officer)
        purge = Beside(lambda: purge_batch(at=timezone.now()))
        purge.until_it_waits()
    assert purge.ended() == 1
    assert not Recording.objects.filter(pk=late.pk).exists()
    assert not HoldMember.objects.filter(released_at=None, hold__released_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_a_purge_waits_for_a_hold_by_query_that_is_being_placed(line, officer):
    with transaction.atomic():
        _hold(officer, "austin")
        come = Beside(lambda: RecordingFactory(line_of_business=line, source="austin", expired=True).pk).ended()
        purge = Beside(lambda: purge_batch(at=timezone.now()))
        purge.until_it_waits()
    assert purge.ended() == 0
    assert Recording.objects.get(pk=come).hold_count == 1


@pytest.mark.django_db
def test_sql_cannot_put_a_recording_under_a_hold_that_is_over(line, officer, second_officer):
    RecordingFactory(line_of_business=line, source="austin")
    hold = release_hold(hold_id=_hold(officer, "austin").pk, reason="Settled at last.", actor=second_officer)
    with pytest.raises(DatabaseError, match="in force"), transaction.atomic():
        HoldMember.objects.create(hold=hold, recording=RecordingFactory(), line_of_business=line)
    assert LegalHold.objects.in_force().count() == 0


@pytest.mark.django_db
def test_sql_cannot_make_a_decided_date_provisional_to_shorten_it(line):
    call = RecordingFactory(line_of_business=line)
    with pytest.raises(DatabaseError), transaction.atomic():
        Recording.objects.filter(pk=call.pk).update(is_provisional=True)
