"""A trading day as its report tells it: what is held, what it made, what was done, what is left open.

Money in the currency that stands beside it, times ns UTC. None: not known.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.performance import Measure


class HeldLine(msgspec.Struct, frozen=True):
    """One instrument of one account: held at the end, or traded in the day. realized and fees are the day's, realized
    without the fees; unrealized: against cost at the last sampled mark (longs at bid, shorts at ask)."""

    account: str
    symbol: str
    currency: str
    qty: Decimal
    avg_px: Decimal | None
    mark: Decimal | None
    market_value: Decimal | None
    unrealized: Decimal | None
    realized: Decimal
    fees: Decimal
    bought: Decimal
    sold: Decimal
    """Units traded in the day."""


class AccountLine(msgspec.Struct, frozen=True):
    """One account's day: sums over its instruments in one currency, and its cash in it."""

    account: str
    currency: str
    realized: Decimal
    fees: Decimal
    unrealized: Decimal | None
    """None where an instrument has no mark."""
    cash: Decimal


class Counts(msgspec.Struct):
    """What was done in the day."""

    orders: int = 0
    """Sent to a broker, children of algos too."""
    by_hand: int = 0
    children: int = 0
    liquidations: int = 0
    held: int = 0
    """Taken in to wait here (LOCAL)."""
    denied: int = 0
    """Refused by the desk's own checks."""
    rejected: int = 0
    """Refused by the broker."""
    withheld: int = 0
    unknown: int = 0
    dead: int = 0
    """Of those: proven absent at the broker, or declared dead by an operator."""
    cancels: int = 0
    """Cancels asked for."""
    canceled: int = 0
    expired: int = 0
    replaces: int = 0
    fills: int = 0
    filled_orders: int = 0
    busts: int = 0


class CostLine(msgspec.Struct, frozen=True):
    """An algo, or an order without one, and what it cost: bps, above 0 is a cost."""

    key: str
    algo: str
    account: str
    symbol: str
    side: str
    qty: Decimal
    filled: Decimal
    avg_px: Decimal | None
    arrival_bps: Decimal | None
    vwap_bps: Decimal | None
    shortfall: Decimal | None
    shortfall_bps: Decimal | None
    currency: str
    status: str


class OpenLine(msgspec.Struct, frozen=True):
    """An order that is open at the end. lives_on: it is good beyond the day. local: the desk itself holds it."""

    id: int
    account: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    leaves_qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    status: str
    tag: str
    lives_on: bool
    local: bool


class BreakLine(msgspec.Struct, frozen=True):
    """A difference with the broker that is open at the end."""

    no: int
    kind: str
    account: str
    key: str
    ours: str
    theirs: str
    since_ns: int
    why: str


class EventLine(msgspec.Struct, frozen=True):
    """Something that happened to the desk: kinds are kill, state, trigger, limit, basket."""

    at_ns: int
    kind: str
    text: str


class TouchedLine(msgspec.Struct, frozen=True):
    """A limit that refused something, how often, and the last time."""

    code: str
    scope: str
    count: int
    last: str


class EodReport(msgspec.Struct, frozen=True):
    """The whole report."""

    day: str
    mode: str
    account: str
    currency: str
    """The base currency: of equity and day_pnl."""
    first_seq: int
    last_seq: int
    from_ns: int
    until_ns: int
    closed: bool
    """The desk was stopped gracefully at its end."""
    day_equity: Decimal | None
    equity: Decimal | None
    day_pnl: Decimal | None
    """What the equity gained, flows excluded."""
    flows: Decimal
    trading_state: str
    positions: tuple[HeldLine, ...]
    accounts: tuple[AccountLine, ...]
    counts: Counts
    costs: tuple[CostLine, ...]
    touched: tuple[TouchedLine, ...]
    events: tuple[EventLine, ...]
    open_orders: tuple[OpenLine, ...]
    breaks: tuple[BreakLine, ...]
    comparisons: int
    compared_ns: int
    """When the last one was through; 0 = there was none."""
    breaks_found: int
    targets: tuple[Measure, ...] = ()
