"""Standing holds: whatever creates or changes a call puts it under the holds that reach it, in the same transaction."""

import itertools
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from recordings import keys
from recordings.models import HoldCriterion, HoldMember, LegalHold, Party, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import Custodian, place_hold, release_hold, tell_joined
from recordings.services.holds.criteria import reached_by
from recordings.services.holds.words import in_words
from recordings.services.listing import matching
from tests.factories import RecordingFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

NUMBER = "+13125550199"


def _hold(**given):
    return place_hold(matter="Ortega", reason="Counsel asked.", actor=CALLWARD, **given)


def _held(recording) -> int:
    return Recording.objects.get(pk=recording.pk).hold_count


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [{"source": "austin"}, {"agent": "a-7"}, {"external_id": "x-1"}, {"number": NUMBER}, {"direction": "inbound"}],
    ids=lambda query: next(iter(query)),
)
def test_a_call_that_comes_later_joins_in_the_transaction_that_creates_it(query):
    hold = _hold(query=query)
    call = RecordingFactory(external_id="x-1", number=NUMBER)
    other = RecordingFactory(source="dallas", agent_id="b", external_id="y", direction="outbound")
    assert (_held(call), _held(other)) == (1, 0)
    member = hold.members.get()
    assert (member.recording_id, member.how) == (call.pk, "later")


@pytest.mark.django_db
def test_the_event_of_a_call_that_joined_by_itself_is_written_once():
    hold = _hold(query={"source": "austin"})
    call = RecordingFactory()
    assert (tell_joined([call.pk]), tell_joined([call.pk])) == ({call.pk}, set())
    event = Event.objects.about(call).get(verb="recording.held")
    assert (event.facts, event.actor_kind) == ({"hold": str(hold.pk)}, CALLWARD.actor_kind)


@pytest.mark.django_db
def test_a_call_joins_when_late_facts_make_it_match_and_stays_when_they_change_again(line, other_line):
    hold = _hold(query={"agent": "a-9", "line_of_business": line.code})
    call = RecordingFactory(line_of_business=other_line)
    Recording.objects.filter(pk=call.pk).update(agent_id="a-9")
    assert _held(call) == 0
    Recording.objects.filter(pk=call.pk).update(line_of_business=line)
    assert _held(call) == 1
    Recording.objects.filter(pk=call.pk).update(agent_id="a-1", line_of_business=other_line)
    assert _held(call) == 1
    assert hold.members.get().line_of_business_id == other_line.pk


@pytest.mark.django_db
def test_a_party_that_is_told_of_later_puts_its_call_under_the_hold():
    _hold(custodians=[Custodian(number=NUMBER), Custodian(name="Marion Okafor")])
    calls = RecordingFactory.create_batch(2)
    Party.objects.filter(recording=calls[0]).update(number_index=keys.number_index(NUMBER))
    Party.objects.create(recording=calls[1], position=1, role="customer", name_index=keys.name_index("marion  okafor"))
    assert [_held(call) for call in calls] == [1, 1]


@pytest.mark.django_db
def test_thousands_of_calls_in_one_statement_join_together(line):
    _hold(query={"source": "bulk"})
    call = RecordingFactory(line_of_business=line, source="other")
    Recording.objects.bulk_create(
        Recording(
            source="bulk", external_id=str(n), metadata_digest=b"", line_of_business=line, started_at=call.started_at,
            ended_at=call.ended_at, direction="inbound", purposes=[], keep_until=call.keep_until,
            delete_by=call.delete_by, zone="UTC", sample_key=n,
        )
        for n in range(3000)
    )  # fmt: skip
    assert HoldMember.objects.filter(how="later").count() == 3000
    assert Recording.objects.filter(source="bulk", hold_count=1).count() == 3000


@pytest.mark.django_db
def test_a_hold_of_what_is_there_alone_takes_nothing_that_comes_later():
    there = RecordingFactory()
    hold = _hold(query={"source": "austin"}, later_calls=False)
    LegalHold.objects.filter(pk=hold.pk).update(is_settled=True)
    assert (_held(there), _held(RecordingFactory())) == (1, 0)


