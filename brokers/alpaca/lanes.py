"""Requests of a blocking SDK: a lane is a few threads, each with a client of its own, since sessions are not made for
several. One that hangs holds up its own thread alone.

What waits in a lane when its time is up is taken out and was never sent; what had been handed to the SDK is in doubt.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from engine.protocol import AmbiguousError, NotConnectedError

C = TypeVar("C")
T = TypeVar("T")


class _Job:
    """One request. Its lock decides whether it was handed over or given up, never both."""

    def __init__(self, ask: Callable[[Any], Any], future: asyncio.Future[Any]) -> None:
        self.ask = ask
        self.future = future
        self._lock = threading.Lock()
        self._fate = "waits"

    def hand_over(self) -> bool:
        with self._lock:
            if self._fate == "waits":
                self._fate = "sent"
            return self._fate == "sent"

    def give_up(self) -> bool:
        """True when it will never be sent."""
        with self._lock:
            if self._fate == "waits":
                self._fate = "given up"
            return self._fate == "given up"


class Lane(Generic[C]):
    """`threads` of them, and what waits for one."""

    def __init__(self, name: str, make: Callable[[], C], threads: int = 1) -> None:
        self.name = name
        self._make = make
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._alive: set[_Job] = set()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._threads = [threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    async def call(self, ask: Callable[[C], T], timeout_s: float) -> T:
        """Make a request. Raises what `ask` raises; AmbiguousError when it was sent and its time is up,
        NotConnectedError when it was not sent."""
        if self._closed:
            raise NotConnectedError("the session is closed; nothing was sent")
        job = _Job(ask, self._loop.create_future())
        self._alive.add(job)
        self._jobs.put(job)
        try:
            done, _ = await asyncio.wait((job.future,), timeout=timeout_s)
            if done:
                found: T = job.future.result()
                return found
            if job.give_up():
                raise NotConnectedError(f"waited {timeout_s:g} s behind other requests; it was not sent")
            raise AmbiguousError(f"no answer within {timeout_s:g} s")
        finally:
            job.give_up()
            self._alive.discard(job)
            if not job.future.done():
                job.future.cancel()

    def close(self) -> None:
        """End everything that waits: what was sent is in doubt, the rest was never sent."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for job in list(self._alive):
            error = (
                NotConnectedError("the session was closed; nothing was sent")
                if job.give_up()
                else AmbiguousError("the session was closed before the answer")
            )
            if not job.future.done():
                job.future.set_exception(error)
                job.future.exception()  # seen: whoever asked may be gone with the session

    def _run(self) -> None:
        client = self._make()
        while (job := self._jobs.get()) is not None:
            if not job.hand_over():
                continue
            try:
                found, error = job.ask(client), None
            except Exception as raised:  # carried to whoever asked
                found, error = None, raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
                self._loop.call_soon_threadsafe(_settle, job.future, found, error)


def _settle(future: asyncio.Future[Any], found: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(found)
