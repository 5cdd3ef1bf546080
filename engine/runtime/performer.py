"""The performer: carries out what a durable batch decided, and answers whoever waits for a command."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Any

from engine.desk import Desk
from engine.effects import (
    CancelAll,
    CancelOrder,
    CloseGate,
    Effect,
    ListInstrument,
    OpenGate,
    QueryOrder,
    QuerySnapshot,
    RenewSession,
    ReplaceOrder,
    Reply,
    SubmitGroup,
    SubmitOrder,
    UseLimits,
)
from engine.ids import is_emergency_id
from engine.journal.emergency import EmergencyLog, EmergencyRecord
from engine.journal.errors import JournalError
from engine.journal.latch import KillLatch, Latch
from engine.model.instrument import Instrument
from engine.model.scope import DESK
from engine.risk.gate import Gate
from engine.risk.limits import Limits
from engine.runtime.bounded import DISK_BOUND_S, within
from engine.runtime.gateways import Carrier
from engine.views import CommandResult

log = logging.getLogger("tradedesk.engine")

NOT_NOTED = "neither the journal nor the emergency log can take its intent"
DOWN = "JOURNAL_DOWN: the journal can't commit; cancels and liquidation go out, all else is void"


class Performer:
    """Used from the engine's loop only. `complain(code, text)` raises an alarm in the desk; `withhold(cl_ord_id, why)`
    tells it that an order was not sent."""

    def __init__(
        self,
        desk: Desk,
        gateway: Carrier,
        gate: Gate,
        latch: KillLatch,
        emergency: EmergencyLog,
        complain: Callable[[str, str], None],
        withhold: Callable[[str, str], None],
        list_instrument: Callable[[Instrument], None] = lambda instrument: None,
        use_limits: Callable[[Limits], None] = lambda limits: None,
    ) -> None:
        self._desk = desk
        self._gateway = gateway
        self._gate = gate
        self._latch = latch
        self._emergency = emergency
        self._complain = complain
        self._withhold = withhold
        self._list_instrument = list_instrument
        self._use_limits = use_limits
        self._waiting: dict[int, Future[Any]] = {}
        self._newest = 0

    # -- answers ------------------------------------------------------------------------------------------------

    def expect(self, future: Future[Any]) -> int:
        """Number a command whose answer `future` waits for."""
        self._newest += 1
        self._waiting[self._newest] = future
        return self._newest

    def answer(self, number: int, result: object) -> None:
        """Give the answer to a numbered command; whoever asked may have gone away."""
        future = self._waiting.pop(number, None)
        if future is not None:
            with contextlib.suppress(InvalidStateError):
                future.set_result(result)

    def answer_newest(self, result: object) -> None:
        """Answer the command that was numbered last."""
        self.answer(self._newest, result)

    def answer_all(self, words: str) -> None:
        """Nobody who waits now will get another answer."""
        for number in list(self._waiting):
            self.answer(number, CommandResult(False, words))

    # -- effects ------------------------------------------------------------------------------------------------

    def release(self, effects: Sequence[Effect]) -> None:
        """Carry out the effects of a durable batch, in order."""
        for effect in effects:
            self._perform(effect)

    def release_urgent(self, effects: Sequence[Effect]) -> None:
        """Journal down: cancels and reducing liquidation go out all the same, first noted in the emergency log. Where
        that fails as well, a liquidation goes out only under an id that the next start can work out: any other is
        withheld, and the core decides on it anew."""
        state = self._desk.state
        records = []
        for effect in effects:
            if isinstance(effect, CancelOrder | CancelAll):
                for each in effect.cancels if isinstance(effect, CancelAll) else (effect,):
                    c = each.cancel
                    records.append(EmergencyRecord(state.kill_epoch, c.account, c.symbol, 1, c.cl_ord_id, "cancel"))
            elif isinstance(effect, SubmitOrder):
                o = effect.approved.order
                going_on = state.liquidations.get((o.account, o.symbol))
                attempt = going_on.attempts if going_on is not None else 1
                records.append(
                    EmergencyRecord(state.kill_epoch, o.account, o.symbol, attempt, o.cl_ord_id, "liquidate")
                )
        noted = not records or within(DISK_BOUND_S, lambda: self._emergency.note(*records), "emergency log")
        for effect in effects:
            submit = effect.approved.order.cl_ord_id if isinstance(effect, SubmitOrder) else ""
            if noted or not submit or is_emergency_id(state.desk_id, submit):
                self._perform(effect)
            else:
                self._withhold(submit, NOT_NOTED)
        self.answer_all(DOWN)

    def _perform(self, effect: Effect) -> None:
        gateway = self._gateway
        if isinstance(effect, SubmitOrder | ReplaceOrder | SubmitGroup):
            gateway.submit(effect)
        elif isinstance(effect, CancelOrder):
            gateway.cancel(effect)
        elif isinstance(effect, CancelAll):
            gateway.cancel_all(effect)
        elif isinstance(effect, Reply):
            self.answer(effect.cmd_id, effect.result)
        elif isinstance(effect, QueryOrder):
            gateway.query(effect)
        elif isinstance(effect, QuerySnapshot):
            gateway.snapshot(effect)
        elif isinstance(effect, ListInstrument):
            self._list_instrument(effect.instrument)
        elif isinstance(effect, UseLimits):
            self._use_limits(effect.limits)
        elif isinstance(effect, RenewSession):
            gateway.renew(effect)
        elif isinstance(effect, CloseGate):
            self._close_gate(effect)
        elif self._open_gate(effect):
            # An OpenGate. Slammed meanwhile, the gate would stay shut, and so would the latch that the slam wrote.
            self.clear_latch(effect.scope)

    def _close_gate(self, effect: CloseGate) -> None:
        kill = self._desk.state.kill_of(effect.scope)
        if effect.scope == DESK:
            self._gate.adopt(effect.epoch, effect.reason, answers_slam=kill is not None)
        else:
            self._gate.adopt_scope(effect.scope, effect.seq, effect.reason, answers_slam=kill is not None)
        if kill is not None:
            latch = Latch(kill.epoch, kill.at_ns, kill.by, kill.reason, "no")
            within(DISK_BOUND_S, lambda: self._latch.of(effect.scope).write(latch), "kill latch")

    def _open_gate(self, effect: OpenGate) -> bool:
        if effect.scope == DESK:
            return self._gate.open(effect.epoch)
        return self._gate.open_scope(effect.scope, effect.seq)

    def clear_latch(self, scope: str = DESK) -> None:
        """Remove the kill latch: its kill was reset, durably."""
        try:
            self._latch.of(scope).clear()
        except JournalError as error:
            # While the latch is there nothing but reducing orders is handed over: safe, and it must be said.
            self._complain("LATCH", f"the kill latch can't be removed, orders stay withheld: {error}")
