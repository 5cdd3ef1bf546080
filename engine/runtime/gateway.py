"""The gateway: carries released effects out at one broker, and turns what comes of them into inputs.

The gate is read again here, just before the bytes are handed over. Cancels never wait for it and overtake submits;
a submit that is still queued when its cancel comes dies unsent. Nothing is retried here but reads.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from engine import inputs as i
from engine.effects import CancelOrder, QueryOrder, QuerySnapshot, RenewSession, ReplaceOrder, SubmitOrder
from engine.journal.latch import KillLatch
from engine.protocol import (
    AbsenceProof,
    AmbiguousError,
    BrokerAdapter,
    BrokerError,
    Connected,
    Disconnected,
    NotConnectedError,
    RefusedError,
    Report,
)
from engine.risk.gate import Gate

Post = Callable[[object], None]
log = logging.getLogger("tradedesk.gateway")
OVERLAP_NS = 3_600_000_000_000
"""Executions are asked for again this far back: late ones are found, known ones change nothing."""


class Gateway:
    """One broker connection. Used from the engine's loop only; every outcome is posted as an input."""

    def __init__(
        self,
        adapter: BrokerAdapter,
        gate: Gate,
        latch: KillLatch,
        post: Post,
        wall_ns: Callable[[], int],
        *,
        timeout_s: float = 5.0,
    ) -> None:
        self._adapter = adapter
        self._gate = gate
        self._latch = latch
        self._post = post
        self._wall_ns = wall_ns
        self._timeout_s = timeout_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: deque[SubmitOrder | ReplaceOrder] = deque()
        self._urgent: deque[CancelOrder] = deque()
        self._cancels: deque[CancelOrder] = deque()
        self._session = 0
        self._session_of: dict[str, int] = {}
        """In which session of this process an order was handed over; absent = in an earlier process."""
        self._unsent: set[str] = set()
        """Released by the core and not handed over yet: that the broker has none of them proves nothing."""
        self._lost = asyncio.Event()
        self._sent: deque[float] = deque()
        self._wake: asyncio.TimerHandle | None = None
        self._since_ns = 0
        self._closing = False
        self._was_up = False
        self.connected = False
        self.latency_ms: Decimal | None = None
        self.name = adapter.name
        self.cancels_handed_over_ns = 0
        """When the newest cancel was handed to the adapter (for the kill benchmark)."""

    # -- session ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, and reconnect with backoff for as long as the desk runs."""
        delay = 0.5
        while not self._closing:
            if not self.connected:
                self._lost.clear()
                try:
                    await self._adapter.connect(self._on_report)
                except BrokerError as error:
                    if self._was_up or delay == 0.5:
                        self._post(Disconnected(self.name, str(error), self._wall_ns()))
                    self._was_up = False
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, 4.0)
                    continue
                delay = 0.5
                if self._lost.is_set():
                    continue  # the session was over before it was taken
                self.connected = self._was_up = True
                self._session += 1
                self._post(Connected(self.name, self._wall_ns()))
            await self._lost.wait()

    def _on_report(self, report: Report) -> None:
        if isinstance(report, Disconnected):
            self.connected = False
            self._lost.set()
            self._withhold_queued()
        self._post(report)

    def renew(self, effect: RenewSession) -> None:
        """End the session; `run` opens the next one at once."""
        self._start(self._renew(effect.reason))

    async def _renew(self, reason: str) -> None:
        if self.connected and not self._closing:
            await self._adapter.disconnect()
            self._on_report(Disconnected(self.name, f"closed by this desk: {reason}", self._wall_ns()))

    def _withhold_queued(self) -> None:
        """What was approved in a session does not go out in the next one, before the desk has compared itself."""
        while self._orders:
            ident = self._orders.popleft().approved.order.cl_ord_id
            self._unsent.discard(ident)
            self._post(i.Withheld(ident, "the connection was lost before it was sent"))

    async def close(self) -> None:
        """Hand over nothing more; let what was handed over finish, bounded by its time-outs."""
        self._closing = True
        self._lost.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in self._tasks:
            task.cancel()
        await self._adapter.disconnect()

    # -- hand-over ----------------------------------------------------------------------------------------------

    def submit(self, effect: SubmitOrder | ReplaceOrder) -> None:
        """Queue an order or replace behind what the rate limit lets out."""
        if self._closing:
            self._post(i.Withheld(effect.approved.order.cl_ord_id, "the desk is stopping"))
            return
        self._orders.append(effect)
        self._unsent.add(effect.approved.order.cl_ord_id)
        self._drain()

    def cancel(self, effect: CancelOrder) -> None:
        """Queue a cancel ahead of every order; an order that is still queued dies unsent."""
        cl_ord_id = effect.cancel.cl_ord_id
        for queued in self._orders:
            if isinstance(queued, SubmitOrder) and queued.approved.order.cl_ord_id == cl_ord_id:
                self._orders.remove(queued)
                self._unsent.discard(cl_ord_id)
                self._post(i.Withheld(cl_ord_id, "cancelled before it was sent"))
                return
        if effect.urgent:
            self._urgent.append(effect)
        else:
            self._cancels.append(effect)
        self._drain()

    def _drain(self) -> None:
        """Hand over what the published rate allows: cancels first, and a part of the rate is theirs alone."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        rate = self._adapter.capabilities().max_requests_per_s
        now = asyncio.get_running_loop().time()
        while self._sent and self._sent[0] <= now - 1.0:
            self._sent.popleft()
        for_orders = max(1, rate - max(1, rate // 5))
        for lane in (self._urgent, self._cancels):
            while lane and len(self._sent) < rate:
                self._sent.append(now)
                self._start(self._cancel(lane.popleft()))
        while self._orders and not (self._urgent or self._cancels) and len(self._sent) < for_orders:
            self._sent.append(now)
            self._start(self._hand_over(self._orders.popleft()))
        if self._urgent or self._cancels or self._orders:
            self._wake = asyncio.get_running_loop().call_later(max(self._sent[0] + 1.0 - now, 0.001), self._drain)

    async def _hand_over(self, effect: SubmitOrder | ReplaceOrder) -> None:
        approved = effect.approved
        ident = approved.order.cl_ord_id
        self._unsent.discard(ident)
        # The last reading of the gate, nothing between it and the bytes; a latch written by another process counts.
        if not self._gate.passes(approved.epoch, reducing=approved.reducing):
            self._post(i.Withheld(ident, f"gate closed: {self._gate.reason or 'halted'}"))
            return
        if self._latch.exists() and not approved.reducing:
            self._post(i.Withheld(ident, "kill latch is set"))
            return
        self._note_session(ident)
        started = self._wall_ns()
        try:
            # No task of its own for the request: the adapter's first line runs right after the gate was read.
            async with asyncio.timeout(self._timeout_s):
                if isinstance(effect, SubmitOrder):
                    await self._adapter.submit(effect.approved.order)
                else:
                    await self._adapter.replace(effect.approved.order)
        except RefusedError as error:
            self._post(i.SubmitFailed(ident, str(error)))
        except (AmbiguousError, TimeoutError) as error:
            self._post(i.SubmitUnknown(ident, str(error) or f"no answer within {self._timeout_s} s"))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # an adapter's defect after the hand-over proves nothing about the order
            self._post(i.SubmitUnknown(ident, f"{type(error).__name__}: {error}"))
        else:
            self.latency_ms = (Decimal(self._wall_ns() - started) / 1_000_000).quantize(Decimal("0.1"))

    def _note_session(self, cl_ord_id: str) -> None:
        self._session_of[cl_ord_id] = self._session
        if len(self._session_of) > 20_000:
            # The oldest were answered long ago; forgetting one could only matter while it is unanswered.
            for old in list(self._session_of)[:10_000]:
                if self._session_of[old] != self._session:
                    del self._session_of[old]

    async def _cancel(self, effect: CancelOrder) -> None:
        cl_ord_id = effect.cancel.cl_ord_id
        self.cancels_handed_over_ns = self._wall_ns()
        try:
            await asyncio.wait_for(self._adapter.cancel(effect.cancel), self._timeout_s)
        except RefusedError as error:
            self._post(i.CancelFailed(cl_ord_id, str(error), ambiguous=isinstance(error, NotConnectedError)))
        except (AmbiguousError, TimeoutError) as error:
            self._post(i.CancelFailed(cl_ord_id, str(error) or "no answer", ambiguous=True))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # as above
            self._post(i.CancelFailed(cl_ord_id, f"{type(error).__name__}: {error}", ambiguous=True))

    # -- questions ----------------------------------------------------------------------------------------------

    def query(self, effect: QueryOrder) -> None:
        """Ask about one order."""
        self._start(self._query(effect))

    def snapshot(self, effect: QuerySnapshot) -> None:
        """Ask for everything."""
        self._start(self._snapshot(effect))

    def _session_is_over(self, cl_ord_id: str, session: int) -> bool:
        """Whether what was handed over under this id was in an earlier session than `session`."""
        return cl_ord_id not in self._unsent and self._session_of.get(cl_ord_id, 0) < session

    def _proves_absence(self, cl_ord_id: str, session: int) -> bool:
        """A not-found answer asked for in `session` is proof when the order was handed over in an earlier one, which
        is closed and drained by now, where the adapter declares so (AbsenceProof.NEW_SESSION)."""
        declared = self._adapter.capabilities().absence_proof is AbsenceProof.NEW_SESSION
        return declared and self._session_is_over(cl_ord_id, session)

    async def _query(self, effect: QueryOrder) -> None:
        asked, session, since = self._wall_ns(), self._session, self._since_ns
        try:
            order = await asyncio.wait_for(self._adapter.order_by_cl_ord_id(effect.cl_ord_id), self._timeout_s)
            executions = []
            if order is not None and order.cum_qty:
                found = await asyncio.wait_for(self._adapter.executions_since(since), self._timeout_s)
                executions = [e for e in found if e.order_id == order.order_id]
        except (BrokerError, TimeoutError) as error:
            self._post(i.QueryFailed(effect.account, effect.cl_ord_id, str(error) or "no answer"))
            return
        closed = self._session_is_over(effect.cl_ord_id, session)
        proof = self._proves_absence(effect.cl_ord_id, session)
        self._post(i.OrderEvidence(effect.cl_ord_id, order, executions, proof, asked, since, closed))

    async def _snapshot(self, effect: QuerySnapshot) -> None:
        asked, since = self._wall_ns(), self._since_ns
        adapter = self._adapter
        try:
            async with asyncio.timeout(self._timeout_s):
                account = await adapter.account()
                orders = await adapter.open_orders()
                executions = await adapter.executions_since(since)
                positions = await adapter.positions()
        except (BrokerError, TimeoutError) as error:
            self._post(i.QueryFailed(effect.account, "", str(error) or "no answer"))
            return
        newest = max((e.ts_ns for e in executions), default=0)
        self._since_ns = max(self._since_ns, newest - OVERLAP_NS)
        self._post(i.BrokerSnapshot(account, orders, executions, positions, asked, effect.reason, since))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A defect, of ours or of the adapter: the core's timers ask again, and the log must know why.
            log.error("defect while talking to %s", self.name, exc_info=error)
