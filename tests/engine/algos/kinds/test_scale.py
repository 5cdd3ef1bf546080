"""Scale: a ladder in one command; each rung is its own, and nothing of it is lost or done twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.kind import PlanError, Sight
from engine.algos.kinds.scale import Scale, rungs
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from tests.engine.algos.floor import Floor
from tests.engine.dealing import ACCOUNT, BUY, SELL, START, D, submits

LADDER: dict[str, Any] = {"from_px": D("99.90"), "to_px": D("99.50"), "slices": 5}


def test_all_rungs_go_out_at_their_prices_and_fill_as_the_market_reaches_them() -> None:
    floor = Floor().connect()
    algo = floor.launch("scale", "1000", 0, **LADDER)
    prices = ["99.90", "99.80", "99.70", "99.60", "99.50"]
    assert floor.out(algo) == [(f"rung {n}", 200, px) for n, px in enumerate(prices, 1)]
    floor.move("99.70", "99.75")
    assert algo.cum_qty == 400
    floor.move("99.95", "100.05")
    floor.go(900)
    assert [px for _, _, px in floor.out(algo)] == prices[2:], "they wait as long as it takes"
    floor.move("99.40", "99.45")
    assert (algo.status, algo.cum_qty, floor.sizes()) == ("DONE", 1000, [200] * 5)


def test_weights_make_uneven_rungs_and_a_sale_goes_up() -> None:
    floor = Floor(hold="600").connect()
    algo = floor.launch(
        "scale", "600", 0, side=SELL, from_px=D("100.10"), to_px=D("100.30"), slices=3, profile=(D(3), D(2), D(1))
    )
    assert floor.out(algo) == [("rung 1", 300, "100.10"), ("rung 2", 200, "100.20"), ("rung 3", 100, "100.30")]


def test_paused_and_resumed_only_what_each_rung_still_has_goes_out_again() -> None:
    floor = Floor().connect()
    algo = floor.launch("scale", "1000", 0, **LADDER)
    first, second, *_ = algo.open_children.values()
    floor.fill(first, "200", "99.90")
    floor.fill(second, "50", "99.80")
    floor.control(algo, "pause")
    assert floor.state.open_orders == {}
    floor.control(algo, "resume")
    assert floor.out(algo)[:2] == [("rung 2", 150, "99.80"), ("rung 3", 200, "99.70")]


def test_an_amended_quantity_adds_rungs_at_the_same_prices() -> None:
    floor = Floor().connect()
    algo = floor.launch("scale", "1000", 0, **LADDER)
    floor.amend(algo, qty=D(1500))
    assert len(floor.out(algo)) == 10
    floor.move("99.30", "99.40")
    assert (algo.status, algo.cum_qty) == ("DONE", 1500)


def test_after_a_restart_the_rungs_that_are_out_are_adopted() -> None:
    floor = Floor().connect()
    algo = floor.launch("scale", "1000", 0, **LADDER)
    children = list(algo.open_children.values())
    floor.fill(children[0], "200", "99.90")
    again = floor.go_on()
    again.connect()
    again.compare(*[again.shown(child) for child in children[1:]])
    again.go(30)
    assert submits(again.released) == []
    assert len(again.state.algos[1].open_children) == 4


@given(st.integers(2, 50), st.integers(1, 10_000), st.integers(1, 10_000), st.integers(50, 100_000))
def test_the_rungs_come_to_the_whole_at_distinct_prices_between_the_ends(
    steps: int, first: int, last: int, qty: int
) -> None:
    spec = AlgoSpec(
        "scale", ACCOUNT, "IBM", BUY, D(qty), START, 0, slices=steps, from_px=D(first) / 100, to_px=D(last) / 100
    )
    try:
        slices = Scale().plan(spec, Sight(START, Instrument("IBM")))
    except PlanError:
        assert abs(first - last) < steps - 1 or qty < steps
        return
    assert sum(part for _, part in slices) == qty
    prices = rungs(spec, Instrument("IBM"))
    assert (prices[0], prices[-1]) == (spec.from_px, spec.to_px)
    assert len(set(prices)) == steps
    assert all(min(first, last) <= px * 100 <= max(first, last) for px in prices)


@pytest.mark.parametrize(
    "more",
    [
        {"to_px": None},
        {"slices": None},
        {"slices": 1},
        {"slices": 51},
        {"to_px": D("99.90")},
        {"to_px": D("99.88")},
        {"profile": (D(1), D(1))},
        {"limit_px": D("99.80")},
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(more: dict[str, Any]) -> None:
    floor = Floor().connect()
    assert floor.try_launch("scale", "1000", 0, **(LADDER | more)) not in floor.state.algos
