"""Repeated executions without a human action disable the strategy; an iceberg is one order of many tips."""

from __future__ import annotations

from typing import Final

import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.model.enums import TradingState
from engine.model.order import ReplaceRequest
from engine.orders.order import Order
from engine.state import Algo
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing, submits

ACTIVE, HALTED = TradingState.ACTIVE, TradingState.HALTED


def stands(desk: Dealing, scope: str) -> TradingState:
    return desk.state.scope_state(scope)[0]


def tripped(desk: Dealing) -> list[tuple[str, str]]:
    return [(fact.code, fact.scope) for fact in desk.recorded if isinstance(fact, f.TriggerTripped)]


def strategy_fills(desk: Dealing, number: int, strategy: str = "mean", side: object = BUY, **more: object) -> Order:
    order: Order | None = None
    for _ in range(number):
        desk.pass_s(0.1)
        order = desk.place(side, "1", **{"origin": "strategy", "strategy": strategy, **more})  # type: ignore[arg-type]
        desk.fill(order, "1")
    assert order is not None
    return order


def test_repeated_executions_disable_the_strategy_at_n() -> None:
    desk = Dealing(triggers__repeated_executions="4", risk__duplicate_window_s="off").connect()
    strategy_fills(desk, 3)
    assert stands(desk, "strategy:mean") is ACTIVE
    strategy_fills(desk, 1)
    assert stands(desk, "strategy:mean") is HALTED
    assert tripped(desk) == [("REPEATED_EXECUTION", "strategy:mean")]
    strategy_fills(desk, 1, "other")
    with pytest.raises(AssertionError, match="HALTED"):
        strategy_fills(desk, 1)


def test_another_instrument_side_strategy_or_hand_is_counted_apart() -> None:
    desk = Dealing(hold="100", triggers__repeated_executions="3", risk__duplicate_window_s="off").connect()
    strategy_fills(desk, 2)
    strategy_fills(desk, 2, side=SELL)
    strategy_fills(desk, 2, "other")
    strategy_fills(desk, 2, symbol="AAPL")
    strategy_fills(desk, 5, origin="manual")
    assert not tripped(desk)


def test_what_lies_farther_apart_is_no_repetition() -> None:
    limits = {"triggers__repeated_executions": "3", "triggers__repeated_executions_s": "1"}
    desk = Dealing(risk__duplicate_window_s="off", **limits).connect()
    for _ in range(5):
        strategy_fills(desk, 1)
        desk.pass_s(0.6)
    assert not tripped(desk)


def test_a_human_action_on_the_strategy_begins_the_count_anew() -> None:
    desk = Dealing(triggers__repeated_executions="3", risk__duplicate_window_s="off").connect()
    strategy_fills(desk, 2)
    working = desk.place(BUY, "5", origin="strategy", strategy="mean")
    desk.cancel(working)
    strategy_fills(desk, 2)
    assert not tripped(desk)
    changed = desk.place(BUY, "5", origin="strategy", strategy="mean")
    desk.give(i.ModifyOrder(changed.id, ReplaceRequest(D(6), user="me")))
    strategy_fills(desk, 2)
    assert not tripped(desk)
    strategy_fills(desk, 1)
    assert tripped(desk) == [("REPEATED_EXECUTION", "strategy:mean")]


def test_a_disabled_strategy_is_enabled_by_somebody_and_counts_from_there() -> None:
    desk = Dealing(triggers__repeated_executions="2", risk__duplicate_window_s="off").connect()
    strategy_fills(desk, 2)
    desk.pass_s(1)
    desk.compare(reason="kill-verify")
    desk.give(i.Resume("", None, "boss", scope="strategy:mean"))
    assert stands(desk, "strategy:mean") is HALTED, "without a reason"
    desk.give(i.Resume("model fixed", None, "boss", scope="strategy:mean"))
    assert stands(desk, "strategy:mean") is ACTIVE
    strategy_fills(desk, 1)
    assert stands(desk, "strategy:mean") is ACTIVE


