"""What happened on a call, told later: consent ends a quarantine, a refusal begins one."""

import pytest

from recordings.models import CallEvent, ConsentEvidence, Recording
from tests.deliveries import clip, delivered, metadata
from trail.models import Event

pytestmark = pytest.mark.django_db

CALIFORNIAN = [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-CA"}]
YES = {"kind": "consent_given", "offset_s": 5.5, "party": "customer", "method": "spoken"}
NO = YES | {"kind": "consent_refused"}


def tell(client, headers, recording_id, event):
    return client.post(
        f"/api/v1/recordings/{recording_id}/events/", event, content_type="application/json", headers=headers
    )


@pytest.fixture
def unconsented(client, line, bearer):
    """The id of an all-party call in quarantine, for want of evidence."""
    call = metadata(parties=CALIFORNIAN, consent=None)
    body = delivered(client, bearer(), call, clip("full_inbound.opus")).json()
    assert body["state"] == "quarantined"
    return body["id"]


def test_consent_that_is_told_later_ends_the_quarantine(client, bearer, unconsented):
    answer = tell(client, bearer(), unconsented, YES)
    assert answer.status_code == 201, answer.content
    assert (answer.json()["state"], answer.json()["party"]) == ("stored", 1)
    verbs = list(Event.objects.filter(subject_id=unconsented).values_list("verb", flat=True))
    assert verbs[-2:] == ["recording.event_told", "recording.released"]


def test_consent_of_somebody_else_does_not(client, bearer, unconsented):
    assert tell(client, bearer(), unconsented, YES | {"party": "agent"}).json()["state"] == "quarantined"


def test_a_refusal_begins_a_quarantine(client, line, bearer):
    headers = bearer()
    body = delivered(client, headers, metadata(), clip("full_inbound.opus")).json()
    answer = tell(client, headers, body["id"], NO)
    assert (answer.json()["state"], answer.json()["quarantine_reasons"]) == ("quarantined", ["consent_refused"])


def test_the_same_event_again_has_no_effect(client, bearer, unconsented):
    headers = bearer()
    first, again = tell(client, headers, unconsented, YES), tell(client, headers, unconsented, YES)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert CallEvent.objects.count() == ConsentEvidence.objects.count() == 1
    assert Event.objects.filter(subject_id=unconsented, verb="recording.event_told").count() == 1


def test_a_disclosure_that_was_played_is_kept(client, bearer, unconsented):
    told = {"kind": "disclosure_played", "offset_s": 1.2, "detail": "recording"}
    assert tell(client, bearer(), unconsented, told).status_code == 201
    assert CallEvent.objects.get().detail == "recording"
    assert Recording.objects.get(pk=unconsented).state == "quarantined"


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (YES | {"kind": "sneezed"}, "/kind"),
        (YES | {"offset_s": -1}, "/offset_s"),
        (YES | {"offset_s": 900}, "/offset_s"),
        (YES | {"party": 7}, "/party"),
        (YES | {"party": "third_party"}, "/party"),
        ({"kind": "consent_given", "offset_s": 1}, "/method"),
        (YES | {"detail": "Ada said yes!"}, "/detail"),
        (YES | {"mood": "good"}, "/mood"),
    ],
)
def test_a_wrong_event_is_named_with_how_to_mend_it(client, bearer, unconsented, event, pointer):
    answer = tell(client, bearer(), unconsented, event)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not CallEvent.objects.exists()


def test_nobody_tells_events_of_a_foreign_call(client, other_line, bearer, unconsented):
    assert tell(client, bearer(lines=[other_line], name="Other"), unconsented, YES).status_code == 404
    assert tell(client, bearer("recordings:read", name="Reader"), unconsented, YES).status_code == 403
