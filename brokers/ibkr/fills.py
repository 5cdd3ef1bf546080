"""Executions as reports, each with its commission: a fill waits a moment for that, and what follows on its order waits
behind it. TWS repeats itself: what was told is not told again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from brokers.ibkr import words
from brokers.ibkr.contracts import Names
from brokers.ibkr.memory import Memory
from brokers.ibkr.messages import CommissionSeen, ExecutionSeen
from brokers.ibkr.track import ZERO, Live
from engine.model.enums import Side
from engine.model.snapshot import Execution
from engine.protocol import Accepted, Busted, Corrected, Filled, Report

log = logging.getLogger("tradedesk.brokers.ibkr")
#: Executions and commissions that are remembered.
KEPT: Final = 20_000
VERSIONS: Final = 20
"""How far back the commission of a correction is looked for."""


class Fills:
    """Of one session. `tell` takes reports; `later(seconds, do)` does something in a while;
    `wait_s`: for a commission."""

    def __init__(
        self,
        name: str,
        account: str,
        memory: Memory,
        names: Names,
        *,
        tell: Callable[[Report], None],
        later: Callable[[float, Callable[[], None]], object],
        now_ns: Callable[[], int],
        wait_s: float,
    ) -> None:
        self._name, self._account = name, account
        self._memory, self._names = memory, names
        self._pass_on, self._later, self._now_ns = tell, later, now_ns
        self._wait_s = wait_s
        self.fees: dict[str, CommissionSeen] = {}
        self._held_by: dict[str, Live] = {}
        """Which order's fill waits for the commission of an execution."""
        self._feeless: dict[str, tuple[ExecutionSeen, Decimal]] = {}
        """Executions that were told before their commission, and what was taken for it: of a correction that of the
        version before, else nothing."""
        self._strays: dict[str, ExecutionSeen] = {}
        self._told: dict[str, int] = {}
        """Executions by their id without its last part, and which version of each was told."""

    def tell(self, report: Report) -> None:
        """Tell it, and remember what was executed."""
        if isinstance(report, Filled):
            self._memory.executed(report.execution)
        elif isinstance(report, Corrected):
            self._memory.amended(report.exec_id)
            self._memory.executed(report.execution)
        elif isinstance(report, Busted):
            self._memory.amended(report.exec_id)
        elif isinstance(report, Accepted):
            self._memory.acknowledged(report.cl_ord_id, int(report.order_id))
        self._pass_on(report)

    # -- executions -----------------------------------------------------------------------------------------------

    def is_news(self, seen: ExecutionSeen) -> bool:
        """Whether this version of an execution was never told; from now on it counts as told."""
        base, version = words.split_exec_id(seen.exec_id)
        if self._told.get(base, 0) >= version:
            return False
        self._told[base] = version
        _bound(self._told)
        return True

    def take(self, seen: ExecutionSeen, live: Live | None) -> None:
        """One that just happened; `live`: the order that it is of, where this session knows it."""
        base, version = words.split_exec_id(seen.exec_id)
        if version > 1:
            if live is not None:
                live.executed += seen.qty - self._amended(live, base)
            self.say(live, self.correction(seen))
        elif seen.exec_id in self.fees:
            if live is not None:
                live.executed += seen.qty
            self.say(live, Filled(self.executed(seen)))
        elif live is None:
            self._strays[seen.exec_id] = seen
            self._later(self._wait_s, lambda: self._stray(seen.exec_id))
        else:
            live.held[seen.exec_id] = seen
            self._held_by[seen.exec_id] = live
            self._later(self._wait_s, lambda: self._waited(live, seen.exec_id))

    def _amended(self, live: Live, base: str) -> Decimal:
        """What is taken back by a correction: the fill that it names, where it still waits, is told first."""
        waiting = next((seen for ident, seen in live.held.items() if words.split_exec_id(ident)[0] == base), None)
        if waiting is None:
            return ZERO
        self._waited(live, waiting.exec_id)
        return waiting.qty

    def correction(self, seen: ExecutionSeen) -> Report:
        """A later version of an execution; one of nothing takes it back."""
        amended = msgspec.structs.replace(seen, exec_id=_version_before(seen.exec_id))
        before = self.key_of(amended)
        if not seen.qty:
            return Busted(self._account, before, self._now_ns(), seen.ref)
        return Corrected(self._account, before, self.executed(seen))

    def was_told(self, seen: ExecutionSeen) -> bool:
        """Whether this version of an execution was told on the stream."""
        base, version = words.split_exec_id(seen.exec_id)
        return self._told.get(base, 0) >= version

    def note_told(self, seen: ExecutionSeen) -> None:
        base, version = words.split_exec_id(seen.exec_id)
        self._told[base] = max(self._told.get(base, 0), version)

    def commission(self, seen: CommissionSeen) -> None:
        """commissionReport, after the execution or before it."""
        self.fees[seen.exec_id] = seen
        _bound(self.fees)
        told, assumed = self._feeless.pop(seen.exec_id, (None, ZERO))
        if told is not None and seen.amount != assumed:
            # It is money: the execution is told once more, with it.
            before = self.key_of(told)
            self._memory.fee_came_late(told.exec_id)
            self.tell(Corrected(self._account, before, self.executed(told)))
            return
        self._stray(seen.exec_id)
        live = self._held_by.get(seen.exec_id)
        if live is not None:
            self._waited(live, seen.exec_id)

    def executed(self, seen: ExecutionSeen) -> Execution:
        """An execution, with its commission where that is known."""
        fee = self.fees.get(seen.exec_id)
        if fee is None:
            fee = self._fee_before(seen)
            self._feeless[seen.exec_id] = (seen, ZERO if fee is None else fee.amount)
            _bound(self._feeless)
        placed = self._memory.orders.get(seen.ref) if seen.ref else None
        side = words.side_of(seen.side)
        if side is Side.SELL and placed is not None and placed.side == Side.SELL_SHORT.value:
            side = Side.SELL_SHORT
        return Execution(
            self.key_of(seen),
            seen.ref,
            str(seen.perm_id),
            self._account,
            # A package's legs fill one by one, each under its own name.
            self._names.symbol(seen.contract) if placed is None or placed.legs else placed.symbol,
            side,
            seen.qty,
            seen.price,
            seen.ts_ns,
            ZERO if fee is None else fee.amount,
            "USD" if fee is None else fee.currency,
            words.liquidity_of(seen.liquidity),
            self._name,
        )

    def _fee_before(self, seen: ExecutionSeen) -> CommissionSeen | None:
        """The commission of the newest version before this one, where one is known."""
        exec_id = seen.exec_id
        for _ in range(min(words.split_exec_id(exec_id)[1], VERSIONS) - 1):
            exec_id = _version_before(exec_id)
            if exec_id in self.fees:
                return self.fees[exec_id]
        return None

    def key_of(self, seen: ExecutionSeen) -> str:
        """One key on every channel; another one since its commission came late."""
        key = words.execution_key(seen.exec_id)
        return f"{key}+fee" if seen.exec_id in self._memory.late else key

    def waiting(self, live: Live) -> Decimal:
        return sum((seen.qty for seen in live.held.values()), ZERO)

    def _waited(self, live: Live, exec_id: str) -> None:
        self._held_by.pop(exec_id, None)
        seen = live.held.pop(exec_id, None)
        if seen is None:
            return
        if exec_id not in self.fees:
            log.warning("no commission has come for execution %s; it is told without", exec_id)
        live.executed += seen.qty
        self.tell(Filled(self.executed(seen)))
        self.release(live)

    def _stray(self, exec_id: str) -> None:
        """A fill of no order that this session knows has its commission, or waited long enough."""
        seen = self._strays.pop(exec_id, None)
        if seen is not None:
            self.tell(Filled(self.executed(seen)))

    def say(self, live: Live | None, report: Report) -> None:
        """In the order of the wire: behind a fill that waits."""
        if live is not None and live.quiet and not isinstance(report, Filled | Corrected | Busted):
            return
        if live is not None and live.held:
            live.behind.append(report)
        else:
            self.tell(report)

    def release(self, live: Live, *, whole: bool = True) -> None:
        """Tell what waited behind a fill, and (`whole` is False) the fills themselves."""
        if not whole:
            for exec_id in list(live.held):
                self._waited(live, exec_id)
        if not live.held:
            waiting, live.behind = live.behind, []
            for report in waiting:
                self.tell(report)

    def end(self) -> None:
        """The session is over: what waits is told as it is."""
        for exec_id in list(self._strays):
            self._stray(exec_id)


def _version_before(exec_id: str) -> str:
    """The id of an execution as it was before this correction."""
    base, version = words.split_exec_id(exec_id)
    width = len(exec_id) - len(base) - 1
    return f"{base}.{version - 1:0{width}}"


def _bound(known: dict[str, Any]) -> None:
    if len(known) > KEPT:
        for old in list(known)[: KEPT // 2]:
            del known[old]
