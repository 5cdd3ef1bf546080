"""One life of the desk, from the fold to the crash: what engine.runtime.shell does, with doubles of disk and clock.

Everything that a real process would lose in a crash lives here; what survives one lives in the world (`history`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.desk import Desk
from engine.effects import (
    CancelAll,
    CancelOrder,
    CloseGate,
    Effect,
    OpenGate,
    QueryOrder,
    QuerySnapshot,
    RenewSession,
    ReplaceOrder,
    Reply,
    SubmitGroup,
    SubmitOrder,
)
from engine.evolve import EVOLVERS
from engine.ids import is_emergency_id
from engine.inputs import Now
from engine.journal.chain import Chain
from engine.journal.double import JournalDouble
from engine.journal.errors import JournalWriteError
from engine.journal.latch import Latch, was_reset
from engine.model.enums import TradingState
from engine.model.market import Quote
from engine.model.scope import DESK, covers
from engine.orders.lost import Noted
from engine.orders.native import living
from engine.resilience.settings import Resilience
from engine.risk.approval import Approved
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from engine.runtime.pump import Batch, Pump
from engine.state import DeskState
from engine.views import CommandResult
from tests.simulation.loop import SECOND_NS
from tests.simulation.wire import FaultyAdapter

if TYPE_CHECKING:
    from tests.simulation.history import World

COMMIT_BOUND_NS = 2 * SECOND_NS
RETRY_JOURNAL_NS = SECOND_NS
#: As in a real desk, but in the haste of a history.
RESILIENCE = Resilience(
    retry_first_s=0.3,
    breaker_open_s=3.0,
    health_every_s=2.0,
    health_slow_s=0.5,
    queue_timeout_s=2.0,
    auth_retry_s=3.0,
)


class LatchInMemory:
    """The kill latch as a file that survives a crash."""

    def __init__(self) -> None:
        self.latch: Latch | None = None

        self.narrow: dict[str, Latch] = {}

    def exists(self) -> bool:
        return self.latch is not None

    def closes(self, approved: Approved[Any]) -> str:
        order = approved.order
        shut = any(covers(s, order.account, (order.symbol, *approved.legs), approved.strategy) for s in self.narrow)
        return "latched" if self.exists() or shut else ""


def fold(journal: JournalDouble) -> DeskState:
    """The state as the journal has it (engine.runtime.recovery.fold for the double)."""
    state = DeskState()
    for batch in journal.read():
        for stamped in batch:
            EVOLVERS[type(stamped.fact)](state, stamped.fact, stamped.recorded_ns, stamped.market_ns)
            state.last_recorded_ns = stamped.recorded_ns
            state.last_market_ns = stamped.market_ns
    return state


class WatchedDesk(Desk):
    """The desk, with every fact shown to the world before it changes the state."""

    watch: Callable[[Desk, f.Fact], None] | None = None

    def emit(self, fact: f.Fact) -> None:
        if self.watch is not None:
            self.watch(self, fact)
        super().emit(fact)


class Process:
    """One running desk. Crash points lie before and after each commit, between effects and after each hand-over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.loop = world.loop
        self.dead = False
        self.ready = False
        """The first commit is through; commands are taken."""
        self.inbox: deque[object] = deque()
        self.waiting: dict[int, object] = {}
        self.answers: dict[int, object] = {}
        self._next_cmd = 1
        self._scheduled = False
        self._committing = False
        self._clock_armed_ns = -1
        state = fold(world.journal)
        self._last_wall = state.last_recorded_ns
        self._started_wall = 0
        self.desk = WatchedDesk(state, world.quotes, world.surroundings)
        self.desk.watch = world.on_fact
        self.pump = Pump(self.desk, Chain(world.codec, world.journal.head))
        self.gate = Gate()
        self.adapter = FaultyAdapter(world.wire)
        self.gateway = Gateway(
            self.adapter,
            self.gate,
            world.latch,
            self._post,
            world.wall_ns,
            timeout_s=1.0,  # type: ignore[arg-type]
            resilience=RESILIENCE,
            rng=Random(f"waits of {world.seed} after {world.crashes}"),
            groups=lambda: living(self.desk, "SIM-1"),
        )
        self._run: asyncio.Task[None] | None = None

    # -- start and end ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        world, state = self.world, self.desk.state
        self._started_wall = world.wall_ns()
        opened = f.DeskOpened(
            state.desk_id or "SIMDESK", "paper", "SIM-1", "sim", "USD", world.pnl_method, "hash", "", "0"
        )
        self.gate.adopt(state.gate_epoch, "starting", answers_slam=False)
        self.desk.noted = tuple(Noted("SIM-1", ident) for ident in world.emergency)
        self.desk.start(
            opened,
            f.InstrumentsLoaded(tuple(world.broker.instruments.values())),
            f.LimitsLoaded("hash", world.limits.as_texts()),
            self.now(),
        )
        self._commit()

    def _started(self) -> None:
        self.ready = True
        latch = self.world.latch.latch
        if latch is not None and self.desk.state.kill is None and was_reset(latch, self.desk.state.kill_epoch):
            self.world.latch.latch = None
        if self.desk.state.desk_state[0] < TradingState.HALTED:
            self.gate.open(self.desk.state.gate_epoch)
        for scope, narrow in list(self.world.latch.narrow.items()):
            if scope not in self.desk.state.kills and was_reset(narrow, self.desk.state.kill_epoch):
                del self.world.latch.narrow[scope]
        self.read_latch()
        self._run = self.loop.create_task(self.gateway.run())
        self._arm_clock()

    def die(self) -> None:
        """The process is gone: nothing of it acts any more."""
        self.dead = True
        self.gateway.stop()
        for task in (*self.gateway._tasks, *([self._run] if self._run is not None else [])):
            task.cancel()

    # -- inputs -----------------------------------------------------------------------------------------------------

    def now(self) -> Now:
        wall = self.world.wall_ns()
        if wall <= self._last_wall:
            wall = self._last_wall + 1
        self._last_wall = wall
        return Now(wall, self.world.market_ns())

    def send(self, command: Any) -> int:
        """Give a command; its number."""
        number = self._next_cmd
        self._next_cmd += 1
        self.waiting[number] = command
        self._post(msgspec.structs.replace(command, cmd_id=number))
        return number

    def _post(self, item: object) -> None:
        if self.dead:
            return
        self.inbox.append(item)
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._drain)

    def see(self, quote: Quote) -> None:
        """A quote, for what is held in the desk (engine.runtime.shell.on_market)."""
        if self.ready and not self.dead and self.desk.watches(quote.symbol):
            self.pump.offer(quote, self.now())
            self._after_deciding()

    def _drain(self) -> None:
        self._scheduled = False
        while self.inbox and not self.dead:
            item = self.inbox.popleft()
            if isinstance(item, i.Kill):
                self.gate.slam(item.reason)
            self.pump.offer(item, self.now())
        self._after_deciding()

    def _after_deciding(self) -> None:
        if not self.dead:
            self._release_while_down()
            self._commit()
            self._arm_clock()

    # -- time -------------------------------------------------------------------------------------------------------

    def _arm_clock(self) -> None:
        if not self.ready or self.dead:
            return
        timers = self.desk.timers
        wall, market = timers.next_due("wall"), timers.next_due("market")
        due = [] if wall is None else [wall]
        if market is not None:
            due.append(self.world.wall_at_market(market))
        if due and min(due) != self._clock_armed_ns:
            self._clock_armed_ns = min(due)
            self.loop.at_ns(self.world.loop_at_wall(self._clock_armed_ns), self._tick, self._clock_armed_ns)

    def _tick(self, armed_ns: int) -> None:
        if self.dead or armed_ns != self._clock_armed_ns:
            return
        self._clock_armed_ns = -1
        self.pump.advance(self.now())
        self._after_deciding()

    def read_latch(self) -> None:
        """A kill that this desk does not know of (engine.runtime.latch_watch)."""
        found, state = dict(self.world.latch.narrow), self.desk.state
        if self.world.latch.latch is not None:
            found[DESK] = self.world.latch.latch
        for scope, latch in found.items():
            if state.kill_of(scope) is not None or was_reset(latch, state.kill_epoch):
                continue
            self.gate.slam(latch.reason, scope)
            flatten: Any = latch.flatten if latch.flatten in ("no", "grace", "now") else "no"
            if latch.at_ns < self._started_wall:
                flatten = "no"  # of an earlier life: what it wanted flat may be another book by now
            self._post(i.Kill(latch.by or "latch", latch.reason, flatten, scope=scope))

    # -- the journal ------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        while not (self._committing or self.dead):
            batch = self.pump.take()
            if batch is None:
                return
            if batch.rows:
                self._committing = True
                took = self.world.commit_takes()
                self.loop.in_ns(took, self._commit_done, batch)
                if took > COMMIT_BOUND_NS:
                    self.loop.in_ns(COMMIT_BOUND_NS, self._commit_bound, batch)
                return
            self._release(self.pump.committed(batch, self.now()))

    def _commit_bound(self, batch: Batch) -> None:
        if not self.dead:
            self.world.trace("commit stalled", len(batch.rows))
            self._release_urgent(self.pump.stalled(batch, "no commit within 2 s", self.now()))

    def _commit_done(self, batch: Batch) -> None:
        if self.dead or self.world.crash_point("before commit"):
            return
        try:
            self.world.journal.append(batch.rows)
            self.world.journal.sync()
        except JournalWriteError as error:
            self.world.trace("commit failed", len(batch.rows))
            if not self.ready:
                self.world.crash("the journal can't record the start")
                return
            self._release_urgent(self.pump.failed(batch, str(error), self.now()))
            self.loop.in_ns(RETRY_JOURNAL_NS, self._commit_again)
        else:
            self.world.on_durable(batch.rows)
            if self.world.crash_point("after commit"):
                return
            self._committing = False
            self._release(self.pump.committed(batch, self.now()))
            self._commit()
        if not self.ready and not self.dead:
            self._started()
        self._arm_clock()

    def _commit_again(self) -> None:
        self._committing = False
        self._commit()

    # -- effects ----------------------------------------------------------------------------------------------------

    def _release_while_down(self) -> None:
        """What the journal's failure must not hold back."""
        if self.pump.down:
            self._release_urgent(self.pump.urgent(self.now()))

    def _release_urgent(self, effects: list[Effect]) -> None:
        sent: list[Effect] = []
        for effect in effects:
            ident = effect.approved.order.cl_ord_id if isinstance(effect, SubmitOrder) else ""
            if not ident or self.world.emergency_log_takes(ident) or is_emergency_id("SIMDESK", ident):
                sent.append(effect)
            else:
                self._post(i.Withheld(ident, "not noted"))
        self._release(sent)
        for number in list(self.waiting):
            self._answer(number, CommandResult(False, "JOURNAL_DOWN"))

    def _release(self, effects: list[Effect]) -> None:
        for effect in effects:
            if self.dead or self.world.crash_point("effect"):
                return
            self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        if self.world.tracing:
            self.world.trace("effect", effect)
        gateway = self.gateway
        if isinstance(effect, SubmitOrder | ReplaceOrder | SubmitGroup):
            gateway.submit(effect)
        elif isinstance(effect, CancelOrder):
            gateway.cancel(effect)
        elif isinstance(effect, CancelAll):
            gateway.cancel_all(effect)
        elif isinstance(effect, Reply):
            self._answer(effect.cmd_id, effect.result)
        elif isinstance(effect, QueryOrder):
            gateway.query(effect)
        elif isinstance(effect, QuerySnapshot):
            self.world.snapshots += 1
            gateway.snapshot(effect)
        elif isinstance(effect, RenewSession):
            gateway.renew(effect)
        elif isinstance(effect, CloseGate):
            self._close_gate(effect)
        elif isinstance(effect, OpenGate) and effect.scope == DESK and self.gate.open(effect.epoch):
            self.world.latch.latch = None
        elif isinstance(effect, OpenGate) and effect.scope != DESK and self.gate.open_scope(effect.scope, effect.seq):
            self.world.latch.narrow.pop(effect.scope, None)

    def _close_gate(self, effect: CloseGate) -> None:
        kill, latch = self.desk.state.kill_of(effect.scope), self.world.latch
        if effect.scope == DESK:
            self.gate.adopt(effect.epoch, effect.reason, answers_slam=kill is not None)
        else:
            self.gate.adopt_scope(effect.scope, effect.seq, effect.reason, answers_slam=kill is not None)
        if kill is not None:
            written = Latch(kill.epoch, kill.at_ns, kill.by, kill.reason, "no")
            if effect.scope == DESK:
                latch.latch = written
            else:
                latch.narrow[effect.scope] = written

    def _answer(self, number: int, result: object) -> None:
        if self.waiting.pop(number, None) is not None:
            self.answers[number] = result

    @property
    def settled(self) -> bool:
        """Nothing decided and not durable, nothing asked and not answered."""
        return (
            self.ready
            and not self.inbox
            and self.pump.idle
            and not self.pump.down
            and not [t for t in self.gateway._tasks if not t.done()]
            and self.gateway.connected
        )
