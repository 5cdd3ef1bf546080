"""No history of orders, fills, cancels and replaces takes the worst case over the limits at the time of approval."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest, ReplaceRequest
from tests.engine.risk.seat import ACCOUNT, D
from tests.engine.risk.trading import MID, Trading

SYMBOLS = st.sampled_from(["AAPL", "AAPL", "AAPL", "MSFT", "MSFT", "ESZ3"])
SIDES = st.sampled_from([Side.BUY, Side.BUY, Side.SELL, Side.SELL_SHORT])
QUANTITIES = st.sampled_from([7, 40, 90, 160, 250, 400, 700, 950])
OFFSETS = st.sampled_from([None, "-0.40", "-0.02", "0", "0", "0.02", "0.05", "0.90"])
"""A limit this far from the mid, as a share; None is a market order."""
PICK = st.integers(0, 30)

STEPS = st.lists(
    st.one_of(
        *[st.tuples(st.just("place"), SYMBOLS, SIDES, QUANTITIES, OFFSETS)] * 4,
        *[st.tuples(st.just("modify"), PICK, QUANTITIES, OFFSETS)] * 2,
        st.tuples(st.just("cancel"), PICK),
        st.tuples(st.just("answer"), PICK, st.sampled_from([False, False, False, True])),
        st.tuples(st.just("answer"), PICK, st.just(False)),
        st.tuples(st.just("fill"), PICK, st.integers(1, 100), st.booleans()),
        st.tuples(st.just("canceled"), PICK, st.booleans()),
        st.tuples(st.just("unknown"), PICK),
    ),
    min_size=40,
    max_size=80,
)
"""Long on purpose: it takes a few orders to come near a limit."""


def _px(symbol: str, offset: str | None) -> Decimal | None:
    if offset is None:
        return None
    tick = D("0.25") if symbol == "ESZ3" else D("0.01")
    return (MID[symbol] * (1 + D(offset)) / tick).to_integral_value() * tick


def _play(trading: Trading, step: tuple[object, ...]) -> None:
    """Do one step of a history; one that fits nothing does nothing."""
    match step:
        case ("place", str(symbol), Side() as side, int(qty), offset):
            px = _px(symbol, offset)  # type: ignore[arg-type]
            kind = OrdType.MARKET if px is None else OrdType.LIMIT
            trading.give(i.PlaceOrder(OrderRequest(ACCOUNT, symbol, side, D(qty), kind, px)))
        case ("modify", int(n), int(qty), offset):
            working = trading.open_orders()
            if working:
                order = working[n % len(working)]
                change = ReplaceRequest(D(qty), _px(order.symbol, offset) if order.limit_px is not None else None)  # type: ignore[arg-type]
                trading.give(i.ModifyOrder(order.id, change))
        case ("cancel", int(n)):
            working = trading.open_orders()
            if working:
                trading.give(i.CancelOrders(i.CancelSelector(ids=(working[n % len(working)].id,))))
        case ("answer", int(n), bool(refuse)):
            if trading.waiting:
                trading.answer(sorted(trading.waiting)[n % len(trading.waiting)], refuse=refuse)
        case ("fill", int(n), int(percent), bool(better)):
            alive = [o for o in trading.open_orders() if o.cl_ord_id not in trading.waiting]
            if alive:
                order = alive[n % len(alive)]
                qty = max((order.qty - order.cum_qty) * percent // 100, D(1))
                px = order.ref_px if not better else order.ref_px * (D("0.99") if order.side.is_buy else D("1.01"))
                trading.fill(order, qty, px.quantize(D("0.01")))
        case ("canceled", int(n), bool(counts)):
            if trading.cancels:
                ident = trading.cancels.pop(n % len(trading.cancels))
                cum_qty = trading.state.orders[ident].cum_qty if counts else None
                trading.give(p.Canceled(ident, 0, "", cum_qty))
        case ("unknown", int(n)):
            if trading.waiting:
                trading.give(i.SubmitUnknown(sorted(trading.waiting)[n % len(trading.waiting)], "time-out"))


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
        _play(trading, step)
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
        _play(trading, step)
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
        _play(trading, step)
    assert trading.state.accounts[ACCOUNT].cash == trading.cash
    for symbol in MID:
        fills = [e for e in trading.state.seen_executions.values() if e.symbol == symbol]
        assert trading.state.position_qty(ACCOUNT, symbol) == sum(e.last_qty * e.side.sign for e in fills)
