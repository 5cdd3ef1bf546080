"""Iceberg: one tip at a time, the next when the last is filled, the whole and not a share more."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.algos.floor import Floor
from tests.engine.dealing import SECOND, D, cancels, submits

LIMIT = D("99.98")


def test_the_next_tip_goes_out_when_the_last_is_filled_and_not_before() -> None:
    floor = Floor().connect()
    algo = floor.launch("iceberg", "500", 0, display=D(200), limit_px=LIMIT)
    assert floor.out(algo) == [("tip", 200, "99.98")]
    first = next(iter(algo.open_children.values()))
    floor.fill(first, "150", "99.98")
    floor.work()
    floor.go(60)
    assert floor.out(algo) == [("tip", 50, "99.98")]
    floor.fill(first, "50", "99.98")
    floor.work()
    assert floor.out(algo) == [("tip", 200, "99.98")]
    floor.move("99.90", "99.98")
    assert floor.sizes() == [200, 200, 100]
    assert (algo.status, algo.cum_qty) == ("DONE", 500)


def test_a_cancel_that_crosses_a_fill_does_not_let_the_next_tip_out_early_nor_exceed_the_whole() -> None:
    floor = Floor().connect()
    algo = floor.launch("iceberg", "300", 0, display=D(200), limit_px=LIMIT)
    first = next(iter(algo.open_children.values()))
    floor.deaf = True
    floor.amend(algo, limit_px=D("99.97"))
    assert cancels(floor.released) == [first.cl_ord_id]
    floor.go(30)
    assert len(submits(floor.released)) == 1, "the first may still be filled"
    floor.fill(first, "200", "99.98")
    assert submits(floor.released)[1:] == [(first.side, D(100))]
    assert algo.cum_qty + algo.outstanding == 300


def test_tips_vary_in_size_and_wait_a_random_time_and_are_the_same_for_the_same_seed() -> None:
    def run(seed: int) -> list[tuple[int, int]]:
        floor = Floor().connect()
        terms = {"display": D(100), "randomise_size": D("0.5"), "delay_ns": 20 * SECOND, "seed": seed}
        algo = floor.launch("iceberg", "1000", 0, limit_px=D("100.10"), **terms)
        floor.go(400)
        assert (algo.status, sum(floor.sizes())) == ("DONE", 1000)
        return [(round((at - floor.sent[0][0]) / SECOND), int(qty)) for at, qty, _, _ in floor.sent]

    once = run(7)
    assert run(7) == once
    assert run(8) != once
    assert all(50 <= qty <= 150 for _, qty in once[:-1])
    assert len({qty for _, qty in once[:-1]}) > 2
    waits = [b - a for (a, _), (b, _) in pairwise(once)]
    assert all(0 <= wait <= 21 for wait in waits)
    assert len(set(waits)) > 2


def test_without_a_price_the_tip_follows_the_touch_of_its_own_side() -> None:
    floor = Floor().connect()
    algo = floor.launch("iceberg", "500", 0, display=D(200))
    assert floor.out(algo) == [("tip", 200, "99.95")]
    floor.move("100.00", "100.08")
    floor.go(6)
    assert floor.out(algo) == [("tip", 200, "100.00")]


def test_after_a_restart_the_tip_that_is_out_is_adopted_and_nothing_is_sent_again() -> None:
    floor = Floor().connect()
    algo = floor.launch("iceberg", "500", 0, display=D(200), limit_px=LIMIT)
    child = next(iter(algo.open_children.values()))
    floor.fill(child, "30", "99.98")
    again = floor.go_on()
    again.connect()
    again.compare(again.shown(child, cum="30"))
    again.go(30)
    assert submits(again.released) == []
    assert [c.leaves_qty for c in again.state.algos[1].open_children.values()] == [170]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 400), st.integers(1, 15), st.integers(0, 10**6))
def test_the_tips_come_to_the_whole(tip: int, tips: int, seed: int) -> None:
    floor = Floor().connect()
    qty = tip + (tip * (tips - 1) * 7) // 9
    terms = {"display": D(tip), "randomise_size": D("0.3"), "seed": seed, "limit_px": D("100.10")}
    algo = floor.launch("iceberg", str(qty), 0, **terms)
    floor.go(3)
    assert (algo.status, sum(floor.sizes())) == ("DONE", qty)
    assert max(floor.sizes()) <= tip * 1.3


def test_a_tip_larger_than_the_whole_is_refused() -> None:
    floor = Floor().connect()
    assert floor.try_launch("iceberg", "100", 0, display=D(101)) not in floor.state.algos


@pytest.mark.parametrize(
    "more", [{}, {"display": D("0.5")}, {"display": D(0)}, {"display": D(10), "close_share": D(1)}]
)
def test_what_makes_no_sense_is_refused(more: dict[str, object]) -> None:
    floor = Floor().connect()
    assert floor.try_launch("iceberg", "100", 0, **more) not in floor.state.algos
