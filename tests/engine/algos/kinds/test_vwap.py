"""VWAP: exact by weight, bent by the volume that came in, and by nothing that has not come in yet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.algos.kind import PlanError, Sight
from engine.algos.kinds.vwap import Vwap
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from tests.engine.algos.floor import MINUTE, Floor
from tests.engine.dealing import ACCOUNT, BUY, SECOND, START, D

IBM = Instrument("IBM")


def spec(qty: int, weights: Sequence[int], lot: int = 1) -> AlgoSpec:
    end = START + len(weights) * MINUTE
    profile = tuple(map(D, weights))
    return AlgoSpec("vwap", ACCOUNT, "IBM", BUY, D(qty), START, end, profile=profile, lot=D(lot))


@given(
    st.integers(1, 10**7), st.lists(st.integers(0, 1000), min_size=1, max_size=60).filter(any), st.sampled_from([1, 10])
)
def test_each_bucket_gets_its_share_to_the_lot_and_nothing_is_lost(qty: int, weights: list[int], lot: int) -> None:
    found = dict(Vwap().plan(spec(qty, weights, lot), Sight(START, IBM)))
    assert sum(found.values()) == qty
    whole, last = qty // lot, max(n for n, weight in enumerate(weights) if weight)
    for number, weight in enumerate(weights):
        part = found.get(START + number * MINUTE, D(0)) - (qty % lot if number == last else 0)
        assert part % lot == 0
        assert abs(Fraction(part) / lot - Fraction(whole * weight, sum(weights))) < 1
        assert weight or not part, "a bucket without weight gets exactly 0"


def run(
    volumes: Sequence[int], weights: Sequence[int] = (4, 3, 0, 2, 3, 4, 4), qty: int = 2000
) -> list[tuple[int, int]]:
    """What is sent in each minute, when so much trades in it."""
    floor = Floor().connect()
    algo = floor.launch("vwap", str(qty), len(weights), profile=tuple(map(D, weights)))
    for volume in volumes:
        floor.go(60, volume=volume, step=20)
    floor.go(30, step=10)
    if len(volumes) == len(weights):
        assert (algo.status, algo.cum_qty) == ("DONE", qty)
        assert sum(part for _, part in algo.slices) == qty
    return [(round((at - algo.spec.start_ns) / SECOND / 60), int(size)) for at, size, _, _ in floor.sent]


def test_with_the_volume_that_was_expected_the_plan_stands() -> None:
    assert run([400, 300, 0, 200, 300, 400, 400]) == [(0, 400), (1, 300), (3, 200), (4, 300), (5, 400), (6, 400)]


def test_more_volume_than_expected_bends_what_is_to_come_and_never_what_was_sent() -> None:
    calm, busy = run([400, 300, 0, 200, 300, 400, 400]), run([400, 300, 0, 600, 900, 400, 400])
    assert busy[:4] == calm[:4]
    assert busy[4][1] > calm[4][1], "the market is busier than its profile: more now, less later"
    assert sum(size for _, size in busy) == 2000
    assert [minute for minute, _ in busy] == [0, 1, 3, 4, 5, 6], "no slice in the bucket without weight"


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(0, 3000), min_size=7, max_size=7),
    st.lists(st.integers(0, 3000), min_size=7, max_size=7),
    st.integers(1, 6),
)
def test_the_rest_of_the_days_volume_changes_no_slice_already_sent(day: list[int], other: list[int], cut: int) -> None:
    one, two = run(day), run([*day[:cut], *other[cut:]])
    # The slice at the cut goes out before any of the minute's own volume is seen.
    assert [each for each in one if each[0] <= cut] == [each for each in two if each[0] <= cut]


def test_after_a_restart_the_minutes_that_nobody_watched_teach_nothing() -> None:
    floor = Floor().connect()
    floor.launch("vwap", "2000", 5, profile=(D(1),) * 5)
    floor.go(130, volume=100, step=10)
    again = floor.go_on()
    again.now = type(again.now)(again.now.wall_ns + 100 * SECOND, again.now.market_ns + 100 * SECOND)
    again.quote("IBM")
    again.connect()
    again.work()
    again.go(200, volume=100, step=10)
    algo = again.state.algos[1]
    assert (algo.status, algo.cum_qty) == ("DONE", 2000)
    assert again.sizes() == [400, 400], "the missed one, caught up, and the last"


def test_without_weights_and_without_earlier_days_there_is_no_profile() -> None:
    nothing = msgspec.structs.replace(spec(100, (1,)), profile=())
    with pytest.raises(PlanError, match="no volume profile of IBM is known"):
        Vwap().complete(nothing, Sight(START, IBM))


def test_weights_of_nothing_are_refused() -> None:
    floor = Floor().connect()
    assert floor.try_launch("vwap", "100", 5, profile=(D(0), D(0))) not in floor.state.algos
