"""The pump: inputs -> batch -> durable commit -> effects. Sans-I/O: the shell (or a simulation) gives it time and disk.

Order of work (DESIGN §2): decide, evolve in memory, one durable commit for all facts of the batch, only then release
the batch's effects. While a commit is in flight the core goes on deciding; what it decides makes the next batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.desk import Desk, FactAt
from engine.effects import (
    CancelAll,
    CancelOrder,
    CloseGate,
    Effect,
    OpenGate,
    QueryOrder,
    QuerySnapshot,
    ReplaceOrder,
    SubmitGroup,
    SubmitOrder,
)
from engine.facts import Stamped
from engine.inputs import Now
from engine.journal.chain import Chain, Row
from engine.model.enums import AlertLevel, TradingState
from engine.model.scope import DESK
from engine.risk import triggers


class Batch(msgspec.Struct):
    """Facts to make durable with one commit and the effects that wait for it."""

    rows: list[Row]
    effects: list[Effect]
    algos: tuple[int, ...] = ()
    """Algos that it launches: void with it when the disk refuses."""


class Pump:
    """Drives one desk. `offer`, `advance` and the outcomes of commits are called from one thread."""

    def __init__(self, desk: Desk, chain: Chain) -> None:
        self._desk = desk
        self._chain = chain
        self._in_flight = False
        self._unsaved: list[Row] = []
        """Rows of failed commits, to be given again in front of everything newer."""
        self._kept: list[FactAt] = []
        """Facts decided while the journal was down, whose effects are out or void."""
        self.down = False

    @property
    def idle(self) -> bool:
        """Nothing is decided and not committed."""
        return not (self._in_flight or self._unsaved or self._kept or self._desk.facts or self._desk.effects)

    @property
    def decided(self) -> int:
        """The number of the newest fact, durable or not: where the state of this moment stands in the journal."""
        return self._chain.head.seq + len(self._kept) + len(self._desk.facts)

    def offer(self, item: object, now: Now) -> None:
        """Let the core decide on one input. A defect in the core halts the desk instead of losing the input."""
        try:
            self._desk.handle(item, now)
        except Exception as error:  # whatever a defect raises, trading stops and says so
            self._engine_error(item, error)
            raise

    def advance(self, now: Now) -> None:
        """Let the core fire its due timers."""
        try:
            self._desk.advance(now)
        except Exception as error:
            self._engine_error(None, error)
            raise

    def _engine_error(self, item: object, error: Exception) -> None:
        desk = self._desk
        what = type(item).__name__ if item is not None else "timer"
        desk.alert(AlertLevel.ALARM, "ENGINE_ERROR", f"defect while handling {what}: {type(error).__name__}: {error}")
        try:
            triggers.trip(desk, "ENGINE_ERROR", DESK, type(error).__name__, "none", "engine error", say=False)
        finally:
            # Whatever the configured action came to: a defect that is not understood stops what increases risk.
            if desk.state.desk_state[0] < TradingState.REDUCING:
                desk.emit(f.TradingStateSet(DESK, TradingState.HALTED, "engine", "engine error"))
                desk.effect(CloseGate(desk.state.gate_epoch, "engine", "engine error"))

    def take(self) -> Batch | None:
        """Everything decided and not yet committed, or None while a commit is in flight or nothing is there."""
        if self._in_flight:
            return None
        facts, effects = self._desk.take()
        if self._kept:
            facts, self._kept = self._kept + facts, []
        if not facts and not effects and not self._unsaved:
            return None
        seq = self._chain.head.seq
        stamped = [Stamped(seq + n, wall, market, fact) for n, (wall, market, fact) in enumerate(facts, 1)]
        rows = self._chain.stamp(stamped)
        if self._unsaved:
            rows = self._unsaved + rows
            self._unsaved = []
        self._in_flight = True
        return Batch(rows, effects, _launched(facts))

    def committed(self, batch: Batch, now: Now) -> list[Effect]:
        """The batch is durable: its effects may go out, in order."""
        self._in_flight = False
        if self.down:
            self.down = False
            self._desk.handle(i.JournalRestored(), now)
        return batch.effects

    def failed(self, batch: Batch, reason: str, now: Now) -> list[Effect]:
        """The disk refused: decisions are void, observations stay in memory to be appended later. Returns what may go
        out all the same: cancels, queries, the gate, and reducing liquidation."""
        self._in_flight = False
        self._unsaved = batch.rows
        return self._go_down(batch, reason, now)

    def stalled(self, batch: Batch, reason: str, now: Now) -> list[Effect]:
        """The commit has not come back within its bound: as `failed`, but the batch is still on its way."""
        return self._go_down(batch, reason, now)

    def urgent(self, now: Now) -> list[Effect]:
        """While the journal is down: what was decided since and goes out all the same, at once (a kill must not wait
        for a disk that hangs). Nothing while it works."""
        return self._go_down(Batch([], []), "the journal is down", now) if self.down else []

    def _go_down(self, batch: Batch, reason: str, now: Now) -> list[Effect]:
        """Void what is not released, also what was decided while the commit was in flight."""
        desk = self._desk
        first = not self.down
        self.down = True
        effects, batch.effects = batch.effects, []
        algos, batch.algos = batch.algos, ()
        out: list[Effect] = []
        while True:
            facts, more = desk.take()
            self._kept += facts
            algos += _launched(facts)
            urgent, void, resumed = split_emergency(desk, [*effects, *more])
            out += urgent
            if not (void or resumed or algos or first):
                return out
            desk.handle(i.JournalFailed(reason, void, algos, resumed), now)
            effects, algos, first = [], (), False


def _launched(facts: Sequence[FactAt]) -> tuple[int, ...]:
    return tuple(fact.id for _, _, fact in facts if isinstance(fact, f.AlgoLaunched))


def split_emergency(desk: Desk, effects: Sequence[Effect]) -> tuple[list[Effect], tuple[str, ...], bool]:
    """(effects that go out without a commit, cl_ord_ids of decisions that are void, whether a resume is void). Replies
    are dropped: the shell answers those commands itself."""
    out: list[Effect] = []
    void: list[str] = []
    resumed = False
    for effect in effects:
        if isinstance(effect, SubmitOrder):
            order = desk.state.orders[effect.approved.order.cl_ord_id]
            if order.liquidation and effect.approved.reducing:
                out.append(effect)
            else:
                void.append(effect.approved.order.cl_ord_id)
        elif isinstance(effect, SubmitGroup):
            void += [approved.order.cl_ord_id for approved in effect.approved]
        elif isinstance(effect, ReplaceOrder):
            void.append(effect.approved.order.cl_ord_id)
        elif isinstance(effect, CancelOrder | CancelAll | QueryOrder | QuerySnapshot | CloseGate):
            out.append(effect)
        elif isinstance(effect, OpenGate):
            resumed = True
    return out, tuple(void), resumed
