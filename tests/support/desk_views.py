"""Hand-built views of a desk on a working day, for tests and pictures of the console. Times are 2013-10-07."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from engine.model.enums import AlertLevel, OrdStatus, OrdType, Side, TimeInForce, TradingState
from engine.views import (
    AlertRow,
    AlgoRow,
    BreakRow,
    BrokerRow,
    DeskView,
    FillRow,
    KillProof,
    MeterRow,
    OrderRow,
    PositionRow,
    QuoteRow,
    StatusView,
)

ACCOUNT = "SIM-1"
TICK = Decimal("0.01")
SECOND = 1_000_000_000


def at(text: str) -> int:
    """14:03:22 on the exchange's clock (EDT), as ns UTC."""
    hours, minutes, seconds = (float(part) for part in text.split(":"))
    day = datetime(2013, 10, 7, 4, tzinfo=UTC)
    return int(day.timestamp()) * SECOND + int((hours * 3600 + minutes * 60 + seconds) * SECOND)


NOW = at("14:03:22")


def order(
    number: int,
    symbol: str,
    side: Side = Side.BUY,
    qty: str = "100",
    limit: str | None = "190.50",
    status: OrdStatus = OrdStatus.NEW,
    cum: str = "0",
    **changes: object,
) -> OrderRow:
    """A day order; a limit order where `limit` is given."""
    is_open = status in (
        OrdStatus.PENDING_NEW,
        OrdStatus.NEW,
        OrdStatus.PARTIALLY_FILLED,
        OrdStatus.PENDING_CANCEL,
        OrdStatus.PENDING_REPLACE,
        OrdStatus.UNKNOWN,
        OrdStatus.HELD,
    )
    row = OrderRow(
        id=number,
        cl_ord_id=f"K7Q2M9X4{number:08d}",
        order_id=f"P-{4000 + number}",
        account=ACCOUNT,
        symbol=symbol,
        side=side,
        ord_type=OrdType.LIMIT if limit else OrdType.MARKET,
        time_in_force=TimeInForce.DAY,
        order_qty=Decimal(qty),
        cum_qty=Decimal(cum),
        leaves_qty=Decimal(qty) - Decimal(cum) if is_open else Decimal(0),
        limit_px=Decimal(limit) if limit else None,
        stop_px=None,
        avg_px=Decimal(limit) - Decimal("0.0125") if limit and Decimal(cum) else None,
        status=status,
        parent=None,
        tag="",
        text="",
        created_ns=at("13:58:04.120"),
        updated_ns=at("14:01:17.530"),
        tick=TICK,
        is_open=is_open,
        doubt=status is OrdStatus.UNKNOWN,
    )
    return msgspec.structs.replace(row, **changes)


def position(symbol: str, qty: str, avg: str, last: str, realized: str = "0", *, stale: bool = False) -> PositionRow:
    """A position marked at `last`."""
    value = Decimal(qty) * Decimal(last)
    unrealized = (Decimal(last) - Decimal(avg)) * Decimal(qty)
    return PositionRow(
        account=ACCOUNT,
        symbol=symbol,
        qty=Decimal(qty),
        avg_px=Decimal(avg) if Decimal(qty) else None,
        last_px=Decimal(last),
        market_value=value,
        unrealized_pnl=unrealized,
        realized_pnl=Decimal(realized),
        day_pnl=unrealized + Decimal(realized),
        currency="USD",
        stale=stale,
        tick=TICK,
    )


def fill(number: int, order_no: int, symbol: str, side: Side, qty: str, px: str, when: str) -> FillRow:
    return FillRow(
        exec_id=f"E{number:06d}",
        cl_ord_id=f"K7Q2M9X4{order_no:08d}",
        order=order_no,
        account=ACCOUNT,
        symbol=symbol,
        side=side,
        last_qty=Decimal(qty),
        last_px=Decimal(px),
        fee=Decimal(qty) * Decimal("0.005"),
        ts_ns=at(when),
        broker="paper",
        tick=TICK,
    )


