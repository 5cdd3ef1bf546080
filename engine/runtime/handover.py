"""Orders and cancels on their way to the adapter: where they wait, what may stop them, what comes of them.

The gate is read again here, just before the bytes are handed over. Cancels never wait for it and overtake orders; an
order that still waits when its cancel comes dies unsent. A cancel that failed is tried again; an order never is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from engine import inputs as i
from engine.effects import CancelAll, CancelOrder, ReplaceOrder, SubmitGroup, SubmitOrder
from engine.journal.latch import KillLatch
from engine.model.order import BrokerOrder, BrokerReplace
from engine.orders.native import as_group
from engine.protocol import (
    BrokerAdapter,
    Canceled,
    CancelRejected,
    Expired,
    NotSupportedError,
    Rejected,
    Report,
    TakesGroups,
)
from engine.resilience.backoff import Backoff
from engine.resilience.lanes import Lane, RateLanes
from engine.resilience.outcomes import Outcome, outcome_of, retry_after_s, words_of
from engine.resilience.settings import Resilience
from engine.risk.approval import Approved, is_genuine
from engine.risk.gate import Gate
from engine.runtime.condition import Condition
from engine.runtime.session import Post, Session
from engine.runtime.turns import SECOND_NS, Turns, loop_ns

log = logging.getLogger("tradedesk.engine")

OrderEffect = SubmitOrder | ReplaceOrder | SubmitGroup

#: Times of hand-overs are told together, so long after the first of them.
TELL_AFTER_S: Final = 1.0


class CancelTry:
    """A cancel and how often it has failed."""

    __slots__ = ("attempt", "effect")

    def __init__(self, effect: CancelOrder, attempt: int = 0) -> None:
        self.effect = effect
        self.attempt = attempt

    @property
    def ident(self) -> str:
        return self.effect.cancel.cl_ord_id


class AllTry(CancelTry):
    """One request for everything of ours in the account; order by order where it comes to nothing."""

    __slots__ = ("each",)

    def __init__(self, effect: CancelAll) -> None:
        super().__init__(effect.cancels[0])
        self.each = effect.cancels

    @property
    def ident(self) -> str:
        return f"*{self.effect.cancel.account}"


Item = OrderEffect | CancelTry


def _approved(effect: OrderEffect) -> Sequence[Approved[BrokerOrder] | Approved[BrokerReplace]]:
    return effect.approved if isinstance(effect, SubmitGroup) else (effect.approved,)


def _idents(effect: OrderEffect) -> list[str]:
    """The orders that it hands over: one, or those of a group."""
    return [approved.order.cl_ord_id for approved in _approved(effect)]


def _belongs_to(effect: OrderEffect, cl_ord_id: str) -> bool:
    """Whether cancelling this order makes the effect pointless. A group of which one order is not wanted any more is
    not sent."""
    if isinstance(effect, ReplaceOrder):
        return effect.approved.order.orig_cl_ord_id == cl_ord_id
    return cl_ord_id in _idents(effect)


def _published(adapter: BrokerAdapter) -> tuple[tuple[int, int], ...]:
    """The broker's rate limits, as (requests, ns)."""
    can = adapter.capabilities()
    return ((can.max_requests_per_s, SECOND_NS), *can.rate_limits)


