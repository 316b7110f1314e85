"""Which samples may be called 95 %."""

from datetime import UTC, datetime, timedelta

import pytest

from audits.domain.claims import Stage, claim

RESULT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEFORE, AFTER = RESULT - timedelta(days=1), RESULT + timedelta(days=1)
FIRST = Stage(drawn=72, reviewed=72, planned=72, planned_at=BEFORE)
SECOND = Stage(drawn=26, reviewed=26, planned=26, planned_at=BEFORE)


def test_one_planned_stage_may_be_called_so():
    assert claim([FIRST], confidence=0.95, first_result_at=RESULT).confidence == 0.95


def test_two_planned_stages_that_share_the_risk_may_be_called_so():
    assert claim([FIRST, SECOND], confidence=0.95, first_result_at=RESULT, risk=0.0498).confidence == 0.95


@pytest.mark.parametrize(
    ("stages", "risk", "reason"),
    [
        ([FIRST, Stage(26, 26, None, None)], 0.0498, "topped up"),
        ([FIRST, Stage(26, 26, 26, AFTER)], 0.0498, "after the first result"),
        ([FIRST, Stage(26, 26, 26, RESULT)], 0.0498, "after the first result"),
        ([Stage(73, 73, 72, BEFORE)], None, "73 calls were drawn where 72"),
        ([FIRST, SECOND], None, "did not share one risk"),
        ([FIRST, SECOND], 0.081, "8.1 %, more than 5.0 %"),
        ([Stage(72, 72, 72, BEFORE, is_random=False)], None, "chosen"),
        ([Stage(72, 70, 72, BEFORE)], None, "2 drawn calls"),
        ([], None, "No call"),
    ],
)
def test_every_other_sample_has_no_confidence_and_says_why(stages, risk, reason):
    found = claim(stages, confidence=0.95, first_result_at=RESULT, risk=risk)
    assert found.confidence is None
    assert reason in found.reason
