"""A connection to a paper venue: requests on their way there, answers and reports on their way back, in
order.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Generic, TypeVar

from brokers.paper.messages import Answer, AskTime, Request, ServerTime
from brokers.paper.venue import PaperVenue
from engine.protocol import Report

T = TypeVar("T")
Tag = TypeVar("Tag")


class Latency:
    """Draws how long one way takes. The range is that of both ways together, in market milliseconds.

    `wall_per_market` says how many wall seconds a market second takes (a replay at ten times the speed: 0.1).
    Ways take wall time: when the market's clock stands still, a cancel must still arrive.
    """

    def __init__(
        self, range_ms: tuple[int, int], rng: Random, wall_per_market: Callable[[], float] = lambda: 1.0
    ) -> None:
        self._least, self._most = range_ms
        self._rng = rng
        self._wall_per_market = wall_per_market

    def one_way_s(self) -> float:
        """Wall seconds of the next way."""
        if not self._most:
            return 0.0
        return self._rng.uniform(self._least, self._most) / 2_000 * self._wall_per_market()


class DelayLine(Generic[T]):
    """Delivers items after a delay each, never one before an earlier one. Belongs to one event loop."""

    def __init__(self, deliver: Callable[[T], None], delay_s: Callable[[], float]) -> None:
        self._deliver = deliver
        self._delay_s = delay_s
        self._items: deque[tuple[float, T]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._empty: asyncio.Event | None = None

    def put(self, item: T, more_s: float = 0.0) -> None:
        """Send an item on its way, which takes `more_s` longer than usual; what is put later waits behind it."""
        due = asyncio.get_running_loop().time() + self._delay_s() + more_s
        if self._items:
            due = max(due, self._items[-1][0])
        self._items.append((due, item))
        if self._timer is None:
            self._set_timer()

    async def drained(self) -> None:
        """Wait until everything that was put has been delivered."""
        while self._items:
            if self._empty is None:
                self._empty = asyncio.Event()
            self._empty.clear()
            await self._empty.wait()

    def discard(self) -> None:
        """Drop what was not delivered yet."""
        self._items.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._empty is not None:
            self._empty.set()

    def _set_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(self._items[0][0], self._fire)

    def _fire(self) -> None:
        self._timer = None
        # A deadline that passed within the clock's resolution is due: the timer has fired for it.
        now = asyncio.get_running_loop().time() + 1e-6
        try:
            while self._items and self._items[0][0] <= now:
                self._deliver(self._items.popleft()[1])
        finally:
            if self._items:
                if self._timer is None:
                    self._set_timer()
            elif self._empty is not None:
                self._empty.set()


class Link(Generic[Tag]):
    """One session at a venue. A request carries a tag, which comes back with its answer.

    Closing it drops what was on its way back: that is in the books. What was on its way there still arrives;
    `drained` waits for that. The venue's reports go to the link opened last.
    """

    def __init__(
        self,
        venue: PaperVenue,
        latency: Latency,
        now_ns: Callable[[], int],
        *,
        on_answer: Callable[[Tag, Answer], None],
        on_report: Callable[[Report], None],
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`wall_ns`: the clock that the broker tells."""
        self._wall_ns = wall_ns
        self._venue = venue
        self._now_ns = now_ns
        self._on_answer = on_answer
        self._on_report = on_report
        self.closed = False
        self._there: DelayLine[tuple[Tag, Request]] = DelayLine(self._arrive, latency.one_way_s)
        self._back: DelayLine[Callable[[], None]] = DelayLine(_call, latency.one_way_s)
        venue.on_report = self.report

    def send(self, tag: Tag, request: Request, more_s: float = 0.0) -> None:
        """Send a request on its way. The link must be open."""
        self._there.put((tag, request), more_s)

    def report(self, report: Report) -> None:
        """Send a report on its way back."""
        if not self.closed:
            self._back.put(lambda: self._on_report(report))

    def answer(self, tag: Tag, answer: Answer) -> None:
        """Send an answer on its way back."""
        if not self.closed:
            self._back.put(lambda: self._on_answer(tag, answer))

    def close(self) -> None:
        """Nothing comes back any more."""
        self.closed = True
        self._back.discard()
        if self._venue.on_report == self.report:
            self._venue.on_report = None

    async def drained(self) -> None:
        """Wait until every request sent has been processed and is in the books."""
        await self._there.drained()
        settled = asyncio.Event()
        self._venue.settled(settled.set)
        await settled.wait()

    def _arrive(self, sent: tuple[Tag, Request]) -> None:
        tag, request = sent
        if isinstance(request, AskTime):
            self.answer(tag, ServerTime(self._wall_ns()))
            return
        self._venue.handle(request, self._now_ns(), lambda answer: self.answer(tag, answer))


def _call(send_off: Callable[[], None]) -> None:
    send_off()
