"""Questions to the broker: one order, or everything. The only requests besides cancels that are tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from engine import inputs as i
from engine.effects import QueryOrder, QuerySnapshot
from engine.model.snapshot import Execution
from engine.protocol import AmbiguousError, BrokerAdapter, BrokerError
from engine.resilience.backoff import Backoff
from engine.resilience.outcomes import Outcome, retry_after_s, words_of
from engine.resilience.settings import Resilience
from engine.runtime.condition import Condition
from engine.runtime.handover import Item
from engine.runtime.session import Post, Session
from engine.runtime.turns import Turns, loop_ns

T = TypeVar("T")
log = logging.getLogger("tradedesk.gateway")
OVERLAP_NS = 3_600_000_000_000
"""Executions are asked for again this far back: late ones are found, known ones change nothing."""


class UnansweredError(Exception):
    """A question that got no answer, for good. The message says why."""


class Questions:
    """Used by the gateway. `session_is_over(cl_ord_id, session)`: whether it was handed over in an earlier one;
    `proves_absence`: whether not finding it proves anything."""

    def __init__(
        self,
        adapter: BrokerAdapter,
        post: Post,
        wall_ns: Callable[[], int],
        session: Session,
        condition: Condition,
        turns: Turns[Item],
        backoff: Backoff,
        settings: Resilience,
        timeout_s: float,
        start: Callable[[Coroutine[Any, Any, None]], None],
        session_is_over: Callable[[str, int], bool],
        proves_absence: Callable[[str, int], bool],
    ) -> None:
        self._adapter = adapter
        self._post = post
        self._wall_ns = wall_ns
        self._session = session
        self._condition = condition
        self._turns = turns
        self._backoff = backoff
        self._settings = settings
        self._timeout_s = timeout_s
        self._start = start
        self._session_is_over = session_is_over
        self._proves_absence = proves_absence
        self._waiting: set[tuple[str, str]] = set()
        """What will be asked: asking it once more would only make the queue longer."""
        self._since_ns = 0

    def query(self, effect: QueryOrder) -> None:
        """Ask about one order."""
        if ("order", effect.cl_ord_id) not in self._waiting:
            self._start(self._query(effect))

    def snapshot(self, effect: QuerySnapshot) -> None:
        """Ask for everything."""
        if ("snapshot", effect.reason) not in self._waiting:
            self._start(self._snapshot(effect))

    def stop(self) -> None:
        """Ask nothing again."""
        self._settings = Resilience(retries=0)

    async def _query(self, effect: QueryOrder) -> None:
        async def ask(session: int) -> i.OrderEvidence:
            asked, since = self._wall_ns(), self._since_ns
            order = await self._once(session, lambda: self._adapter.order_by_cl_ord_id(effect.cl_ord_id))
            executions: Sequence[Execution] = ()
            if order is not None and order.cum_qty:
                await self._turn(session)
                found = await self._once(session, lambda: self._adapter.executions_since(since))
                executions = [e for e in found if e.order_id == order.order_id]
            closed = self._session_is_over(effect.cl_ord_id, session)
            proof = self._proves_absence(effect.cl_ord_id, session)
            return i.OrderEvidence(effect.cl_ord_id, order, executions, proof, asked, since, closed)

        await self._answer(("order", effect.cl_ord_id), effect.account, effect.cl_ord_id, ask)

    async def _snapshot(self, effect: QuerySnapshot) -> None:
        adapter = self._adapter

        async def ask(session: int) -> i.BrokerSnapshot:
            asked, since = self._wall_ns(), self._since_ns
            account = await self._once(session, adapter.account)
            await self._turn(session)
            orders = await self._once(session, adapter.open_orders)
            await self._turn(session)
            executions = await self._once(session, lambda: adapter.executions_since(since))
            await self._turn(session)
            positions = await self._once(session, adapter.positions)
            newest = max((e.ts_ns for e in executions), default=0)
            self._since_ns = max(self._since_ns, newest - OVERLAP_NS)
            return i.BrokerSnapshot(account, orders, executions, positions, asked, effect.reason, since)

        await self._answer(("snapshot", effect.reason), effect.account, "", ask)

    async def _answer(
        self, key: tuple[str, str], account: str, cl_ord_id: str, ask: Callable[[int], Awaitable[object]]
    ) -> None:
        try:
            answer = await self._retried(key, ask)
        except UnansweredError as error:
            self._post(i.QueryFailed(account, cl_ord_id, str(error)))
        else:
            self._post(answer)

    async def _retried(self, key: tuple[str, str], ask: Callable[[int], Awaitable[T]]) -> T:
        """The answer, asked for again after failures of the same session. Raises UnansweredError."""
        attempt = 0
        while True:
            self._waiting.add(key)
            try:
                await self._turns.read_turn()
            finally:
                self._waiting.discard(key)
            session = self._session.number
            try:
                return await ask(session)
            except Exception as error:  # an adapter's defect is no answer either
                if not isinstance(error, BrokerError | TimeoutError):
                    log.error("defect while asking %s", self._adapter.name, exc_info=error)
                outcome = self._condition.failed("read", error, session)
                if outcome is Outcome.THROTTLED:
                    self._turns.hold(retry_after_s(error))
                over = not self._session.connected or session != self._session.number
                if over or not outcome.may_pass or attempt >= self._settings.retries:
                    raise UnansweredError(words_of(error, self._timeout_s)) from error
                wait_s = max(self._backoff.wait_s(attempt), retry_after_s(error))
            attempt += 1
            self._waiting.add(key)
            try:
                await asyncio.sleep(wait_s)
            finally:
                self._waiting.discard(key)

    async def _turn(self, session: int) -> None:
        """The turn of a further request of the same question; it must be of the same session."""
        await self._turns.read_turn()
        if session != self._session.number or not self._session.connected:
            raise AmbiguousError("the session ended between two requests")

    async def _once(self, session: int, read: Callable[[], Awaitable[T]]) -> T:
        began = loop_ns()
        async with asyncio.timeout(self._timeout_s):
            answer = await read()
        self._condition.answered("read", loop_ns() - began)
        return answer
