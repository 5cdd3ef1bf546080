"""The core: a pure state machine. `handle` takes one input with its times and leaves facts to record and effects to
perform in the outbox; it knows no clock, no task, no socket, no file and no randomness.

The decisions live in the rooms beside: orders (intake, reports, evidence), risk (kill switch, liquidation, losses),
algos (supervisor). They get the desk as their context: its state, quotes, risk engine, timers and the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos import control, launch, supervisor
from engine.algos.memory import AlgoMemory
from engine.algos.outlook import with_outlook
from engine.baskets import ending
from engine.baskets import release as baskets
from engine.baskets.check import check_basket
from engine.effects import Effect, Reply
from engine.evolve import EVOLVERS
from engine.inputs import Now
from engine.model.basket import BasketItem
from engine.model.enums import AlertLevel
from engine.model.market import Quote, Trade
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders import (
    contingency,
    holding,
    intake,
    lost,
    overdue,
    placing,
    reduce_only,
    replaces,
    replaying,
    reports,
    resend,
    resolve,
    standing,
    timeouts,
    trigger,
)
from engine.orders.preview import preview_group, preview_order, preview_replace
from engine.orders.watch import HeldWatch
from engine.reconcile import booking, evidence, snapshot
from engine.reconcile.differences import Difference, Gap
from engine.resilience import record
from engine.risk import (
    alert_rules,
    arming,
    asks_pin,
    book_risk,
    day,
    halts,
    killswitch,
    limit_changes,
    liquidation,
    lock,
    losses,
    roles,
    told_sessions,
    triggers,
)
from engine.risk.book_risk import BookRisk
from engine.risk.context import Quotes
from engine.risk.engine import RiskEngine
from engine.risk.expiry_watch import Said
from engine.risk.meter_watch import MeterWatch
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.tca.recorder import SEEN, Recorder
from engine.timers import Key, Timers
from engine.tracks import Tracks
from engine.views import AlgoPlan, BasketCheck, CommandResult, ComparisonRow, OrderPreview

PreviewT = TypeVar("PreviewT", OrderPreview, AlgoPlan)
FactAt = tuple[int, int, f.Fact]
"""(recorded_ns, market_ns, fact)"""


class Desk:
    """The trading core of one state folder."""

    def __init__(self, state: DeskState, quotes: Quotes, surroundings: Surroundings) -> None:
        self.state = state
        self.quotes = quotes
        self.surroundings = surroundings
        self.risk = RiskEngine(state, quotes, surroundings)
        self.timers = Timers()
        self.now = Now(state.last_recorded_ns, state.last_market_ns)
        self.facts: list[FactAt] = []
        self.effects: list[Effect] = []
        self.suspects: dict[Difference, tuple[Gap, int]] = {}
        """Differences seen in one snapshot (and since when, wall ns), waiting for a later equal one to be breaks."""
        self.not_found: dict[str, str] = {}
        """Of ids (of orders or replaces) that the broker did not know without proving anything: the orders' roots."""
        self.miscounted: dict[str, Decimal] = {}
        """Of orders of which the broker counts more filled than its executions show: its count."""
        self.comparison: ComparisonRow | None = None
        """The newest comparison with the broker."""
        self.first_sight: dict[str, object] = {}
        """An account as seen once, before it is adopted."""
        self.lost: dict[str, lost.Lost] = {}
        """Orders that may be out there and not in the journal, by cl_ord_id: asked about before all else."""
        self.maybe_used: set[str] = set()
        """Those of them that the broker does not have, and can't prove never to have."""
        self.executed_ids: set[str] = set()
        """Ids of liquidations that executions name and no journal holds: used, by a process that could not record."""
        self.noted: tuple[lost.Noted, ...] = ()
        """What the emergency log of an earlier run holds, told before `start`."""
        self.moved_ns: dict[tuple[str, str], int] = {}
        """When (wall ns) an execution, bust or correction of an instrument was last booked by this process."""
        self.restated_ns: dict[str, int] = {}
        """When (wall ns) this process last heard the broker restate an order of its own accord, by root."""
        self.times_manual = surroundings.order_timeouts.any_manual()
        """Whether orders placed by hand can have a time-out."""
        self.held_memory = HeldWatch()
        self.meter_watch = MeterWatch()
        self.expiries_said: Said = {}
        self.first_alert = state.next_alert
        """The number of the first alert of this run."""
        self.alert_memory = alert_rules.AlertMemory(state)
        self.book_risk = BookRisk(surroundings.history, surroundings.benchmark)
        self.tca = Recorder(state, quotes, surroundings, self.timers)
        self.tracks = Tracks()
        self.kill_seen: dict[str, dict[str, tuple[int, int]]] = {}
        """Of each kill that is being verified: (orders open, positions held) that each account's broker has shown."""
        self.kill_asked_ns: dict[str, int] = {}
        """When (wall ns) an account's broker was last asked for the picture that verifies a kill."""
        self.counting = triggers.Counting()
        self.algo_memory = AlgoMemory()
        self.urgent = 0
        """Rises with each ack, fill, reject and alarm (the console draws at once)."""

    # -- the outbox -------------------------------------------------------------------------------------------------

    def emit(self, fact: f.Fact) -> None:
        """Record a fact: it changes the state at once and goes to the journal with the batch."""
        now, state = self.now, self.state
        wall_ns, market_ns = now.wall_ns, now.market_ns
        EVOLVERS[type(fact)](state, fact, wall_ns, market_ns)
        state.last_recorded_ns = wall_ns
        state.last_market_ns = market_ns
        if type(fact) in SEEN:
            self.tca.see(fact, wall_ns, market_ns)
        self.facts.append((wall_ns, market_ns, fact))

    def effect(self, effect: Effect) -> None:
        """Ask for an effect, released when the facts of this batch are durable."""
        self.effects.append(effect)

    def reply(self, cmd_id: int, result: object) -> None:
        """Answer a command; 0 means that nobody waits."""
        if cmd_id:
            self.effects.append(Reply(cmd_id, result))

    def refuse(self, cmd_id: int, command: str, reason: str, user: str) -> None:
        """Refuse a command that is not an order: audited, answered."""
        self.emit(f.CommandRefused(command, reason, user))
        self.reply(cmd_id, CommandResult(False, reason))

    def alert(self, level: AlertLevel, code: str, text: str) -> None:
        """Raise an alert; an alarm is drawn at once."""
        self.emit(f.AlertRaised(self.state.next_alert, level, code, text))
        if level >= AlertLevel.WARN:
            self.urgent += 1

    def take(self) -> tuple[list[FactAt], list[Effect]]:
        """Empty the outbox: everything decided since the last call, in order."""
        facts, effects = self.facts, self.effects
        self.facts, self.effects = [], []
        return facts, effects

    # -- inputs -----------------------------------------------------------------------------------------------------

    def handle(self, item: object, now: Now) -> None:
        """Decide on one command, report, outcome or market event. Raises TypeError for anything else."""
        self.now = now
        try:
            handler = HANDLERS[type(item)]
        except KeyError:
            raise TypeError(f"the core knows no input of type {type(item).__name__}") from None
        state = self.state
        if state.locked and type(item) in asks_pin.ASKED and not lock.takes(self, item):
            handler = lock.refuse
        if state.roles is not None and type(item) in roles.RULED and not roles.takes(state, item):  # type: ignore[arg-type]
            handler = roles.refuse
        handler(self, item)
        if state.stirred:
            contingency.step(self)
        if state.reduce_only:
            reduce_only.step(self)
        if state.liquidations:
            liquidation.step_all(self)
        if state.kill is not None or state.kills:
            killswitch.step(self)

    def advance(self, now: Now) -> None:
        """Fire every timer that is due, one after the other."""
        self.now = now
        for kind, at in (("market", now.market_ns), ("wall", now.wall_ns)):
            while (key := self.timers.pop_due(kind, at)) is not None:  # type: ignore[arg-type]
                TIMER_HANDLERS[key[0]](self, key)  # type: ignore[index]
        if self.state.stirred:
            contingency.step(self)
        if self.state.reduce_only:
            reduce_only.step(self)
        if self.state.liquidations:
            liquidation.step_all(self)
        if self.state.kill is not None or self.state.kills:
            killswitch.step(self)

    def start(
        self,
        opened: f.DeskOpened,
        instruments: f.InstrumentsLoaded,
        limits: f.LimitsLoaded,
        now: Now,
        given: f.RolesLoaded | None = None,
    ) -> None:
        """Begin a run on a folded state: what was in doubt is UNKNOWN, timers are armed from the state. `given`: who
        may do what in this run; None leaves it as the state has it."""
        self.now = now
        alive_ns = self.state.last_market_ns
        crashed = bool(self.state.desk_id) and not self.state.closed_cleanly
        self.emit(opened)
        self.emit(instruments)
        self.emit(limits)
        if given is not None and (given.given or given.instruments or self.state.roles is not None):
            self.emit(given)
        limit_changes.go_on(self)
        lost.note_used(self, self.state.seen_executions.values())
        if crashed:
            self.alert(AlertLevel.NOTICE, "RECOVERED", "the last run did not stop cleanly; asking the broker")
            lost.remember(self)
        evidence.doubt_unproven(self)
        day.roll_if_due(self)
        killswitch.after_restart(self)
        liquidation.rearm(self)
        supervisor.rearm(self, alive_ns)
        losses.arm(self)
        book_risk.arm(self)
        evidence.arm(self)
        timeouts.rearm(self)
        holding.rearm(self)
        ending.end_all(self, "the desk was restarted")
        self.tca.rearm(self)

    def close(self, reason: str, now: Now) -> None:
        """Record a graceful stop."""
        self.now = now
        ending.end_all(self, "the desk was stopped")
        self.tca.finish(self)
        self.emit(f.DeskClosed(reason))

    def watches(self, symbol: str) -> bool:
        """Whether an order that is held here, or an algo, waits for the market of this symbol: then its events are
        inputs."""
        return bool(self.held_memory.at(self.state, symbol) or self.algo_memory.watchers(symbol))

    @property
    def is_watching(self) -> bool:
        """Whether anything waits for the market at all."""
        return bool(self.state.held) or self.algo_memory.is_watching

    # -- questions that change nothing --------------------------------------------------------------------------------

    def preview(self, request: OrderRequest | i.PlaceGroup, now: Now) -> OrderPreview:
        """What would happen to this order (or group of orders) now."""
        self.now = now
        if isinstance(request, i.PlaceGroup):
            return self._seen(preview_group(self, request), request)
        return self._seen(preview_order(self, request), i.PlaceOrder(request))

    def preview_replace(self, target: int | str, change: ReplaceRequest, now: Now) -> OrderPreview | CommandResult:
        """What would happen to this cancel/replace now."""
        self.now = now
        found = preview_replace(self, target, change)
        return found if isinstance(found, CommandResult) else self._seen(found, i.ModifyOrder(target, change))

    def plan(self, spec: i.AlgoSpec, now: Now) -> AlgoPlan:
        """The algo's schedule, cost and verdict."""
        self.now = now
        return self._seen(with_outlook(self, spec, launch.plan(self, spec)), i.LaunchAlgo(spec))

    def check_basket(self, basket: int | tuple[BasketItem, ...], now: Now) -> BasketCheck | CommandResult:
        """What would happen now to all of these orders (or those of a staged basket), each beside those before it."""
        self.now = now
        if isinstance(basket, int):
            staged = self.state.baskets.get(basket)
            if staged is None or staged.status != "STAGED":
                return CommandResult(False, "there is no such basket staged")
            basket = staged.items
        return check_basket(self, basket)

    def _seen(self, preview: PreviewT, command: i.Command) -> PreviewT:
        """The preview with what stands before every command: the lock and the roles."""
        return roles.seen(self, lock.seen(self, preview), command)


