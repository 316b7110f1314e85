"""Every decision of the corpus, computed again, has the bytes that it had: same inputs, same answer, for ever."""

from collections import Counter

import pytest

from policies.domain.conditions import FACTS
from policies.domain.conflicts import KINDS
from policies.domain.decision import EDITION
from policies.domain.notices import KINDS as NOTICES
from tests.corpus import answer_of, digest_of, frozen_cases, frozen_law, frozen_policies

CASES = {case["name"]: case for case in frozen_cases(EDITION)}


def test_the_corpus_has_each_case_once_and_is_large_enough():
    assert len(CASES) == len(frozen_cases(EDITION))
    assert len(CASES) >= 300


@pytest.mark.parametrize("name", CASES)
def test_the_decision_has_the_bytes_that_it_had(name):
    case = CASES[name]
    answer = answer_of(case, frozen_law(EDITION), frozen_policies(EDITION))
    assert case.get("answer", answer) == answer
    assert digest_of(answer) == case["sha256"]


def test_the_corpus_has_every_place_sector_medium_conflict_and_notice():
    answers = [answer_of(case, frozen_law(EDITION), frozen_policies(EDITION)) for case in CASES.values()]
    places = {place["jurisdiction"] for answer in answers for place in answer["parties"]}
    assert places >= set(frozen_law(EDITION).jurisdictions) | {None}
    assert {case["call"]["medium"] for case in CASES.values()} == {"phone", "in_person", "video"}
    sectors = {sector for case in CASES.values() for sector in case["call"]["facts"].get("sector", ())}
    assert sectors == FACTS["sector"]
    assert {conflict["kind"] for answer in answers for conflict in answer["conflicts"]} == set(KINDS)
    told = Counter(notice["kind"] for answer in answers for notice in answer["notices"])
    assert set(told) >= set(NOTICES) - {"review_overdue"}
    assert {answer["consent"]["standard"] for answer in answers} == {
        "one_party",
        "notice_required",
        "basis_required",
        "all_party",
    }
    assert {answer["language"] for answer in answers} == {"en", "es", "fr", "de"}
    assert {answer["on_refusal"] for answer in answers} >= {"stop_recording", "delete", "keep_reason_only", "end_call"}