def test_an_order_that_is_filled_in_parts_is_one_execution() -> None:
    desk = Dealing(triggers__repeated_executions="3", risk__duplicate_window_s="off").connect()
    for qty in (10, 11):
        order = desk.place(BUY, str(qty), origin="strategy", strategy="mean")
        for _ in range(8):
            desk.fill(order, "1")
    assert not tripped(desk)
    strategy_fills(desk, 1)
    assert tripped(desk) == [("REPEATED_EXECUTION", "strategy:mean")]


@pytest.mark.parametrize(("wall_s", "market_s"), [(0.01, 2.0), (2.0, 0.0)])
def test_a_replay_that_is_faster_than_the_market_was_or_stands_still_counts_no_more(
    wall_s: float, market_s: float
) -> None:
    desk = Dealing(triggers__repeated_executions="5", triggers__rejects="5", risk__duplicate_window_s="off").connect()
    desk.give(i.SetLimit("triggers.rejects_s", "8", "test", "boss"))
    desk.give(i.SetLimit("triggers.repeated_executions_s", "8", "test", "boss"))
    for number in range(20):
        desk.now = i.Now(desk.now.wall_ns + int(wall_s * 1e9), desk.now.market_ns + int(market_s * 1e9))
        desk.quote("IBM")
        strategy_fills(desk, 1)
        order = desk.place(BUY, str(5 + number), ack=False)
        desk.give(p.Rejected(order.cl_ord_id, "no", desk.now.market_ns))
    assert tripped(desk) == []


def test_children_of_an_algo_are_a_strategy_of_its_own() -> None:
    desk = Dealing(triggers__repeated_executions="2", triggers__repeated_executions_s="60").connect()
    start = desk.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(400), start, start + 40 * 10**9, slices=4)
    desk.give(i.LaunchAlgo(spec))
    for _ in range(2):
        child = list(desk.state.by_id.values())[-1]
        desk.ack(child)
        desk.fill(child, "100")
        desk.pass_s(10)
    assert stands(desk, "strategy:algo1") is HALTED
    assert desk.state.algos[1].status == "CANCELED"
    assert submits(desk.pass_s(60)) == []


def iceberg(desk: Dealing, qty: str, display: str, **more: object) -> Algo:
    """Its first tip is out."""
    number = desk.state.next_algo_id
    spec = i.AlgoSpec("iceberg", ACCOUNT, "IBM", BUY, D(qty), desk.now.market_ns, 0, display=D(display), **more)  # type: ignore[arg-type]
    desk.give(i.LaunchAlgo(spec))
    return desk.state.algos[number]


def fill_tips(desk: Dealing, algo: Algo, number: int, qty: str = "") -> None:
    for _ in range(number):
        (tip,) = algo.open_children.values()
        desk.ack(tip)
        desk.fill(tip, qty or str(tip.leaves_qty))
        if tip.leaves_qty:
            desk.give(p.Canceled(tip.cl_ord_id, desk.now.market_ns, "", tip.cum_qty))
        desk.pass_s(0.1)


TWO: Final = {"triggers__repeated_executions": "3", "risk__max_position_pct": "1"}


def test_an_iceberg_is_one_order_however_fast_its_tips_are_filled() -> None:
    desk = Dealing(**TWO).connect()
    algo = iceberg(desk, "1000", "50")
    fill_tips(desk, algo, 20)
    assert (algo.status, algo.cum_qty, tripped(desk)) == ("DONE", 1000, [])


def test_an_iceberg_that_sends_more_tips_than_its_terms_foresee_is_disabled() -> None:
    desk = Dealing(**TWO).connect()
    algo = iceberg(desk, "200", "50")
    fill_tips(desk, algo, 8, "5")
    assert tripped(desk) == []
    fill_tips(desk, algo, 1, "5")
    assert tripped(desk) == [("REPEATED_EXECUTION", "strategy:algo1")]
    assert algo.status == "CANCELED"


def test_icebergs_that_a_strategy_places_one_after_the_other_count_like_orders() -> None:
    desk = Dealing(**TWO).connect()
    for number in range(3):
        assert tripped(desk) == [], number
        fill_tips(desk, iceberg(desk, "100", "50", strategy="mean"), 1)
    assert tripped(desk) == [("REPEATED_EXECUTION", "strategy:mean")]
