"""DeskState: everything that survives a crash, its look-ups and its digest."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from engine.model.alert_rule import AlertRule
from engine.model.enums import TradingState
from engine.model.figures import Figures
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.model.scope import DESK, covers
from engine.model.sessions import ToldSession
from engine.model.snapshot import Execution
from engine.orders.group import Group
from engine.orders.order import IntentKey, Order
from engine.orders.position import Position
from engine.orders.resting import Resting
from engine.risk.limits import Limits
from engine.state.account import Account, Booking, ToldMargin
from engine.state.algo import Algo
from engine.state.basket import Basket
from engine.state.control import (
    Kill,
    LimitChange,
    Liquidation,
    LossWatch,
    PositionKey,
    ResumeRequest,
    Trip,
    Tripped,
)
from engine.state.trouble import Alert, Break, DeadLetter, Skew

#: Phases of a kill in which not even a reducing order placed by hand may cross its cancels.
AT_WORK: Final = ("cancelling", "flattening", "verifying")
#: How much of the past the state keeps for the console; everything is in the journal.
KEPT_FILLS: Final = 2000
KEPT_ALERTS: Final = 500


class DeskState(msgspec.Struct, eq=False):
    """Everything that survives a crash. Changed by engine.evolve alone."""

    desk_id: str = ""
    mode: str = "paper"
    account: str = ""
    broker: str = ""
    base_currency: str = "USD"
    pnl_method: str = "average"
    run_label: str = ""
    risk_hash: str = ""
    closed_cleanly: bool = True
    instruments: dict[str, Instrument] = {}
    rates: dict[str, tuple[str, bool]] = {}
    """Each currency other than the base that an instrument is paid in: the instrument whose price is its rate, and
    whether that price is upside down (USDJPY for yen in dollars). No instrument: ("", False), the rate is not known."""
    options: dict[str, tuple[str, ...]] = {}
    """Options by their underlying."""
    limits: Limits = msgspec.field(default_factory=lambda: Limits({}))

    limit_changes: dict[str, LimitChange] = {}
    """Limits that were changed while the desk ran and are in force as changed, by key."""
    roles: dict[str, tuple[str, ...]] | None = None
    """Login name -> roles; None where roles.yaml names nobody."""
    user_instruments: dict[str, tuple[str, ...]] = {}
    """Login name -> the only instruments in which that user may open positions."""
    resume_asked: dict[str, ResumeRequest] = {}
    """Scopes that one person wants open again, where a second one has to agree."""

    accounts: dict[str, Account] = {}
    positions: dict[PositionKey, Position] = {}
    active: dict[PositionKey, Position] = {}
    """Positions with something held or working: what per-order checks walk."""

    orders: dict[str, Order] = {}
    """Every order by each of its cl_ord_ids (root and versions)."""
    open_orders: dict[str, Order] = {}
    """Open orders by root, oldest first."""
    resting: Resting = msgspec.field(default_factory=Resting)
    """The open orders by instrument and side. Derived from them, and no part of the digest."""
    unknown: dict[str, Order] = {}
    """Those of them whose submit has no known outcome."""
    doubtful: dict[str, Order] = {}
    """Open orders whose replace has no known outcome, by root."""
    unproven: dict[str, Order] = {}
    """Dead orders that may have executed more than we know, by root."""
    held: dict[str, Order] = {}
    """Orders that wait in the desk itself (HELD), by root."""
    held_version: int = 0
    """Rises whenever an order is held or no longer held: what was derived from `held` is old then."""
    groups: dict[int, Group] = {}
    next_group: int = 1
    touched: set[PositionKey] = set()
    """Positions that changed since engine.risk.books last looked. Not part of the digest."""
    stirred: set[int] = set()
    """Groups with an order that changed and was not looked at since. Not part of the digest: a start looks at all."""
    by_order_id: dict[tuple[str, str], Order] = {}
    """Orders by (account, the broker's id)."""
    by_id: dict[int, Order] = {}
    """Orders of the trading day (and open ones) by short number."""
    next_id: int = 1
    order_seq: int = 0
    """Orders ever made in this state folder: the sequence in cl_ord_ids."""
    client_keys: dict[str, str] = {}
    seen_executions: dict[tuple[str, str], Execution] = {}
    skipped_executions: set[tuple[str, str]] = set()
    busted: set[tuple[str, str]] = set()
    early_busts: set[tuple[str, str]] = set()
    """Busts that arrived before the execution they name."""
    fills: deque[Execution] = msgspec.field(default_factory=lambda: deque(maxlen=KEPT_FILLS))
    last_intent: dict[IntentKey, int] = {}
    """Intent key -> wall ns of the newest order with it (duplicate check)."""
    sent_ns: deque[int] = msgspec.field(default_factory=lambda: deque(maxlen=4096))
    """Wall ns of the newest submits, replaces and cancels (throttle)."""
    sent_by: deque[tuple[str, str, str]] = msgspec.field(default_factory=lambda: deque(maxlen=4096))
    """Account, strategy and user of each of them."""
    shorted: dict[str, Decimal] = {}
    """Sold short today, by symbol: what was located is used up by it."""
    opened_today: set[PositionKey] = set()
    """Positions that were opened or added to today: closing one is a day trade."""
    day_trades: dict[PositionKey, int] = {}
    """(account, ISO date) -> day trades, of the last days that had some."""
    short_restricted: dict[str, int] = {}
    """Symbols that fell 10 % below their prior close -> market ns until which short sales are restricted."""
    rejects: int = 0
    submits: int = 0

    trading: dict[str, TradingState] = {}
    """Scope -> state, only where stricter than ACTIVE."""
    trading_reason: dict[str, str] = {}
    gate_epoch: int = 0
    gate_seq: int = 0
    """Counts closings and openings of narrower scopes than the desk: an approval dies with its scope's closing."""
    kill: Kill | None = None
    """The desk's own kill."""
    kills: dict[str, Kill] = {}
    """Kills of narrower scopes in force, by scope: each has a latch of its own."""
    kill_epoch: int = 0
    liquidations: dict[PositionKey, Liquidation] = {}

    trips: dict[tuple[str, str, str], Trip] = {}
    """Open round trips by (account, strategy, symbol)."""
    streaks: dict[str, int] = {}
    """Losing trades in a row, by account; absent = 0."""
    streak_after: dict[str, tuple[str, str]] = {}
    """The newest execution (account, exec_id) when the streak was last set back by hand."""
    tripped: dict[str, Tripped] = {}
    """Automatic triggers that acted and were not cleared, by "CODE scope"."""

    algos: dict[int, Algo] = {}
    next_algo_id: int = 1
    algo_keys: dict[str, int] = {}

    baskets: dict[int, Basket] = {}
    """Those of the trading day, and those being sent."""
    next_basket: int = 1

    day: str = ""
    day_end_ns: int = 0
    day_equity: Decimal | None = None
    day_flows: Decimal = ZERO
    equity: Decimal | None = None
    peak_equity: Decimal | None = None
    marks: dict[str, tuple[Decimal, Decimal, int]] = {}
    loss: LossWatch = msgspec.field(default_factory=LossWatch)
    figures: Figures | None = None
    """The risk of the book as last measured in this run, at `figures_ns` (wall)."""
    figures_ns: int = 0

    alerts: deque[Alert] = msgspec.field(default_factory=lambda: deque(maxlen=KEPT_ALERTS))
    next_alert: int = 1
    alert_rules: dict[int, AlertRule] = {}
    """What users want to be told of, by number."""
    next_alert_rule: int = 1
    breaks: dict[int, Break] = {}
    next_break: int = 1
    bookings: dict[int, Booking] = {}
    next_booking: int = 1
    booking_keys: dict[str, int] = {}
    """Idempotency key -> the booking's number."""
    reduce_only: dict[str, Order] = {}
    """Those of the open orders that may only reduce their position, by root."""
    executions_until_ns: int = 0
    brokers_up: dict[str, bool] = {}
    connections: dict[str, str] = {}
    """Account -> name of its connection, where the desk has several accounts (engine.connections)."""
    sessions_ns: dict[str, int] = {}
    """Connection -> wall ns of its newest session's beginning, where the desk has several."""
    up_since_ns: int = 0
    """Wall ns of the newest session's beginning."""
    journal_ok: bool = True
    last_recorded_ns: int = 0
    last_market_ns: int = 0
    breakers: dict[str, str] = {}
    """Broker -> "open" or "half-open", where its breaker is not closed: new orders are withheld."""
    health: dict[str, str] = {}
    """Broker -> "degraded" or "down", where it is not ok."""
    skews: dict[str, Skew] = {}
    """Broker -> how far its clock is off, where that is too far."""
    told_sessions: dict[tuple[str, str], ToldSession] = {}
    """(account, calendar) -> what its broker said of the newest day."""
    margins: dict[str, ToldMargin] = {}
    """Account -> what its broker told of margin, where it does."""
    letters: dict[int, DeadLetter] = {}
    """The dead-letter queue, oldest first."""
    next_letter: int = 1
    locked: str = ""
    """Why a live desk takes nothing new; "" = it is not locked."""
    pin_noted: int = 0
    """Number of the newest record of the PIN's file that is in the journal."""

    # -- look-ups ---------------------------------------------------------------------------------------------------

    def find(self, target: int | str) -> Order | None:
        """The order with this short number or cl_ord_id (any version)."""
        return self.by_id.get(target) if isinstance(target, int) else self.orders.get(target)

    def order_at(self, account: str, order_id: str) -> Order | None:
        """The order with this id of the broker's (ids of orders placed elsewhere may be all that is known)."""
        return self.by_order_id.get((account, order_id))

    def position(self, account: str, symbol: str) -> Position | None:
        return self.positions.get((account, symbol))

    def position_qty(self, account: str, symbol: str) -> Decimal:
        position = self.positions.get((account, symbol))
        return position.qty if position is not None else ZERO

    def open_of(self, account: str, symbol: str) -> Iterator[Order]:
        """Open orders of one instrument, oldest first."""
        return (o for o in self.open_orders.values() if o.account == account and o.touches(symbol))

    def trading_state(self, account: str, symbol: str, strategy: str = "") -> tuple[TradingState, str]:
        """The strictest state that covers an order, and the scope that sets it."""
        if not self.trading and not self.kills:
            return TradingState.ACTIVE, ""
        worst, where = TradingState.ACTIVE, ""
        for scope in ("kill", "desk", f"account:{account}", f"strategy:{strategy}", f"instrument:{symbol}"):
            state = self.trading.get(scope, TradingState.ACTIVE)
            if scope in self.kills:
                state = TradingState.HALTED
            if state > worst:
                worst, where = state, scope
        return worst, where

    def scope_state(self, scope: str) -> tuple[TradingState, str]:
        """What one scope itself is set to (its kill, or its halt), and why."""
        kill = self.kill if scope == DESK else self.kills.get(scope)
        if kill is not None:
            return TradingState.HALTED, f"killed: {kill.reason} ({kill.by})"
        return self.trading.get(scope, TradingState.ACTIVE), self.trading_reason.get(scope, "")

    def kill_of(self, scope: str) -> Kill | None:
        """The kill in force of just this scope."""
        return self.kill if scope == DESK else self.kills.get(scope)

    @property
    def standing_kills(self) -> tuple[Kill, ...]:
        """Every kill in force, the desk's own first."""
        return (*(() if self.kill is None else (self.kill,)), *self.kills.values())

    def killing(self, account: str, symbols: Iterable[str], strategy: str) -> bool:
        """Whether a kill that covers this is still at work in the account: nothing at all may cross its cancels."""
        return self.killing_by(account, symbols, strategy) is not None

    def killing_by(self, account: str, symbols: Iterable[str], strategy: str) -> Kill | None:
        """The kill that is. One that waits for another broker is at work no longer in an account that it has verified:
        a position can be reduced there by hand, as after a kill that is done."""
        if self.kill is None and not self.kills:
            return None
        for kill in self.standing_kills:
            if (
                kill.phase in AT_WORK
                and account not in kill.verified
                and covers(kill.scope, account, symbols, strategy)
            ):
                return kill
        return None

    @property
    def desk_state(self) -> tuple[TradingState, str]:
        """The desk-wide state (kill or desk scope) and its reason."""
        worst, why = TradingState.ACTIVE, ""
        for scope in ("kill", "desk"):
            state = self.trading.get(scope, TradingState.ACTIVE)
            if state > worst:
                worst, why = state, self.trading_reason.get(scope, "")
        return worst, why

    def broker_qty(self, account: str, symbol: str) -> Decimal:
        """The broker's own position as far as known: ours, off by what a standing break shows (fills since it was
        found moved both)."""
        qty = self.position_qty(account, symbol)
        for found in self.breaks.values():
            if found.kind == "position" and found.account == account and found.key == symbol:
                return qty + Decimal(found.theirs) - Decimal(found.ours)
        return qty

    # -- digest -----------------------------------------------------------------------------------------------------

    def digest(self) -> str:
        """SHA-256 over the whole state: equal folds give equal digests (crash tests compare them)."""
        names = sorted(set(self.__struct_fields__) - {"active", "limits", "resting", "stirred", "touched"})
        picture: dict[str, Any] = {name: getattr(self, name) for name in names}
        picture["limits"] = self.limits.as_texts()
        picture["by_id"] = {str(k): o.cl_ord_id for k, o in self.by_id.items()}
        picture["alert_rules"] = {str(no): rule for no, rule in self.alert_rules.items()}
        picture["breaks"] = {str(k): b for k, b in self.breaks.items()}
        picture["baskets"] = {str(k): _basket_picture(basket) for k, basket in self.baskets.items()}
        picture["letters"] = {str(k): letter for k, letter in self.letters.items()}
        picture["bookings"] = {str(k): b for k, b in self.bookings.items()}
        picture["reduce_only"] = list(self.reduce_only)
        picture["by_order_id"] = {f"{a}/{i}": o.cl_ord_id for (a, i), o in self.by_order_id.items()}
        picture["open_orders"] = list(self.open_orders)
        picture["held"] = list(self.held)
        picture["groups"] = {str(no): group for no, group in self.groups.items()}
        picture["unknown"] = list(self.unknown)
        picture["unproven"] = list(self.unproven)
        picture["doubtful"] = list(self.doubtful)
        picture["seen_executions"] = sorted(f"{a}/{e}" for a, e in self.seen_executions)
        for name in ("early_busts", "busted", "skipped_executions", "opened_today"):
            picture[name] = sorted(map(str, getattr(self, name)))
        for name in ("positions", "liquidations", "last_intent", "trips", "day_trades"):
            picture[name] = {str(k): v for k, v in sorted(getattr(self, name).items(), key=lambda kv: str(kv[0]))}
        picture["algos"] = {str(k): _algo_picture(a) for k, a in self.algos.items()}
        for name in ("fills", "alerts", "sent_ns", "sent_by"):
            picture[name] = list(picture[name])
        return hashlib.sha256(msgspec.json.encode(picture, enc_hook=list, order="deterministic")).hexdigest()


def _algo_picture(algo: Algo) -> dict[str, object]:
    picture: dict[str, object] = msgspec.structs.asdict(algo)
    picture["open_children"] = list(algo.open_children)
    return picture


def _basket_picture(basket: Basket) -> dict[str, object]:
    picture: dict[str, object] = msgspec.structs.asdict(basket)
    for name in ("orders", "refused"):
        picture[name] = {str(row): what for row, what in getattr(basket, name).items()}
    return picture
