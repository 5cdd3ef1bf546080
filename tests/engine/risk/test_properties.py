"""No history of orders, fills, cancels and replaces takes the worst case over the limits at the time of approval."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.enums import Side
from tests.engine.risk.seat import ACCOUNT, D
from tests.engine.risk.steps import STEPS, play
from tests.engine.risk.trading import MID, Trading


@settings(max_examples=300)
@given(STEPS, st.sampled_from(["0.10", "0.20"]), st.sampled_from(["0.15", "1"]), st.sampled_from(["2", "20"]))
def test_the_worst_case_keeps_within_the_limits_at_every_approval(
    steps: list[tuple[object, ...]], share: str, leverage: str, most: str
) -> None:
    trading = Trading(
        max_position_pct=share,
        max_leverage=leverage,
        max_portfolio_positions=most,
        max_order_qty="1200",
        max_order_notional="off",
        price_collar_pct="0.05",
    )
    for step in steps:
        before = {symbol: trading.exposure(symbol, None) for symbol in MID}
        done = len(trading.approved)
        held = {symbol: trading.state.position_qty(ACCOUNT, symbol) for symbol in MID}
        play(trading, step)
        for sent in trading.approved[done:]:
            order = trading.state.orders[sent.cl_ord_id]
            side, symbol = order.side, sent.symbol
            after = {name: trading.exposure(name, sent) for name in MID}
            equity = trading.equity()
            same_side = sum(
                o.worst_leaves
                for o in trading.state.by_id.values()
                if o.symbol == symbol and o.side.is_buy is side.is_buy
            )
            assert sent.qty <= 1200
            closes = -held[symbol] if side.is_buy else held[symbol]
            if side is Side.SELL:
                assert same_side <= held[symbol], "a sale opened a short"
            if same_side <= closes:
                continue  # it only reduces
            shrinks = after[symbol][side.is_buy] <= before[symbol][side.is_buy]
            if shrinks and sent.cl_ord_id != order.cl_ord_id:
                continue  # a replace that asks for less than was approved before
            assert after[symbol][side.is_buy] <= D(share) * equity
            assert sum(max(sides.values()) for sides in after.values()) <= D(leverage) * equity
            assert len(trading.state.active) <= int(most)


@settings(max_examples=100)
@given(STEPS)
def test_reservations_are_always_what_the_working_orders_add_up_to(steps: list[tuple[object, ...]]) -> None:
    """What the checks read off a position in O(1) is the sum over its orders, after any history."""
    trading = Trading(max_position_pct="1")
    for step in steps:
        play(trading, step)
        for symbol in MID:
            position = trading.state.position(ACCOUNT, symbol)
            expected = {True: (D(0), D(0)), False: (D(0), D(0))}
            multiplier = trading.state.instruments[symbol].multiplier
            for order in trading.state.by_id.values():
                if order.symbol == symbol:
                    count, value = expected[order.side.is_buy]
                    leaves = order.worst_leaves
                    expected[order.side.is_buy] = (count + leaves, value + leaves * order.worst_px * multiplier)
            if position is not None:
                assert (position.open_buy, position.open_buy_notional) == expected[True]
                assert (position.open_sell, position.open_sell_notional) == expected[False]
            is_tracked = (ACCOUNT, symbol) in trading.state.active
            assert is_tracked is (position is not None and position.is_active)


@settings(max_examples=60)
@given(STEPS)
def test_cash_and_positions_are_what_was_filled(steps: list[tuple[object, ...]]) -> None:
    trading = Trading(max_position_pct="1")
    for step in steps:
        play(trading, step)
    assert trading.state.accounts[ACCOUNT].cash == trading.cash
    for symbol in MID:
        fills = [e for e in trading.state.seen_executions.values() if e.symbol == symbol]
        assert trading.state.position_qty(ACCOUNT, symbol) == sum(e.last_qty * e.side.sign for e in fills)
