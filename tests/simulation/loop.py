"""An event loop in virtual time: nothing waits, equal inputs give equal orders of events."""

from __future__ import annotations

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from typing import Any

SECOND_NS = 1_000_000_000
#: So many callbacks without time passing are a loop that feeds itself.
RUNAWAY = 20_000


class RunawayError(Exception):
    """Callbacks beget callbacks and time stands still."""


class Handle:
    """A callback that waits. Cancelled: its callback is None."""

    __slots__ = ("args", "callback")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.callback: Callable[..., object] | None = callback
        self.args = args

    def cancel(self) -> None:
        self.callback = None

    def cancelled(self) -> bool:
        return self.callback is None


class VirtualLoop(asyncio.AbstractEventLoop):
    """What tasks, futures and time-outs of asyncio need of a loop, and no more. Time starts at 0."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.errors: list[str] = []
        self._ready: deque[Handle] = deque()
        self._later: list[tuple[int, int, Handle]] = []
        self._count = 0

    def __enter__(self) -> VirtualLoop:
        events._set_running_loop(self)
        return self

    def __exit__(self, *_: object) -> None:
        events._set_running_loop(None)

    def run_until(self, until_ns: int) -> None:
        """Run everything that is due up to and including `until_ns`, and set the time to it."""
        ready, later = self._ready, self._later
        while True:
            budget = RUNAWAY
            while ready:
                handle = ready.popleft()
                if handle.callback is not None:
                    handle.callback(*handle.args)
                budget -= 1
                if not budget:
                    raise RunawayError(f"{RUNAWAY} callbacks at {self.now_ns / SECOND_NS:.6f} s without time passing")
            if not later or later[0][0] > until_ns:
                break
            when, _, handle = heappop(later)
            self.now_ns = when
            ready.append(handle)
            while later and later[0][0] == when:
                ready.append(heappop(later)[2])
        self.now_ns = until_ns

    def at_ns(self, when_ns: int, callback: Callable[..., object], *args: Any) -> Handle:
        """Call back at a time in ns."""
        handle = Handle(callback, args)
        self._count += 1
        heappush(self._later, (max(when_ns, self.now_ns), self._count, handle))
        return handle

    def in_ns(self, delay_ns: int, callback: Callable[..., object], *args: Any) -> Handle:
        """Call back after a delay in ns."""
        return self.at_ns(self.now_ns + delay_ns, callback, *args)

    # -- what asyncio asks of a loop --------------------------------------------------------------------------------

    def time(self) -> float:
        return self.now_ns / SECOND_NS

    def call_soon(self, callback: Callable[..., object], *args: Any, context: object = None) -> Handle:  # type: ignore[override]
        handle = Handle(callback, args)
        self._ready.append(handle)
        return handle

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, context: object = None) -> Handle:  # type: ignore[override]
        return self.at_ns(self.now_ns + int(delay * SECOND_NS), callback, *args)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: object = None) -> Handle:  # type: ignore[override]
        return self.at_ns(int(when * SECOND_NS), callback, *args)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], **_: Any) -> asyncio.Task[Any]:  # type: ignore[override]
        return asyncio.Task(coro, loop=self)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False
