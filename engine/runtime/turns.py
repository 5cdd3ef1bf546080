"""Turns at a broker: the rate lanes on the event loop's clock. Whoever wants to send waits here until it may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from engine.model.diagnostics import LaneRow, WindowRow
from engine.resilience.lanes import Lane, RateLanes

T = TypeVar("T")
SECOND_NS = 1_000_000_000


def loop_ns() -> int:
    """The event loop's monotonic clock in ns."""
    return int(asyncio.get_running_loop().time() * SECOND_NS)


class Turns(Generic[T]):
    """`start(lane, item)` is called for each order or cancel whose turn has come, `expired(item)` for an order that
    waited too long. Reads wait for theirs with `read_turn`. Nothing here awaits before a cancel goes out."""

    def __init__(
        self,
        lanes: RateLanes[T | asyncio.Future[None]],
        *,
        queue_timeout_s: float,
        start: Callable[[Lane, T], None],
        expired: Callable[[T], None],
    ) -> None:
        self._lanes = lanes
        self._queue_timeout_ns = int(queue_timeout_s * SECOND_NS)
        self._start = start
        self._expired = expired
        self._wake: asyncio.TimerHandle | None = None

    def set_limits(self, limits: Sequence[tuple[int, int]]) -> None:
        """What the broker publishes now: (requests, ns) each."""
        self._lanes.set_limits(limits)
        self.drain()

    def put(self, lane: Lane, item: T) -> None:
        """Wait in a lane, or go at once."""
        self._lanes.put(lane, item, loop_ns())
        self.drain()

    async def read_turn(self) -> None:
        """Wait until a read may go."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lanes.put(Lane.READ, turn, loop_ns())
        self.drain()
        await turn

    def hold(self, seconds: float) -> None:
        """The broker asked for a pause of so long: orders and reads wait."""
        self._lanes.hold(loop_ns() + int(seconds * SECOND_NS))
        self.drain()

    def take_back(self, matches: Callable[[T], bool]) -> list[T]:
        """Take out orders that wait and match."""
        if not len(self._lanes):
            return []
        return [
            item
            for lane in (Lane.LIQUIDATION, Lane.ORDER)
            for item in self._lanes.remove(lane, lambda item: not isinstance(item, asyncio.Future) and matches(item))
            if not isinstance(item, asyncio.Future)
        ]

    def drop_cancel(self, lane: Lane, matches: Callable[[T], bool]) -> None:
        """Take a cancel out of a lane, since it goes on in a better one."""
        self._lanes.remove(lane, lambda item: not isinstance(item, asyncio.Future) and matches(item))

    def clear(self, lanes: Sequence[Lane] = tuple(Lane)) -> None:
        """Forget what waits in these lanes and look at them no more until something is put."""
        for lane in lanes:
            self._lanes.remove(lane, lambda item: True)
        self._sleep()

    def waiting(self) -> tuple[LaneRow, ...]:
        """What waits for its turn, by lane."""
        return self._lanes.waiting(loop_ns())

    def used(self) -> tuple[WindowRow, ...]:
        """How much of each published limit is used up."""
        return self._lanes.used(loop_ns())

    def drain(self) -> None:
        """Let everything go that may."""
        self._sleep()
        lanes, now = self._lanes, loop_ns()
        for item in lanes.expire(Lane.ORDER, now - self._queue_timeout_ns):
            if not isinstance(item, asyncio.Future):
                self._expired(item)
        while (popped := lanes.pop(now)) is not None:
            lane, item = popped
            if not isinstance(item, asyncio.Future):
                self._start(lane, item)
            elif not item.done():
                item.set_result(None)
        due = lanes.next_ns(now)
        if due is not None:
            oldest = lanes.oldest_ns(Lane.ORDER)
            if oldest is not None:
                due = min(due, oldest + self._queue_timeout_ns + 1)
            wait_s = max((due - now) / SECOND_NS, 0.001)
            self._wake = asyncio.get_running_loop().call_later(wait_s, self.drain)

    def _sleep(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
