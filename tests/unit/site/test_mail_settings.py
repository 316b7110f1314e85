"""`MAIL_URL` as settings."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from compliance_site.settings.mail import mail_settings


def test_a_mail_server_is_reached_by_starttls():
    found = mail_settings("smtp://callward:p%40ss@mail.example.com")
    assert found["EMAIL_HOST"] == "mail.example.com"
    assert found["EMAIL_PORT"] == 587
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("callward", "p@ss")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"], found["MAIL_IS_SET"]) == (True, False, True)


def test_smtps_is_tls_from_the_first_byte():
    found = mail_settings("smtps://mail.example.com")
    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (465, True, False)


def test_a_folder_takes_letters_as_files():
    found = mail_settings("file:///var/mail")
    assert (found["EMAIL_FILE_PATH"], found["MAIL_IS_SET"]) == ("/var/mail", True)


def test_without_an_address_no_mail_is_set():
    assert mail_settings("") == {"MAIL_IS_SET": False}


@pytest.mark.parametrize(
    "wrong", ["mail.example.com", "http://user:s3cret@mail", "smtp://", "smtp://host:s3cret", "file:"]
)
def test_another_address_says_what_to_write_and_no_password(wrong):
    with pytest.raises(ImproperlyConfigured, match="smtp://user:password@host:587") as refused:
        mail_settings(wrong)
    assert "s3cret" not in str(refused.value)
