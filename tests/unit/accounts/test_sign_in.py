"""Signing in, the theme, own settings: what a browser without JavaScript sees."""

import pytest
from django.urls import reverse

from accounts.models import Role
from tests.factories import UserFactory
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(line):
    person = UserFactory(username="ruth", role=Role.SUPERVISOR, lines=[line])
    person.set_password("a long enough secret")
    person.save()
    return person


def test_who_is_not_signed_in_is_sent_to_the_sign_in_and_back(client):
    answer = client.get("/accounts/settings/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/accounts/settings/"


def test_a_person_signs_in_and_the_trail_knows(client, known):
    answer = client.post(reverse("account_login"), {"login": "ruth", "password": "a long enough secret"})
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert Event.objects.about(known).filter(verb="person.signed_in").count() == 1


def test_a_wrong_password_and_an_unknown_name_look_alike(client, known):
    wrong = client.post(reverse("account_login"), {"login": "ruth", "password": "not the secret at all"})
    unknown = client.post(reverse("account_login"), {"login": "nobody", "password": "not the secret at all"})
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert Event.objects.about(known).filter(verb="person.sign_in_refused").count() == 1


@pytest.mark.parametrize("path", ["/", "/accounts/settings/", "/accounts/password/change/", "/accounts/2fa/"])
def test_own_pages_open_in_our_look(client, known, path):
    client.force_login(known)
    answer = client.get(path)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/accounts/reauthenticate/")
        answer = client.get(answer["Location"])
    assert answer.status_code == 200
    assert b"callward.css" in answer.content
    assert b"style=" not in answer.content
