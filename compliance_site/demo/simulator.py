"""The phone system while the demo runs: a call now and then, marked as simulated, and a fresh two-minute call.

A program of its own that needs neither Django nor the database, so that it stays small beside what it feeds.
"""

import itertools
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from compliance_site.demo import company
from compliance_site.demo.calls import fresh_call
from compliance_site.demo.phone import DeliveryRefused, PhoneSystem

TOKEN = "CALLWARD_SIMULATOR_TOKEN"  # noqa: S105  names the variable that holds it
EVERY_SECONDS = 20.0
AT_MOST = 200  # ordinary calls of one start, so that a demo left alone for a week stays a demo
TWO_MINUTE_CALL_EVERY = timedelta(minutes=10)  # so that who comes later can still watch one go


class Simulator:
    """Delivers what is due at a moment. Every call names its source, which is not the demo's exchange."""

    def __init__(self, exchange: PhoneSystem) -> None:
        self.exchange = exchange
        self.delivered = 0
        self.armed_at: datetime | None = None

    def turn(self, at: datetime) -> int:
        """Deliver what is due at `at`: how many calls. Raises what the exchange raises; the next turn goes on."""
        lines = []
        if self.armed_at is None or at - self.armed_at >= TWO_MINUTE_CALL_EVERY:
            lines.append(company.TWO_MINUTE_LINE)
        if self.delivered < AT_MOST:
            lines.append(_line_of(at))
        for line in lines:
            self.exchange.deliver(fresh_call(line, f"{line}-{at:%Y%m%dT%H%M%S}", at, company.SIMULATED_SOURCE))
            if line == company.TWO_MINUTE_LINE:
                self.armed_at = at
            else:
                self.delivered += 1
        return len(lines)


def _line_of(at: datetime) -> str:
    return random.Random(f"{at:%Y%m%dT%H%M%S}").choice(list(company.SHARE_OF_CALLS))  # noqa: S311  not a secret


def simulate(
    base_url: str, token: str, say: Callable[[str], object], turns: int | None = None, every: float = EVERY_SECONDS
) -> None:
    """Turn until stopped, or this many times. A web that does not answer is asked again at the next turn."""
    simulator = Simulator(PhoneSystem(base_url, token))
    for number in itertools.count(1):
        time.sleep(every)
        try:
            simulator.turn(datetime.now(UTC))
        except (OSError, DeliveryRefused) as error:
            say(f"No call delivered: {error}\n")
        if turns is not None and number >= turns:
            return


if __name__ == "__main__":
    simulate(sys.argv[1], os.environ[TOKEN], sys.stderr.write)
