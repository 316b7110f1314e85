"""`manage.py rotate_keys`: a new wrapping key, every stored key wrapped anew; `--retire` ends the older ones."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recordings import keyset_file
from recordings.domain.errors import KeysUnavailable, RotationNotMovable
from recordings.models import KeyRotation
from recordings.services.storekeeping import rotation
from trail.domain.actors import CALLWARD

DOCUMENTS = {
    "added": "with a new key that does not wrap yet: set it as KEYSET everywhere and restart",
    "first": "with the newest key as the one that wraps: set it once every process has the key, and restart",
    "retired": "without the older keys, once --retire has said that they may go",
}


class Command(BaseCommand):
    help = (
        "Set a new wrapping key in place and wrap every stored key anew, while work goes on. Run it again after a "
        "stop: it goes on. Where KEYSET gives the keys, set what --document prints there first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--status", action="store_true", help="say where the last rotation is, and change nothing")
        parser.add_argument(
            "--retire", action="store_true", help="end the older wrapping keys, a day after all is wrapped"
        )
        parser.add_argument(
            "--document", choices=DOCUMENTS, help="print the keyset document of the next step, for KEYSET"
        )
        parser.add_argument("--json", action="store_true", help="say it as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["document"]:
                self.stdout.write(json.dumps(_document(options["document"]), indent=1))
                return
            if options["retire"]:
                gone = rotation.retire(actor=CALLWARD, at=timezone.now())
                self._say(options, f"{len(gone)} older wrapping keys retired.", retired=len(gone))
                return
            if not options["status"]:
                self._rotate()
        except (RotationNotMovable, KeysUnavailable) as error:
            raise CommandError(str(error)) from error
        self._tell(options)

    def _rotate(self) -> None:
        if not KeyRotation.objects.running().exists():
            rotation.begin(actor=CALLWARD, at=timezone.now())
        while rotation.go_on(timezone.now(), seconds=5):
            running = KeyRotation.objects.order_by("-started_at")[0]
            self.stderr.write(f"{running.done:,} of {running.total:,} keys wrapped anew")

    def _tell(self, options: dict[str, Any]) -> None:
        last = KeyRotation.objects.order_by("-started_at").first()
        if last is None:
            self._say(options, "The wrapping key was never changed.", state="never")
            return
        text = f"{last.get_state_display()}: {last.done:,} keys."
        if last.unopened:
            text += f" {last.unopened:,} do not open; see the storage page."
        self._say(options, text, state=last.state, done=last.done, total=last.total, unopened=last.unopened)

    def _say(self, options: dict[str, Any], text: str, **facts: object) -> None:
        self.stdout.write(json.dumps(facts) if options["json"] else text)


def _document(which: str) -> keyset_file.Document:
    document = keyset_file.document()
    if which == "added":
        return keyset_file.with_new_key(document)
    if which == "first":
        return keyset_file.with_newest_first(document)
    rotation_ended = KeyRotation.objects.filter(state=KeyRotation.State.RETIRED).order_by("-started_at").first()
    if rotation_ended is None:
        raise RotationNotMovable("No wrapping key was retired. Run rotate_keys --retire first.")
    gone = [number for number in rotation.older_ids() if keyset_file.prefix_of(number).hex() in rotation_ended.retired]
    return keyset_file.without(document, gone)
