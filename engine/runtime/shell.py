"""The shell: runs one desk on an event loop. Real time, real disk, real broker; the decisions are the core's.

Everything here runs on the engine's loop, in the engine's thread. Other threads come in through `post` alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.connections import accounts_of
from engine.desk import Desk
from engine.inputs import Now
from engine.journal.chain import Chain, Head
from engine.journal.codec import FactCodec
from engine.journal.emergency import EmergencyLog
from engine.journal.errors import JournalError
from engine.journal.latch import KillLatch
from engine.journal.store import Journal
from engine.market.clock import MarketClock
from engine.market.quotes import QuoteCache
from engine.model.diagnostics import Diagnostics
from engine.model.enums import AlertLevel, TradingState
from engine.model.instrument import Instrument
from engine.model.market import Bar, MarketEvent
from engine.model.option import listed_option
from engine.model.order import BrokerGroup
from engine.orders.lost import Noted
from engine.orders.native import living
from engine.orders.order import Order
from engine.protocol import BrokerAdapter
from engine.publish.publisher import Publisher
from engine.risk.gate import Gate
from engine.risk.roles import ITSELF
from engine.runtime.clock import WallClock
from engine.runtime.committing import Committing
from engine.runtime.diagnosing import diagnose, feeds_of
from engine.runtime.gateways import Gateways
from engine.runtime.latch_watch import LatchWatch
from engine.runtime.performer import Performer
from engine.runtime.pump import Pump
from engine.runtime.recovery import fold, new_desk_id
from engine.runtime.settings import DeskSettings
from engine.views import CommandResult, DeskView

LATCH_EVERY_S = 0.1
LONGEST_SLEEP_S = 0.05
CANCEL_ALL_LOOKS = 250
#: A clock that was set back by less is what time servers do.
CLOCK_BACK_NS = 2_000_000_000

log = logging.getLogger("tradedesk.engine")


class Question:
    """Something to work out in the engine's thread that changes nothing: answered at once, not journaled."""

    __slots__ = ("answer", "future")

    def __init__(self, answer: Callable[[Desk, Now], object], future: Future[Any]) -> None:
        self.answer = answer
        self.future = future