class HandOver:
    """Used by the gateway. `start(coroutine)` runs a task that it owns."""

    def __init__(
        self,
        adapter: BrokerAdapter,
        gate: Gate,
        latch: KillLatch,
        post: Post,
        wall_ns: Callable[[], int],
        session: Session,
        condition: Condition,
        backoff: Backoff,
        settings: Resilience,
        timeout_s: float,
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._adapter = adapter
        self._gate = gate
        self._latch = latch
        self._post = post
        self._wall_ns = wall_ns
        self._session = session
        self._condition = condition
        self._backoff = backoff
        self._settings = settings
        self._timeout_s = timeout_s
        self._start = start
        lanes: RateLanes[Item | asyncio.Future[None]] = RateLanes(
            _published(adapter),
            reserved_share=settings.reserved_share,
            order_weight=settings.order_weight,
            read_weight=settings.read_weight,
            margin_ns=int(settings.rate_margin_s * SECOND_NS),
        )
        self.turns: Turns[Item] = Turns(
            lanes, queue_timeout_s=settings.queue_timeout_s, start=self._take_turn, expired=self._expired
        )
        self._again: dict[str, asyncio.TimerHandle] = {}
        """Cancels that will be tried again, by order."""
        self._waiting_in: dict[str, Lane] = {}
        """Cancels that wait for their turn, by order: one of each is enough."""
        self._cancelled_ns: dict[str, int] = {}
        """When the newest cancel of an order was handed over in this session."""
        self._closing = False
        self._untold: list[tuple[str, int]] = []
        """When orders were handed over, not posted yet."""
        self.session_of: dict[str, int] = {}
        """In which session of this process an order was handed over; absent = in an earlier process."""
        self.unsent: set[str] = set()
        """Released by the core and not handed over yet: that the broker has none of them proves nothing."""
        self.cancels_handed_over_ns = 0
        """When the newest cancel was handed to the adapter (for the kill benchmark)."""

    # -- what waits ---------------------------------------------------------------------------------------------

    def submit(self, effect: OrderEffect) -> None:
        """Hand over an order or replace when its turn comes."""
        if self._closing:
            self._withhold(effect, "the desk is stopping", "stopping")
            return
        liquidation = isinstance(effect, SubmitOrder) and effect.liquidation
        if self._in_the_way(effect, liquidation):
            return
        self.unsent.update(_idents(effect))
        self.turns.put(Lane.LIQUIDATION if liquidation else Lane.ORDER, effect)

    def cancel(self, effect: CancelOrder) -> None:
        """Hand over a cancel ahead of every order; what waits of that order dies unsent."""
        cl_ord_id = effect.cancel.cl_ord_id
        never_sent = False
        for waiting in self.turns.take_back(
            lambda item: not isinstance(item, CancelTry) and _belongs_to(item, cl_ord_id)
        ):
            assert not isinstance(waiting, CancelTry)
            never_sent = never_sent or not isinstance(waiting, ReplaceOrder)
            self._withhold(waiting, "cancelled before it was sent", "cancelled")
        if not never_sent:
            self._put(CancelTry(effect))

    def cancel_all(self, effect: CancelAll) -> None:
        """The same for everything of ours: one request, ahead of all that waits."""
        idents = {each.cancel.cl_ord_id for each in effect.cancels}
        unsent = set()
        for waiting in self.turns.take_back(
            lambda item: not isinstance(item, CancelTry) and any(_belongs_to(item, ident) for ident in idents)
        ):
            assert not isinstance(waiting, CancelTry)
            if not isinstance(waiting, ReplaceOrder):
                unsent.update(_idents(waiting))
            self._withhold(waiting, "cancelled before it was sent", "cancelled")
        each = tuple(c for c in effect.cancels if c.cancel.cl_ord_id not in unsent)
        if each:
            self._put(AllTry(CancelAll(effect.account, each)))

    def _put(self, cancel: CancelTry) -> None:
        ident = cancel.ident
        self._forget_retry(ident)
        last_ns = self._cancelled_ns.get(ident)
        if last_ns is not None and loop_ns() - last_ns < self._settings.cancel_again_s * SECOND_NS:
            lane = Lane.AGAIN
        else:
            lane = Lane.URGENT if cancel.effect.urgent else Lane.CANCEL
        waiting = self._waiting_in.get(ident)
        if waiting is not None:
            if waiting <= lane:
                return  # one of it waits already, and as near to its turn
            self.turns.drop_cancel(waiting, lambda item: isinstance(item, CancelTry) and item.ident == ident)
        self._waiting_in[ident] = lane
        self.turns.put(lane, cancel)

    def _take_turn(self, lane: Lane, item: Item) -> None:
        if isinstance(item, CancelTry):
            self._waiting_in.pop(item.ident, None)
            self._start(self._cancel_all(item) if isinstance(item, AllTry) else self._cancel(item))
        else:
            self._start(self._hand_over(item, liquidation=lane is Lane.LIQUIDATION))

    def _expired(self, item: Item) -> None:
        if not isinstance(item, CancelTry):
            self._withhold(item, f"no turn within {self._settings.queue_timeout_s:g} s", "queue")

    def withhold_waiting(self, reason: str, cause: str) -> None:
        """Everything that waits dies unsent. What was approved in a session does not go out in the next one, before
        the desk has compared itself; nor what waits when the breaker opens, but for liquidation."""
        spares = cause == "breaker"
        for item in self.turns.take_back(
            lambda item: not (spares and isinstance(item, SubmitOrder) and item.liquidation)
        ):
            assert not isinstance(item, CancelTry)
            self._withhold(item, reason, cause)

    def _withhold(self, effect: OrderEffect, reason: str, cause: str) -> None:
        for ident in _idents(effect):
            self.unsent.discard(ident)
            self._post(i.Withheld(ident, reason, cause))

    def _unstamped(self, effect: OrderEffect) -> bool:
        """Withhold what the risk engine did not stamp: a defect, or worse. Nothing of it is sent."""
        if all(is_genuine(approved) for approved in _approved(effect)):
            return False
        names = ", ".join(_idents(effect))
        log.error("order %s came to the gateway without the risk engine's stamp; it is not sent", names)
        self._withhold(effect, "it has no stamp of the risk engine", "unstamped")
        return True

    def _in_the_way(self, effect: OrderEffect, liquidation: bool) -> bool:
        """Withhold what has no way to the broker now."""
        breaker = self._condition.breaker
        if not self._session.connected:
            self._withhold(effect, "there is no session with the broker", "disconnected")
        elif not (liquidation or breaker.lets_orders_out):
            self._withhold(effect, f"breaker {breaker.state}: {breaker.reason}", "breaker")
        else:
            return False
        return True

    # -- orders -------------------------------------------------------------------------------------------------

    async def _hand_over(self, effect: OrderEffect, *, liquidation: bool) -> None:
        idents = _idents(effect)
        if self._unstamped(effect) or self._in_the_way(effect, liquidation):
            return
        self.unsent.difference_update(idents)
        # The last reading of the gate, nothing between it and the bytes; a latch written by another process counts.
        for approved in _approved(effect):
            if not self._gate.passes_order(approved):
                self._withhold(effect, f"gate closed: {self._gate.closed_by(approved)}", "gate")
                return
            if not approved.reducing and (latched := self._latch.closes(approved)):
                self._withhold(effect, latched, "gate")
                return
        session = self._session.number
        began = loop_ns()
        for ident in idents:
            self._note_session(ident, session)
            self._note_time(ident)
        try:
            # No task of its own for the request: the adapter's first line runs right after the gate was read.
            async with asyncio.timeout(self._timeout_s):
                if isinstance(effect, SubmitOrder):
                    await self._adapter.submit(effect.approved.order)
                elif isinstance(effect, ReplaceOrder):
                    await self._adapter.replace(effect.approved.order)
                else:
                    await self._submit_group(effect)
        except Exception as error:  # an adapter's defect after the hand-over proves nothing about the order
            self._order_failed(idents, error, session)
        else:
            self._condition.answered("order", loop_ns() - began)

    async def _submit_group(self, effect: SubmitGroup) -> None:
        if not isinstance(self._adapter, TakesGroups):
            raise NotSupportedError(f"{self._adapter.name} takes no groups")
        await self._adapter.submit_group(as_group(effect.contingency, [approved.order for approved in effect.approved]))

    def _order_failed(self, idents: Sequence[str], error: Exception, session: int) -> None:
        """Whatever it says, the order is not sent again."""
        words = words_of(error, self._timeout_s)
        outcome = outcome_of(error)
        if outcome is Outcome.NOT_CONNECTED:
            self._session.lose(words)
        for ident in idents:
            if outcome is Outcome.AMBIGUOUS:
                self._post(i.SubmitUnknown(ident, words))
            elif outcome is Outcome.NOT_CONNECTED:
                self._post(i.Withheld(ident, words, "disconnected"))
            elif outcome is Outcome.THROTTLED:
                self._post(i.SubmitFailed(ident, words, "throttled"))
            else:
                self._post(i.SubmitFailed(ident, words, "auth" if outcome is Outcome.AUTH else ""))
        if outcome is Outcome.THROTTLED:
            self.turns.hold(max(retry_after_s(error), self._settings.retry_first_s))
        self._condition.failed("order", error, session)

    def _note_time(self, cl_ord_id: str) -> None:
        if not self._untold:
            asyncio.get_running_loop().call_later(TELL_AFTER_S, self._tell_times)
        self._untold.append((cl_ord_id, self._wall_ns()))

    def _tell_times(self) -> None:
        if self._untold:
            self._post(i.HandedOver(tuple(self._untold)))
            self._untold.clear()

    def _note_session(self, cl_ord_id: str, session: int) -> None:
        known = self.session_of
        known[cl_ord_id] = session
        if len(known) > 20_000:
            # The oldest were answered long ago; forgetting one could only matter while it is unanswered.
            for old in list(known)[:10_000]:
                if known[old] != session:
                    del known[old]

    # -- cancels ------------------------------------------------------------------------------------------------

    async def _cancel(self, cancel: CancelTry) -> None:
        self.cancels_handed_over_ns = self._wall_ns()
        session, began = self._session.number, loop_ns()
        self._note_cancel(cancel.ident, began)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._adapter.cancel(cancel.effect.cancel)
        except Exception as error:  # an adapter's defect proves nothing about the cancel
            self._cancel_failed(cancel, error, session)
        else:
            self._condition.answered("cancel", loop_ns() - began)

    async def _cancel_all(self, everything: AllTry) -> None:
        self.cancels_handed_over_ns = self._wall_ns()
        session, began = self._session.number, loop_ns()
        for each in everything.each:
            self._note_cancel(each.cancel.cl_ord_id, began)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._adapter.cancel_all()
        except Exception as error:  # whatever it says, each order has a cancel of its own
            self._condition.failed("cancel", error, session)
            self._cancelled_ns.clear()
            for each in everything.each:
                self.cancel(each)
        else:
            self._condition.answered("cancel", loop_ns() - began)

    def _note_cancel(self, cl_ord_id: str, now_ns: int) -> None:
        known = self._cancelled_ns
        known[cl_ord_id] = now_ns
        if len(known) > 4_096:
            recent = now_ns - int(self._settings.cancel_again_s * SECOND_NS)
            self._cancelled_ns = {ident: at for ident, at in known.items() if at >= recent}

    def _cancel_failed(self, cancel: CancelTry, error: Exception, session: int) -> None:
        """Say so, and try again where that may help. One that was throttled is no news before it is given up."""
        outcome = self._condition.failed("cancel", error, session)
        again = (
            outcome.may_pass
            and cancel.attempt < self._settings.retries
            and not self._closing
            and self._session.connected
            and session == self._session.number
        )
        if outcome is not Outcome.THROTTLED or not again:
            ambiguous = outcome in (Outcome.AMBIGUOUS, Outcome.NOT_CONNECTED)
            cl_ord_id = cancel.ident
            self._post(i.CancelFailed(cl_ord_id, words_of(error, self._timeout_s), ambiguous=ambiguous))
        if again:
            wait_s = max(self._backoff.wait_s(cancel.attempt), retry_after_s(error))
            later = CancelTry(cancel.effect, cancel.attempt + 1)
            ident = cancel.ident
            self._forget_retry(ident)
            self._again[ident] = asyncio.get_running_loop().call_later(wait_s, self._put, later)

    def on_report(self, report: Report) -> None:
        """An order that has ended, or an answer to its cancel: there is nothing to try again."""
        if self._again and isinstance(report, Canceled | Expired | Rejected | CancelRejected):
            self._forget_retry(report.cl_ord_id)

    def _forget_retry(self, cl_ord_id: str) -> None:
        waiting = self._again.pop(cl_ord_id, None)
        if waiting is not None:
            waiting.cancel()

    def _forget_retries(self) -> None:
        for ident in list(self._again):
            self._forget_retry(ident)

    # -- the end ------------------------------------------------------------------------------------------------

    def session_begins(self) -> None:
        """Some brokers publish their rate only to who is logged in."""
        self.turns.set_limits(_published(self._adapter))

    def session_ends(self) -> None:
        """Nothing that waits goes out in the next session; cancels are repeated by the core, which asks first."""
        self._forget_retries()
        self._cancelled_ns.clear()
        self.withhold_waiting("the connection was lost before it was sent", "disconnected")

    def stop(self) -> None:
        """Hand over nothing more."""
        self._closing = True
        self._forget_retries()
        self.withhold_waiting("the desk is stopping", "stopping")
        self._tell_times()
        self._waiting_in.clear()
        self.turns.clear()