def _ignore(desk: Desk, item: object) -> None:
    """Bars change nothing here: feeds turn them into quotes before the core sees them."""


def _on_quote(desk: Desk, quote: Quote) -> None:
    trigger.on_quote(desk, quote)
    if desk.algo_memory.is_watching:
        supervisor.on_quote(desk, quote)


Handler = Callable[[Desk, Any], None]

HANDLERS: dict[type, Handler] = {
    i.PlaceOrder: placing.place,
    i.PlaceGroup: placing.place_group,
    i.ReleaseHeld: placing.send_held,
    i.CancelOrders: intake.cancel,
    i.ModifyOrder: placing.modify,
    i.Flatten: liquidation.flatten,
    i.Halt: halts.halt,
    i.Kill: killswitch.pull,
    i.KeepPositions: killswitch.keep,
    i.Resume: halts.resume,
    i.LaunchAlgo: launch.launch,
    i.ControlAlgo: control.control,
    i.AckAlerts: intake.ack_alerts,
    i.SetAlert: alert_rules.set_alert,
    i.RemoveAlert: alert_rules.remove_alert,
    i.Reconcile: snapshot.ask_now,
    i.ResolveOrder: resolve.resolve,
    i.ResendOrder: resolve.resend,
    i.Book: booking.book,
    i.ReverseBooking: booking.reverse,
    i.AddInstrument: intake.add_instrument,
    i.Lock: lock.lock,
    i.Unlock: lock.unlock,
    i.Present: lock.present,
    i.NotePin: lock.note_pin,
    i.ArmHotkeys: arming.arm,
    i.DisarmHotkeys: arming.disarm,
    i.SetLimit: limit_changes.change,
    i.NoteRefusal: intake.note_refusal,
    i.ReplayLetter: replaying.replay,
    i.DiscardLetter: replaying.discard,
    i.StageBasket: baskets.stage,
    i.ReleaseBasket: baskets.release,
    i.ControlBasket: baskets.control,
    i.BreakerMoved: record.breaker_moved,
    i.HandedOver: record.handed_over,
    i.HealthMoved: record.health_moved,
    i.SkewMoved: record.skew_moved,
    i.SessionsTold: told_sessions.told,
    i.WrongAccount: snapshot.wrong_account,
    i.SubmitFailed: reports.submit_failed,
    i.SubmitUnknown: reports.submit_unknown,
    i.Withheld: reports.withheld,
    i.CancelFailed: reports.cancel_failed,
    i.OrderEvidence: evidence.weigh,
    i.QueryFailed: evidence.query_failed,
    i.BrokerSnapshot: snapshot.compare,
    i.JournalFailed: day.journal_failed,
    i.JournalRestored: day.journal_restored,
    i.ClockBehind: day.clock_behind,
    Quote: _on_quote,
    Trade: trigger.on_trade,
    p.Accepted: reports.accepted,
    p.Rejected: reports.rejected,
    p.Filled: reports.filled,
    p.Canceled: reports.canceled,
    p.CancelRejected: reports.cancel_rejected,
    p.Replaced: replaces.replaced,
    p.ReplaceRejected: replaces.replace_rejected,
    p.Expired: reports.expired,
    p.DoneForDay: standing.done_for_day,
    p.Pending: standing.pending,
    p.Suspended: standing.suspended,
    p.Reinstated: standing.reinstated,
    p.Stopped: standing.stopped,
    p.Calculated: standing.calculated,
    p.Restated: standing.restated,
    p.OrderStatusReport: evidence.status_reported,
    p.Triggered: reports.triggered,
    p.Busted: reports.busted,
    p.Corrected: reports.corrected,
    p.Connected: snapshot.connected,
    p.Disconnected: snapshot.disconnected,
    p.Gap: snapshot.gap,
}

TIMER_HANDLERS: dict[str, Callable[[Desk, Key], None]] = {
    "marks": losses.sample,
    "book": book_risk.on_timer,
    "day": day.on_timer,
    "check": evidence.check_pending,
    "grace": killswitch.on_grace,
    "kill": killswitch.on_retry,
    "liquidate": liquidation.on_timer,
    "algo": supervisor.on_timer,
    "snapshot": snapshot.on_timer,
    "timeout": overdue.on_timer,
    "lost": lost.on_timer,
    "doubt": resend.on_timer,
    "held": trigger.on_watch_timer,
    "due": holding.on_due,
    "expire": holding.on_expiry,
    "group": contingency.on_timer,
    "idle": lock.on_idle,
    "basket": baskets.step,
    "tca": lambda desk, key: desk.tca.work(desk, key),
}
