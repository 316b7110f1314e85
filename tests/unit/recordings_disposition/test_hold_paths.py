"""A hold stands in every way by which a recording could go: one test for each way.

What the database refuses by itself (ORM, SQL, TRUNCATE, the count, the memberships) stands in test_holds.py too.
"""

import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.db.utils import DatabaseError
from django.test import RequestFactory
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import LineOfBusiness, Role
from recordings.domain.errors import CountChanged, EarlyDisposalRefused, NotListed
from recordings.models import (
    Certificate,
    EarlyDisposal,
    EarlyDisposalItem,
    ObjectRemoval,
    Party,
    Recording,
    RecordingKey,
    RefusedCall,
)
from recordings.services.calls import record_event
from recordings.services.disposition import early, list_due, purge_batch
from recordings.services.disposition.early import approve_early_disposal, ask_early_disposal, destroy_early
from recordings.services.objections import approve_disposition, end_objection
from recordings.services.removals import object_removals
from recordings.services.retention.refusals import settle_refusals
from recordings.store import store
from recordings.tasks import dispose_due, remove_objects, tidy_arrivals
from tests.factories import AUDIO, LineFactory, RecordingFactory, UserFactory
from tests.unit.recordings_retention.stage import AT_MOST_A_YEAR, kept
from trail.domain.actors import CALLWARD


@pytest.fixture
def held(line):
    """It was due, listed and approved when the hold was placed."""
    return RecordingFactory(
        expired=True, line_of_business=line, needs_approval=True, approved_at=timezone.now(), held="Complaint 2026-118"
    )


@pytest.fixture(autouse=True)
def _it_is_still_there(held):
    yield
    assert Recording.objects.get(pk=held.pk).hold_count == 1
    assert RecordingKey.objects.filter(recording_id=held.pk).exists()
    assert Party.objects.filter(recording_id=held.pk).exists()
    assert store().head(held.object_key) >= len(AUDIO)
    assert not Certificate.objects.filter(recording_id=held.pk).exists()


def _refused(sql, *params):
    with pytest.raises(DatabaseError), transaction.atomic():
        _to_the_end(sql, params)


def _to_the_end(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
def test_the_beat_lists_destroys_and_sweeps_past_it(held):
    for task in (dispose_due, remove_objects, tidy_arrivals, dispose_due):
        task()
    assert not ObjectRemoval.objects.exists()


@pytest.mark.django_db
def test_the_purge_passes_it_over_at_any_time(held):
    for days in (0, 1, 9_000):
        at = timezone.now() + timedelta(days=days)
        assert (list_due(at=at), purge_batch(at=at), object_removals(at=at)) == (0, 0, 0)


@pytest.mark.django_db
def test_a_person_cannot_approve_its_destruction(held, officer):
    with pytest.raises(CountChanged):
        approve_disposition(confirmed=1, actor=officer)


@pytest.mark.django_db
def test_the_page_of_disposition_offers_and_takes_no_leave_for_it(client, held, officer):
    client.force_login(officer)
    assert client.post(reverse("recordings:approve"), {"confirmed": "1"}).status_code in {409, 422}
    listed = client.get(reverse("recordings:disposition"), {"show": "approve"}).context["leaving"]
    assert not listed


@pytest.mark.django_db
def test_nobody_can_ask_that_it_go_early(held, supervisor):
    with pytest.raises(EarlyDisposalRefused, match="hold"):
        ask_early_disposal(recording_ids=[held.pk], reason="The person withdrew.", actor=supervisor)
    assert not EarlyDisposal.objects.exists()


@pytest.mark.django_db
def test_an_early_disposal_that_two_people_had_let_go_before_the_hold_passes_it_over(held, supervisor, officer):
    disposal = early._asked([held], "The person withdrew.", supervisor)  # as it stood when no hold was in force
    approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=officer)
    now = timezone.now()
    assert destroy_early(now) == 1  # settled: kept by the hold
    assert EarlyDisposalItem.objects.get().outcome == EarlyDisposalItem.Outcome.HELD
    assert (destroy_early(now), destroy_early(now + timedelta(days=9_000))) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("follow", ["delete", "keep_reason_only"])
def test_a_refusal_on_the_call_restricts_what_is_held_and_destroys_nothing(held, line, follow):
    refused = kept(line, AT_MOST_A_YEAR, days_ago=400, on_refusal=follow, held="Complaint 2026-119")
    for call in (held, refused):
        record_event(recording=call, kind="consent_refused", offset_seconds=8, method="spoken", actor=CALLWARD)
    for days in (0, 0, 9_000):
        settle_refusals(timezone.now() + timedelta(days=days))
    there = Recording.objects.get(pk=refused.pk)
    assert (there.hold_count, there.restriction) == (1, "held")
    assert RefusedCall.objects.get(pk=refused.pk).state == RefusedCall.State.KEPT
    assert RecordingKey.objects.filter(pk=refused.pk).exists()
    assert not Certificate.objects.exists()


