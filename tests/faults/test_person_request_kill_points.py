"""An erasure and a copy, killed at every seam: all or nothing, the next run finishes, nothing goes unproven."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.ledger.settling import settle
from recordings.models import Certificate, ObjectRemoval, PersonCopy, PersonRequest, Recording
from recordings.services import person_requests as requests
from recordings.services.erasing import erase_due
from recordings.services.person_copies import make_due, standing_copy
from recordings.services.person_requests import Requester
from tests.factories import RecordingFactory
from tests.faults.seams import SEAMS_APART, crossings
from tests.stores import swept
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

NUMBER = "+1312555{:04}"


@pytest.fixture(autouse=True)
def _own_store(file_store):
    """No object of another test."""


def _looked_through(officer, kind, number):
    request = requests.open_request(
        kind=kind,
        requester=Requester(number=number),
        received_on=timezone.localdate(),
        place="DE",
        language="de",
        actor=officer,
    )
    requests.check_identity(request_id=request.pk, how="document", actor=officer)
    choices = {item.pk: ("theirs", "") for item in request.items.all()}
    requests.choose_calls(request_id=request.pk, choices=choices, actor=officer)
    return request


def _untrue():
    return [found for found in reconcile(at=timezone.now()) if found.kind not in {"cannot_be_trusted"}]


@SEAMS_APART
def test_an_erasure_killed_anywhere_is_whole_and_finished_by_the_next(line, officer, second_officer, every):
    made = []

    def ask():
        number = NUMBER.format(len(made))
        old = timezone.now() - timedelta(days=60)
        free = [RecordingFactory(line_of_business=line, started_at=old, number=number) for _ in range(2)]
        kept = RecordingFactory(line_of_business=line, number=number)
        request = _looked_through(officer, "erasure", number)
        requests.ask_erasure(request_id=request.pk, actor=officer)
        requests.approve_erasure(request_id=request.pk, actor=second_officer)
        made.append((request, [call.pk for call in free], kept.pk))

    points = 0
    for _ in crossings(lambda tell: tell(erase_due(timezone.now())), ask, every=every):
        points += 1
        request, free, kept = made[-1]
        gone = Certificate.objects.filter(recording_id__in=free).count()
        assert (gone, Recording.objects.filter(pk__in=free).count()) in {(0, 2), (2, 0)}
        while erase_due(timezone.now()):
            pass
        settle(timezone.now())  # else the next child begins with what this one left open
        assert Certificate.objects.filter(recording_id__in=free).count() == 2
        assert ObjectRemoval.objects.filter(recording_id__in=free).count() == 2
        assert Recording.objects.get(pk=kept).restriction == "minimum"
        assert Event.objects.about(request).filter(verb="request.erased").count() == 1
        assert PersonRequest.objects.get(pk=request.pk).state == "ready"
    assert points * every > 10, "the harness crossed suspiciously few seams"
    assert _untrue() == []
    print(f"erasure: {points - 1} kill points, all or nothing, nothing unproven")  # noqa: T201


def test_a_copy_killed_anywhere_leaves_one_copy_and_no_bytes_of_another(line, officer):
    made = []

    def ask():
        number = NUMBER.format(5000 + len(made))
        RecordingFactory(line_of_business=line, number=number)
        request = _looked_through(officer, "access", number)
        requests.start_copy(request_id=request.pk, actor=officer)
        made.append(request)

    points = 0
    for _ in crossings(lambda tell: tell(make_due(timezone.now())), ask):
        points += 1
        request = made[-1]
        make_due(timezone.now())
        assert standing_copy(request) is not None
        assert PersonCopy.objects.filter(request=request).count() == 1
        assert Event.objects.about(request).filter(verb="request.copied").count() == 1
    assert points > 10, "the harness crossed suspiciously few seams"
    swept(timezone.now() + timedelta(hours=2))
    assert _untrue() == []
    print(f"copy: {points - 1} kill points, one copy each, no bytes left")  # noqa: T201
