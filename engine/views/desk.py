"""The desk as a whole: its status, and everything that one frame shows."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import TradingState
from engine.views.attention import (
    AlertRow,
    AlertRuleRow,
    BreakRow,
    ComparisonRow,
    KillProof,
    LetterRow,
    MeterRow,
    ScopeRow,
    TriggerRow,
)
from engine.views.baskets import BasketRow
from engine.views.rows import AlgoRow, CostRow, FillRow, OrderRow, PositionRow, QuoteRow


class BrokerRow(msgspec.Struct, frozen=True, gc=False):
    """Connection lamp of one broker. health: "ok", "degraded", "down"; breaker: "closed", "open", "half-open"."""

    name: str
    connected: bool
    health: str
    breaker: str
    latency_ms: Decimal | None
    clock_skew_ms: Decimal | None = None
    """The broker's clock less ours; None where it is not known."""
    account: str = ""
    heard_ns: int = 0
    """When (wall) it was last heard; 0: never."""


class AccountRow(msgspec.Struct, frozen=True, gc=False):
    """One account of a desk that has several. `stale`: its equity stands on prices that are not fresh."""

    account: str
    equity: Decimal | None
    cash: Decimal
    buying_power: Decimal | None
    stale: bool


class StatusView(msgspec.Struct, frozen=True, gc=False):
    """The status line and the `status` verb. equity, cash and buying_power are of `account`, the default one; day_pnl
    and pnl_stale of the whole desk."""

    mode: str
    account: str
    market_label: str
    """"SIM", "REPLAY 2013-10-07 x1", "LIVE"."""
    trading_state: TradingState
    state_reason: str
    equity: Decimal | None
    cash: Decimal
    buying_power: Decimal | None
    day_pnl: Decimal | None
    pnl_stale: bool
    working_orders: int
    unknown_orders: int
    positions: int
    algos: int
    breaks: int
    brokers: tuple[BrokerRow, ...]
    data_ok: bool
    data_age_ns: int | None
    journal_ok: bool
    journal_seq: int
    uptime_s: int
    trading_day: str
    session: str
    """"regular", "extended", "closed"."""
    dead_letters: int = 0
    """Those that wait for the operator."""
    cash_by_currency: tuple[tuple[str, Decimal], ...] = ()
    """Cash in every currency, the account's own (`cash`) first."""
    oldest_unknown_s: int | None = None
    """For how many seconds the oldest of the UNKNOWN orders has been so."""
    locked: str = ""
    """Why a live desk takes nothing new before the PIN is given; "" = it is not locked."""
    scopes: tuple[ScopeRow, ...] = ()
    triggers: tuple[TriggerRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    """Every account, the default one first; empty where the desk has one."""
    desk_equity: Decimal | None = None
    """Of all accounts together, where there are several."""

    @property
    def whole_equity(self) -> Decimal | None:
        """The desk's equity, however many accounts it has."""
        return self.desk_equity if self.accounts else self.equity


class DeskView(msgspec.Struct, frozen=True, gc=False):
    """Everything the console draws, at one instant. Row tuples keep the identity of rows that did not change."""

    version: int
    market_ns: int
    wall_ns: int
    status: StatusView
    positions: tuple[PositionRow, ...]
    orders: tuple[OrderRow, ...]
    """Open orders and those that ended today, newest first, bounded."""
    fills: tuple[FillRow, ...]
    """Today's fills, newest first, bounded."""
    algos: tuple[AlgoRow, ...]
    meters: tuple[MeterRow, ...]
    alerts: tuple[AlertRow, ...]
    """Newest first, bounded."""
    quotes: tuple[QuoteRow, ...]
    breaks: tuple[BreakRow, ...]
    kill: KillProof | None
    """The desk's own."""
    urgent: int
    """Rises with each ack, fill, reject and alarm: the console draws at once instead of at its next frame."""
    letters: tuple[LetterRow, ...] = ()
    """The dead-letter queue, newest first."""
    comparison: ComparisonRow | None = None
    kills: tuple[KillProof, ...] = ()
    """Of narrower scopes."""
    costs: tuple[CostRow, ...] = ()
    """Parents of the day and orders without one, newest first, bounded."""
    baskets: tuple[BasketRow, ...] = ()
    """Those of the day, newest first."""
    alert_rules: tuple[AlertRuleRow, ...] = ()
    """What users want to be told of, by number."""
