"""The pure function alone: what one decision costs in this process, for 2 and 4 parties, without any database."""

import statistics
import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stack import ROOT

sys.path.insert(0, str(ROOT))

REPEATS, CALLS = 7, 400


def pure_times() -> dict[int, list[float]]:
    """Number of parties → microseconds a decision, one figure each repeat."""
    from policies.domain.calls import Call, PartyFacts
    from policies.domain.decision import decided
    from policies.domain.documents import CAREFUL_DEFAULT, policy_document
    from policies.domain.inputs import CompanyPolicy, Inputs
    from policies.domain.places import places_of
    from policies.domain.register.build import law_of_register
    from policies.domain.register.checks import register_of
    from policies.domain.register.files import COLUMNS

    shipped = ROOT / "policies" / "data"
    register, _ = register_of({file: (shipped / file).read_text(encoding="utf-8") for file in COLUMNS})
    law = law_of_register(register, 1, "shipped")
    policy = CompanyPolicy("v", "Our policy, version 1", policy_document(CAREFUL_DEFAULT))
    zone, places = ZoneInfo("America/New_York"), ("US-TX", "US-CA", "US-FL", "US-NY")
    times: dict[int, list[float]] = {}
    for count in (2, 4):
        parties = tuple(
            PartyFacts("customer" if index else "agent", None, code) for index, code in enumerate(places[:count])
        )
        facts = {"sector": ("insurance",)}
        asked = Call(
            "inbound", "phone", "line", ("quality_assurance",), facts, parties, datetime(2026, 11, 24, 15, tzinfo=UTC)
        )
        times[count] = []
        for _ in range(REPEATS):
            began = time.process_time()
            for _ in range(CALLS):
                decided(Inputs(law, policy, asked, places_of(asked, law), zone))
            times[count].append((time.process_time() - began) / CALLS * 1e6)
    return times


if __name__ == "__main__":
    for number, found in pure_times().items():
        print(f"{number} parties: {statistics.median(found):.0f} us, the least {min(found):.0f} us")
