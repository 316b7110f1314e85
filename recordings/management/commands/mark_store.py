"""Mark the audio store as this installation's own, after it was moved with everything in it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recordings.domain.errors import StoreUnavailable
from recordings.ledger import place
from recordings.models import Recording
from recordings.store import store


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        newest = Recording.objects.filter(object_key__isnull=False).order_by("-pk").first()
        try:
            if newest is not None and store().head(str(newest.object_key)) is None:
                raise CommandError("The newest recording's audio is not in it. Copy everything into it first.")
            place.mark()
        except StoreUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The store carries this installation's mark.")
