"""Answers to a scale, a choice, a number and a text, from the service to the results."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from audits.domain.errors import AnswerRefused, ReviewIncomplete
from audits.models import Answer, FormVersion, Review
from audits.services.answers import save_answer
from audits.services.results import results
from audits.services.reviews import live_score, missing, submit_review
from trail.models import Event


def save(review, reviewer, question, value, revision=1):
    return save_answer(
        review=review,
        question=question,
        value=value,
        comment="",
        moment_seconds=None,
        revision=revision,
        actor=reviewer,
    )


def test_every_kind_is_saved_with_its_kind(review, reviewer):
    given = {"clarity": "4", "wanted": "claim", "hold_seconds": "040", "tell_agent": "Well done."}
    saved = [save(review, reviewer, key, value) for key, value in given.items()]
    assert [(one.kind, one.value) for one in saved] == [
        ("scale", "4"),
        ("choice", "claim"),
        ("number", "40"),
        ("text", "Well done."),
    ]
    assert live_score(review).arithmetic == "1.5 = 1.5 of 37"


def test_the_same_number_in_another_form_is_the_same_save(review, reviewer):
    assert save(review, reviewer, "hold_seconds", "40.0") == save(review, reviewer, "hold_seconds", "40")


@pytest.mark.parametrize(
    ("question", "value"),
    [("clarity", "6"), ("clarity", "na"), ("wanted", "yes"), ("hold_seconds", "-1"), ("recording", "4")],
)
def test_an_answer_of_another_kind_is_refused_at_its_value(review, reviewer, question, value):
    with pytest.raises(AnswerRefused) as refused:
        save(review, reviewer, question, value)
    assert [one["pointer"] for one in refused.value.fields] == ["/value"]


def test_a_text_stays_out_of_the_trail(review, reviewer):
    save(review, reviewer, "tell_agent", "Mrs. Alvarez was content.")
    save(review, reviewer, "tell_agent", "", revision=2)
    facts = [event.facts for event in Event.objects.about(review).filter(verb="answer.saved").order_by("pk")]
    assert [one["value"] for one in facts] == ["written", ""]
    assert "Alvarez" not in str(facts)


def test_what_may_be_left_open_is_not_missing(review, reviewer, answer):
    answer(review)
    assert missing(review) == []
    assert submit_review(review=review, heard_seconds=1, actor=reviewer).score["percent"] == 100.0


def test_what_the_form_requires_is_missing(review, reviewer, answer):
    answer(review)
    questions = [one | {"required": True} if one["key"] == "clarity" else one for one in review.questions]
    Review.objects.filter(pk=review.pk).update(questions=questions)
    with pytest.raises(ReviewIncomplete) as refused:
        submit_review(review=review, heard_seconds=1, actor=reviewer)
    assert [one["pointer"] for one in refused.value.fields] == ["/clarity"]


def test_results_count_only_what_can_be_said_or_missed(review, reviewer, supervisor, answer):
    answer(review, clarity="1", tell_agent="yes", wanted="pay")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    (result,) = results(supervisor)
    assert {one.key for one in result.questions} == {
        "recording",
        "retention",
        "refusal_honoured",
        "language",
        "questions",
    }
    assert (result.calls.said, result.calls.n) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("yes_no", "4"), ("scale", "four"), ("choice", "To pay"), ("number", "12,5"), ("stars", "yes")],
)
def test_no_way_round_the_services_stores_an_answer_that_its_kind_does_not_take(review, reviewer, kind, value):
    save(review, reviewer, "clarity", "4")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audits_answer SET kind = %s, value = %s", [kind, value])
    assert Answer.objects.get().value == "4"


def test_the_forms_page_says_what_each_kind_takes(client, reviewer, review):
    client.force_login(reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    text = client.get(reverse("audits:form", args=[FormVersion.objects.get().pk])).content.decode()
    assert "How the call went" in text
    assert "1 (hard to follow) to 5 (clear throughout); may be left open" in text


def test_the_standard_form_ships_as_its_first_version(db):
    assert FormVersion.objects.get().number == 1