class Shell:
    """One running desk."""

    def __init__(
        self,
        settings: DeskSettings,
        journal: Journal,
        codec: FactCodec,
        adapter: BrokerAdapter,
        quotes: QuoteCache,
        market_clock: MarketClock,
        wall_clock: WallClock,
        gate: Gate,
        latch: KillLatch,
        feed_to_broker: Callable[[MarketEvent], None] | None,
        further: Mapping[str, BrokerAdapter] | None = None,
    ) -> None:
        """`further`: the adapters of the accounts beside the desk's own."""
        self._settings = settings
        self._journal = journal
        self._codec = codec
        self._quotes = quotes
        self._market_clock = market_clock
        self._wall_clock = wall_clock
        self._gate = gate
        self._latch = latch
        self._latches = LatchWatch(latch, gate, self._post_here, self.notice)
        self._emergency = EmergencyLog(settings.state_dir / "emergency.log")
        self._feed_to_broker = feed_to_broker
        self._inbox: deque[object] = deque()
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_wall = 0
        self._started_wall = 0
        self._seen_urgent = 0
        self._publish_due = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._day = ""
        self._view: DeskView | None = None
        self._watched = list(settings.watched)
        adapters = {settings.account: adapter, **(further or {})}
        self.gateways = Gateways.of(
            settings, adapters, gate, latch, self._post_here, wall_clock.wall_ns, self._groups_at
        )
        self.gateway = self.gateways.at(settings.account)
        self.on_listed: Callable[[str], None] = lambda symbol: None
        """Told of an instrument that was listed while running: it is to be quoted from now on."""
        self.desk: Desk
        self._pump: Pump
        self._performer: Performer
        self._committing: Committing
        self._publisher: Publisher

    # -- start --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Fold, begin the run, connect. Raises JournalError when the journal can't be trusted."""
        self._loop = asyncio.get_running_loop()
        settings = self._settings
        state = await fold(self._journal, settings.state_dir / "snapshots", settings.state_dir / "journal_archive")
        if state.desk_id and state.mode != settings.mode:
            raise JournalError(f"the journal is a {state.mode} desk's, not a {settings.mode} desk's; nothing was done")
        self._last_wall = state.last_recorded_ns
        behind_ns = self._wall_clock.go_on_from(state.last_recorded_ns)
        self.desk = Desk(state, self._quotes, settings.surroundings)
        self._pump = Pump(self.desk, Chain(self._codec, self._journal.head))
        self._performer = Performer(
            self.desk,
            self.gateways,
            self._gate,
            self._latch,
            self._emergency,
            lambda code, text: self.notice(AlertLevel.ALARM, code, text),
            lambda cl_ord_id, why: self._post_here(i.Withheld(cl_ord_id, why)),
            self._list_instrument,
            self._quotes.set_limits,
        )
        self._committing = Committing(
            self.desk,
            self._pump,
            self._performer,
            self._journal,
            self._emergency,
            self._now,
            lambda: bool(self._inbox),
            settings.commit_bound_s,
        )
        noted = self._emergency.read_all()
        self.desk.noted = tuple(Noted(r.account, r.cl_ord_id) for r in noted.records if r.kind == "liquidate")
        self._publisher = Publisher(self.desk, self._quotes, settings.session, settings.market_label)
        now = self._now()
        self._started_wall = now.wall_ns
        opened = f.DeskOpened(
            state.desk_id or new_desk_id(),
            settings.mode,
            settings.account,
            settings.broker,
            settings.base_currency,
            settings.pnl_method,
            settings.risk_hash,
            settings.run_label,
            settings.version,
            settings.connections,
        )
        self._gate.adopt(state.gate_epoch, "starting", answers_slam=False)
        self.desk.start(
            opened,
            f.InstrumentsLoaded(settings.instruments),
            f.LimitsLoaded(settings.risk_hash, settings.limits.as_texts()),
            now,
            settings.roles,
        )
        if behind_ns >= CLOCK_BACK_NS:
            self._pump.offer(i.ClockBehind(behind_ns), self._now())
        await self._committing.once()
        if self._pump.down:
            # Without this run's first facts its order ids would not be its own after a crash.
            raise JournalError("the journal can't record the start: see the log; nothing was sent")
        if self.desk.state.desk_state[0] < TradingState.HALTED:
            self._gate.open(self.desk.state.gate_epoch)
        self._latches.clear_old(self.desk.state, self._performer.clear_latch)
        self._latches.read(self.desk.state, self._started_wall)
        self._tasks = [
            asyncio.create_task(self._committing.run(), name="journal"),
            asyncio.create_task(self._clock_loop(), name="timers"),
            *(asyncio.create_task(run, name=name) for name, run in self.gateways.runs()),
            asyncio.create_task(self._committing.run_checkpoints(), name="checkpoints"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._on_task_end)
        self._committing.emergency_noted = bool(noted.records or noted.torn)
        if self._committing.emergency_noted:
            self.notice(
                AlertLevel.ALARM,
                "EMERGENCY_LOG",
                f"{len(noted.records)} cancels and liquidations went out while the journal was down; "
                "the broker's books decide what became of them",
            )
        self._publish()

    def _on_task_end(self, task: asyncio.Task[None]) -> None:
        """A task of the shell ends only when the desk stops. Any other end is a defect: trading stops and says so."""
        error = None if task.cancelled() else task.exception()
        if self._stopping or task.cancelled():
            return
        log.critical("the %s task ended: %r", task.get_name(), error)
        self._gate.slam(f"the engine's {task.get_name()} task ended")
        self.notice(AlertLevel.ALARM, "ENGINE_ERROR", f"the engine's {task.get_name()} task ended: {error!r}; restart")

    # -- inputs -------------------------------------------------------------------------------------------------

    def post(self, item: object) -> None:
        """Give the desk an input from any thread."""
        self._inbox.append(item)
        loop = self._loop
        if loop is not None and not self._scheduled:
            with contextlib.suppress(RuntimeError):
                # A loop that has just closed takes nothing more: the desk is stopped.
                loop.call_soon_threadsafe(self._drain)

    def _groups_at(self, account: str) -> list[BrokerGroup]:
        return living(self.desk, account)

    def _post_here(self, item: object) -> None:
        """The same from the engine's own thread."""
        self._inbox.append(item)
        if not self._scheduled and self._loop is not None:
            self._scheduled = True
            self._loop.call_soon(self._drain)

    def ask(self, answer: Callable[[Desk, Now], object]) -> Future[Any]:
        """Work something out in the engine's thread."""
        future: Future[Any] = Future()
        self.post(Question(answer, future))
        return future

    def digest(self) -> Future[tuple[int, str]]:
        """(number of the newest fact, digest of the state right after it): a fold up to there must give the same."""
        return self.ask(lambda desk, now: (self._pump.decided, desk.state.digest()))

    def send(self, command: Any) -> Future[Any]:
        """Post a command; the future gets its answer when it is durable."""
        future: Future[Any] = Future()
        self.post((command, future))
        return future

    def on_market(self, event: MarketEvent) -> None:
        """One event of the feed, in the engine's thread."""
        self._quotes.on_event(event)
        if self._feed_to_broker is not None:
            self._feed_to_broker(event)
        if self.desk.is_watching and self.desk.watches(event.symbol):
            self._see(event)
        due = self.desk.timers.next_due("market")
        if due is not None and due <= self._market_clock.now_ns():
            # A fast replay passes many timers between two looks at the clock: each fires at its own event.
            self._advance(self._now())

    def _see(self, event: MarketEvent) -> None:
        """Let the core hold what waits for this symbol's market against it."""
        if isinstance(event, Bar):
            return  # a feed of bars makes quotes of them
        try:
            self._pump.offer(event, self._now())
        except Exception:  # a defect: the desk has halted itself and said so; nothing may stop the loop
            log.exception("defect in the core")
        if self.desk.facts:
            self._committing.decided()

    def _advance(self, now: Now) -> None:
        try:
            self._pump.advance(now)
        except Exception:  # a defect: the desk has halted itself and said so; nothing may stop the loop
            log.exception("defect in the core")
        self._committing.decided()

    async def drained(self) -> None:
        """Wait until everything that was decided is durable and released: a replay goes as fast as the desk."""
        await self._committing.drained()

    def notice(self, level: AlertLevel, code: str, text: str) -> None:
        """Raise an alert of the shell's own (feed, configuration), in the engine's thread."""
        self.desk.now = self._now()
        self.desk.alert(level, code, text)
        self._committing.wake()

    def _now(self) -> Now:
        wall = self._wall_clock.wall_ns()
        if wall <= self._last_wall:
            wall = self._last_wall + 1
        self._last_wall = wall
        return Now(wall, self._market_clock.now_ns())

    def _drain(self) -> None:
        self._scheduled = False
        inbox = self._inbox
        budget = 256
        while inbox and budget:
            budget -= 1
            item = inbox.popleft()
            try:
                self._take_in(item)
            except Exception as error:  # a defect: the desk has halted itself and said so; nothing may stop the loop
                log.exception("defect in the core")
                self._fail_waiting(item, error)
        if inbox:
            self._scheduled = True
            if self._loop is not None:
                self._loop.call_soon(self._drain)
        self._committing.decided()
        if self.desk.urgent != self._seen_urgent:
            self._publish()

    def _take_in(self, item: object) -> None:
        if isinstance(item, Question):
            if item.future.set_running_or_notify_cancel():
                try:
                    item.future.set_result(item.answer(self.desk, self._now()))
                except Exception as error:  # the asker gets the defect; a preview changes nothing
                    item.future.set_exception(error)
            return
        if isinstance(item, tuple):
            command, future = item
            if self._stopping:
                future.set_result(CommandResult(False, "the desk is stopping"))
                return
            item = msgspec.structs.replace(command, cmd_id=self._performer.expect(future))
        if isinstance(item, i.Kill):
            self._gate.slam(item.reason, item.scope, item.by)
        self._pump.offer(item, self._now())

    def _fail_waiting(self, item: object, error: Exception) -> None:
        if isinstance(item, tuple):
            self._performer.answer_newest(CommandResult(False, f"engine error: {type(error).__name__}: {error}"))

    # -- time ---------------------------------------------------------------------------------------------------

    async def _clock_loop(self) -> None:
        """Fire due timers, watch the latch, publish at the frame rate."""
        loop = asyncio.get_running_loop()
        next_latch = 0.0
        while True:
            now = self._now()
            timers = self.desk.timers
            wall_due, market_due = timers.next_due("wall"), timers.next_due("market")
            if (wall_due is not None and wall_due <= now.wall_ns) or (
                market_due is not None and market_due <= now.market_ns
            ):
                self._advance(now)
            moment = loop.time()
            if moment >= next_latch:
                next_latch = moment + LATCH_EVERY_S
                self._latches.read(self.desk.state, self._started_wall)
            if moment >= self._publish_due or self.desk.urgent != self._seen_urgent:
                self._publish()
            sleep = LONGEST_SLEEP_S
            if wall_due is not None:
                sleep = min(sleep, max((wall_due - now.wall_ns) / 1e9, 0.001))
            await asyncio.sleep(sleep)

    # -- views --------------------------------------------------------------------------------------------------

    def view(self) -> DeskView:
        """The newest view; any thread."""
        view = self._view
        if view is None:
            raise RuntimeError("the desk has not started")
        return view

    def watch(self, symbol: str) -> None:
        instruments = self.desk.state.instruments
        if symbol in self._watched:
            return
        if symbol not in instruments:
            if listed_option(symbol, instruments) is None:
                return
            self._post_here(i.AddInstrument(symbol, f"{ITSELF}watch"))
        self._watched.append(symbol)

    def _list_instrument(self, instrument: Instrument) -> None:
        self._quotes.add_instruments((instrument,))
        self.on_listed(instrument.symbol)

    def _publish(self) -> None:
        try:
            self._view = self._build_view()
        except Exception:  # a view that can't be built must not stop what it shows; the old one stays, its age shows
            log.exception("the view could not be built")

    def _build_view(self) -> DeskView:
        now = self._now()
        if self.desk.state.day != self._day:
            self._day = self.desk.state.day
            self._quotes.roll_day()
        self._seen_urgent = self.desk.urgent
        if self._loop is not None:
            self._publish_due = self._loop.time() + self._settings.frame_s
        last = self._quotes.last_event_ns
        age = max(now.market_ns - last, 0) if last else None
        return self._publisher.build(
            now,
            watched=self._watched,
            brokers=self.gateways.rows(),
            data_age_ns=age,
            data_ok=not self._quotes.feed_is_silent(now.market_ns),
            journal_seq=self._journal.head.seq,
            uptime_s=(now.wall_ns - self._started_wall) // 1_000_000_000,
            account=self._settings.account,
        )

    def diagnostics(self, asked_s: float) -> Diagnostics:
        """How every connection is doing. `asked_s`: when (monotonic) that was asked."""
        now = self._now()
        feeds = feeds_of(self._quotes, self.desk, self._settings.market_label, now.market_ns)
        return diagnose(
            self.desk, now, self.gateways, feeds, self._pump, self._journal, inbox=len(self._inbox), asked_s=asked_s
        )

    @property
    def is_ready(self) -> bool:
        """Every account was compared with its broker, and the feed has spoken."""
        accounts = [self.desk.state.accounts.get(name) for name in accounts_of(self.desk.state)]
        return all(a is not None and a.reconciled for a in accounts) and bool(self._quotes.last_event_ns)

    @property
    def head(self) -> Head:
        """The last fact known to be durable."""
        return self._journal.head

    @property
    def settled(self) -> bool:
        """Whether the state is just what a fold up to `head` gives: nothing is decided and not durable."""
        return self._pump.idle and not self._pump.down

    # -- stop ---------------------------------------------------------------------------------------------------

    def _working(self) -> list[Order]:
        return [order for order in self.desk.state.open_orders.values() if order.leaves_qty]

    async def _cancel_everything(self, reason: str) -> None:
        """Algos first, so that none sends again what is cancelled of it; then every order. Returns when all is dead,
        or after a time."""
        for algo in self.desk.state.algos.values():
            if algo.is_live:
                self._post_here(i.ControlAlgo(algo.id, "cancel", user=f"{ITSELF}stop", reason=reason))
        if self._working():
            self._post_here(i.CancelOrders(i.CancelSelector(all=True), f"{ITSELF}stop"))
        for _ in range(CANCEL_ALL_LOOKS):
            if not self._inbox and not self._working():
                return
            await asyncio.sleep(0.02)

    async def stop(self, how: str, reason: str) -> CommandResult:
        """Graceful stop: optionally cancel algos and orders first, then close broker and journal."""
        if self._stopping:
            return CommandResult(False, "the desk is stopping already")
        self._stopping = True
        if how == "cancel":
            await self._cancel_everything(reason)
        for task in self._tasks:
            if task.get_name() == "timers":
                task.cancel()  # no slice of an algo is due any more
        left = self._working()
        await self.gateways.close()
        await asyncio.sleep(0)
        self._drain()
        self.desk.close(reason, self._now())
        for task in self._tasks:
            if task.get_name() != "journal":
                task.cancel()
        self._committing.wake()
        for _ in range(100):
            if self._pump.idle or self._pump.down:
                break
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._journal.close()
        self._emergency.close()
        words = f"{len(left)} orders left working" if left else "no order working"
        result = CommandResult(True, f"stopped: {words}", tuple(o.id for o in left))
        self._performer.answer_all("the desk has stopped")
        return result
