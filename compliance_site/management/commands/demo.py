"""`manage.py demo`: fill an empty database with a company that does not exist, through the real product."""

import json
import os
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from compliance_site.demo import people, simulator, story
from compliance_site.demo.box import box
from compliance_site.demo.calls import CALLS
from compliance_site.demo.phone import DeliveryRefused
from compliance_site.demo.progress import Progress


class Command(BaseCommand):
    help = "Fills an empty database with the demo company: 300 spoken calls of sixty days, delivered over HTTP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", default=f"http://127.0.0.1:{settings.PORT}", help="where the web answers")
        parser.add_argument("--calls", type=int, default=CALLS, help="how many calls to tell, in a smaller demo")
        parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON, and no box")
        parser.add_argument("--simulate", action="store_true", help="keep adding a call now and then, until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Progress goes to standard error; standard output has the box, or the figures, alone."""
        if not settings.DEMO:
            raise CommandError(
                "The demo has people with known passwords. It needs CALLWARD_DEMO=1, and never runs in production."
            )
        if options["simulate"]:
            self._become_simulator(options["base_url"])
        was_filled = story.is_filled()
        if was_filled:
            self.stderr.write("The demo company is complete; nothing was added.")
        else:
            self._fill(options["base_url"], options["calls"])
        if options["json"]:
            self.stdout.write(json.dumps({"added": not was_filled, **story.figures()}))
        else:
            token = None if was_filled else people.visitor_token()
            self.stdout.write(box(address=options["base_url"], home=settings.PLACES.home, token=token))

    def _become_simulator(self, base_url: str) -> NoReturn:
        """This process goes on as the simulator, which is a tenth of its size."""
        if not story.is_filled():
            raise CommandError("There is no demo company to call. Run manage.py demo first.")
        environment = os.environ | {simulator.TOKEN: people.simulator_token(), "PYTHONPATH": str(settings.BASE_DIR)}
        program = [sys.executable, "-m", simulator.__name__, base_url]
        connection.close()
        os.execve(program[0], program, environment)  # noqa: S606  our own program, no shell

    def _fill(self, base_url: str, calls: int) -> None:
        try:
            story.fill(base_url=base_url, count=calls, progress=Progress(sys.stderr))
        except story.NotEmpty as error:
            raise CommandError(str(error)) from error
        except DeliveryRefused as error:
            raise CommandError(f"Callward did not take a call. {error}") from error
        except OSError as error:
            raise CommandError(f"No answer from {base_url}: {error}. Start the web first: make run.") from error
