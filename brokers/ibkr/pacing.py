"""How fast messages go out: no more than the broker takes in a second, cancels first, and some of it for them alone.

The SDK's own throttle queues silently, orders before cancels, and drops its queue with the connection; it is off.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from enum import IntEnum


class Lane(IntEnum):
    """Who goes first."""

    CANCEL = 0
    ORDER = 1
    QUESTION = 2


class Pacer:
    """At most `most` messages in any second; of these `reserved` are for cancels alone. `clock`: seconds."""

    def __init__(self, most: int, reserved: int, clock: Callable[[], float], window_s: float = 1.0) -> None:
        self._most = most
        self._open = max(most - reserved, 1)
        self._clock = clock
        self._window_s = window_s
        self._sent: deque[float] = deque()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, lane: Lane) -> None:
        """Returns when one message may be sent, at once where there is room and nobody of the lane's rank waits."""
        if not self._ahead(lane) and self._take(lane):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (lane, next(self._count), future))
        self._wake_later()
        await future

    def _ahead(self, lane: Lane) -> bool:
        return any(rank <= lane and not future.done() for rank, _, future in self._waiting)

    def _take(self, lane: Lane) -> bool:
        now = self._clock()
        while self._sent and now - self._sent[0] > self._window_s:
            self._sent.popleft()
        if len(self._sent) >= (self._most if lane is Lane.CANCEL else self._open):
            return False
        self._sent.append(now)
        return True

    def _wake_later(self) -> None:
        if self._timer is None and self._waiting:
            wait_s = self._sent[0] + self._window_s - self._clock() if self._sent else 0.0
            self._timer = asyncio.get_running_loop().call_later(max(wait_s, 0.0) + 0.002, self._wake)

    def _wake(self) -> None:
        self._timer = None
        while self._waiting:
            lane, _, future = self._waiting[0]
            if not future.done():
                if not self._take(Lane(lane)):
                    break
                future.set_result(None)
            heapq.heappop(self._waiting)
        self._wake_later()
