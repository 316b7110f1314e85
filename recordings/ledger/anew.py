"""The log is lost for ever: a new one begins with what the database knows. A person says so, and why."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import trail.services as trail
from recordings.domain.errors import LedgerUnavailable
from recordings.ledger import state
from recordings.ledger.log import log
from recordings.ledger.settling import settle
from recordings.models import LedgerDeed, LedgerHead
from trail.domain.actors import CALLWARD


def begin_anew(*, at: datetime) -> str:
    """Put aside what is left of the log, write down every hold and certificate anew; where the old one lies.

    What was destroyed after the database's last backup is known to the lost log alone: where this database was restored
    as well, it stays readable. Raises LedgerUnavailable: the log is whole.
    """
    if _is_whole():
        raise LedgerUnavailable("The disposition log is not lost. Nothing was changed.")
    aside = _put_aside()
    with transaction.atomic():
        LedgerDeed.objects.all().delete()
        head, _ = LedgerHead.objects.get_or_create(pk=LedgerHead.THE_ONE)
        head.settled_to, head.digest, head.is_adopted = 0, "", False
        head.save(update_fields=["settled_to", "digest", "is_adopted"])
        trail.append("ledger.begun_anew", actor=CALLWARD, subject=head)
    settle(at)
    state.look()
    return aside


def _is_whole() -> bool:
    try:
        return not state.agreement().is_lost
    except LedgerUnavailable:  # unreadable, broken, another installation's
        return False


def _put_aside() -> str:
    suffix = f".lost-{timezone.now():%Y%m%dT%H%M%S}"
    for folder in (settings.DISPOSITION_LOG, settings.DISPOSITION_LOG_COPY):
        if folder and Path(folder).exists():
            Path(folder).rename(folder + suffix)
    log().forget()
    return str(settings.DISPOSITION_LOG) + suffix
