"""Calls one hook from a thread of its own: a bounded queue before it, at most one call in so much time, never a wait
for whoever has something to tell."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from console.hooks.errors import HookError
from console.hooks.hook import Hook

MOST_WAITING: Final = 200
#: So many alerts go with one call at most; a storm is a few calls.
MOST_TOLD: Final = 50


class Told(msgspec.Struct, frozen=True):
    """One alert as the world is told of it. `at`: market time, UTC."""

    no: int
    level: str
    code: str
    text: str
    at: str


class Message(msgspec.Struct, frozen=True):
    """What a call hands over, as JSON. `dropped`: alerts that found the queue full since the last call."""

    desk: str
    mode: str
    account: str
    alerts: tuple[Told, ...]
    dropped: int = 0


class Caller:
    """`failed` hears (the hook's name, why) for the first failure and, with "", when calls go through again; in the
    caller's thread."""

    def __init__(
        self,
        hook: Hook,
        desk: tuple[str, str],
        failed: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`desk`: its mode and account."""
        self.hook = hook
        self._mode, self._account = desk
        self._failed = failed
        self._clock = clock
        self._waiting: deque[Told] = deque()
        self._dropped = 0
        self._is_failing = False
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"hook {hook.name}", daemon=True)
        self._thread.start()

    def tell(self, told: Told) -> None:
        """Queue an alert; where the queue is full the oldest goes, and is counted."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(told)
            self._changed.notify()

    def close(self, timeout_s: float = 2.0) -> None:
        """Tell what waits, at once, and stop; not longer than that."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        due = 0.0
        while True:
            with self._changed:
                while not self._closing and (not self._waiting or self._clock() < due):
                    self._changed.wait(max(due - self._clock(), 0.01) if self._waiting else None)
                if not self._waiting:
                    return
                alerts = tuple(self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOLD)))
                dropped, self._dropped = self._dropped, 0
            due = self._clock() + self.hook.every_s
            name = f"{self._mode.upper()} {self._account}"
            self._call(Message(name, self._mode, self._account, alerts, dropped))

    def _call(self, message: Message) -> None:
        try:
            self.hook.call(msgspec.json.encode(message))
        except HookError as error:
            if not self._is_failing:
                self._failed(self.hook.name, str(error))
            self._is_failing = True
        else:
            if self._is_failing:
                self._failed(self.hook.name, "")
            self._is_failing = False
