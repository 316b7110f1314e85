"""Letters: mail that is written with what it tells of, in one transaction, and sent later, until it has gone.

A letter names counts, codes and pages, never a caller and nothing of a call: whoever reads it signs in for the rest.
"""

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from accounts.models import Letter, User

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=1)


def write_letters(*, to: Iterable[User], kind: str, key: str, subject: str, body: str, at: datetime) -> int:
    """Put one letter into the tray of each person who has an address; how many are new.

    The same kind and key is one letter for ever, so a task may write it as often as it likes. Where no mail server is
    set nothing is written: a letter that lies for a year helps nobody.
    """
    if not settings.MAIL_IS_SET:
        return 0
    letters = [
        Letter(to=person, kind=kind, key=key, subject=subject, body=body, written_at=at, next_try_at=at)
        for person in to
        if person.email and person.is_active
    ]
    before = Letter.objects.filter(kind=kind, key=key).count()
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    return Letter.objects.filter(kind=kind, key=key).count() - before


def send_letters(at: datetime, *, limit: int = 50) -> int:
    """Send what waits, one after the other; how many went. One that is refused waits longer each time.

    A process that ends between sending and noting sends again: the same Message-ID tells the reader's side.
    """
    sent = 0
    for pk in Letter.objects.waiting(at).values_list("pk", flat=True)[:limit]:
        sent += _send(pk, at)
    return sent


@transaction.atomic
def _send(pk: UUID, at: datetime) -> bool:
    letter = Letter.objects.waiting(at).select_related("to").select_for_update(of=("self",), skip_locked=True)
    found = letter.filter(pk=pk).first()
    if found is None:
        return False
    message = EmailMessage(
        found.subject, found.body, to=[found.to.email], headers={"Message-ID": f"<{found.pk}@callward.invalid>"}
    )
    found.tries += 1
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        found.failed_because = type(error).__name__  # its text may name the address
        found.next_try_at = at + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (found.tries - 1))
        logger.warning("a letter could not be sent", extra={"letter": str(found.pk), "why": found.failed_because})
    else:
        found.sent_at, found.failed_because = at, ""
    found.save(update_fields=["tries", "failed_because", "next_try_at", "sent_at"])
    return found.sent_at is not None
