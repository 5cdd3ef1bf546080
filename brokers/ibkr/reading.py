"""What TWS pushes, as reports. An order's state comes from orderStatus, its quantities from execDetails; an error code
moves nothing that its table does not say (brokers.ibkr.codes).

* A fill waits for the report of its commission (a moment), and what follows on its order waits behind it.
* TWS repeats itself: what was told is not told again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from brokers.ibkr import words
from brokers.ibkr.codes import REFUSES_NEW, Meaning, meaning_of
from brokers.ibkr.contracts import PACKAGE, Names
from brokers.ibkr.memory import Memory, Placed, Version
from brokers.ibkr.messages import CommissionSeen, ErrorSeen, ExecutionSeen, OrderSeen, StatusSeen
from brokers.ibkr.track import ZERO, Live, fits, settle, version_of
from engine.model.enums import OrdStatus, Side
from engine.model.snapshot import Execution
from engine.protocol import (
    Accepted,
    Busted,
    Canceled,
    CancelRejected,
    Corrected,
    Expired,
    Filled,
    Gap,
    Pending,
    RefusedError,
    Reinstated,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    Suspended,
    ThrottledError,
)

log = logging.getLogger("tradedesk.brokers.ibkr")
#: An error and the status that belongs to it arrive so close together.
TOGETHER_S: Final = 0.3
#: Executions and commissions that are remembered.
KEPT: Final = 20_000


class Reading:
    """Of one session. `tell` takes reports; `later(seconds, do)` does something in a while."""

    def __init__(
        self,
        name: str,
        account: str,
        client_id: int,
        memory: Memory,
        names: Names,
        *,
        tell: Callable[[Report], None],
        later: Callable[[float, Callable[[], None]], object],
        now_ns: Callable[[], int],
        commission_wait_s: float,
    ) -> None:
        self._name, self._account, self.client_id = name, account, client_id
        self._memory, self._names = memory, names
        self._pass_on, self._later, self._now_ns = tell, later, now_ns
        self._wait_s = commission_wait_s
        self.lives: dict[int, Live] = {}
        """This client's orders, by order id."""
        self.fees: dict[str, CommissionSeen] = {}
        self._held_by: dict[str, Live] = {}
        """Which order's fill waits for the commission of an execution."""
        self._feeless: dict[str, ExecutionSeen] = {}
        """Executions that were told without a commission."""
        self._strays: dict[str, ExecutionSeen] = {}
        self._told: dict[str, int] = {}
        """Executions by their id without its last part, and which version of each was told."""

    def tell(self, report: Report) -> None:
        """What was found out by asking."""
        self._tell(report)

    def _tell(self, report: Report) -> None:
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

    # -- orders that are known ----------------------------------------------------------------------------------------

    def begin(self, placed: Placed) -> Live:
        """An order is about to be sent."""
        live = Live(placed, self.client_id)
        self.lives[placed.order_id] = live
        return live

    def live_of(self, cl_ord_id: str) -> Live | None:
        """The order that has this id as one of its versions, where this session knows it."""
        placed = self._memory.orders.get(self._memory.root_of(cl_ord_id))
        return None if placed is None else self.lives.get(placed.order_id)

    def learn(self, seen: OrderSeen) -> Live | None:
        """The order of a listing, taken up where it is ours and was placed in an earlier session."""
        self._memory.at_least(seen.order_id + 1)  # above all that were told, else TWS refuses the next (103)
        if seen.client_id != self.client_id or seen.order_id == 0:
            return None
        live = self.lives.get(seen.order_id)
        placed = self._memory.orders.get(seen.ref)
        if live is None and placed is not None and placed.order_id == seen.order_id:
            live = Live(placed, seen.client_id, seen.perm_id, seen, told=True, version=version_of(placed, seen))
            self.lives[seen.order_id] = live
        return live

    def adopt(self, seen: OrderSeen, symbol: str) -> Live:
        """An order of this client id that nothing is remembered of (or bound from TWS's own window): for its cancel."""
        version = Version(seen.ref, seen.qty, seen.limit, seen.aux)
        side = words.side_of(seen.action).value
        placed = Placed(seen.ref, seen.order_id, symbol, side, seen.kind, seen.tif, [version])
        live = Live(placed, seen.client_id, seen.perm_id, seen, told=True)
        self.lives[seen.order_id] = live
        return live

    def end(self, why: Exception) -> None:
        """The session is over: whoever waits for an answer does not get it."""
        for live in self.lives.values():
            for answer in (live.taken, live.canceling, live.changing):
                settle(answer, why)
            self._release(live, whole=False)
        for exec_id in list(self._strays):
            self._stray(exec_id)

    # -- messages -----------------------------------------------------------------------------------------------------

    def order(self, seen: OrderSeen) -> None:
        """openOrder."""
        live = self.learn(seen)
        if live is None or live.placed.root != seen.ref or self._is_another(live, seen.perm_id):
            return
        live.seen = seen
        live.perm_id = live.perm_id or seen.perm_id
        if seen.perm_id and seen.status in words.WORKS:
            self._memory.acknowledged(seen.ref, seen.perm_id)
        self._note_contract(live, seen)
        if live.change is not None and fits(live.change, seen) and seen.status not in words.ENDED:
            self._changed(live, seen)
        self._status(live, seen.status, None)

    def status(self, seen: StatusSeen) -> None:
        """orderStatus."""
        if seen.client_id != self.client_id:
            return
        live = self.lives.get(seen.order_id)
        if live is None or self._is_another(live, seen.perm_id):
            return
        live.perm_id = live.perm_id or seen.perm_id
        live.status = seen
        self._status(live, seen.status, seen)
        if seen.filled > live.executed + self._held(live) and not live.placed.legs:
            self._later(self._wait_s + TOGETHER_S, lambda: self._missed(live, seen.filled))

    def _is_another(self, live: Live, perm_id: int) -> bool:
        """Whether this is an order of its own under the number of one that is known: a change that IB took for a new
        order, beside the old one. The books show both."""
        if perm_id in (0, live.perm_id) or not live.perm_id:
            return False
        mark = f"also {perm_id}"
        if mark not in live.odd:
            live.odd.add(mark)
            text = f"order {live.ident}: IB has a second one under its number {live.order_id} ({perm_id})"
            self._tell(Gap(self._name, text, self._now_ns()))
        return True

    def execution(self, seen: ExecutionSeen) -> None:
        """execDetails of something that just happened."""
        if seen.account and seen.account != self._account:
            return
        if seen.contract.kind == PACKAGE:
            self._package_executed(seen)
            return
        base, version = words.split_exec_id(seen.exec_id)
        if self._told.get(base, 0) >= version:
            return
        self._told[base] = version
        _bound(self._told)
        live = self.lives.get(seen.order_id) if seen.client_id == self.client_id else None
        if live is None or live.placed.root != seen.ref:
            live = None
        if live is not None:
            live.perm_id = live.perm_id or seen.perm_id
            settle(live.taken)
            if not live.told and not live.over:
                self._acknowledge(live)
        if version > 1:
            if live is not None:
                live.executed += seen.qty - self._amended(live, base)
            self._say(live, self.correction(seen))
        elif seen.exec_id in self.fees:
            if live is not None:
                live.executed += seen.qty
            self._say(live, Filled(self.executed(seen)))
        elif live is None:
            self._strays[seen.exec_id] = seen
            self._later(self._wait_s, lambda: self._stray(seen.exec_id))
        else:
            live.held[seen.exec_id] = seen
            self._held_by[seen.exec_id] = live
            self._later(self._wait_s, lambda: self._waited(live, seen.exec_id))

    def _package_executed(self, seen: ExecutionSeen) -> None:
        """A package as a whole: its legs, which are what is held, come each under its own name."""
        live = self.lives.get(seen.order_id) if seen.client_id == self.client_id else None
        if live is not None and live.placed.root == seen.ref and not self.was_told(seen):
            self.note_told(seen)
            live.perm_id = live.perm_id or seen.perm_id
            settle(live.taken)
            if not live.told and not live.over:
                self._acknowledge(live)

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
        told = self._feeless.pop(seen.exec_id, None)
        if told is not None and seen.amount:
            # It is money: the execution is told once more, with it.
            before = self.key_of(told)
            self._memory.fee_came_late(told.exec_id)
            self._tell(Corrected(self._account, before, self.executed(told)))
            return
        self._stray(seen.exec_id)
        live = self._held_by.get(seen.exec_id)
        if live is not None:
            self._waited(live, seen.exec_id)

    def error(self, seen: ErrorSeen) -> bool:
        """An error that names an order of ours; False when it names none."""
        live = self.lives.get(seen.ident)
        if live is None:
            return False
        meaning, text = meaning_of(seen.code), f"{seen.text} ({seen.code})"
        if meaning is Meaning.CANCELED:
            settle(live.canceling)
            self._later(TOGETHER_S, lambda: self._end(live, Canceled(live.ident, self._now_ns(), text)))
        elif live.canceling is not None and not live.canceling.done() and meaning is Meaning.CANCEL_REFUSED:
            settle(live.canceling)
            self._say(live, CancelRejected(live.ident, text, self._now_ns()))
        elif live.change is not None and meaning in (Meaning.REFUSED, Meaning.CHANGE_REFUSED, Meaning.THROTTLED):
            self._change_refused(live, text)
        elif meaning is Meaning.THROTTLED:
            live.over = True
            settle(live.taken, ThrottledError(text))
        elif meaning is Meaning.REFUSED or seen.code in REFUSES_NEW:
            self._refused(live, text)
        elif meaning in (Meaning.INFO, Meaning.DATA):
            log.info("order %s: %s", live.ident, text)
        else:
            log.warning("order %s: %s", live.ident, text)
            if live.taken is None or live.taken.done():
                self._tell(Gap(self._name, f"order {live.ident}: {text}"[:200], self._now_ns()))
        return True

    # -- what follows from them ------------------------------------------------------------------------------------

    def _status(self, live: Live, word: str, seen: StatusSeen | None) -> None:
        if live.over:
            return
        if word in words.WAITS:
            settle(live.taken)
        elif word in words.WORKS:
            settle(live.taken)
            if not live.told:
                self._acknowledge(live)
            elif live.suspended:
                live.suspended = False
                self._say(live, Reinstated(live.ident, self._now_ns()))
        elif word == "PendingCancel":
            settle(live.taken)
            settle(live.canceling)
            self._say(live, Pending(live.ident, OrdStatus.PENDING_CANCEL, self._now_ns()))
        elif word in words.ENDED:
            if seen is not None:  # openOrder has no count: its orderStatus follows
                self._ended(live, seen)
        elif word == "Inactive":
            if live.refused:
                self._reject(live)
            elif not live.suspended:
                self._later(TOGETHER_S, lambda: self._inactive(live))
        elif word == "Filled":
            settle(live.taken)
            if not live.told:
                self._acknowledge(live)
        elif word and word not in words.INVENTED and word not in live.odd:
            settle(live.taken)
            live.odd.add(word)
            words_ = f"order {live.ident}: its status is {word[:40]!r}, which is not known"
            self._tell(Gap(self._name, words_, self._now_ns()))

    def _acknowledge(self, live: Live) -> None:
        """Once, when the broker's own number for the order is known."""
        if not live.perm_id:
            return
        live.told = True
        live.version = live.version or live.placed.root
        self._say(live, Accepted(live.placed.root, str(live.perm_id), self._now_ns()))

    def _changed(self, live: Live, seen: OrderSeen) -> None:
        change, before = live.change, live.ident
        if change is None:
            return
        live.change, live.version = None, change.cl_ord_id
        settle(live.changing)
        limit, stop = words.limit_of(seen), words.stop_of(seen)
        self._say(live, Replaced(change.cl_ord_id, before, str(live.perm_id), seen.qty, limit, stop, self._now_ns()))

    def _change_refused(self, live: Live, text: str) -> None:
        change = live.change
        if change is None:
            return
        live.change = None
        settle(live.changing)
        self._say(live, ReplaceRejected(change.cl_ord_id, live.ident, text, self._now_ns()))

    def _refused(self, live: Live, text: str) -> None:
        live.refused = text
        if live.taken is not None and not live.taken.done():
            # Nobody has acknowledged it, and nobody will.
            live.over = True
            settle(live.taken, RefusedError(text))
        elif not live.told:
            self._reject(live)
        else:
            # Acknowledged before: its status says whether it is over; where none comes, the books do.
            self._later(TOGETHER_S, lambda: self._still(live, text))

    def _still(self, live: Live, text: str) -> None:
        if not live.over:
            self._tell(Gap(self._name, f"order {live.ident}: {text}"[:200], self._now_ns()))

    def _reject(self, live: Live) -> None:
        if live.executed or self._held(live):
            self._end(live, Canceled(live.ident, self._now_ns(), live.refused))
            return
        if live.taken is not None and not live.taken.done():
            live.over = True
            settle(live.taken, RefusedError(live.refused))
            return
        self._end(live, Rejected(live.placed.root, live.refused, self._now_ns()))

    def _inactive(self, live: Live) -> None:
        """Not working, and no error said why: it may come back."""
        if live.over or live.suspended or live.status is None or live.status.status != "Inactive":
            return
        settle(live.taken)
        if not live.told:
            self._acknowledge(live)
        live.suspended = True
        self._say(live, Suspended(live.ident, self._now_ns(), live.status.why_held or "inactive at the broker"))

    def _ended(self, live: Live, seen: StatusSeen) -> None:
        if live.refused and not seen.filled:
            self._reject(live)
            return
        asked = live.canceling is not None
        settle(live.taken)
        settle(live.canceling)
        if live.change is not None:
            self._change_refused(live, "the order was cancelled")
        if not live.told:
            self._acknowledge(live)
        good_till = live.seen.good_till if live.seen is not None else ""
        if good_till and not asked and _has_passed(good_till, self._now_ns()):
            self._end(live, Expired(live.ident, self._now_ns(), seen.filled))
        else:
            reason = live.refused or ("" if asked else "ended by the broker")
            self._end(live, Canceled(live.ident, self._now_ns(), reason, seen.filled))

    def _end(self, live: Live, report: Report) -> None:
        if not live.over:
            live.over = True
            self._say(live, report)

    def _missed(self, live: Live, filled: Decimal) -> None:
        """The broker counted more than its executions told: some of them are lost."""
        mark = f"filled {filled}"
        if filled > live.executed + self._held(live) and mark not in live.odd:
            live.odd.add(mark)
            text = f"order {live.ident}: {words.plain(filled)} are filled, {words.plain(live.executed)} were told"
            self._tell(Gap(self._name, text, self._now_ns()))

    # -- fills -----------------------------------------------------------------------------------------------------

    def executed(self, seen: ExecutionSeen) -> Execution:
        """An execution, with its commission where that is known."""
        fee = self.fees.get(seen.exec_id)
        if fee is None:
            self._feeless[seen.exec_id] = seen
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

    def key_of(self, seen: ExecutionSeen) -> str:
        """One key on every channel; another one since its commission came late."""
        key = words.execution_key(seen.exec_id)
        return f"{key}+fee" if seen.exec_id in self._memory.late else key

    def _held(self, live: Live) -> Decimal:
        return sum((seen.qty for seen in live.held.values()), ZERO)

    def _waited(self, live: Live, exec_id: str) -> None:
        self._held_by.pop(exec_id, None)
        seen = live.held.pop(exec_id, None)
        if seen is None:
            return
        if exec_id not in self.fees:
            log.warning("no commission has come for execution %s; it is told without", exec_id)
        live.executed += seen.qty
        self._tell(Filled(self.executed(seen)))
        self._release(live)

    def _stray(self, exec_id: str) -> None:
        """A fill of no order that this session knows has its commission, or waited long enough."""
        seen = self._strays.pop(exec_id, None)
        if seen is not None:
            self._tell(Filled(self.executed(seen)))

    def _say(self, live: Live | None, report: Report) -> None:
        """In the order of the wire: behind a fill that waits."""
        if live is not None and live.held:
            live.behind.append(report)
        else:
            self._tell(report)

    def _release(self, live: Live, *, whole: bool = True) -> None:
        """Tell what waited behind a fill, and (`whole` is False) the fills themselves."""
        if not whole:
            for exec_id in list(live.held):
                self._waited(live, exec_id)
        if not live.held:
            waiting, live.behind = live.behind, []
            for report in waiting:
                self._tell(report)

    def _note_contract(self, live: Live, seen: OrderSeen) -> None:
        if not live.placed.legs:
            self._names.note(seen.contract, live.placed.symbol)


def _has_passed(good_till: str, now_ns: int) -> bool:
    """Whether an order's end (as it was sent, or as TWS writes it) is over; False where it can't be read."""
    digits = "".join(c for c in good_till if c.isdigit())
    return len(digits) >= 14 and digits[:14] <= words.good_till(now_ns)[:17].replace(" ", "").replace(":", "")


def _version_before(exec_id: str) -> str:
    """The id of an execution as it was before this correction."""
    base, version = words.split_exec_id(exec_id)
    width = len(exec_id) - len(base) - 1
    return f"{base}.{version - 1:0{width}}"


def _bound(known: dict[str, Any]) -> None:
    if len(known) > KEPT:
        for old in list(known)[: KEPT // 2]:
            del known[old]
