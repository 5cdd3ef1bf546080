"""What keeps the desk's state from trading freely: kills, liquidations, triggers, changed limits."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.money import ZERO
from engine.model.scope import DESK

PositionKey = tuple[str, str]
"""(account, symbol)"""


class Kill(msgspec.Struct):
    """A kill in force, from the pull to the reset."""

    epoch: int
    by: str
    reason: str
    flatten: str
    at_ns: int
    orders: tuple[str, ...]
    phase: str = "cancelling"
    kept: bool = False
    detail: str = ""
    positions: int = 0
    """Positions held when it was pulled."""
    held: tuple[PositionKey, ...] = ()
    phase_ns: int = 0
    """Since when (wall) it is in its phase: an answer to an older question says nothing of it."""
    given_up: bool = False
    """A liquidation of this kill ended without being flat."""
    scope: str = DESK
    verified: tuple[str, ...] = ()
    """Accounts whose part is proven by their brokers while it waits for others: there it is at work no longer."""


class Liquidation(msgspec.Struct):
    """A position being closed by the liquidation rules."""

    account: str
    symbol: str
    by: str
    reason: str
    since_ns: int = 0
    attempts: int = 0
    refused_ns: int = 0
    """When (wall) the broker last refused an order of it; 0 = never."""
    strategies: tuple[str, ...] = ()
    """Only what these hold by their own executions; none: all of it."""
    queued: bool = False
    """The market is closed: it waits for the open."""


class Tripped(msgspec.Struct):
    """An automatic trigger that acted on its scope and was not cleared."""

    code: str
    scope: str
    action: str
    text: str
    since_ns: int
    """Wall ns."""


class Trip(msgspec.Struct):
    """What a strategy holds of an instrument by its own executions, since it was flat."""

    held: Decimal = ZERO
    """Signed."""
    money: Decimal = ZERO
    """What they moved, fees included: paid < 0. Once flat it is the trade's result, in the instrument's currency."""
    untold: bool = False
    """A booking by hand touched it: its result says nothing."""


class LossWatch(msgspec.Struct):
    """Since when (wall ns) the equity by conservative marks has been at or beyond a loss limit; None = it is not."""

    daily_since: int | None = None
    drawdown_since: int | None = None


class LimitChange(msgspec.Struct, frozen=True):
    """A limit changed while the desk ran. `in_file` is its text in risk_params.yaml of then ("" = not given), `old`
    and `new` before and after; `risk_hash` is that file's."""

    key: str
    in_file: str
    old: str
    new: str
    by: str
    reason: str
    at_ns: int
    risk_hash: str


class ResumeRequest(msgspec.Struct, frozen=True):
    """Somebody wants a scope open again, and a second person has to agree. `at_ns`: wall time."""

    by: str
    reason: str
    at_ns: int
