"""What people do to single recordings: let them stay longer, approve them, let them go before their day."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from recordings import keys
from recordings.domain.certificates import verify
from recordings.domain.errors import (
    CountChanged,
    EarlyDisposalNotFound,
    EarlyDisposalRefused,
    ExtensionRefused,
    RecordingNotFound,
    SecondPersonNeeded,
)
from recordings.models import Certificate, EarlyDisposal, ObjectRemoval, Recording, RetentionChange
from recordings.services.certificates import documents
from recordings.services.disposition import ending, list_due, purge_batch
from recordings.services.disposition.early import (
    approve_early_disposal,
    ask_early_disposal,
    destroy_early,
    refuse_early_disposal,
)
from recordings.services.disposition.extending import extend_recordings
from recordings.services.disposition.pause import pause_disposition
from recordings.services.holds import place_hold, release_hold
from recordings.services.objections import approve_chosen
from tests.factories import RecordingFactory
from trail.models import Event

pytestmark = pytest.mark.django_db

WHY = "The person withdrew their consent."
DAY = timedelta(days=1)


def _check(message, signature):
    return keys.verify(message, signature, keys.public_key()["key_id"])


def asked(line, actor, count=1):
    calls = RecordingFactory.create_batch(count, line_of_business=line)
    return calls, ask_early_disposal(recording_ids=[call.pk for call in calls], reason=WHY, actor=actor)


def test_two_people_let_a_recording_go_before_its_keep_until_and_its_certificate_names_both(supervisor, officer, line):
    [call], disposal = asked(line, supervisor)
    now = timezone.now()
    assert call.keep_until > now
    assert destroy_early(now) == 0
    approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=officer)
    assert destroy_early(now) == 1
    assert not Recording.objects.filter(pk=call.pk).exists()
    [told] = documents(Certificate.objects.select_related("batch"))
    assert verify(told, _check) == []
    early = told["content"]["early"]
    assert (early["asked_by"], early["approved_by"]) == (str(supervisor.pk), str(officer.pk))
    assert told["content"]["approved"]["by"] == str(officer.pk)
    disposal.refresh_from_db()
    assert disposal.state == EarlyDisposal.State.DONE
    assert ObjectRemoval.objects.count() == 1
    verbs = list(Event.objects.about(disposal).values_list("verb", flat=True))
    assert verbs == ["early.asked", "early.approved", "early.done"]


def test_nobody_approves_what_they_asked_for_themselves_and_not_another_number(officer, second_officer, line):
    _, disposal = asked(line, officer, count=2)
    with pytest.raises(SecondPersonNeeded):
        approve_early_disposal(disposal_id=disposal.pk, confirmed=2, actor=officer)
    with pytest.raises(CountChanged):
        approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=second_officer)
    with pytest.raises(DatabaseError), transaction.atomic():
        EarlyDisposal.objects.filter(pk=disposal.pk).update(
            state="approved", settled_by_kind="user", settled_by_id=str(officer.pk), settled_at=timezone.now()
        )
    assert destroy_early(timezone.now()) == 0


def test_the_database_lets_nothing_go_early_without_a_disposal_that_two_approved(supervisor, officer, line):
    [call], disposal = asked(line, supervisor)
    doomed = Recording.objects.select_related("line_of_business").get(pk=call.pk)
    with pytest.raises(DatabaseError, match="keep-until"), transaction.atomic():
        ending.destroy([doomed], timezone.now())
    refuse_early_disposal(disposal_id=disposal.pk, because="The contract still needs it.", actor=officer)
    with pytest.raises(DatabaseError, match="keep-until"), transaction.atomic():
        ending.destroy([doomed], timezone.now())
    with pytest.raises(EarlyDisposalRefused, match="refused"):
        approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=officer)


def test_a_hold_that_comes_between_keeps_it_until_it_ends(supervisor, officer, second_officer, line):
    [call], disposal = asked(line, supervisor)
    approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=officer)
    hold = place_hold(matter="Smith v. Acme", reason=WHY, recording_ids=[call.pk], actor=officer)
    assert destroy_early(timezone.now()) == 1
    assert disposal.items.get().outcome == "held"
    assert destroy_early(timezone.now()) == 0
    assert Recording.objects.filter(pk=call.pk).exists()
    release_hold(hold_id=hold.pk, reason="The matter has ended.", actor=second_officer)
    assert destroy_early(timezone.now()) == 1
    assert not Recording.objects.filter(pk=call.pk).exists()


def test_what_is_held_objected_to_or_asked_for_already_is_not_asked_for(supervisor, stranger, line):
    [call], _ = asked(line, supervisor)
    held = RecordingFactory(line_of_business=line, held=True)
    for pk in (call.pk, held.pk):
        with pytest.raises(EarlyDisposalRefused):
            ask_early_disposal(recording_ids=[pk], reason=WHY, actor=supervisor)
    with pytest.raises(RecordingNotFound):
        ask_early_disposal(recording_ids=[RecordingFactory().pk], reason=WHY, actor=supervisor)
    with pytest.raises(EarlyDisposalRefused, match="characters"):
        ask_early_disposal(recording_ids=[RecordingFactory(line_of_business=line).pk], reason="no", actor=supervisor)
    with pytest.raises(EarlyDisposalNotFound):
        approve_early_disposal(disposal_id=EarlyDisposal.objects.get().pk, confirmed=1, actor=stranger)


def test_nothing_goes_early_while_destruction_is_paused(supervisor, officer, line):
    _, disposal = asked(line, supervisor)
    approve_early_disposal(disposal_id=disposal.pk, confirmed=1, actor=officer)
    pause_disposition(reason="The regulator asks for a standstill.", actor=supervisor)
    assert destroy_early(timezone.now()) == 0


# --- kept longer


def test_a_person_lets_a_recording_stay_longer_and_the_change_says_why(supervisor, line):
    call = RecordingFactory(listed=True, line_of_business=line)
    until = call.delete_by + 30 * DAY
    assert extend_recordings(recording_ids=[call.pk], delete_by=until, reason=WHY, actor=supervisor) == 1
    assert purge_batch(at=call.delete_by + DAY) == 0
    call.refresh_from_db()
    assert (call.delete_by, call.listed_at) == (until, None)
    change = RetentionChange.objects.get()
    assert (change.cause, change.explanation[-1]["because"]) == ("hand", WHY)
    assert Event.objects.about(call).filter(verb="recording.kept_by_hand").exists()
    assert list_due(at=until) == 1


def test_an_extension_is_later_and_not_beyond_what_law_lets(supervisor, reviewer, line):
    limit = {"kind": "maximum", "by": "law", "citation": "Art. 5 GDPR", "standing": "agrees", "rule": "r"}
    call = RecordingFactory(listed=True, line_of_business=line)
    ends = (call.delete_by + 10 * DAY).isoformat()
    Recording.objects.filter(pk=call.pk).update(decided={"retention": {"explanation": [limit | {"until": ends}]}})
    for until, says in ((call.delete_by, "anyway"), (call.delete_by + 11 * DAY, "Art. 5 GDPR")):
        with pytest.raises(ExtensionRefused, match=says):
            extend_recordings(recording_ids=[call.pk], delete_by=until, reason=WHY, actor=supervisor)
    with pytest.raises(NotAllowed):
        extend_recordings(recording_ids=[call.pk], delete_by=call.delete_by + DAY, reason=WHY, actor=reviewer)
    assert not RetentionChange.objects.exists()


# --- approved one by one


def test_an_officer_approves_single_recordings_and_only_those_go(officer, line):
    calls = RecordingFactory.create_batch(3, expired=True, needs_approval=True, line_of_business=line)
    _, count = approve_chosen(recording_ids=[calls[0].pk, calls[1].pk], actor=officer)
    assert count == 2
    assert purge_batch(at=timezone.now()) == 2
    assert Recording.objects.get() == calls[2]
    with pytest.raises(CountChanged):
        approve_chosen(recording_ids=[calls[0].pk], actor=officer)
