"""Letters: written once, sent later, tried again."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Letter
from accounts.services import send_letters, write_letters
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture(autouse=True)
def _mail_is_set(settings):
    settings.MAIL_IS_SET = True


def write(people, at, key="2026-W48"):
    return write_letters(to=people, kind="weekly-rules", key=key, subject="Rules", body="Three are due.", at=at)


def test_a_letter_is_written_once_however_often_it_is_asked_for(at):
    reader = UserFactory(email="mara@example.com")
    assert [write([reader], at), write([reader], at), write([reader], at, key="2026-W49")] == [1, 0, 1]
    assert send_letters(at) == 2
    assert [letter.to for letter in mail.outbox] == [["mara@example.com"]] * 2
    assert send_letters(at) == 0


def test_nobody_gets_mail_without_an_address_or_when_their_access_is_closed(at):
    people = [UserFactory(email=""), UserFactory(email="gone@example.com", is_active=False)]
    assert write(people, at) == 0


def test_without_a_mail_server_no_letter_is_written(at, settings):
    settings.MAIL_IS_SET = False
    assert write([UserFactory(email="mara@example.com")], at) == 0
    assert not Letter.objects.exists()


def test_a_refused_letter_waits_longer_each_time_and_goes_in_the_end(at, settings, tmp_path):
    write([UserFactory(email="mara@example.com")], at)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1  # nobody listens there
    assert send_letters(at) == 0
    letter = Letter.objects.get()
    assert (letter.tries, letter.failed_because) == (1, "ConnectionRefusedError")
    assert letter.next_try_at == at + timedelta(minutes=5)
    assert Letter.objects.stuck().count() == 1
    assert send_letters(at + timedelta(minutes=4)) == 0
    assert Letter.objects.get().tries == 1
    assert send_letters(at + timedelta(minutes=5)) == 0
    assert Letter.objects.get().next_try_at == at + timedelta(minutes=15)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert send_letters(at + timedelta(minutes=15)) == 1
    assert "Three are due." in next(tmp_path.iterdir()).read_text()
    assert Letter.objects.get().failed_because == ""


def test_a_letter_that_nobody_takes_is_given_up_after_a_week(at):
    write([UserFactory(email="mara@example.com")], at)
    Letter.objects.update(tries=Letter.MOST_TRIES)
    assert send_letters(at) == 0


def test_the_same_letter_has_the_same_name_each_time_it_is_sent(at):
    write([UserFactory(email="mara@example.com")], at)
    send_letters(at)
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{Letter.objects.get().pk}@callward.invalid>"


def test_what_a_server_says_is_kept_without_its_words(at, monkeypatch):
    def refuse(self, **_):
        raise smtplib.SMTPRecipientsRefused({"mara@example.com": (550, b"unknown mara@example.com")})

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)
    write([UserFactory(email="mara@example.com")], at)
    send_letters(at)
    assert Letter.objects.get().failed_because == "SMTPRecipientsRefused"
