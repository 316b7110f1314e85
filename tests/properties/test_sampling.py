"""What holds for every frame and every seed."""

from uuid import UUID

from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from, text, tuples, uuids

from audits.domain.sampling import draw, drawn_order, frame_digest, frame_of, round_robin, strata

calls = lists(tuples(uuids(), integers(-(2**63), 2**63 - 1)), max_size=60, unique_by=lambda call: call[0])
stratified = lists(
    tuples(uuids(), integers(-(2**63), 2**63 - 1), sampled_from(["", "a-1", "a-2", "US-FL"])),
    max_size=60,
    unique_by=lambda call: call[0],
)
seeds = text("0123456789abcdef", min_size=64, max_size=64)


@given(calls, seeds, integers(1, 80))
def test_the_same_frame_and_seed_draw_the_same_calls(frame, seed, size):
    assert draw(frame_of(frame), seed, size) == draw(frame_of(reversed(frame)), seed, size)
    assert frame_digest(frame_of(frame)) == frame_digest(frame_of(reversed(frame)))


@given(calls, seeds, integers(1, 80))
def test_a_draw_takes_calls_of_the_frame_and_none_twice(frame, seed, size):
    drawn = draw(frame_of(frame), seed, size)
    assert len(drawn) == len(set(drawn)) == min(size, len(frame))
    assert {UUID(call) for call in drawn} <= {call for call, _ in frame}


@given(calls, seeds, integers(1, 40), integers(1, 40))
def test_a_larger_draw_goes_on_where_the_smaller_one_ended(frame, seed, size, more):
    assert draw(frame_of(frame), seed, size + more)[:size] == draw(frame_of(frame), seed, size)


@given(calls, seeds)
def test_every_call_has_one_place_in_the_order(frame, seed):
    assert sorted(drawn_order(frame_of(frame), seed)) == sorted(str(call) for call, _ in frame)


@given(calls.filter(bool), seeds)
def test_another_frame_has_another_digest(frame, seed):
    assert frame_digest(frame_of(frame[1:])) != frame_digest(frame_of(frame))


@given(stratified, seeds, integers(1, 40))
def test_a_stratified_draw_is_the_same_again(frame, seed, size):
    assert draw(frame_of(frame), seed, size) == draw(frame_of(reversed(frame)), seed, size)
    assert frame_digest(frame_of(frame)) == frame_digest(frame_of(reversed(frame)))


@given(stratified, seeds, integers(1, 40))
def test_each_stratum_gives_as_many_as_asked_or_all_it_has(frame, seed, size):
    drawn = draw(frame_of(frame), seed, size)
    assert len(drawn) == len(set(drawn))
    assert {UUID(call) for call in drawn} <= {call for call, _, _ in frame}
    for name in {stratum for _, _, stratum in frame}:
        calls = {str(call) for call, _, stratum in frame if stratum == name}
        assert len(calls & set(drawn)) == min(size, len(calls))


@given(stratified, seeds, integers(1, 40))
def test_what_one_stratum_gives_depends_on_no_other(frame, seed, size):
    drawn = draw(frame_of(frame), seed, size)
    for name, calls in strata(frame_of(frame)).items():
        own = {entry[0] for entry in calls}
        assert [call for call in drawn if call in own] == draw(calls, seed, size), name


@given(stratified.filter(bool), seeds)
def test_a_call_in_another_stratum_is_another_frame(frame, seed):
    (call, key, _), *rest = frame
    assert frame_digest(frame_of([(call, key, "moved"), *rest])) != frame_digest(frame_of(frame))


@given(lists(sampled_from(["ab", "abc", "b", "ca"]), max_size=40))
def test_calls_go_round_to_those_that_may_take_them(candidates):
    given_to = list(round_robin([list(names) for names in candidates]))
    assert len(given_to) == len(candidates)
    assert all(name in names for name, names in zip(given_to, candidates, strict=True))


@given(integers(0, 40), integers(1, 6))
def test_nobody_gets_two_more_than_somebody_else(count, people):
    given_to = list(round_robin([list(range(people))] * count))
    counts = [given_to.count(person) for person in range(people)]
    assert max(counts) - min(counts) <= 1