def quote(symbol: str, bid: str, ask: str, change: str = "0.35", age_s: float = 0.4, *, irregular: int = 0) -> QuoteRow:
    return QuoteRow(
        symbol=symbol,
        bid=Decimal(bid),
        ask=Decimal(ask),
        bid_size=Decimal(300),
        ask_size=Decimal(500),
        last_px=Decimal(bid),
        last_size=Decimal(100),
        day_volume=Decimal(1_284_300),
        ts_ns=NOW - int(age_s * SECOND),
        age_ns=int(age_s * SECOND),
        stale=age_s > 15,
        dim=age_s > 5,
        delayed=False,
        irregular=irregular,
        tick=TICK,
        change=Decimal(change),
    )


def alert(
    no: int, level: AlertLevel, text: str, when: str, *, code: str = "ORDER_ACKED", acked: bool = False
) -> AlertRow:
    return AlertRow(no=no, level=level, code=code, text=text, ts_ns=at(when), acked=acked)


def meter(
    key: str, label: str, value: str | None, limit: str | None, unit: str, *, off: bool = False, stale: bool = False
) -> MeterRow:
    used = Decimal(value) / Decimal(limit) if value is not None and limit is not None else None
    return MeterRow(
        key,
        label,
        None if value is None else Decimal(value),
        None if limit is None else Decimal(limit),
        used,
        unit,
        off,
        stale,
    )


STATUS = StatusView(
    mode="paper",
    account=ACCOUNT,
    market_label="REPLAY 2013-10-07 x1",
    trading_state=TradingState.ACTIVE,
    state_reason="",
    equity=Decimal("5004182.35"),
    cash=Decimal("4402117.10"),
    buying_power=Decimal("4398204.60"),
    day_pnl=Decimal("4182.35"),
    pnl_stale=False,
    working_orders=5,
    unknown_orders=0,
    positions=4,
    algos=2,
    breaks=0,
    brokers=(BrokerRow("paper", True, "ok", "closed", Decimal("12.4")),),
    data_ok=True,
    data_age_ns=400_000_000,
    journal_ok=True,
    journal_seq=18_204,
    uptime_s=2_604,
    trading_day="2013-10-07",
    session="regular",
)

POSITIONS = (
    position("BAC", "-5000", "13.9121", "13.87"),
    position("IBM", "1430", "182.0412", "182.23", "310.25"),
    position("MSFT", "12500", "33.2180", "33.38", "-122.50"),
    position("SPY", "800", "167.5510", "168.12", "942.10"),
    position("XOM", "0", "0", "85.90", "261.35"),
)

ORDERS = (
    order(31, "IBM", Side.BUY, "143", "182.24", OrdStatus.PENDING_NEW, parent=3, order_id=None),
    order(30, "IBM", Side.BUY, "143", "182.23", OrdStatus.PARTIALLY_FILLED, "60", parent=3),
    order(28, "SPY", Side.BUY, "200", "167.90", tag="dip"),
    order(27, "MSFT", Side.SELL, "2,500".replace(",", ""), "33.60", OrdStatus.PARTIALLY_FILLED, "900"),
    order(25, "BAC", Side.BUY, "5000", None, ord_type=OrdType.STOP, stop_px=Decimal("14.20")),
    order(29, "IBM", Side.BUY, "143", "182.21", OrdStatus.FILLED, "143", parent=3),
    order(26, "AAPL", Side.SELL_SHORT, "300", "489.10", OrdStatus.CANCELED, "0"),
    order(24, "XOM", Side.SELL, "500", "86.02", OrdStatus.FILLED, "500"),
    order(23, "AAPL", Side.BUY, "25000", "489.20", OrdStatus.DENIED, text="MAX_POSITION_PCT: value=2.44 limit=0.10"),
)

