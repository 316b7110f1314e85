"""What people ask about themselves: found, looked through, copied or erased as far as law lets it go, and forgotten."""

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from recordings import keys
from recordings.domain.errors import (
    CopyNotThere,
    PersonRequestNotFound,
    PersonRequestNotMovable,
    Restricted,
    SecondPersonNeeded,
)
from recordings.domain.person_requests import clock_of
from recordings.models import Certificate, ObjectRemoval, Party, PersonCopy, PersonRequest, Recording
from recordings.services import person_requests as requests
from recordings.services.closing import remove_closed_copies
from recordings.services.disposition import purge_batch
from recordings.services.erasing import erase_due
from recordings.services.frames import frame
from recordings.services.holds import place_hold, release_hold
from recordings.services.person_copies import fetch_copy, make_due, standing_copy
from recordings.services.person_requests import Requester
from recordings.services.playback import purposes_for
from recordings.services.reconcile import reconcile
from tests.factories import AUDIO, RecordingFactory
from tests.stores import swept
from trail.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, NAME = "+13125550142", "Marion Okafor-Lindqvist"
OLD = timedelta(days=60)  # the factory's minimum of 30 days is over, its 90 are not


@pytest.fixture(autouse=True)
def _own_store(file_store):
    """No object of another test."""


def _asked(officer, kind="erasure", *, place="DE", requester=None):
    return requests.open_request(
        kind=kind,
        requester=requester or Requester(name=NAME, number=NUMBER, address="12 Quay Street"),
        received_on=timezone.localdate(),
        place=place,
        language="en",
        actor=officer,
    )


def _looked_through(officer, kind="erasure", **about):
    request = _asked(officer, kind, **about)
    requests.check_identity(request_id=request.pk, how="document", actor=officer)
    choices = {item.pk: ("theirs", "") for item in request.items.all()}
    requests.choose_calls(request_id=request.pk, choices=choices, actor=officer)
    return request


def _approved(officer, second_officer):
    request = _looked_through(officer)
    requests.ask_erasure(request_id=request.pk, actor=officer)
    requests.approve_erasure(request_id=request.pk, actor=second_officer)
    return request


def _worked():
    while erase_due(timezone.now()):
        pass


def _outcomes(request):
    return {item.recording_id: item.outcome for item in request.items.all()}


def _old(line, **about):
    return RecordingFactory(line_of_business=line, started_at=timezone.now() - OLD, **about)


@pytest.mark.parametrize(
    ("place", "received", "due", "extended"),
    [
        ("DE", date(2027, 1, 31), date(2027, 2, 28), date(2027, 4, 30)),
        ("FR", date(2028, 1, 31), date(2028, 2, 29), date(2028, 4, 30)),
        ("GB", date(2026, 11, 25), date(2026, 12, 25), date(2027, 2, 25)),
        ("US-CA", date(2026, 11, 25), date(2027, 1, 9), date(2027, 2, 23)),
        ("US-TX", date(2026, 12, 31), date(2027, 1, 31), date(2027, 3, 31)),
    ],
)
def test_the_clock_is_that_of_their_place(place, received, due, extended):
    assert (clock_of(place).due_on(received), clock_of(place).extended_to(received)) == (due, extended)


def test_calls_are_found_by_number_and_by_name_in_the_lines_that_the_officer_sees(line, other_line, officer, stranger):
    by_number, by_name = _old(line), _old(line, number="+13125550777")
    Party.objects.filter(recording=by_name).update(name_index=keys.name_index(NAME.upper()))
    _old(line, number="+13125550888")
    _old(other_line)
    request = _asked(officer)
    assert {item.recording_id: item.found_by for item in request.items.all()} == {
        by_number.pk: "number",
        by_name.pk: "name",
    }
    with pytest.raises(PersonRequestNotFound):
        requests.find_request(request.pk, stranger)


def test_a_supervisor_sees_and_does_nothing_and_a_reviewer_sees_nothing(line, officer, supervisor, reviewer):
    request = _asked(officer)
    assert requests.find_request(request.pk, supervisor) == request
    with pytest.raises(NotAllowed):
        requests.check_identity(request_id=request.pk, how="document", actor=supervisor)
    with pytest.raises(PersonRequestNotFound):
        requests.find_request(request.pk, reviewer)


def test_nothing_begins_before_the_identity_and_every_call_was_looked_at(line, officer):
    _old(line)
    request = _asked(officer)
    with pytest.raises(PersonRequestNotMovable, match="who they say"):
        requests.ask_erasure(request_id=request.pk, actor=officer)
    requests.check_identity(request_id=request.pk, how="call_back", actor=officer)
    with pytest.raises(PersonRequestNotMovable, match="1 call of"):
        requests.ask_erasure(request_id=request.pk, actor=officer)
    item = request.items.get()
    with pytest.raises(PersonRequestNotMovable, match="left out"):
        requests.choose_calls(request_id=request.pk, choices={item.pk: ("left_out", "no")}, actor=officer)
    left_out = {item.pk: ("left_out", "Another person of that name.")}
    requests.choose_calls(request_id=request.pk, choices=left_out, actor=officer)
    with pytest.raises(PersonRequestNotMovable, match="No call is theirs"):
        requests.ask_erasure(request_id=request.pk, actor=officer)
    assert requests.reasons_left_out(request, list(request.items.all())) == {item.pk: "Another person of that name."}


def test_who_asked_for_an_erasure_does_not_approve_it(line, officer):
    _old(line)
    request = _looked_through(officer)
    requests.ask_erasure(request_id=request.pk, actor=officer)
    with pytest.raises(SecondPersonNeeded):
        requests.approve_erasure(request_id=request.pk, actor=officer)


