"""Decisions per second and their 95th percentile, beside an address of the same server that does nothing.

Both go through the same web server and middleware, in turns in one run: the ratio is what a decision costs.
"""

import json

from load import load, request_bytes
from stack import LINE, Results, percentile, running_stack

CALL = {
    "direction": "inbound",
    "line_of_business": LINE,
    "purposes": ["quality_assurance"],
    "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "number": "+14155550101"}],
}
ROUNDS = 3
SECONDS = 2.5


def main() -> None:
    results = Results("decisions")
    with running_stack("decisions") as stack:
        headers = {"Authorization": f"Bearer {stack.token}", "Content_Type": "application/json"}
        decision = request_bytes("POST", "/api/v1/decisions/", json.dumps(CALL).encode(), **headers)
        empty = request_bytes("GET", "/healthz")
        for clients in (2, 16):
            rates, waits, empty_rates, empty_waits = [], [], [], []
            for round_ in range(ROUNDS + 1):
                asked = load(
                    stack.port, lambda _: decision, clients=clients, seconds=SECONDS if round_ else 1, expected=201
                )
                idle = load(
                    stack.port, lambda _: empty, clients=clients, seconds=SECONDS / 2 if round_ else 1, expected=200
                )
                if asked.refused or idle.refused:
                    raise SystemExit(f"refused: {(asked.refused or idle.refused)[0]}")
                if round_:  # the first one warms up
                    rates.append(asked.rate)
                    empty_rates.append(idle.rate)
                    waits.append(percentile(asked.latencies, 0.95) * 1000)
                    empty_waits.append(percentile(idle.latencies, 0.95) * 1000)
            results.add(f"decisions, {clients} clients", rates, "/s", "empty Django address", empty_rates)
            results.add(f"decision p95, {clients} clients", waits, "ms", "empty Django address", empty_waits)


if __name__ == "__main__":
    main()
