"""Signing in, the theme, own settings: what a browser without JavaScript sees."""

import pytest
from django.core.cache import cache
from django.test import Client
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


def test_guessing_a_password_is_stopped_even_for_the_right_one(client, known):
    cache.clear()
    for guess in range(6):
        client.post(reverse("account_login"), {"login": "ruth", "password": f"a wrong guess no. {guess}"})
    answer = client.post(reverse("account_login"), {"login": "ruth", "password": "a long enough secret"})
    cache.clear()
    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session


def test_a_session_has_a_new_key_after_signing_in(client, known):
    client.get(reverse("account_login"))
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post(reverse("account_login"), {"login": "ruth", "password": "a long enough secret"})
    assert client.cookies["sessionid"].value != session.session_key


def test_changing_the_password_ends_the_other_sessions(client, known):
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.post(reverse("account_login"), {"login": "ruth", "password": "a long enough secret"})
    assert elsewhere.get("/accounts/settings/").status_code == 200
    words = "another long enough secret"
    form = {"oldpassword": "a long enough secret", "password1": words, "password2": words}
    assert client.post(reverse("account_change_password"), form).status_code == 302
    assert client.get("/accounts/settings/").status_code == 200
    assert elsewhere.get("/accounts/settings/").status_code == 302
    assert Event.objects.about(known).filter(verb="person.password_changed").count() == 1


def test_nobody_signs_up_or_resets_a_password_by_mail(client):
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"):
        assert client.get(path).status_code == 404


def test_a_form_without_its_token_is_refused_with_a_way_on(known):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(known)
    answer = strict.post("/accounts/settings/", {"first_name": "X"})
    assert answer.status_code == 403
    assert b"This form is from an older page" in answer.content
