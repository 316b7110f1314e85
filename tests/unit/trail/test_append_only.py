"""The trail is only ever added to, whoever asks the database."""

import pytest
from django.db import DatabaseError, connection, transaction

import trail.services as trail
from tests.factories import LineFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_event SET verb = 'line.renamed'",
        "UPDATE trail_event SET occurred_at = occurred_at - interval '1 day'",
        "UPDATE trail_event SET facts = '{}'",
        "DELETE FROM trail_event",
        "DELETE FROM trail_event WHERE sequence = (SELECT max(sequence) FROM trail_event)",
        "TRUNCATE trail_event",
        "TRUNCATE trail_event CASCADE",
    ],
)
def test_sql_cannot_change_or_remove_an_event(statement):
    with transaction.atomic():
        trail.append("line.added", actor=CALLWARD, subject=LineFactory(), zone="UTC", is_demo=False)
    before = list(Event.objects.values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Event.objects.values()) == before
