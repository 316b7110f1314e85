"""Holds: what places them, what ends them, and that nothing gets past them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from recordings.domain.errors import (
    HoldKeepsNothing,
    HoldNotFound,
    HoldReleased,
    RecordingsUnavailable,
    SecondPersonNeeded,
)
from recordings.models import Certificate, HoldMember, LegalHold, Recording, RecordingKey
from recordings.services.disposition import list_due, purge_batch
from recordings.services.holds import place_hold, release_hold
from tests.factories import RecordingFactory
from trail.models import Event


def _hold(actor, *recordings, **given):
    return place_hold(
        matter="Complaint 2026-118", reason="Asked for.", recording_ids=[r.pk for r in recordings], actor=actor, **given
    )


def test_a_hold_counts_on_each_recording_and_leaves_one_event_for_each(officer, line):
    calls = RecordingFactory.create_batch(3, line_of_business=line)
    hold = _hold(officer, *calls)
    assert set(Recording.objects.values_list("hold_count", flat=True)) == {1}
    assert Event.objects.about(hold).get().facts == {"recordings": 3}
    assert [Event.objects.about(call).get().verb for call in calls] == ["recording.held"] * 3


def test_a_held_recording_leaves_the_disposition_list_and_is_not_listed_again(officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    _hold(officer, call)
    call.refresh_from_db()
    assert call.listed_at is None
    assert list_due(at=timezone.now()) == 0


def test_the_last_release_counts(officer, second_officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    first, second = _hold(officer, call), _hold(officer, call)
    release_hold(hold_id=first.pk, reason="Settled.", actor=second_officer)
    call.refresh_from_db()
    assert call.hold_count == 1
    release_hold(hold_id=second.pk, reason="Settled.", actor=second_officer)
    call.refresh_from_db()
    assert call.hold_count == 0


def test_after_its_release_a_recording_is_listed_anew_and_cools_before_it_goes(officer, second_officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    release_hold(hold_id=_hold(officer, call).pk, reason="Settled.", actor=second_officer)
    now = timezone.now()
    assert purge_batch(at=now) == 0
    assert list_due(at=now) == 1
    assert purge_batch(at=now + timedelta(days=7, seconds=-1)) == 0
    assert purge_batch(at=now + timedelta(days=7)) == 1


def test_who_placed_a_hold_does_not_release_it(officer, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    with pytest.raises(SecondPersonNeeded):
        release_hold(hold_id=hold.pk, reason="Settled.", actor=officer)


def test_the_database_too_wants_a_second_person(officer, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    with pytest.raises(IntegrityError, match="second_person"):
        LegalHold.objects.filter(pk=hold.pk).update(
            released_at=timezone.now(), released_by_kind="user", released_by_id=str(officer.pk)
        )


def test_a_hold_is_released_once(officer, second_officer, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    with pytest.raises(HoldReleased):
        release_hold(hold_id=hold.pk, reason="Again.", actor=second_officer)


@pytest.mark.parametrize("who", ["reviewer", "supervisor", "auditor"])
def test_only_an_officer_places_and_releases(who, officer, line, request):
    person = request.getfixturevalue(who)
    call = RecordingFactory(line_of_business=line)
    with pytest.raises(NotAllowed):
        _hold(person, call)
    hold = _hold(officer, call)
    with pytest.raises(NotAllowed):
        release_hold(hold_id=hold.pk, reason="Settled.", actor=person)


def test_a_foreign_recording_among_ones_own_holds_none(officer, line, other_line):
    mine, foreign = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=other_line)
    with pytest.raises(RecordingsUnavailable) as refused:
        _hold(officer, mine, foreign)
    assert refused.value.missing == {foreign.pk}
    assert refused.value.fields == [{"pointer": "/recordings/1", "detail": f"{foreign.pk} is not here."}]
    assert not LegalHold.objects.exists()


def test_a_hold_of_another_line_is_not_found(officer, stranger, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    with pytest.raises(HoldNotFound):
        release_hold(hold_id=hold.pk, reason="Settled.", actor=stranger)


def test_a_hold_names_something(officer):
    with pytest.raises(HoldKeepsNothing):
        place_hold(matter="Nothing", reason="None.", actor=officer)


def test_a_hold_that_came_after_destruction_is_told_so(officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    with pytest.raises(RecordingsUnavailable) as refused:
        _hold(officer, call)
    assert "was destroyed on" in refused.value.fields[0]["detail"]


def test_a_hold_by_query_takes_what_matches_now_and_what_comes_later(officer, line, other_line):
    number = "+13125550199"
    RecordingFactory(line_of_business=line, number=number)
    RecordingFactory(line_of_business=line)
    hold = place_hold(matter="Caller", reason="Asked for.", query={"number": number}, actor=officer)
    assert hold.members.count() == 1
    assert number not in str(hold.criteria.get().as_json())
    # a later call of the same caller is due at once; one of another line is out of this officer's reach
    later = RecordingFactory(expired=True, line_of_business=line, number=number)
    foreign = RecordingFactory(expired=True, line_of_business=other_line, number=number)
    assert purge_batch(at=timezone.now()) == 1
    assert set(hold.members.values_list("recording_id", flat=True)) >= {later.pk}
    assert Certificate.objects.get().recording_id == foreign.pk


# --- by every path: the database keeps what is held


def _refused(sql, *params):
    """Now, or when the transaction would commit."""
    with pytest.raises(DatabaseError):
        _to_the_end(sql, params)


def _to_the_end(sql, params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def held(officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    _hold(officer, call)
    return call


def test_the_purge_passes_over_a_held_recording(held):
    assert purge_batch(at=timezone.now() + timedelta(days=9_000)) == 0
    assert not Certificate.objects.exists()


def test_the_orm_cannot_delete_a_held_recording(held):
    for rows in (Recording.objects.filter(pk=held.pk), RecordingKey.objects.filter(pk=held.pk), held.parties.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


@pytest.mark.parametrize("table", ["recordings_recording", "recordings_recordingkey", "recordings_party"])
def test_sql_cannot_delete_a_held_recording_or_its_parts(held, table):
    column = "id" if table == "recordings_recording" else "recording_id"
    _refused(f"DELETE FROM {table} WHERE {column} = %s", held.pk)  # noqa: S608
    _refused(f"TRUNCATE {table} CASCADE")


def test_a_line_of_business_with_recordings_cannot_be_removed(held, line):
    _refused("DELETE FROM accounts_lineofbusiness WHERE id = %s", line.pk)


def test_sql_cannot_talk_the_count_down(held):
    _refused("UPDATE recordings_recording SET hold_count = 0 WHERE id = %s", held.pk)


def test_sql_cannot_slip_a_recording_out_of_its_hold(held):
    _refused("DELETE FROM recordings_holdmember WHERE recording_id = %s", held.pk)
    _refused("UPDATE recordings_holdmember SET released_at = now() WHERE recording_id = %s", held.pk)
    _refused("DELETE FROM recordings_legalhold")


def test_sql_cannot_hold_what_is_not_there(held, line):
    with pytest.raises(DatabaseError), transaction.atomic():
        HoldMember.objects.bulk_create(
            [HoldMember(hold=LegalHold.objects.get(), recording_id=LegalHold.objects.get().pk, line_of_business=line)]
        )


def test_the_count_follows_rows_written_past_the_services(held, officer, line):
    other = RecordingFactory(line_of_business=line)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recordings_holdmember (hold_id, recording_id, line_of_business_id)"
            " SELECT hold_id, %s, line_of_business_id FROM recordings_holdmember",
            [other.pk],
        )
    other.refresh_from_db()
    assert other.hold_count == 1
