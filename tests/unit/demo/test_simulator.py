"""The simulator is bounded, goes on where the web is away, and needs no Django."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance_site.demo import company, simulator
from compliance_site.demo.calls import DemoCall
from compliance_site.demo.phone import Delivered, PhoneSystem

NOW = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


class Exchange(PhoneSystem):
    """One that keeps what it is told to deliver."""

    def __init__(self) -> None:
        self.told: list[DemoCall] = []

    def deliver(self, call: DemoCall) -> Delivered:
        self.told.append(call)
        return Delivered(call, 201, {})


def test_after_its_share_only_two_minute_calls_come():
    exchange = Exchange()
    simulated = simulator.Simulator(exchange)
    for number in range(simulator.AT_MOST + 60):
        simulated.turn(NOW + timedelta(seconds=20 * number))
    lines = [call.metadata["line_of_business"] for call in exchange.told]
    assert len(lines) - lines.count(company.TWO_MINUTE_LINE) == simulator.AT_MOST
    assert lines.count(company.TWO_MINUTE_LINE) == 9
    assert {call.metadata["source"] for call in exchange.told} == {company.SIMULATED_SOURCE}
    assert len({call.external_id for call in exchange.told}) == len(lines)


def test_where_the_web_does_not_answer_the_next_turn_tries_again():
    said: list[str] = []
    simulator.simulate("http://127.0.0.1:9", "cw_1", said.append, turns=2, every=0)
    assert len(said) == 2
    assert all("No call delivered" in line for line in said)


def test_the_simulator_is_small():
    asked = "import sys, compliance_site.demo.simulator; print('django' in sys.modules)"
    root = Path(simulator.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", asked], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
