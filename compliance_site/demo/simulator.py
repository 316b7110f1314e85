"""The phone system while the demo runs: a call now and then, marked as simulated, and a fresh two-minute call."""

import itertools
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import LineOfBusiness
from compliance_site.demo import company, people
from compliance_site.demo.calls import fresh_call
from compliance_site.demo.phone import DeliveryRefused, PhoneSystem
from recordings.models import Recording

EVERY_SECONDS = 20.0
AT_MOST = 500  # simulated calls in the database, so that a demo left alone for a week stays a demo
TWO_MINUTE_CALL_EVERY = timedelta(minutes=10)


class Simulator:
    """Adds what is due at a moment. Bounded, and without memory: the database says what is there."""

    def __init__(self, exchange: PhoneSystem) -> None:
        self.exchange = exchange
        self.armed_at: datetime | None = None

    def turn(self, at: datetime) -> int:
        """Deliver what is due at `at`: how many calls."""
        wanted = []
        if Recording.objects.filter(source=company.SIMULATED_SOURCE).count() < AT_MOST:
            wanted.append(self._line(at))
        if self._two_minute_call_is_due(at):
            self.armed_at = at
            wanted.append(company.TWO_MINUTE_LINE)
        for line in wanted:
            self.exchange.deliver(fresh_call(line, f"{line}-{at:%Y%m%dT%H%M%S}", at, company.SIMULATED_SOURCE))
        return len(wanted)

    def _line(self, at: datetime) -> str:
        dice = random.Random(f"{at:%Y%m%dT%H%M%S}")  # noqa: S311  a story, not a secret
        return dice.choice(list(company.SHARE_OF_CALLS))

    def _two_minute_call_is_due(self, at: datetime) -> bool:
        """When none is left to watch, and the last came a while ago."""
        if self.armed_at is not None and at - self.armed_at < TWO_MINUTE_CALL_EVERY:
            return False
        line = LineOfBusiness.objects.get(code=company.TWO_MINUTE_LINE)
        return not Recording.objects.filter(line_of_business=line).exists()


def simulate(base_url: str, say: Callable[[str], None], turns: int | None = None, every: float = EVERY_SECONDS) -> None:
    """Turn until stopped, or this many times. A web that does not answer is asked again at the next turn."""
    simulator = Simulator(PhoneSystem(base_url, people.simulator_token()))
    for number in itertools.count(1):
        try:
            simulator.turn(timezone.now())
        except (OSError, DeliveryRefused) as error:
            say(f"No call delivered: {error}")
        if turns is not None and number >= turns:
            return
        time.sleep(every)
