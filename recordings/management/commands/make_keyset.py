"""`manage.py make_keyset`: a fresh keyset document for KEYSET, alone on standard output."""

from typing import Any

from django.core.management.base import BaseCommand

from recordings import keyset_file


class Command(BaseCommand):
    help = "Print a new keyset for KEYSET. Keep it apart from the database and its backups: without it no audio opens."
    requires_system_checks: list[Any] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(keyset_file.new_document())