@pytest.mark.django_db
def test_after_its_release_nothing_joins(second_officer):
    second_officer.all_lines = True
    second_officer.save()
    hold = _hold(query={"source": "austin"})
    RecordingFactory()
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    assert _held(RecordingFactory()) == 0
    assert HoldCriterion.objects.get().ended_at is not None


@pytest.mark.django_db
def test_a_query_reaches_as_far_as_the_rights_of_who_asked_it(officer, line, other_line):
    place_hold(matter="A", reason="Asked.", query={"source": "austin"}, actor=officer)
    assert _held(RecordingFactory(line_of_business=line)) == 1
    assert _held(RecordingFactory(line_of_business=other_line)) == 0


@pytest.mark.django_db
def test_the_database_the_orm_and_the_list_agree_on_what_is_reached(line, other_line):
    """Every combination of filters over calls that differ in each of them."""
    now = timezone.now()
    kinds = itertools.product(("a-1", "a-2"), ("austin", "dallas"), (NUMBER, "+13125550111"), (line, other_line))
    for n, (agent, source, number, of) in enumerate(kinds):
        RecordingFactory(
            agent_id=agent, source=source, number=number, line_of_business=of, external_id=f"x-{n % 5}-{source}-{n}",
            direction=("inbound", "outbound")[n % 2], started_at=now - timedelta(days=n),
        )  # fmt: skip
    filters = {
        "agent": "a-1",
        "source": "austin",
        "number": NUMBER,
        "line_of_business": line.code,
        "from": now - timedelta(days=12),
        "to": now - timedelta(days=3),
        "delete_before": now + timedelta(days=85),
    }
    for size in (1, 2, 3, len(filters)):
        for names in itertools.combinations(filters, size):
            query = {name: filters[name] for name in names}
            hold = _hold(query=query)
            by_list = set(matching(Recording.objects.all(), query).values_list("pk", flat=True))
            by_orm = set(Recording.objects.filter(reached_by(hold.criteria.all())).values_list("pk", flat=True))
            assert by_list == by_orm == _reached(hold), query


def _reached(hold) -> set:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT recording_id FROM recordings_holds_reaching(ARRAY(SELECT id FROM recordings_recording))"
            " WHERE hold_id = %s",
            [hold.pk],
        )
        return {pk for (pk,) in cursor.fetchall()}


@pytest.mark.django_db
def test_criteria_are_said_in_words_without_a_number(line):
    people = [Custodian(agent="a-17", label="The seller"), Custodian(number=NUMBER)]
    hold = _hold(query={"line_of_business": line.code}, custodians=people)
    told = in_words(hold.criteria.all())
    assert told == [
        f"Calls of The seller, of agent a-17, in {line.name}",
        f"Calls with one telephone number, in {line.name}",
    ]


# --- the database refuses what Python might forget


@pytest.mark.django_db
def test_no_certificate_is_written_for_what_a_hold_reaches_whose_members_are_still_written(line):
    """Placed by SQL, so that nothing of it is a member."""
    call = RecordingFactory(expired=True, line_of_business=line, source="austin")
    hold = _hold(query={"source": "nowhere"})
    HoldCriterion.objects.create(hold=hold, kind="source", key="austin", source="austin")
    assert purge_batch(at=timezone.now()) == 0
    assert (_held(call), hold.members.get().recording_id) == (1, call.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM recordings_holdcriterion",
        "TRUNCATE recordings_holdcriterion CASCADE",
        "UPDATE recordings_holdcriterion SET agent_id = 'nobody'",
        "UPDATE recordings_holdcriterion SET ended_at = now()",
    ],
)
def test_sql_cannot_take_a_criterion_away_from_a_hold_in_force(sql):
    _hold(query={"agent": "a-7"})
    with pytest.raises(DatabaseError), transaction.atomic():
        _to_the_end(sql)


def _to_the_end(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
