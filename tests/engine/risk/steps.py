"""Histories for the properties: what traders and brokers do to each other, a step at a time."""

from __future__ import annotations

from decimal import Decimal

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


#: One of these words as often as it stands here.
_KINDS = (
    *["place"] * 6, *["modify"] * 2, "cancel", *["accept"] * 4, "refuse", *["fill"] * 4, "canceled", "unknown",
)  # fmt: skip


def steps_among(accounts: tuple[str, ...]) -> st.SearchStrategy[list[tuple[object, ...]]]:
    """Histories in these accounts. Long on purpose: it takes a few orders to come near a limit."""
    whole = st.tuples(
        st.sampled_from(_KINDS),
        SYMBOLS,
        SIDES,
        QUANTITIES,
        OFFSETS,
        st.sampled_from(accounts),
        PICK,
        st.integers(1, 100),
        st.booleans(),
    )
    return st.lists(whole.map(lambda parts: _step(*parts)), min_size=40, max_size=80)


def _step(
    kind: str, symbol: str, side: Side, qty: int, offset: str | None, account: str, pick: int, percent: int, flag: bool
) -> tuple[object, ...]:
    return {
        "place": ("place", symbol, side, qty, offset, account),
        "modify": ("modify", pick, qty, offset),
        "cancel": ("cancel", pick),
        "accept": ("answer", pick, False),
        "refuse": ("answer", pick, True),
        "fill": ("fill", pick, percent, flag),
        "canceled": ("canceled", pick, flag),
        "unknown": ("unknown", pick),
    }[kind]


STEPS = st.lists(
    st.one_of(
        *[st.tuples(st.just("place"), SYMBOLS, SIDES, QUANTITIES, OFFSETS, st.just(ACCOUNT))] * 4,
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


def _px(symbol: str, offset: str | None) -> Decimal | None:
    if offset is None:
        return None
    tick = D("0.25") if symbol == "ESZ3" else D("0.01")
    return (MID[symbol] * (1 + D(offset)) / tick).to_integral_value() * tick


def play(trading: Trading, step: tuple[object, ...]) -> None:
    """Do one step of a history; one that fits nothing does nothing."""
    match step:
        case ("place", str(symbol), Side() as side, int(qty), offset, str(account)):
            px = _px(symbol, offset)  # type: ignore[arg-type]
            kind = OrdType.MARKET if px is None else OrdType.LIMIT
            trading.give(i.PlaceOrder(OrderRequest(account, symbol, side, D(qty), kind, px)))
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
