"""IS: the optimal holdings on whole lots, with nothing lost; what is estimated is in the facts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.kinds.shortfall import on_lots
from engine.algos.math.almgren_chriss import Schedule
from engine.algos.math.expected_cost import CostModel
from engine.facts import AlgoLaunched
from tests.engine.algos.floor import MINUTE, Floor
from tests.engine.dealing import D

MODEL = {"volatility": D("0.95"), "eta": D("2.5e-6"), "gamma": D("2.5e-7"), "epsilon": D("0.0625")}


@given(st.integers(1, 10**6), st.integers(1, 60), st.floats(1e-9, 1e-3), st.sampled_from([1, 10, 100]))
def test_holdings_on_the_lot_are_the_nearest_ones_and_sum_to_the_whole(
    qty: int, periods: int, aversion: float, lot: int
) -> None:
    holdings = Schedule(float(qty), 1.0, periods, CostModel(0.95, 2.5e-5, 2.5e-7, 0.06), aversion).holdings
    parts = on_lots(D(qty), holdings, D(lot))
    assert sum(parts) == qty
    assert all(part >= 0 for part in parts)
    left = D(qty)
    whole = qty - qty % lot
    for part, held in zip(parts[:-1], holdings[1:-1], strict=True):
        left -= part
        if left >= lot:
            assert abs(left - qty % lot - min(D(held), whole)) <= D(lot) / 2 + D("1e-6") + qty % lot


def test_it_trades_early_what_is_risky_to_hold_and_evenly_what_is_not() -> None:
    floor = Floor().connect()
    floor.launch("is", "3000", 390, slices=6, risk_aversion=D("1e-3"), **MODEL)
    floor.go(390 * 60, step=30)
    sizes = floor.sizes()
    assert sum(sizes) == 3000
    assert all(a >= b for a, b in pairwise(sizes))
    assert sizes[0] > 2 * sizes[-1]
    even = Floor().connect()
    even.launch("is", "3000", 390, slices=6, risk_aversion=D(0), **MODEL)
    even.go(390 * 60, step=60)
    assert even.sizes() == [500] * 6


def test_what_was_estimated_is_in_the_facts_so_that_the_rest_is_planned_alike() -> None:
    floor = Floor().connect()
    algo = floor.launch("is", "3000", 60, slices=6, **{**MODEL, "epsilon": None})
    launched = next(fact for fact in floor.recorded if isinstance(fact, AlgoLaunched))
    assert launched.spec.epsilon == D("0.05"), "half the spread of then"
    assert launched.spec.risk_aversion is not None
    floor.amend(algo, qty=D(3600))
    floor.go(3600, step=10)
    assert sum(floor.sizes()) == 3600


def test_the_rest_follows_the_same_curve() -> None:
    """The optimum is consistent in time: planned anew with hardly a change it stays what it was."""
    floor = Floor().connect()
    algo = floor.launch("is", "3000", 390, slices=6, risk_aversion=D("1e-3"), **MODEL)
    before = [int(qty) for _, qty in algo.slices]
    floor.go(70 * 60, step=30)
    floor.amend(algo, qty=D(3001))
    after = [int(qty) for _, qty in algo.slices]
    assert after[:2] == before[:2]
    assert all(abs(a - b) <= 1 for a, b in zip(after, before, strict=True))
    assert algo.spec.end_ns - algo.slices[0][0] == 390 * MINUTE


@pytest.mark.parametrize("more", [{"eta": D("1e-12")}, {"volatility": None}])
def test_a_model_without_an_answer_is_refused(more: dict[str, object]) -> None:
    floor = Floor().connect()
    assert floor.try_launch("is", "3000", 60, slices=6, **{**MODEL, **more}) not in floor.state.algos