FILLS = (
    fill(11, 30, "IBM", Side.BUY, "60", "182.23", "14:03:20"),
    fill(10, 29, "IBM", Side.BUY, "143", "182.21", "14:02:51"),
    fill(9, 27, "MSFT", Side.SELL, "400", "33.60", "14:01:17"),
    fill(8, 27, "MSFT", Side.SELL, "500", "33.60", "14:01:02"),
    fill(7, 24, "XOM", Side.SELL, "500", "86.02", "13:58:40"),
    fill(6, 21, "SPY", Side.BUY, "800", "167.55", "13:51:09"),
    fill(5, 20, "BAC", Side.SELL_SHORT, "5000", "13.91", "13:47:33"),
)

ALGOS = (
    AlgoRow(
        id=3,
        algo="twap",
        account=ACCOUNT,
        symbol="IBM",
        side=Side.BUY,
        qty=Decimal(1000),
        cum_qty=Decimal(430),
        working_qty=Decimal(226),
        target_qty=Decimal(500),
        avg_px=Decimal("182.2012"),
        arrival_px=Decimal("182.18"),
        slippage_bps=Decimal("1.2"),
        slices_done=3,
        slices=7,
        start_ns=at("14:00:00"),
        end_ns=at("14:07:00"),
        status="RUNNING",
        reason="",
        tick=TICK,
    ),
    AlgoRow(
        id=2,
        algo="twap",
        account=ACCOUNT,
        symbol="MSFT",
        side=Side.SELL,
        qty=Decimal(10000),
        cum_qty=Decimal(2500),
        working_qty=Decimal(0),
        target_qty=Decimal(4000),
        avg_px=Decimal("33.5410"),
        arrival_px=Decimal("33.52"),
        slippage_bps=Decimal("-6.3"),
        slices_done=2,
        slices=8,
        start_ns=at("13:30:00"),
        end_ns=at("15:30:00"),
        status="PAUSED",
        reason="by hand",
        tick=TICK,
    ),
    AlgoRow(
        id=1,
        algo="twap",
        account=ACCOUNT,
        symbol="SPY",
        side=Side.BUY,
        qty=Decimal(800),
        cum_qty=Decimal(800),
        working_qty=Decimal(0),
        target_qty=Decimal(800),
        avg_px=Decimal("167.5510"),
        arrival_px=Decimal("167.50"),
        slippage_bps=Decimal("3.0"),
        slices_done=8,
        slices=8,
        start_ns=at("13:40:00"),
        end_ns=at("13:52:00"),
        status="DONE",
        reason="",
        tick=TICK,
    ),
)

METERS = (
    meter("day_pnl", "Day P&L", "0", "0.05", "pct"),
    meter("drawdown", "Drawdown", "0.0012", "0.05", "pct", stale=True),
    meter("max_position", "Largest IBM", "0.0834", "0.10", "pct"),
    meter("positions", "Positions", "4", "20", "count"),
    meter("gross", "Gross", "0.881", "5", "pct"),
    meter("order_rate", "Orders/s", "19", "20", "count"),
    meter("var_95", "VaR 95", "0.0123", "0.02", "pct"),
    meter("var_95.normal", "VaR 95 normal", "0.0119", "0.02", "pct"),
    meter("beta", "Beta", None, "1.5", "ratio"),
    meter("rejects", "Reject rate", "0.031", None, "pct"),
    meter("cvar_99", "CVaR 99", "0.0211", None, "pct", off=True),
)

ALERTS = (
    alert(42, AlertLevel.INFO, "order 31 sent: BUY 143 IBM LMT 182.24", "14:03:21"),
    alert(41, AlertLevel.NOTICE, "order 30 filled 60 of 143 at 182.23", "14:03:20", code="FILL"),
    alert(40, AlertLevel.WARN, "order rate at 92 % of its limit", "14:03:18", code="METER_CRITICAL"),
    alert(39, AlertLevel.INFO, "order 29 filled 143 at 182.21", "14:02:51", code="FILL", acked=True),
    alert(38, AlertLevel.WARN, "algo 2 paused by hand", "13:59:02", code="ALGO_PAUSED", acked=True),
    alert(37, AlertLevel.INFO, "order 23 denied: MAX_POSITION_PCT: value=2.44 limit=0.10", "13:57:44", code="DENIED"),
)

