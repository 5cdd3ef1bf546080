"""The gate: the last thing read before bytes go to a broker, and the first thing a kill closes.

It can be closed from any thread (signal handler, terminal input thread, control socket) without asking the core.
Three positions: OPEN; CLOSING (closed by hand, the core has not answered yet: nothing passes); CLOSED (the core knows:
reducing orders that it approved since then pass, nothing else). Cancels never ask the gate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Gate:
    """Thread-safe. `epoch` counts closings; an approval carries the epoch it was made in and dies with it."""

    def __init__(self, *, epoch: int = 0, closed: bool = False, on_close: Callable[[str], None] | None = None) -> None:
        """`on_close(reason)` is called in the closer's thread after the gate is shut, to persist the latch."""
        self._lock = threading.RLock()
        self._epoch = epoch
        self._closed = closed
        self._closing = False
        self._on_close = on_close
        self.reason = ""

    @property
    def is_open(self) -> bool:
        return not self._closed and not self._closing

    @property
    def epoch(self) -> int:
        return self._epoch

    def slam(self, reason: str) -> None:
        """Close at once, from any thread. Until the core adopts it nothing at all passes."""
        with self._lock:
            self._closing = True
            self.reason = reason
        if self._on_close is not None:
            self._on_close(reason)

    def adopt(self, epoch: int, reason: str, *, answers_slam: bool) -> None:
        """The core closed: from now on only reducing approvals of this epoch pass.

        `answers_slam`: the core has a kill in force, so that it knows of every slam that matters. A halt or a start
        that was decided before the slam is no answer to it: the gate stays shut for everything until the kill is.
        """
        with self._lock:
            self._epoch = epoch
            self._closed = True
            if answers_slam:
                self._closing = False
            if not self._closing:
                self.reason = reason

    def open(self, epoch: int) -> bool:
        """Open again by the core's audited resume, unless somebody slammed it meanwhile. True when open."""
        with self._lock:
            if self._closing:
                return False
            self._epoch = epoch
            self._closed = False
            self.reason = ""
            return True

    def passes(self, epoch: int, *, reducing: bool) -> bool:
        """May an order approved in `epoch` go out now?"""
        with self._lock:
            if self._closing or epoch != self._epoch:
                return False
            return reducing or not self._closed
