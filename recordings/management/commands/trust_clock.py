"""Say that this machine's clock is right, after Callward was switched off for long."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

import trail.services as trail
from recordings.ledger import clock
from recordings.models import LedgerHead
from trail.domain.actors import CALLWARD


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        with transaction.atomic():
            head, _ = LedgerHead.objects.get_or_create(pk=LedgerHead.THE_ONE)
            before = head.seen_at
            clock.note(head, at, confirmed=True)
            told = before.isoformat() if before else None
            trail.append("clock.trusted", actor=CALLWARD, subject=head, at=at.isoformat(), before=told)
        self.stdout.write(f"Trusted: it is {at:%Y-%m-%d %H:%M:%S} UTC. Destruction goes on.")