def test_what_nothing_keeps_goes_with_its_certificate_and_the_rest_is_restricted(line, officer, second_officer):
    free, fresh, held = _old(line), RecordingFactory(line_of_business=line), _old(line, held=True)
    request = _approved(officer, second_officer)
    _worked()
    assert _outcomes(request) == {free.pk: "destroyed", fresh.pk: "minimum", held.pk: "held"}
    certificate = Certificate.objects.get(recording_id=free.pk)
    assert certificate.content["erasure"]["request"] == str(request.pk)
    assert certificate.content["erasure"]["asked_by"] == officer.actor_id
    assert certificate.content["approved"]["by"] == second_officer.actor_id
    assert ObjectRemoval.objects.filter(recording_id=free.pk).exists()
    for kept in (fresh, held):
        kept.refresh_from_db()
        with pytest.raises(Restricted):
            purposes_for(kept, officer)
    period = {"period_from": timezone.now() - timedelta(days=99), "period_to": timezone.now()}
    assert frame(lines=[line.pk], direction=None, **period) == []
    request.refresh_from_db()
    assert request.state == "ready"
    assert not [found for found in reconcile(at=timezone.now()) if found.kind != "cannot_be_trusted"]


def test_what_was_kept_goes_by_itself_once_nothing_keeps_it(line, officer, second_officer):
    held, fresh = _old(line), RecordingFactory(line_of_business=line)
    hold = place_hold(matter="A case", reason="Counsel asks for it.", recording_ids=[held.pk], actor=officer)
    request = _approved(officer, second_officer)
    _worked()
    release_hold(hold_id=hold.pk, reason="The case is closed.", actor=second_officer)
    _worked()
    assert _outcomes(request) == {held.pk: "destroyed", fresh.pk: "minimum"}
    assert not erase_due(fresh.keep_until - timedelta(seconds=1))
    assert Recording.objects.filter(pk=fresh.pk).exists()


def test_a_copy_holds_the_audio_and_what_is_kept_and_nobody_elses_name(line, officer):
    call = _old(line)
    wrapped, other = call.key.wrapped, "+13125550999"
    key = keys.open_key(call.pk, wrapped)
    Party.objects.create(
        recording=call,
        position=1,
        role="third_party",
        location_source="unknown",
        certainty="none",
        number_index=keys.number_index(other),
        sealed=keys.seal_json(key, {"number": other, "name": "Somebody Else"}, b"party\x00\x01"),
    )
    request = _looked_through(officer, "access")
    requests.start_copy(request_id=request.pk, actor=officer)
    assert make_due(timezone.now()) == 1
    swept(timezone.now() + timedelta(hours=2))
    fetched = fetch_copy(request_id=request.pk, actor=officer)
    content = b"".join(fetched.pieces)
    assert len(content) == fetched.size_bytes
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = archive.namelist()
    assert archive.read(next(name for name in names if name.endswith(".wav"))) == AUDIO
    about = json.loads(archive.read(next(name for name in names if name.endswith("call.json"))))
    assert about["parties"] == [
        {"role": "customer", "you": True, "place": "US-IL", "number": NUMBER},
        {"role": "third_party"},
    ]
    assert about["purposes"] == ["Quality assurance", "Dispute resolution"]
    assert b"Somebody Else" not in content
    assert other.encode() not in content
    with pytest.raises(CopyNotThere):
        fetch_copy(request_id=request.pk, actor=officer)
    assert _outcomes(request) == {call.pk: "copied"}


def test_a_copy_closes_with_its_days_and_with_the_first_call_in_it_that_goes(line, officer):
    call = _old(line)
    request = _looked_through(officer, "access")
    requests.start_copy(request_id=request.pk, actor=officer)
    make_due(timezone.now())
    copy = PersonCopy.objects.get()
    soon = timezone.now()
    Recording.objects.filter(pk=call.pk).update(listed_at=soon - timedelta(days=8))
    assert purge_batch(at=call.delete_by) == 1
    copy.refresh_from_db()
    assert bytes(copy.wrapped) == b""
    assert standing_copy(request) is None
    assert remove_closed_copies(call.delete_by) == 1
    copy.refresh_from_db()
    assert copy.removed_at is not None


def test_the_time_is_extended_once_and_told(line, officer):
    request = _asked(officer)
    first = request.due_on
    extended = requests.extend_request(request_id=request.pk, reason="Many calls to look at.", actor=officer)
    assert extended.due_on > first
    assert requests.requester_of(extended).extension == "Many calls to look at."
    with pytest.raises(PersonRequestNotMovable, match="once"):
        requests.extend_request(request_id=request.pk, reason="Many more calls.", actor=officer)


def test_what_is_late_is_flagged_once(line, officer):
    request = _asked(officer)
    assert requests.flag_overdue(request.due_on, timezone.now()) == 0
    late = request.due_on + timedelta(days=1)
    assert requests.flag_overdue(late, timezone.now()) == 1
    assert requests.flag_overdue(late, timezone.now()) == 0


def test_who_asked_is_sealed_told_nowhere_and_forgotten_after_its_day(line, officer):
    _old(line)
    request = _looked_through(officer, "access")
    requests.start_copy(request_id=request.pk, actor=officer)
    make_due(timezone.now())
    answered = requests.answer_request(request_id=request.pk, actor=officer)
    told = json.dumps(list(Event.objects.values_list("facts", flat=True)))
    row = str(PersonRequest.objects.filter(pk=request.pk).values())
    for said in (NAME, NUMBER, "12 Quay Street"):
        assert said not in told
        assert said not in row
    assert requests.forget_people(answered.forget_on - timedelta(days=1), timezone.now()) == 0
    assert requests.forget_people(answered.forget_on, timezone.now()) == 1
    assert requests.requester_of(request) is None
