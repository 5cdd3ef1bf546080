"""Rows of the tables: positions, orders, executions, algos, what they cost, quotes."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce


class PositionRow(msgspec.Struct, frozen=True, gc=False):
    """One position. `stale` marks a P&L built on a stale price (drawn with `~`)."""

    account: str
    symbol: str
    qty: Decimal
    avg_px: Decimal | None
    last_px: Decimal | None
    market_value: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal
    day_pnl: Decimal | None
    currency: str
    stale: bool
    tick: Decimal
    rate: Decimal | None = Decimal(1)
    """What one unit of `currency` counts for in the base currency; None where no rate is known."""
    trading: str = ""
    """"REDUCING" or "HALTED", by the strictest scope that covers it; "" while it is ACTIVE."""


class LegRow(msgspec.Struct, frozen=True, gc=False):
    """One leg of a package order: `ratio` units for each package, and what has executed."""

    symbol: str
    side: Side
    ratio: int
    cum_qty: Decimal
    avg_px: Decimal | None


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """One order. `id` is its short number (unique in the trading day); `doubt` marks UNKNOWN or a lost connection."""

    id: int
    cl_ord_id: str
    order_id: str | None
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    avg_px: Decimal | None
    status: OrdStatus
    parent: int | None
    tag: str
    text: str
    created_ns: int
    updated_ns: int
    tick: Decimal
    is_open: bool
    doubt: bool
    group: int = 0
    """Orders with the same number hang together; 0 = it stands alone."""
    local: bool = False
    """The desk itself holds it, or ends it: dead while the desk is."""
    trail: str = ""
    """How far a trailing stop stays behind: "0.50" or "2%"."""
    external: bool = False
    """Placed elsewhere: shown, counted and followed; it can be cancelled, not changed."""
    reduce_only: bool = False
    legs: tuple[LegRow, ...] = ()
    """Of a package: quantities count whole packages, prices are net."""
    unknown_s: int | None = None
    """For how many seconds the outcome of its submit or of its replace has not been known."""
    evidence: str = ""
    """What the broker was asked about that, and what it answered."""
    evidence_ns: int = 0
    """When (wall) the newest answer came."""
    basket: int = 0
    """The basket that it was released with; 0 = none."""
    doubt_s: int | None = None
    """Of an open order whose broker is not connected: for how many seconds it was not heard, in steps of five."""


class FillRow(msgspec.Struct, frozen=True, gc=False):
    """One execution."""

    exec_id: str
    cl_ord_id: str
    order: int
    account: str
    symbol: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    ts_ns: int
    broker: str
    tick: Decimal


class AlgoRow(msgspec.Struct, frozen=True, gc=False):
    """One parent order. Statuses: RUNNING, PAUSED, STOPPING, DONE, CANCELED, FAILED."""

    id: int
    algo: str
    account: str
    symbol: str
    side: Side
    qty: Decimal
    cum_qty: Decimal
    working_qty: Decimal
    target_qty: Decimal
    """What the schedule wants done by now."""
    avg_px: Decimal | None
    arrival_px: Decimal | None
    slippage_bps: Decimal | None
    """Against arrival, positive = cost."""
    slices_done: int
    slices: int
    start_ns: int
    end_ns: int
    status: str
    reason: str
    tick: Decimal


class CostRow(msgspec.Struct, frozen=True, gc=False):
    """What an order (or parent) costs, so far or in all: bps, > 0 is a cost; mark-outs > 0 moved in favour."""

    key: str
    """"algo 3", or the order's cl_ord_id."""
    id: int
    algo: str
    """The algo's kind; "manual" and the like for an order without one."""
    account: str
    symbol: str
    side: Side
    qty: Decimal
    cum_qty: Decimal
    avg_px: Decimal | None
    arrival_px: Decimal | None
    vwap: Decimal | None
    twap: Decimal | None
    close_px: Decimal | None
    pwp: Decimal | None
    slippage_bps: dict[str, Decimal | None]
    """Against arrival, vwap (without our own prints), twap, close and pwp."""
    shortfall: Decimal | None
    """Money, after Kissell; `parts`: delay, trading, opportunity, fees."""
    parts: tuple[tuple[str, Decimal], ...]
    shortfall_bps: Decimal | None
    participation: Decimal | None
    markouts_bps: tuple[tuple[str, Decimal | None], ...]
    spread_bps: Decimal | None
    """Effective spread."""
    fills: int
    orders: int
    rejected: int
    latency_ms: tuple[tuple[str, Decimal | None], ...]
    """Median by step."""
    status: str
    final: bool
    currency: str
    tick: Decimal
    notes: tuple[str, ...]


class QuoteRow(msgspec.Struct, frozen=True, gc=False):
    """Top of book as known. `age_ns` in market time; `irregular` counts locked and crossed quotes seen today."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    last_px: Decimal | None
    last_size: Decimal | None
    day_volume: Decimal
    ts_ns: int
    age_ns: int
    stale: bool
    dim: bool
    delayed: bool
    irregular: int
    tick: Decimal
    change: Decimal | None
    """Last against the first price of the day."""
