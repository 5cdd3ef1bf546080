"""Desks of which one thing is otherwise: what the rows of test_boundaries stand on."""

from __future__ import annotations

from typing import Any

import msgspec

from engine import facts as f
from engine.market.history import DayBar, History
from engine.model.enums import AssetClass, Side, TimeInForce, TradingState
from engine.model.instrument import FutureTerms, Instrument, OptionTerms
from engine.model.market import Quote, Trade
from engine.model.order import OrderRequest
from engine.model.restricted import Locate, Locates, RestrictedList, Restriction
from engine.orders.order import Order
from engine.risk.context import Context
from engine.risk.limits import Limits
from tests.engine.risk.seat import ACCOUNT, INSTRUMENTS, START, D, Seat, buy, order, sell

DAY = "2023-11-14"
EXPIRES = START + 1000
CALL = "AAPL231114C00100000"
FUTURE = Instrument(
    "ESM25",
    AssetClass.FUTURE,
    multiplier=D(50),
    future=FutureTerms("ES", "CME", "202506", DAY, EXPIRES, EXPIRES, D(100)),
)
OPTION = Instrument(CALL, AssetClass.OPTION, multiplier=D(100), option=OptionTerms("AAPL", DAY, D(100), "C", EXPIRES))


def desk(hold: str = "0", cash: str = "1000000", **limits: str) -> Seat:
    """Quoted 99.98 / 100.02; `hold` shares of AAPL."""
    seat = Seat(cash, instruments=(*INSTRUMENTS, OPTION, FUTURE), **limits)
    seat.tell(f.DayRolled(DAY, None, 2**62))
    for symbol in ("AAPL", "NICKEL", CALL, "ESM25"):
        seat.quote(symbol, "99.98", "100.02")
    if D(hold):
        seat.hold("AAPL", hold)
    return seat


def after(seat: Seat, *facts: f.Fact) -> Seat:
    seat.tell(*facts)
    return seat


def among(seat: Seat, **changes: Any) -> Seat:
    """With other surroundings."""
    seat.risk._surroundings = msgspec.structs.replace(seat.risk._surroundings, **changes)
    return seat


def broker(seat: Seat, **changes: Any) -> Seat:
    seat.broker = msgspec.structs.replace(seat.broker, **changes)
    return seat


def later(seat: Seat, ns: int) -> Seat:
    seat.pass_ns(ns)
    return seat


def sent(seat: Seat, *requests: OrderRequest) -> Seat:
    for request in requests:
        seat.send(request)
    return seat


def unknown(seat: Seat, request: OrderRequest) -> Seat:
    """That order's outcome is not known."""
    lost = seat.send(request, acked=False)
    return after(seat, f.OrderUnknown(lost.cl_ord_id, "time-out"))


def halted(seat: Seat, state: TradingState) -> Seat:
    seat.restrict("desk", state)
    return seat


def codes(c: Context) -> list[str]:
    return [denial.code for denial in c.denials]


def broken(*args: object) -> Any:
    raise LookupError("no answer")


def positions_differ(seat: Seat, theirs: str) -> Seat:
    """The broker shows another position than ours."""
    ours = str(seat.state.position_qty(ACCOUNT, "AAPL"))
    return after(seat, f.BreakFound(1, "position", ACCOUNT, "AAPL", ours, theirs))


def lossy(equity: str, **limits: str) -> Seat:
    return after(
        desk("10", **limits), f.DayRolled(DAY, D(1_000_000), 2**62), f.MarksSampled((), D(equity), D(1_000_000))
    )


def traded(seat: Seat, px: str) -> Seat:
    seat.quotes.on_trade(Trade("AAPL", D(px), D(100), seat.market_ns))
    return seat


def limits_without(seat: Seat, key: str) -> Seat:
    texts = {k: v for k, v in seat.state.limits.as_texts().items() if k != key}
    seat.state.limits = Limits(texts)
    return seat


def bound(seat: Seat, *symbols: str) -> Seat:
    """roles.yaml binds tom to these instruments."""
    return after(seat, f.RolesLoaded("", False, {}, {"tom": symbols}))


def day_trades(count: int, cash: str = "20000") -> Seat:
    seat = desk(cash=cash, day_trade_rule="pdt", duplicate_window_s="off")
    for _ in range(count):
        for side in (Side.BUY, Side.SELL):
            seat.fill(seat.send(order(side, "10", "AAPL", "100")), "10", "100")
    return seat


def shrinking(qty: str) -> list[str]:
    seat = desk("100")
    working: Order = seat.send(sell("50", limit="101", reduce_only=True))
    return codes(seat.risk.check_shrink(sell(qty, limit="101", reduce_only=True), seat.now, working))


def located(seat: Seat, qty: str, date: str = DAY) -> Seat:
    return among(seat, locates=Locates((Locate("AAPL", D(qty), date, "desk"),)))


def closed_yesterday(seat: Seat, px: str) -> Seat:
    return among(seat, history=History.of({"AAPL": (DayBar("2023-11-13", D(px), D(10**6)),)}))


def listed(seat: Seat, *lines: Restriction) -> Seat:
    return among(seat, restricted=RestrictedList(lines))


AUCTION = {"times_in_force": frozenset(TimeInForce)}
OPENING = {"time_in_force": TimeInForce.OPG}
GTD = TimeInForce.GTD


def unreconciled() -> list[str]:
    """A desk that has its account from an earlier run, and did not compare itself yet."""
    seat = desk()
    seat.tell(f.DeskOpened("desk001", "paper", ACCOUNT, "paper", "USD", "average", "", "", "test"))
    return seat.codes(buy("1", limit="100"))


def delayed(mode: str) -> Seat:
    seat = desk()
    seat.state.mode = mode
    seat.quote("AAPL", "99.98", "100.02", delayed=True)
    return seat


def quoted(halted: bool) -> Seat:
    """The feed says whether the instrument is halted."""
    seat = desk()
    seat.quotes.on_quote(Quote("AAPL", D("99.98"), D("100.02"), D(1), D(1), seat.market_ns, halted=halted))
    return seat


def crossed() -> Seat:
    seat = desk()
    seat.quote("AAPL", "100.02", "100.02")
    return seat


def fallen(low: str) -> Seat:
    return traded(closed_yesterday(desk(short_sale_rule="on"), "100"), low)


def unmarked(seat: Seat) -> Seat:
    """Something is held of which there is no price."""
    seat.hold("IBM", "1")
    return seat
