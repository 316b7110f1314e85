"""Sign-ins leave their event: who came in, and whose name was tried with a wrong password."""

from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.dispatch import receiver

import trail.services as trail
from accounts.models import User
from trail.domain.actors import CALLWARD


@receiver(user_logged_in)
def _signed_in(sender: object, user: User, **_: object) -> None:
    with transaction.atomic():
        trail.append("person.signed_in", actor=user, subject=user)


@receiver(user_login_failed)
def _refused(sender: object, credentials: dict[str, Any], **_: object) -> None:
    """A name that nobody has leaves nothing: its text could be anything, also a password."""
    person = User.objects.filter(username=credentials.get("username", "")).first()
    if person is not None:
        with transaction.atomic():
            trail.append("person.sign_in_refused", actor=CALLWARD, subject=person)


@receiver(password_changed)
def _password_changed(sender: object, user: User, **_: object) -> None:
    with transaction.atomic():
        trail.append("person.password_changed", actor=user, subject=user)
