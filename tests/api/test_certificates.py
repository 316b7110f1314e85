"""Certificates over the API, and what a stranger can do with them."""

import pytest
from django.utils import timezone

from recordings import keys
from recordings.domain.certificates import verify
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from tests.factories import RecordingFactory

URL = "/api/v1/certificates/"


@pytest.fixture
def gone(line):
    calls = RecordingFactory.create_batch(3, expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    object_removals(at=timezone.now())
    return calls


def _check(message, signature):
    return keys.verify(message, signature, keys.public_key()["key_id"])


def test_every_certificate_verifies_by_its_document_alone(client, bearer, gone):
    listed = client.get(URL, headers=bearer("recordings:read")).json()["results"]
    assert {row["recording_id"] for row in listed} == {str(call.pk) for call in gone}
    for row in listed:
        assert verify(row, _check) == []
        assert row["read_back"]["content"]["recording_id"] == row["recording_id"]


def test_one_certificate_names_the_key_that_signed_it(client, bearer, gone):
    answer = client.get(f"{URL}{gone[0].pk}/", headers=bearer("recordings:read")).json()
    assert answer["public_key"]["key_id"] == answer["batch"]["key_id"]
    assert verify(answer, _check) == []


def test_a_certificate_names_no_person(client, bearer, gone):
    text = client.get(f"{URL}{gone[0].pk}/", headers=bearer("recordings:read")).content.decode()
    assert gone[0].external_id not in text
    assert "5550142" not in text


def test_wrong_foreign_and_readable_recordings_have_none_alike(client, bearer, gone, other_line):
    readable = RecordingFactory(line_of_business=other_line)
    token = bearer("recordings:read", lines=[other_line])
    answers = [client.get(f"{URL}{pk}/", headers=token) for pk in (gone[0].pk, readable.pk, other_line.pk)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert client.get(URL, headers=token).json()["results"] == []


def test_a_token_for_other_sources_sees_none(client, bearer, gone):
    assert client.get(URL, headers=bearer("recordings:read", sources=["boston"])).json()["results"] == []
    assert len(client.get(URL, headers=bearer("recordings:read", sources=["austin"])).json()["results"]) == 3


def test_the_list_of_certificates_costs_the_same_however_many(client, bearer, gone, django_assert_num_queries):
    token = bearer("recordings:read")
    client.get(URL, headers=token)
    for limit in (1, 3):
        with django_assert_num_queries(3):
            client.get(f"{URL}?limit={limit}", headers=token)
