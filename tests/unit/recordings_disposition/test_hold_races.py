"""What SQL cannot do to a hold that is over, and to dates."""

import pytest
from django.db import DatabaseError, transaction

from recordings.models import HoldMember, LegalHold, Recording
from recordings.services.holds import place_hold, release_hold
from tests.factories import RecordingFactory


def _hold(officer, source):
    return place_hold(matter="Ortega", reason="Counsel asked.", query={"source": source}, actor=officer)


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
