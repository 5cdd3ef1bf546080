"""The gateway: what stands around every broker's adapter, once (DESIGN §6). It carries released effects out and turns
what comes of them into inputs.

Its parts: the session (reconnect), the turns (rate lanes), the condition (breaker, health, clock skew), the hand-over
of orders and cancels, and the questions. An order or replace is never sent a second time by any of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from engine.effects import (
    CancelAll,
    CancelOrder,
    QueryOrder,
    QuerySnapshot,
    RenewSession,
    ReplaceOrder,
    SubmitGroup,
    SubmitOrder,
)
from engine.journal.latch import KillLatch
from engine.model.diagnostics import BrokerDetail
from engine.model.order import BrokerGroup
from engine.protocol import AbsenceProof, BrokerAdapter
from engine.reconcile.identity import Identity
from engine.resilience.backoff import Backoff
from engine.resilience.settings import Resilience
from engine.risk.gate import Gate
from engine.runtime.condition import Condition
from engine.runtime.handover import HandOver
from engine.runtime.questions import Questions
from engine.runtime.session import Post, Session
from engine.views import BrokerRow

log = logging.getLogger("tradedesk.gateway")
MILLISECOND_NS = 1_000_000


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
        resilience: Resilience | None = None,
        rng: Random | None = None,
        identity: Identity | None = None,
        name: str = "",
        groups: Callable[[], Sequence[BrokerGroup]] = lambda: (),
    ) -> None:
        """`rng` draws the jitter of the waits; `identity` is whose account every session must be; `name` tells two
        connections to the same kind of broker apart; `groups` tells what the broker holds of groups."""
        self._adapter = adapter
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.name = name or adapter.name
        settings = resilience if resilience is not None else Resilience()
        luck = rng if rng is not None else Random()
        retry = Backoff(luck, settings.retry_first_s, jitter=settings.retry_jitter)
        self._session = Session(
            adapter,
            post,
            wall_ns,
            Backoff(luck, settings.reconnect_first_s, settings.reconnect_longest_s, settings.retry_jitter),
            settled_after_s=settings.reconnect_longest_s,
            auth_retry_s=settings.auth_retry_s,
            connect_timeout_s=2 * timeout_s,
            identity=identity,
            name=self.name,
            groups=groups,
        )
        self._condition = Condition(adapter, self._session, post, wall_ns, settings, timeout_s)
        self._hand_over = HandOver(
            adapter, gate, latch, post, wall_ns, self._session, self._condition, retry, settings, timeout_s, self._start
        )
        self._questions = Questions(
            adapter,
            post,
            wall_ns,
            self._session,
            self._condition,
            self._hand_over.turns,
            retry,
            settings,
            timeout_s,
            self._start,
            self._session_is_over,
            self._proves_absence,
        )
        self._session.on_report = self._hand_over.on_report
        self._session.on_up = self._session_begins
        self._session.on_down = self._session_ends
        self._condition.breaker_opened = self._breaker_opened
        self._condition.read_now = lambda: self._start(self._condition.read(self._hand_over.turns.read_turn))

    async def run(self) -> None:
        """Connect, and reconnect with backoff for as long as the desk runs."""
        await self._session.run()

    def submit(self, effect: SubmitOrder | ReplaceOrder | SubmitGroup) -> None:
        """Queue an order or replace behind what the rate limit lets out."""
        self._hand_over.submit(effect)

    def cancel(self, effect: CancelOrder) -> None:
        """Queue a cancel ahead of every order; an order that is still queued dies unsent."""
        self._hand_over.cancel(effect)

    def cancel_all(self, effect: CancelAll) -> None:
        """Queue one request that cancels everything of ours."""
        self._hand_over.cancel_all(effect)

    def query(self, effect: QueryOrder) -> None:
        """Ask about one order."""
        self._questions.query(effect)

    def snapshot(self, effect: QuerySnapshot) -> None:
        """Ask for everything."""
        self._questions.snapshot(effect)

    def renew(self, effect: RenewSession) -> None:
        """End the session; the next one is opened at once, when this one is closed."""
        if not self._closing:
            self._session.lose(f"closed by this desk: {effect.reason}")

    # -- what is shown ------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self._session.connected

    @property
    def cancels_handed_over_ns(self) -> int:
        """When the newest cancel was handed to the adapter (for the kill benchmark)."""
        return self._hand_over.cancels_handed_over_ns

    def row(self) -> BrokerRow:
        """The connection's lamp."""
        condition = self._condition
        skew_ns = condition.skew.skew_ns
        return BrokerRow(
            self.name,
            self.connected,
            condition.health.state if self.connected else "down",
            condition.breaker.state,
            condition.latency_ms,
            None if skew_ns is None else (Decimal(skew_ns) / MILLISECOND_NS).quantize(Decimal("0.1")),
            heard_ns=self._session.heard_ns,
        )

    def detail(self, account: str) -> BrokerDetail:
        """The same in full, for whoever asks."""
        row, session, condition, turns = self.row(), self._session, self._condition, self._hand_over.turns
        return BrokerDetail(
            self.name,
            account,
            row.connected,
            session.number,
            session.since_ns,
            session.heard_ns,
            row.health,
            condition.health.reason,
            row.breaker,
            condition.breaker.reason,
            row.latency_ms,
            row.clock_skew_ms,
            condition.skew.level or "",
            turns.waiting(),
            turns.used(),
            tuple(reversed(session.troubles)),
        )

    # -- inside -------------------------------------------------------------------------------------------------

    def _session_is_over(self, cl_ord_id: str, session: int) -> bool:
        """Whether what was handed over under this id was in an earlier session than `session`."""
        way = self._hand_over
        return cl_ord_id not in way.unsent and way.session_of.get(cl_ord_id, 0) < session

    def _proves_absence(self, cl_ord_id: str, session: int) -> bool:
        """A not-found answer asked for in `session` is proof when the order was handed over in an earlier one, which
        is closed and drained by now, where the adapter declares so (AbsenceProof.NEW_SESSION)."""
        declared = self._adapter.capabilities().absence_proof is AbsenceProof.NEW_SESSION
        return declared and self._session_is_over(cl_ord_id, session)

    def _session_begins(self) -> None:
        self._hand_over.session_begins()
        self._condition.session_begins()

    def _session_ends(self) -> None:
        self._condition.session_ends()
        self._hand_over.session_ends()

    def _breaker_opened(self, reason: str) -> None:
        self._hand_over.withhold_waiting(f"breaker open: {reason}", "breaker")

    def stop(self) -> None:
        """Hand over nothing more, ask nothing again, open no session; what is under way goes on."""
        self._closing = True
        self._session.end()
        self._hand_over.stop()
        self._questions.stop()
        self._condition.stop()

    async def close(self) -> None:
        """Hand over nothing more; let what was handed over finish, bounded by its time-outs."""
        self.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in self._tasks:
            task.cancel()
        await self._adapter.disconnect()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A defect, of ours or of the adapter: the core's timers ask again, and the log must know why.
            log.error("defect while talking to %s", self.name, exc_info=error)
