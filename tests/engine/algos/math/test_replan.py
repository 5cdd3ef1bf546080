"""What is left is planned anew, what was sent stays; jitter moves sizes and times, and loses nothing."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.apportion import ApportionError, apportion
from engine.algos.math.randomise import JitterError, draw, jitter_sizes, jitter_times
from engine.algos.math.replan import replan, reweigh

D = Decimal

WEIGHTS = st.lists(st.decimals(min_value=0, max_value=100, places=2), min_size=1, max_size=30).filter(any)
LOTS = st.sampled_from([D(1), D(100), D("0.01")])


def test_what_is_left_goes_over_the_remaining_buckets() -> None:
    assert replan(D(1000), [D(100), D(0)], [D(1), D(2)], D(100)) == (100, 0, 300, 600)
    assert replan(D(100), [D(100)], [D(1), D(2)], D(1)) == (100, 0, 0)
    assert replan(D(100), [], [D(1), D(3)], D(1)) == (25, 75)


def test_more_than_the_whole_can_not_have_been_sent() -> None:
    with pytest.raises(ApportionError, match="101 was sent of 100"):
        replan(D(100), [D(101)], [D(1)], D(1))
    with pytest.raises(ApportionError):
        replan(D(100), [D(50)], [], D(1))


@given(st.integers(1, 10**6), WEIGHTS, LOTS, st.data())
def test_sent_buckets_are_untouched_and_the_whole_is_kept(
    qty: int, weights: list[Decimal], lot: Decimal, data: st.DataObject
) -> None:
    first = apportion(D(qty), weights, lot)
    sent = first[: data.draw(st.integers(0, len(weights) - 1))]
    rest = data.draw(st.lists(st.integers(1, 50).map(D), min_size=1, max_size=20))
    plan = replan(D(qty), sent, rest, lot)
    assert list(plan[: len(sent)]) == sent
    assert sum(plan) == qty
    assert min(plan) >= 0


def test_a_busier_stretch_than_expected_lifts_the_next_buckets_and_fades() -> None:
    flat = [D(1)] * 4
    # 6 of 10 units seen came in the newer two of four equal buckets: 1.2 times their part, of which 0.5 is believed.
    assert reweigh(flat, flat, [D(1), D(3), D(2), D(4)], D("0.5")) == (D("1.1"), D("1.05"), D(1), D(1))
    assert reweigh(flat, flat, [D(4), D(2), D(3), D(1)], D("0.5")) == (D("0.9"), D("0.95"), D(1), D(1))
    twice = reweigh(flat, [D(1)] * 40, [D(1)] * 20 + [D(100)] * 20, D("0.5"))
    assert twice[0] < D("1.5") <= reweigh(flat, [D(1)] * 80, [D(0)] * 60 + [D(1)] * 20, D("0.5"))[0]


@pytest.mark.parametrize(
    ("expected", "seen", "belief"),
    [
        ([], [], "0.5"),
        (["1"], ["9"], "0.5"),
        (["1", "1", "1"], ["9", "1", "9"], "0.5"),  # three buckets say little of the shape
        (["1", "2", "3", "4"], ["50", "100", "150", "200"], "0.5"),  # a busier day of the same shape
        (["1", "2", "1", "2"], ["0", "0", "0", "0"], "0.5"),
        (["1", "1", "0", "0"], ["1", "7", "5", "5"], "0.5"),
        (["1", "2", "3", "4"], ["7", "1", "9", "2"], "0"),
    ],
)
def test_without_a_surprise_the_profile_stands(expected: list[str], seen: list[str], belief: str) -> None:
    weights = (D(3), D(0), D("0.7"))
    assert reweigh(weights, [D(x) for x in expected], [D(x) for x in seen], D(belief)) == weights


@given(WEIGHTS, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=10))
def test_bent_weights_stay_weights(weights: list[Decimal], past: list[tuple[int, int]]) -> None:
    bent = reweigh(weights, [D(a) for a, _ in past], [D(b) for _, b in past])
    assert [bool(w) for w in bent] == [bool(w) for w in weights]
    assert min(bent) >= 0


@given(st.integers(1, 10**6), WEIGHTS, LOTS, st.integers(0, 2**70), st.decimals(0, 1, places=2))
def test_jittered_sizes_keep_the_sum_the_lot_and_their_bounds(
    qty: int, weights: list[Decimal], lot: Decimal, seed: int, share: Decimal
) -> None:
    parts = apportion(D(qty), weights, lot)
    moved = jitter_sizes(parts, lot, share, seed)
    assert sum(moved) == qty
    for before, after in zip(parts, moved, strict=True):
        assert bool(before) == bool(after)
        assert abs(after - before) <= share * before
        assert not (after - before) % lot
    for before, after in zip(accumulate(parts), accumulate(moved), strict=True):
        assert abs(before - after) <= share * max(parts) / 2


@given(st.integers(0, 2**64), st.integers(1, 50), st.integers(50, 90))
def test_no_child_leaves_the_bounds_of_its_size(seed: int, smallest: int, largest: int) -> None:
    moved = jitter_sizes([D(50)] * 9, D(1), D(1), seed, smallest=D(smallest), largest=D(largest))
    assert sum(moved) == 450
    assert all(smallest <= part <= largest for part in moved)


def test_a_seed_gives_the_same_jitter_always_and_another_seed_another() -> None:
    parts, edges = [D(100)] * 6, [n * 1000 for n in range(7)]
    one = jitter_sizes(parts, D(1), D("0.5"), 1), jitter_times(edges, D(1), 1)
    assert one == (jitter_sizes(parts, D(1), D("0.5"), 1), jitter_times(edges, D(1), 1))
    two = jitter_sizes(parts, D(1), D("0.5"), 2), jitter_times(edges, D(1), 2)
    assert one[0] != two[0]
    assert one[1] != two[1]


def test_a_draw_is_the_published_generator_applied_three_times() -> None:
    # The first output of splitmix64 for state 0 (Vigna's reference implementation): 0xE220A8397B1DCDAF.
    assert draw_once(0) == 0xE220A8397B1DCDAF
    assert draw(0, 1, 2) == draw_once(draw_once(draw_once(0) + 1) + 2)


def draw_once(state: int) -> int:
    """splitmix64 as its authors print it."""
    mask = 2**64 - 1
    z = (state + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def test_the_times_of_later_slices_do_not_depend_on_how_many_went_before() -> None:
    edges = [n * 1000 for n in range(7)]
    assert jitter_times(edges, D(1), 5)[2:] == jitter_times(edges[2:], D(1), 5, first=2)


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=40), st.integers(0, 2**64), st.decimals(0, 1, places=3))
def test_jittered_times_stay_inside_their_buckets(lengths: list[int], seed: int, share: Decimal) -> None:
    edges = [0, *accumulate(lengths)]
    for (begin, end), at in zip(pairwise(edges), jitter_times(edges, share, seed), strict=True):
        assert begin <= at < end
        assert at - begin <= share * (end - begin)


def test_draws_are_spread_evenly() -> None:
    times = jitter_times([n * 1000 for n in range(2001)], D(1), 42)
    late = [at % 1000 for at in times]
    assert abs(sum(late) / len(late) - 500) < 25
    assert 0.2 < sum(1 for at in late if at < 250) / len(late) < 0.3


@pytest.mark.parametrize("share", ["-0.1", "1.1", "NaN"])
def test_a_jitter_is_a_share(share: str) -> None:
    with pytest.raises(JitterError, match="share from 0 to 1"):
        jitter_times([0, 1], D(share), 1)
    with pytest.raises(JitterError, match="share from 0 to 1"):
        jitter_sizes([D(1)], D(1), D(share), 1)
    with pytest.raises(JitterError, match="lot 0"):
        jitter_sizes([D(1)], D(0), D(0), 1)
