"""What TWS pushes, as reports. An order's state comes from orderStatus, its quantities from execDetails; an error code
moves nothing that its table does not say (brokers.ibkr.codes). Fills are told by `fills`; what follows on their order
goes the same way, behind them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from brokers.ibkr import words
from brokers.ibkr.codes import NO_PARENT, REFUSES_NEW, Meaning, meaning_of
from brokers.ibkr.contracts import PACKAGE, Names
from brokers.ibkr.fills import Fills
from brokers.ibkr.memory import Memory, Placed, Version
from brokers.ibkr.messages import ErrorSeen, ExecutionSeen, OrderSeen, StatusSeen
from brokers.ibkr.track import Live, NoParentError, fits, settle, version_of
from engine.model.enums import OrdStatus
from engine.protocol import (
    Accepted,
    Canceled,
    CancelRejected,
    Expired,
    Gap,
    Pending,
    RefusedError,
    Reinstated,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    Restated,
    Suspended,
    ThrottledError,
)

log = logging.getLogger("tradedesk.brokers.ibkr")
#: An error and the status that belongs to it arrive so close together.
TOGETHER_S: Final = 0.3
#: The legs of an entry that is over end so soon.
LEGS_S: Final = 1.0
#: What ends a change: the order lives on as it was.
CHANGE_ENDS: Final = (Meaning.REFUSED, Meaning.CHANGE_REFUSED, Meaning.THROTTLED)


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
        self._later, self._now_ns = later, now_ns
        self._wait_s = commission_wait_s
        self.lives: dict[int, Live] = {}
        """This client's orders, by order id."""
        self.fills = Fills(
            name, account, memory, names, tell=tell, later=later, now_ns=now_ns, wait_s=commission_wait_s
        )

    # -- orders that are known ----------------------------------------------------------------------------------------

    def begin(self, placed: Placed) -> Live:
        """An order is about to be sent."""
        live = Live(placed, self.client_id, qty=placed.versions[-1].qty)
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
            version = version_of(placed, seen)
            live = Live(placed, seen.client_id, seen.perm_id, seen, told=True, version=version, qty=seen.qty)
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
            for answer in (live.taken, live.canceling, live.changing, live.done):
                settle(answer, why)
            self.fills.release(live, whole=False)
        self.fills.end()

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
        self._resized(live, seen)

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
        if seen.filled > live.executed + self.fills.waiting(live) and not live.placed.legs:
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
            self.fills.tell(Gap(self._name, text, self._now_ns()))
        return True

    def execution(self, seen: ExecutionSeen) -> None:
        """execDetails of something that just happened."""
        if seen.account and seen.account != self._account:
            return
        if seen.contract.kind == PACKAGE:
            self._package_executed(seen)
            return
        if not self.fills.is_news(seen):
            return
        live = self.lives.get(seen.order_id) if seen.client_id == self.client_id else None
        if live is None or live.placed.root != seen.ref:
            live = None
        if live is not None:
            self._has_executed(live, seen)
        self.fills.take(seen, live)

    def _package_executed(self, seen: ExecutionSeen) -> None:
        """A package as a whole: its legs, which are what is held, come each under its own name."""
        live = self.lives.get(seen.order_id) if seen.client_id == self.client_id else None
        if live is not None and live.placed.root == seen.ref and not self.fills.was_told(seen):
            self.fills.note_told(seen)
            self._has_executed(live, seen)

    def _has_executed(self, live: Live, seen: ExecutionSeen) -> None:
        """Whatever else is known of the order: IB has it."""
        live.perm_id = live.perm_id or seen.perm_id
        settle(live.taken)
        if not live.told and not live.over:
            self._acknowledge(live)

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
            self.fills.say(live, CancelRejected(live.ident, text, self._now_ns()))
        elif live.over and meaning is Meaning.CANCEL_REFUSED:
            log.info("order %s, which is over: %s", live.ident, text)
        elif live.changing is not None and not live.changing.done() and live.placed.parent and seen.code in NO_PARENT:
            settle(live.changing, NoParentError(text))
        elif live.change is not None and (seen.code in NO_PARENT or meaning in CHANGE_ENDS):
            self._change_refused(live, text)
        elif meaning is Meaning.THROTTLED:
            live.refused = text
            settle(live.taken, ThrottledError(text))
            self._over(live)
        elif meaning is Meaning.REFUSED or seen.code in REFUSES_NEW:
            self._refused(live, text)
        elif meaning in (Meaning.INFO, Meaning.DATA):
            log.info("order %s: %s", live.ident, text)
        else:
            log.warning("order %s: %s", live.ident, text)
            if live.taken is None or live.taken.done():
                self.fills.tell(Gap(self._name, f"order {live.ident}: {text}"[:200], self._now_ns()))
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
                self.fills.say(live, Reinstated(live.ident, self._now_ns()))
        elif word == "PendingCancel":
            settle(live.taken)
            settle(live.canceling)
            self.fills.say(live, Pending(live.ident, OrdStatus.PENDING_CANCEL, self._now_ns()))
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
            self.fills.tell(Gap(self._name, words_, self._now_ns()))

    def _resized(self, live: Live, seen: OrderSeen) -> None:
        """An order of a group that IB made smaller by what its partner executed, or to the part that its entry filled.
        (What is over says 0.)"""
        before, live.qty = live.qty, seen.qty or live.qty
        grouped = live.placed.parent or live.placed.oca
        if grouped and live.told and not live.over and seen.status in words.WORKS and before not in (None, live.qty):
            text = "resized by IB with its group"
            self.fills.say(live, Restated(live.ident, seen.qty, None, None, self._now_ns(), text=text))

    def _acknowledge(self, live: Live) -> None:
        """Once, when the broker's own number for the order is known."""
        if not live.perm_id:
            return
        live.told = True
        live.version = live.version or live.placed.root
        self.fills.say(live, Accepted(live.placed.root, str(live.perm_id), self._now_ns()))

    def _changed(self, live: Live, seen: OrderSeen) -> None:
        change, before = live.change, live.ident
        if change is None:
            return
        live.change, live.version, live.qty = None, change.cl_ord_id, seen.qty
        settle(live.changing)
        limit, stop = words.limit_of(seen), words.stop_of(seen)
        self.fills.say(
            live, Replaced(change.cl_ord_id, before, str(live.perm_id), seen.qty, limit, stop, self._now_ns())
        )

    def _change_refused(self, live: Live, text: str) -> None:
        change = live.change
        if change is None:
            return
        live.change = None
        settle(live.changing)
        self.fills.say(live, ReplaceRejected(change.cl_ord_id, live.ident, text, self._now_ns()))

    def _refused(self, live: Live, text: str) -> None:
        live.refused = text
        if live.taken is not None and not live.taken.done():
            # Nobody has acknowledged it, and nobody will.
            settle(live.taken, RefusedError(text))
            self._over(live)
        elif not live.told:
            self._reject(live)
        else:
            # Acknowledged before: its status says whether it is over; where none comes, the books do.
            self._later(TOGETHER_S, lambda: self._still(live, text))

    def _still(self, live: Live, text: str) -> None:
        if not live.over:
            self.fills.tell(Gap(self._name, f"order {live.ident}: {text}"[:200], self._now_ns()))

    def _reject(self, live: Live) -> None:
        if live.executed or self.fills.waiting(live):
            self._end(live, Canceled(live.ident, self._now_ns(), live.refused))
            return
        if live.taken is not None and not live.taken.done():
            settle(live.taken, RefusedError(live.refused))
            self._over(live)
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
        self.fills.say(live, Suspended(live.ident, self._now_ns(), live.status.why_held or "inactive at the broker"))

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
            reason = live.refused or live.why or ("" if asked else "ended by the broker")
            self._end(live, Canceled(live.ident, self._now_ns(), reason, seen.filled))

    def _end(self, live: Live, report: Report) -> None:
        if not live.over:
            self._over(live)
            self.fills.say(live, report)
            if live.placed.last and not live.placed.parent and not live.executed:
                self._later(LEGS_S, lambda: self._legs_of(live))

    def _legs_of(self, entry: Live) -> None:
        """An entry is over that executed nothing: its legs end with it. Of which TWS does not say so the books do."""
        legs = [live for live in self.lives.values() if live.placed.parent == entry.placed.root and not live.over]
        if legs:
            text = f"order {entry.ident} is over, and of its legs is no word"
            self.fills.tell(Gap(self._name, text, self._now_ns()))

    @staticmethod
    def _over(live: Live) -> None:
        live.over = True
        settle(live.taken)
        settle(live.done)

    def _missed(self, live: Live, filled: Decimal) -> None:
        """The broker counted more than its executions told: some of them are lost."""
        mark = f"filled {filled}"
        if filled > live.executed + self.fills.waiting(live) and mark not in live.odd:
            live.odd.add(mark)
            text = f"order {live.ident}: {words.plain(filled)} are filled, {words.plain(live.executed)} were told"
            self.fills.tell(Gap(self._name, text, self._now_ns()))

    def _note_contract(self, live: Live, seen: OrderSeen) -> None:
        if not live.placed.legs:
            self._names.note(seen.contract, live.placed.symbol)


def _has_passed(good_till: str, now_ns: int) -> bool:
    """Whether an order's end (as it was sent, or as TWS writes it) is over; False where it can't be read."""
    digits = "".join(c for c in good_till if c.isdigit())
    return len(digits) >= 14 and digits[:14] <= words.good_till(now_ns)[:17].replace(" ", "").replace(":", "")
