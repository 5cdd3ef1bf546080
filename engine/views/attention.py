"""What somebody has to look at: alerts, meters and triggers of risk, breaks, letters that were not sent, a kill."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import AlertLevel, Side, TradingState


class MeterRow(msgspec.Struct, frozen=True, gc=False):
    """One risk meter. `used` is value/limit (1 = at the limit), None when either is missing; `off` = not configured."""

    key: str
    label: str
    value: Decimal | None
    limit: Decimal | None
    used: Decimal | None
    unit: str
    """"money", "pct" (0.05 = 5 %), "ratio", "count" or "rate"."""
    off: bool = False
    stale: bool = False
    """It stands on a price that is not fresh, or was not measured for seconds (drawn with `~`)."""
    amount: Decimal | None = None
    """Of a share: the money that it is a share of equity of."""
    note: str = ""
    """Why there is no value."""


class AlertRow(msgspec.Struct, frozen=True, gc=False):
    """One alert or event-log line. `no` is its number, for acknowledging."""

    no: int
    level: AlertLevel
    code: str
    text: str
    ts_ns: int
    acked: bool


class AlertRuleRow(msgspec.Struct, frozen=True, gc=False):
    """One alert that a user set: `words` as it is typed, without the verb."""

    no: int
    words: str
    user: str
    fired_ns: int


class BreakRow(msgspec.Struct, frozen=True, gc=False):
    """One difference between us and the broker."""

    no: int
    kind: str
    """"position", "order", "cash", "execution"."""
    account: str
    key: str
    ours: str
    theirs: str
    since_ns: int
    difference: str = ""
    """Theirs less ours."""
    why: str = ""
    """The probable explanation."""
    remedies: tuple[str, ...] = ()
    """What can be done about it, the likeliest first."""


class ComparisonRow(msgspec.Struct, frozen=True, gc=False):
    """The newest comparison with the broker: what was compared. `no` counts those of this process."""

    no: int
    at_ns: int
    asked_ns: int
    """When (wall) the broker was asked."""
    orders: int
    """Open orders that it listed."""
    executions: int
    positions: int
    """Instruments that one of us holds."""
    cash: bool
    """Cash was compared; not while executions come in, since books may lag behind reports."""
    executions_learned: int
    """Executions that comparisons of this process brought and no report had."""
    settled: bool
    """Nothing is left to be confirmed by a second look."""


class LetterRow(msgspec.Struct, frozen=True, gc=False):
    """A dead letter: an order, or a change of one, that was approved and not sent or refused unread."""

    no: int
    order: int
    """The short number of the order, or of the order to be changed."""
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    what: str
    """"new" or "replace"."""
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    cause: str
    reason: str
    owner: str
    """"algo 3", "liquidation": makes its own next order; "": waits for the operator."""
    since_ns: int


class KillProof(msgspec.Struct, frozen=True, gc=False):
    """The proof line: "HALTED 14:03:22 · 17 cancels sent, 15 confirmed, 2 pending · 5 positions, 3 flat"."""

    at_ns: int
    by: str
    reason: str
    cancels_sent: int
    cancels_confirmed: int
    positions: int
    flat: int
    phase: str
    """"cancelling", "grace", "flattening", "verifying", "done", "kept", "not_flat"."""
    grace_left_ns: int | None
    verified: bool
    problems: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()
    """Positions left without their stop."""
    scope: str = "desk"
    queued: int = 0
    """Positions whose flattening waits for their market to open."""


class ScopeRow(msgspec.Struct, frozen=True, gc=False):
    """A scope below the desk that is not ACTIVE by its own setting."""

    scope: str
    state: TradingState
    reason: str


class TriggerRow(msgspec.Struct, frozen=True, gc=False):
    """An automatic trigger that acted and was not cleared."""

    code: str
    scope: str
    action: str
    text: str
