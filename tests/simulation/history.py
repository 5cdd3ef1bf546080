"""One history: a world made from a seed, so many steps of trading and trouble in it, then quiet, then the reckoning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

from engine import facts as f
from engine import inputs as i
from engine.desk import Desk
from engine.ids import is_emergency_id
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.double import JournalDouble
from engine.journal.latch import Latch
from engine.market.quotes import QuoteCache
from engine.model.enums import Side, TradingState
from engine.model.market import Quote
from engine.model.order import BrokerOrder, BrokerReplace
from engine.model.scope import DESK
from engine.orders.order import Order
from engine.resilience.settings import OrderTimeouts
from engine.state import DeskState
from engine.surroundings import Surroundings
from tests.simulation import invariants
from tests.simulation.bonds import Way
from tests.simulation.broker import Broker
from tests.simulation.disk import SqliteDisk
from tests.simulation.invariants import ViolationError
from tests.simulation.limits import limits_of, triggers_of
from tests.simulation.loop import SECOND_NS, VirtualLoop
from tests.simulation.market import INSTRUMENTS, Market
from tests.simulation.parents import Parents
from tests.simulation.process import LatchInMemory, Process
from tests.simulation.profile import Profile, profile_of
from tests.simulation.raising import raising_kinds
from tests.simulation.recheck import SecondOpinion, _strategy
from tests.simulation.rules import Rules
from tests.simulation.sessions import CLOSE_LEAD_NS, Sessions
from tests.simulation.trader import Trader
from tests.simulation.wire import MS, FaultyAdapter, Wire

WALL_0 = 1_700_000_000 * SECOND_NS
MARKET_0 = 1_600_000_000 * SECOND_NS
CASH = Decimal(200_000)
#: After so many steps the journal is folded and compared with the living state (as at every crash).
FOLD_EVERY = 20
#: A quarter each of the brokers that hold groups does it in one of the two ways.
WAYS: tuple[Way, ...] = ("", "", "parts", "whole")
DELAYS_MS = (1, 5, 20, 60, 200, 1000, 3000)
DELAY_WEIGHTS = (15, 20, 25, 20, 12, 6, 2)
#: The codec holds no state of a history.
CODEC = FactCodec()


class World:
    """Everything outside the desk's process: time, market, broker, disk, and who watches."""

    def __init__(
        self,
        seed: int,
        loop: VirtualLoop,
        trace: Callable[[str], None] | None,
        profile: Profile | None,
        folder: Path | None = None,
    ) -> None:
        """`folder`: where the journal is a real SQLite file; without one it is a double in memory."""
        self.seed = seed
        self.rng = rng = Random(seed)
        self.loop = loop
        self.tracing = trace is not None
        self._print = trace
        self.profile = profile if profile is not None else profile_of(rng)
        if profile is None:
            self.profile.groups = Random(f"groups {seed}").choice(WAYS)
        self.speed = rng.choice((1, 1, 1, 4))
        self.day_ns = rng.choice((10_000, 15, 40)) * SECOND_NS
        self.pnl_method = rng.choice(("average", "fifo"))
        self.codec = CODEC
        self.journal = (
            JournalDouble(self.codec) if folder is None else SqliteDisk(self.codec, folder / "journal.sqlite3")
        )
        self.latch = LatchInMemory()
        self.rules = Rules.drawn(seed, INSTRUMENTS)
        drawn = {**triggers_of(Random(f"triggers {seed}")), **self.rules.limits}
        self.limits = limits_of(rng).with_changes(drawn)
        self.quotes = QuoteCache(self.limits, INSTRUMENTS)
        self.seen: dict[str, Quote] = {}
        self.market = Market(rng, self.profile, seed)
        self.broker = Broker(rng, self.profile, INSTRUMENTS, CASH, self.market_ns)
        if rng.random() < 0.25:
            for instrument in rng.sample(INSTRUMENTS, 2):
                qty = rng.randrange(-6, 12) * instrument.lot * 5
                px = self.market.mid[instrument.symbol] if rng.random() < 0.7 else None
                self.broker.hold(instrument.symbol, Decimal(qty), px)
        self.wire = Wire(self.loop, rng, self.profile, self.broker, self.trace)
        self.wire.wall_ns = self.wall_ns
        self.wire.cancels_all = Random(f"cancel-all {seed}").random() < 0.4
        self.wire.on_submit = self.on_submit
        self.wire.on_replace = self.on_replace
        self.wire.on_known = self.on_known
        self.sessions = Sessions(seed, MARKET_0)
        self.surroundings = Surroundings(
            session_closed=lambda symbol, market_ns, extended: "",
            session_bounds=self.sessions.bounds,
            close_lead_ns=CLOSE_LEAD_NS,
            trading_day=self._trading_day,
            capabilities=lambda account: self._capabilities,
            restricted=self.rules.restricted,
            locates=self.rules.locates,
            flatten_grace_ns=SECOND_NS,
            reconcile_every_ns=8 * SECOND_NS,
            check_every_ns=2 * SECOND_NS,
            unacked_after_ns=SECOND_NS,
            order_timeouts=OrderTimeouts(
                manual_ns=rng.choice((0, 0, 4)) * SECOND_NS,
                gtc_ns=rng.choice((0, 0, 9)) * SECOND_NS,
                algo_ns=rng.choice((0, 1, 3, 20)) * SECOND_NS,
            ),
            new_session_after_ns=6 * SECOND_NS,
            resend_within_ns=60 * SECOND_NS if self.profile.resends else 0,
            group_refusal=lambda account, group: FaultyAdapter(self.wire).group_refusal(group),
            algo_kinds=raising_kinds(seed, lambda: self.profile.raises),
        )
        self.opinion = SecondOpinion(self.seen, self.rules)
        self.trader = Trader(self, rng)
        self.emergency: list[str] = []
        """What the emergency log took: it outlives a crash."""
        self._emergency_faults = Random(f"emergency log {seed}")
        self.durable: set[str] = set()
        """cl_ord_ids of orders and replaces whose intent is on the disk."""
        self.handed_over: dict[str, BrokerOrder | BrokerReplace] = {}
        self.resent: dict[str, int] = {}
        """How often it was decided, durably, to hand an order over again."""
        self.sessions_of: dict[str, list[int]] = {}
        """On which sessions an order or replace was handed over."""
        self.parents = Parents(self.broker)
        self.liquidations: set[str] = set()
        self.suspects: dict[str, str] = {}
        """Intents that would be wrong if they went alone; those of a group follow each other at once."""
        self.failures: list[str] = []
        """What went wrong at a hand-over: noted there, since an error raised there is the gateway's to swallow."""
        self.snapshots = 0
        self._snapshots_before = 0
        self._checked_ns = 0
        self.crashes = 0
        self.step_no = -1
        self._crash_at = ""
        self._crash_in = 0
        self._day = 0
        self.process: Process | None = None
        self.broker.nobody_there = lambda: self.process is None
        self.disturbed: set[str] = set()
        """Symbols in which the broker's books moved by other hands than ours (external fills, busts, corrections)."""
        self._capabilities = FaultyAdapter(self.wire).capabilities()
        self.others_trade = self.profile.external > 0 or self.profile.bust > 0 or self.profile.correct > 0
        self._start_process()

    # -- time -------------------------------------------------------------------------------------------------------

    def wall_ns(self) -> int:
        return WALL_0 + self.loop.now_ns

    def market_ns(self) -> int:
        return MARKET_0 + self.loop.now_ns * self.speed

    def loop_at_wall(self, wall_ns: int) -> int:
        return wall_ns - WALL_0

    def wall_at_market(self, market_ns: int) -> int:
        return WALL_0 - (MARKET_0 - market_ns) // self.speed

    def _trading_day(self, market_ns: int) -> tuple[str, int]:
        number = (market_ns - MARKET_0) // self.day_ns
        return f"day {number}", MARKET_0 + (number + 1) * self.day_ns

    # -- the process ------------------------------------------------------------------------------------------------

    @property
    def state(self) -> DeskState:
        assert self.process is not None
        return self.process.desk.state

    def _start_process(self) -> None:
        self.trace("process starts", f"{len(self.journal.rows)} facts")
        self.opinion.forget()
        self.process = Process(self)
        self.parents.begin(self.process.desk.state)
        self.process.start()

    def crash(self, why: str) -> None:
        process = self.process
        if process is None:
            return
        self.trace("CRASH", why)
        self.crashes += 1
        self._crash_at = ""
        process.die()
        self.process = None
        self.journal.crash()
        self.wire.drop(0, tell=False)
        self.loop.in_ns(int(self.rng.random() * SECOND_NS), self._start_process)

    def arm_crash(self) -> None:
        """Choose where the process dies: at the next of such points."""
        self._crash_at = self.rng.choice(("before commit", "after commit", "effect", "effect", "handed over", "now"))
        self._crash_in = self.rng.randrange(0, 4)
        if self._crash_at == "now":
            self.crash("now")

    def disarm_crash(self) -> None:
        """It dies no more by itself."""
        self._crash_at = ""

    def crash_point(self, where: str) -> bool:
        """True when the process has just died here."""
        if where != self._crash_at:
            return False
        if self._crash_in:
            self._crash_in -= 1
            return False
        self.crash(where)
        return True

    def commit_takes(self) -> int:
        if self.rng.random() < self.profile.stall:
            return int((0.3 + 3 * self.rng.random()) * SECOND_NS)
        return int((0.05 + 2 * self.rng.random()) * MS)

    # -- what is watched --------------------------------------------------------------------------------------------

    def trace(self, what: str, detail: object = "") -> None:
        if self._print is not None:
            self._print(f"{self.step_no:3} {self.loop.now_ns / SECOND_NS:11.6f}  {what}: {detail}")

    def on_fact(self, desk: Desk, fact: f.Fact) -> None:
        """Each fact, before it changes the state."""
        if self.tracing:
            self.trace("fact", fact)
        self.parents.on_fact(desk.state, fact)
        kind = type(fact)
        if kind is f.OrderIntended:
            wrong = self.opinion.on_order(desk.state, fact, desk.now.wall_ns, desk.now.market_ns)
            if fact.liquidation:
                self.liquidations.add(fact.cl_ord_id)
            if wrong:
                self.suspects[fact.cl_ord_id] = (
                    f"(e) order {fact.cl_ord_id} was approved against the limits: {wrong}: {fact}"
                )
            return
        if kind is f.GroupFormed and fact.at_broker:
            wrong = self.opinion.on_group(desk.state, fact, desk.now.wall_ns, desk.now.market_ns)
            if wrong:
                raise ViolationError(f"(e) group {fact.no} was approved against the limits: {wrong}: {fact}")
            self.suspects.clear()
        self.no_suspects()
        if kind is f.ReplaceIntended:
            wrong = self.opinion.on_replace(desk.state, fact, desk.now.wall_ns, desk.now.market_ns)
            if wrong:
                raise ViolationError(f"(e) replace {fact.cl_ord_id} was approved against the limits: {wrong}: {fact}")
        elif kind is f.DeadLetterClosed and fact.how == "replayed":
            request = desk.state.orders[fact.cl_ord_id].request
            if desk.state.trading_state(request.account, request.symbol)[0] is TradingState.HALTED:
                raise ViolationError(f"(d) dead letter {fact.no} was replayed while HALTED")
        elif kind is f.HeldReleased:
            wrong = self.opinion.on_release(desk.state, fact, desk.now.wall_ns, desk.now.market_ns)
            if wrong:
                raise ViolationError(f"(e) held order {fact.cl_ord_id} went out against the limits: {wrong}: {fact}")
        elif kind is f.OrderResent:
            wrong = self.opinion.on_resend(desk.state, fact, desk.now.wall_ns, desk.now.market_ns)
            if wrong:
                raise ViolationError(f"(e) order {fact.cl_ord_id} was sent again against the limits: {wrong}: {fact}")

    def no_suspects(self) -> None:
        """An intent that looked wrong was no part of a group either."""
        for wrong in self.suspects.values():
            raise ViolationError(wrong)

    def on_known(self, idents: set[str]) -> None:
        """A new session: the adapter must know every order of a group that lives at the broker, also after a crash; one
        that a bust has brought back to life may be forgotten."""
        for bond in self.broker.bonds:
            names = {held.ids[0] for held in bond.orders}
            lives = any(held.live for held in bond.orders) and not any(held.amended for held in bond.orders)
            if lives and not names <= idents:
                self.failures.append(f"the adapter was not told of a group at the broker: {names - idents}")

    def on_durable(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.kind in ("order_intended", "held_released", "replace_intended"):
                fact = self.codec.decode(row.kind, row.payload)
                assert isinstance(fact, f.OrderIntended | f.HeldReleased | f.ReplaceIntended)
                self.durable.add(fact.cl_ord_id)
            elif row.kind == "order_resent":
                again = self.codec.decode(row.kind, row.payload)
                assert isinstance(again, f.OrderResent)
                self.resent[again.cl_ord_id] = self.resent.get(again.cl_ord_id, 0) + 1

    def on_submit(self, order: BrokerOrder) -> None:
        self._handed_over(order)
        watched, symbol = self.broker.liquidations, order.symbol
        if order.cl_ord_id not in self.liquidations:
            # An order beside a liquidation may move the position while that one is under way.
            self.broker.liquidations = {ident: where for ident, where in watched.items() if where != symbol}
        elif not self.wire.on_its_way(symbol=symbol) and all(
            held.ids[0] in watched for held in self.broker.working[symbol]
        ):
            watched[order.cl_ord_id] = symbol

    def on_replace(self, replace: BrokerReplace) -> None:
        self._handed_over(replace)

    def _handed_over(self, order: BrokerOrder | BrokerReplace) -> None:
        ident = order.cl_ord_id
        if self.tracing:
            self.trace("handed over", order)
        process = self.process
        sessions = self.sessions_of.setdefault(ident, [])
        sessions.append(self.wire.session)
        # Again only where the broker enforces ids, by a durable decision each, and never twice on one session.
        if (
            (is_emergency_id("SIMDESK", ident) or ident in self.wire.throttled)
            and ident not in self.broker.by_id
            and not self.wire.on_its_way(ident=ident)
        ):
            # A liquidation that nothing could record, and a crash before it got anywhere; or a held stop that the
            # broker refused unread: the id was proven unused.
            del sessions[:-1]
        if len(sessions) > 1 + self.resent.get(ident, 0) or len(set(sessions)) < len(sessions):
            self.failures.append(f"(f) {ident} was handed over twice: {self.handed_over[ident]} and {order}")
        noted = ident in self.emergency or is_emergency_id("SIMDESK", ident)
        if ident not in self.durable and not (noted and ident in self.liquidations):
            self.failures.append(f"(a) {ident} was handed over before its intent was durable")
        if process is None or process.dead:
            self.failures.append(f"{ident} was handed over by a dead process")
        elif not process.gate.is_open and not self.opinion.reducing.get(ident, False):
            self.failures.append(f"(d) {ident} was handed over while the gate is closed ({process.gate.reason})")
        elif shut := self._shut(process, order):
            self.failures.append(f"(d) {ident} was handed over while {shut} is closed")
        self.handed_over[ident] = order
        if self._crash_at == "handed over":
            self.loop.call_soon(self.crash_point, "handed over")

    def _shut(self, process: Process, order: BrokerOrder | BrokerReplace) -> str:
        """The narrower scope whose gate is shut for this, which does not only reduce."""
        ident = order.cl_ord_id
        ours = process.desk.state.orders[ident]
        names = (f"account:{order.account}", f"instrument:{order.symbol}", f"strategy:{_strategy(ours.request)}")
        reducing = self.opinion.reducing.get(ident, False)
        for name in names:
            gate = process.gate._narrow.get(name)
            if gate is not None and (gate.slammed or (gate.closed and not reducing)):
                return name
        return ""

    def emergency_log_takes(self, ident: str) -> bool:
        """Whether the log takes a note of an order; the disk that the journal failed on may be its own as well."""
        if self._emergency_faults.random() < 0.5:
            return False
        self.emergency.append(ident)
        return True

    def truly_absent(self, order: Order) -> bool:
        """The broker neither has the order nor will get it."""
        return order.cl_ord_id not in self.broker.by_id and not self.wire.on_its_way(ident=order.cl_ord_id)

    # -- steps ------------------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Mostly the first comparison is through before trading begins; sometimes it is not."""
        for _ in range(self.rng.choice((0, 20, 20, 20))):
            self.run_for(300 * MS)
            if self.process is not None and self.process.desk.state.accounts:
                return

    def step(self, number: int) -> None:
        """One command (perhaps), one trouble (perhaps), some time."""
        self.step_no = number
        rng, p = self.rng, self.profile
        process = self.process
        if process is not None and process.ready and rng.random() < 0.8:
            for _ in range(rng.choice((1, 1, 1, 1, 2, 3))):
                command = self.trader.act()
                if command is not None:
                    self.trace("COMMAND", command)
                    self._give(process, command)
        if p.kind == "hostile":
            self._trouble()
        delay = rng.choices(DELAYS_MS, DELAY_WEIGHTS)[0] * MS
        self.run_for(delay)

    def _give(self, process: Process, command: i.Command) -> None:
        """A kill may come from another thread, which shuts the gate first; or from another process, by the latch."""
        if isinstance(command, i.Kill):
            way = self.rng.random()
            if way < 0.15:
                latch = Latch(0, self.wall_ns(), command.by, command.reason, command.flatten)
                if command.scope == DESK:
                    self.latch.latch = latch
                else:
                    self.latch.narrow[command.scope] = latch
                return
            if way < 0.5:
                process.gate.slam(command.reason, command.scope)
        process.send(command)

    def _trouble(self) -> None:
        rng, p = self.rng, self.profile
        if rng.random() < p.unsolicited:
            self.broker.cancel_unasked()
        if rng.random() < p.pauses:
            self.broker.pause()
        if rng.random() < p.restates:
            self.broker.decline_a_part()
        if rng.random() < p.bust:
            self._disturb(self.broker.bust())
        if rng.random() < p.correct:
            self._disturb(self.broker.correct())
        process = self.process
        adopted = process is not None and process.ready and bool(process.desk.state.accounts)
        if rng.random() < p.external and adopted:
            symbol = rng.choice(INSTRUMENTS)
            px = (self.market.mid[symbol.symbol] + rng.randrange(-5, 6) * symbol.tick) // symbol.tick * symbol.tick
            side = rng.choice((Side.BUY, Side.SELL))
            qty = rng.randrange(1, 6) * symbol.lot
            ident = f"EXT{self.broker._orders_made}" if p.external_ids else ""
            self.disturbed.add(symbol.symbol)
            self.trace("external order", f"{side} {qty} {symbol.symbol} at {px}")
            self.broker.trade_elsewhere(symbol.symbol, side, qty, px, ident)
        if rng.random() < p.disconnect and self.wire.up:
            self.wire.drop(int(rng.random() * 1.5 * SECOND_NS))
        if rng.random() < p.journal_down and not self.journal.fault:
            self.trace("disk full")
            self.journal.fault = "disk full"
            self.loop.in_ns(int(rng.random() * 6 * SECOND_NS), self._disk_again)
        if rng.random() < p.burst:
            self.trace("burst of 5xx")
            self.wire.broken_until_ns = self.loop.now_ns + int((0.5 + 4 * rng.random()) * SECOND_NS)
        if rng.random() < p.sluggish:
            self.wire.sluggish_until_ns = self.loop.now_ns + int((0.5 + 4 * rng.random()) * SECOND_NS)
        if rng.random() < p.skew:
            self.wire.clock_off_ns = rng.choice((0, 0, 700, -900, 2500, -5000)) * MS
            self.trace("clock off", self.wire.clock_off_ns)
        if rng.random() < p.silence:
            self.market.fall_silent(self.market_ns(), rng.randrange(1, 40) * SECOND_NS)
        if rng.random() < p.crash and self.process is not None:
            self.arm_crash()

    def _disturb(self, execution: object) -> None:
        if execution is not None:
            self.trace("amended", execution)
            self.disturbed.add(execution.symbol)  # type: ignore[attr-defined]

    def _disk_again(self) -> None:
        self.trace("disk works")
        self.journal.fault = ""

    def run_for(self, delay_ns: int, *, quotes: bool = True) -> None:
        """Let time pass, with quotes coming in at least every half second."""
        while delay_ns > 0:
            if quotes:
                self._quote(all_of_them=delay_ns > 400 * MS)
            part = min(delay_ns, 500 * MS)
            self.loop.run_until(self.loop.now_ns + part)
            delay_ns -= part
        number = (self.market_ns() - MARKET_0) // self.day_ns
        if number != self._day and quotes:
            self._day = number
            self.trace("the broker's day ends")
            self.broker.expire_day()

    def _quote(self, *, all_of_them: bool) -> None:
        ts = self.market_ns()
        for instrument in INSTRUMENTS if all_of_them else (self.rng.choice(INSTRUMENTS),):
            quote = self.market.quote(instrument, ts)
            if quote is not None:
                self.seen[quote.symbol] = quote
                self.quotes.on_quote(quote)
                trade = self.market.print_(quote)
                if trade is not None:
                    self.quotes.on_trade(trade)
                self.broker.on_quote(quote)
                if self.process is not None:
                    self.process.see(quote)

    def check(self) -> None:
        """What must hold after every step."""
        if self.failures:
            raise ViolationError(self.failures[0])
        if self.loop.errors:
            raise ViolationError(f"an error nobody took: {self.loop.errors[0]}")
        self.no_suspects()
        asked, self._snapshots_before = self.snapshots - self._snapshots_before, self.snapshots
        allowed = 20 + invariants.SNAPSHOTS_PER_S * (self.loop.now_ns - self._checked_ns) // SECOND_NS
        self._checked_ns = self.loop.now_ns
        invariants.demand(asked <= allowed, f"the desk asks in circles: {asked} snapshots in one step")
        process = self.process
        if process is not None and process.ready:
            process.read_latch()
            self.loop.run_until(self.loop.now_ns)
            if self.process is process:
                invariants.after_step(self)
                if self.step_no % FOLD_EVERY == FOLD_EVERY - 1:
                    invariants.folds_alike(self)
                    invariants.parents_count(self)

    def close(self) -> None:
        """End every task, so that none outlives its loop."""
        if self.process is not None:
            self.process.die()
        self.profile.crash = 0.0
        self.loop.run_until(self.loop.now_ns)