QUOTES = (
    quote("AAPL", "489.12", "489.20", "6.42"),
    quote("BAC", "13.87", "13.88", "-0.16"),
    quote("IBM", "182.22", "182.24", "-1.88"),
    quote("MSFT", "33.38", "33.39", "-0.51"),
    quote("SPY", "168.12", "168.13", "-0.77", irregular=3),
    quote("XOM", "85.90", "85.91", "-0.25", age_s=7.2),
)

BUSY = DeskView(
    version=1,
    market_ns=NOW,
    wall_ns=NOW,
    status=STATUS,
    positions=POSITIONS,
    orders=ORDERS,
    fills=FILLS,
    algos=ALGOS,
    meters=METERS,
    alerts=ALERTS,
    quotes=QUOTES,
    breaks=(),
    kill=None,
    urgent=1,
)
"""A busy afternoon: four positions, a TWAP at work, one meter near its limit."""


def changed(view: DeskView, *, urgent: bool = True, **changes: object) -> DeskView:
    """The next view, with these fields changed; `status__x=...` changes a field of the status."""
    status = {name.removeprefix("status__"): changes.pop(name) for name in list(changes) if name.startswith("status__")}
    if status:
        changes["status"] = msgspec.structs.replace(view.status, **status)
    rises = view.urgent + 1 if urgent else view.urgent
    return msgspec.structs.replace(view, version=view.version + 1, urgent=rises, **changes)


EMPTY = changed(
    BUSY,
    positions=(),
    orders=(),
    fills=(),
    algos=(),
    alerts=(),
    breaks=(),
    status__equity=Decimal(5_000_000),
    status__day_pnl=Decimal(0),
    status__working_orders=0,
    status__positions=0,
    status__algos=0,
)
"""The first minute of a day."""

HALTED = changed(
    BUSY,
    orders=tuple(
        msgspec.structs.replace(row, status=OrdStatus.PENDING_CANCEL)
        if row.id in (27, 28)
        else msgspec.structs.replace(row, status=OrdStatus.CANCELED, is_open=False, leaves_qty=Decimal(0))
        if row.is_open
        else row
        for row in ORDERS
    ),
    alerts=(alert(43, AlertLevel.ALARM, "kill switch pulled by console: kill key", "14:03:22", code="KILL"), *ALERTS),
    kill=KillProof(
        at_ns=NOW,
        by="console",
        reason="kill key",
        cancels_sent=5,
        cancels_confirmed=3,
        positions=4,
        flat=0,
        phase="grace",
        grace_left_ns=2_400_000_000,
        verified=False,
        unprotected=("BAC -5,000",),
    ),
    status__trading_state=TradingState.HALTED,
    status__state_reason="kill key",
)
"""Just killed: cancels half confirmed, the grace period running, a short position without its stop."""

STALE = changed(
    BUSY,
    quotes=tuple(msgspec.structs.replace(q, age_ns=17 * SECOND, stale=True, dim=True) for q in QUOTES),
    positions=tuple(msgspec.structs.replace(p, stale=bool(p.qty)) for p in POSITIONS),
    orders=(msgspec.structs.replace(ORDERS[0], status=OrdStatus.UNKNOWN, doubt=True), *ORDERS[1:]),
    breaks=(
        BreakRow(
            1,
            "position",
            ACCOUNT,
            "IBM",
            "1430",
            "1490",
            at("14:03:02"),
            "60",
            "probably a fill that nothing reported: buy 60 IBM 184.21, fees included",
            ("book fill buy 60 IBM 184.21 reason TEXT", "reconcile: asks for the executions again"),
        ),
    ),
    status__trading_state=TradingState.REDUCING,
    status__state_reason="stale marks",
    status__pnl_stale=True,
    status__data_ok=False,
    status__data_age_ns=17 * SECOND,
    status__unknown_orders=1,
    status__breaks=1,
    status__brokers=(BrokerRow("paper", False, "down", "open", None),),
)
"""The feed is silent, the broker gone, one order UNKNOWN, one position in doubt."""
