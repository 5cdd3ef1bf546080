"""The desk that the grammar's tests speak to: a view of positions, orders, quotes and algos, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from console.grammar.context import DeskContext
from engine.market.calendar import Calendar
from engine.market.history import DayBar, History
from engine.model.enums import AlertLevel, OrdStatus, OrdType, Side, TimeInForce, TradingState
from engine.model.instrument import Instrument
from engine.views import (
    AlertRow,
    AlgoRow,
    DeskView,
    OrderRow,
    PositionRow,
    QuoteRow,
    StatusView,
)

D = Decimal
TICK = D("0.01")
#: 2013-10-07 10:15:00 in New York.
NOW_NS = int(datetime(2013, 10, 7, 14, 15, tzinfo=UTC).timestamp()) * 1_000_000_000
ACCOUNT = "PAPER"


def position(symbol: str, qty: str) -> PositionRow:
    return PositionRow(
        account=ACCOUNT,
        symbol=symbol,
        qty=D(qty),
        avg_px=D("100"),
        last_px=D("101"),
        market_value=D(qty) * 101,
        unrealized_pnl=D(qty),
        realized_pnl=D(0),
        day_pnl=D(qty),
        currency="USD",
        stale=False,
        tick=TICK,
    )


def order(number: int, side: Side, symbol: str, qty: str, limit_px: str, *, is_open: bool = True) -> OrderRow:
    return OrderRow(
        id=number,
        cl_ord_id=f"D7X{number:07d}",
        order_id=f"B{number}",
        account=ACCOUNT,
        symbol=symbol,
        side=side,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.DAY,
        order_qty=D(qty),
        cum_qty=D(0) if is_open else D(qty),
        leaves_qty=D(qty) if is_open else D(0),
        limit_px=D(limit_px),
        stop_px=None,
        avg_px=None,
        status=OrdStatus.NEW if is_open else OrdStatus.FILLED,
        parent=None,
        tag="",
        text="",
        created_ns=NOW_NS,
        updated_ns=NOW_NS,
        tick=TICK,
        is_open=is_open,
        doubt=False,
    )


def quote(symbol: str, bid: str | None, ask: str | None, *, last: str | None = None, stale: bool = False) -> QuoteRow:
    return QuoteRow(
        symbol=symbol,
        bid=None if bid is None else D(bid),
        ask=None if ask is None else D(ask),
        bid_size=D(300),
        ask_size=D(200),
        last_px=None if last is None else D(last),
        last_size=D(100),
        day_volume=D(1_000_000),
        ts_ns=NOW_NS,
        age_ns=17_000_000_000 if stale else 0,
        stale=stale,
        dim=stale,
        delayed=False,
        irregular=0,
        tick=TICK,
        change=None,
    )


def algo(number: int, symbol: str) -> AlgoRow:
    return AlgoRow(
        id=number,
        algo="twap",
        account=ACCOUNT,
        symbol=symbol,
        side=Side.SELL,
        qty=D(1000),
        cum_qty=D(0),
        working_qty=D(0),
        target_qty=D(0),
        avg_px=None,
        arrival_px=None,
        slippage_bps=None,
        slices_done=0,
        slices=7,
        start_ns=NOW_NS,
        end_ns=NOW_NS + 1,
        status="RUNNING",
        reason="",
        tick=TICK,
    )


def status(session: str = "regular") -> StatusView:
    return StatusView(
        mode="paper",
        account=ACCOUNT,
        market_label="SIM",
        trading_state=TradingState.ACTIVE,
        state_reason="",
        equity=D(5_000_000),
        cash=D(5_000_000),
        buying_power=D(5_000_000),
        day_pnl=D(0),
        pnl_stale=False,
        working_orders=3,
        unknown_orders=0,
        positions=3,
        algos=1,
        breaks=0,
        brokers=(),
        data_ok=True,
        data_age_ns=0,
        journal_ok=True,
        journal_seq=7,
        uptime_s=60,
        trading_day="2013-10-07",
        session=session,
    )


def desk_view(session: str = "regular") -> DeskView:
    return DeskView(
        version=1,
        market_ns=NOW_NS,
        wall_ns=NOW_NS,
        status=status(session),
        positions=(position("AAPL", "101"), position("TSLA", "-200"), position("FOXA", "1"), position("IBM", "500")),
        orders=(
            order(15, Side.SELL, "IBM", "500", "185"),
            order(14, Side.BUY, "AAPL", "100", "190"),
            order(13, Side.SELL, "AAPL", "40", "195"),
            order(12, Side.BUY, "SPY", "10", "169", is_open=False),
        ),
        fills=(),
        algos=(algo(3, "IBM"),),
        meters=(),
        alerts=(AlertRow(9, AlertLevel.WARN, "X", "x", NOW_NS, False),),
        quotes=(
            quote("AAPL", "190.50", "190.53", last="190.52"),
            quote("TSLA", "180.00", "180.10"),
            quote("NVDA", "450.10", "450.12"),
            quote("IBM", "182.00", "182.00", last="182.00"),
            quote("BAC", "14.00", "14.02", stale=True),
            quote("FOXA", None, "33.02"),
        ),
        breaks=(),
        kill=None,
        urgent=0,
    )


INSTRUMENTS = {
    symbol: Instrument(symbol=symbol, lot=D(10) if symbol == "SPY" else D(1))
    for symbol in ("AAPL", "MSFT", "NVDA", "TSLA", "IBM", "BAC", "SPY", "FOXA")
}


def wobbling() -> tuple[DayBar, ...]:
    """30 days of closes that go up and down by turns: 100, 101, 100, ..."""
    return tuple(DayBar(f"2013-{8 + day // 28:02}-{1 + day % 28:02}", D(100 + day % 2)) for day in range(30))


HISTORY = History.of({"AAPL": wobbling()})


def context(session: str = "regular", accounts: tuple[str, ...] = (ACCOUNT, "PAPER2", "HEDGE")) -> DeskContext:
    return DeskContext(
        desk_view(session),
        INSTRUMENTS,
        accounts=accounts,
        user="ann",
        calendar=Calendar.load("XNYS"),
        history=HISTORY,
    )
