"""Answers that no workbench sends: refused with a word, and nothing is stored."""

import json

import pytest
from django.urls import reverse

from audits.models import Answer, Mark
from audits.services.reviews import start_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(assignment, reviewer, client):
    client.force_login(reviewer)
    return start_review(assignment=assignment, actor=reviewer)


def _send(client, review, route, body: str):
    address = reverse(f"audits:{route}", args=[review.assignment_id])
    return client.post(address, body, content_type="application/json")


@pytest.mark.parametrize(
    "changed",
    [
        '"comment": "a\\u0000b"',
        '"comment": "\\ud800"',
        '"revision": 1e999',
        '"revision": 99999999999999999999',
        '"moment_seconds": 1e999',
        '"moment_seconds": "1:inf"',
        '"value": "maybe"',
        '"question": "no\\u0000ne"',
        f'"comment": {"[" * 5_000}{"]" * 5_000}',
        '"comment": "twice", "comment": "twice"',
    ],
)
def test_an_answer_that_cannot_be_stored_is_refused(client, review, changed):
    question = json.dumps(review.questions[0]["key"])
    name = changed.partition(":")[0]
    given = {'"question"': question, '"value"': '"yes"', '"revision"': "1"}
    body = ", ".join([*(f"{key}: {value}" for key, value in given.items() if key != name), changed])
    answer = _send(client, review, "answer", f"{{{body}}}")
    assert (answer.status_code, bool(answer.json()["detail"]), Answer.objects.count()) == (422, True, 0)


@pytest.mark.parametrize("at", ["1e999", '"nan"', "-1", '"soon"', "null"])
def test_a_mark_is_a_moment(client, review, at):
    assert (_send(client, review, "mark", f'{{"at_seconds": {at}}}').status_code, Mark.objects.count()) == (422, 0)


@pytest.mark.parametrize("said", [{"moment-1": "soon"}, {"moment-1": "nan"}, {"heard_seconds": "inf"}, {}])
def test_the_form_without_scripts_refuses_it_too(client, review, said):
    address = reverse("audits:submit", args=[review.assignment_id])
    answer = client.post(address, {"value-1": "yes", "comment-1": ""} | said)
    assert answer.status_code == 422


@pytest.mark.parametrize("route", ["answer", "mark"])
def test_a_form_in_the_place_of_json_is_refused(client, review, route):
    address = reverse(f"audits:{route}", args=[review.assignment_id])
    assert client.post(address, {"question": "recording"}).status_code == 422