@pytest.mark.django_db
def test_ending_an_objection_puts_it_on_no_way(held, officer):
    with pytest.raises(NotListed):
        end_objection(recording_id=held.pk, actor=officer)


@pytest.mark.django_db
def test_the_api_deletes_nothing(client, bearer, held):
    token = bearer(*Scope)
    for address in _addresses("api/v1/", held):
        assert client.delete(address, headers=token).status_code in {403, 404, 405}, address


@pytest.mark.django_db
def test_no_page_deletes_it(client, held, officer):
    client.force_login(officer)
    for address in _addresses("recordings/", held):
        assert client.delete(address).status_code in {403, 404, 405}, address


@pytest.mark.django_db
def test_the_admin_neither_deletes_nor_changes_it(client, held):
    client.force_login(UserFactory(role=Role.SUPERVISOR, all_lines=True))
    many = reverse("admin:recordings_recording_changelist")
    client.post(many, {"action": "delete_selected", "_selected_action": str(held.pk), "post": "yes"})
    for act in ("delete", "change"):
        address = reverse(f"admin:recordings_recording_{act}", args=[held.pk])
        client.post(address, {"post": "yes", "hold_count": "0"})
    assert not [page for page in admin.site._registry.values() if "delete_selected" in page.get_actions(_request())]


@pytest.mark.django_db
def test_its_line_of_business_cannot_be_removed(held, line):
    with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
        line.delete()
    _refused("DELETE FROM accounts_lineofbusiness WHERE id = %s", line.pk)


@pytest.mark.django_db
def test_a_retired_line_keeps_it(held, line):
    LineOfBusiness.objects.filter(pk=line.pk).update(retired_at=timezone.now())
    assert purge_batch(at=timezone.now()) == 0


@pytest.mark.django_db
def test_a_line_that_became_a_demo_keeps_it(held, line):
    LineOfBusiness.objects.filter(pk=line.pk).update(is_demo=True)
    assert (list_due(at=timezone.now()), purge_batch(at=timezone.now())) == (0, 0)


@pytest.mark.django_db
def test_another_line_of_business_does_not_free_it(held):
    Recording.objects.filter(pk=held.pk).update(line_of_business=LineFactory())
    assert purge_batch(at=timezone.now()) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [Recording, RecordingKey, Party], ids=lambda model: model.__name__)
def test_the_orm_deletes_neither_row_nor_key_nor_parties(held, rows):
    column = "pk" if rows is Recording else "recording_id"
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.objects.filter(**{column: held.pk}).delete()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["recording", "recordingkey", "party"])
def test_sql_deletes_neither_row_nor_key_nor_parties(held, table):
    column = "id" if table == "recording" else "recording_id"
    _refused(f"DELETE FROM recordings_{table} WHERE {column} = %s", held.pk)  # noqa: S608


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["recording", "recordingkey", "party", "legalhold", "holdmember"])
def test_truncate_empties_no_table_of_it(held, table):
    _refused(f"TRUNCATE recordings_{table} CASCADE")


@pytest.mark.django_db
def test_a_certificate_written_by_hand_does_not_open_the_way(held):
    """Without the hold, a certificate is what lets the row and its key go."""
    batch, certificate = uuid.uuid4(), uuid.uuid4()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO recordings_destructionbatch (id, destroyed_at, size, merkle_root, signature, key_id)"
                " VALUES (%s, now(), 1, '', '', '')",
                [batch],
            )
            cursor.execute(
                "INSERT INTO recordings_certificate"
                " (id, recording_id, origin_digest, line_of_business_id, destroyed_at, content, batch_id, proof)"
                " VALUES (%s, %s, %s, %s, now(), '{}', %s, '[]')",
                [certificate, held.pk, b"x" * 32, held.line_of_business_id, batch],
            )
        for table, column in (("recording", "id"), ("recordingkey", "recording_id"), ("party", "recording_id")):
            _refused(f"DELETE FROM recordings_{table} WHERE {column} = %s", held.pk)  # noqa: S608
        transaction.set_rollback(True)


def _addresses(prefix, held):
    """Every address below this prefix, with the held recording's id in each place."""
    found = []

    def walk(patterns, before):
        for pattern in patterns:
            path = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, path)
            elif path.startswith(prefix):
                found.append("/" + _filled(path, held))

    walk(get_resolver().url_patterns, "")
    assert len(found) > 8
    return found


def _filled(path, held):
    head, *places = path.split("<")
    return head + "".join(str(held.pk) + place.partition(">")[2] for place in places)


def _request():
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(role=Role.SUPERVISOR, all_lines=True)
    return request
