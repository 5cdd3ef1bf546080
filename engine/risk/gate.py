"""The gate: the last thing read before bytes go to a broker, and the first thing a kill closes.

It can be closed from any thread (signal handler, terminal input thread, control socket) without asking the core.
Three positions: OPEN; CLOSING (closed by hand, the core has not answered yet: nothing passes); CLOSED (the core knows:
reducing orders that it approved since then pass, nothing else). Cancels never ask the gate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Gate:
    """Thread-safe. `epoch` counts closings; an approval carries the epoch it was made in and dies with it.

    All that decides stands in one tuple, replaced as a whole: who reads never waits for who closes.
    """

    def __init__(self, *, epoch: int = 0, closed: bool = False, on_close: Callable[[str], None] | None = None) -> None:
        """`on_close(reason)` is called in the closer's thread after the gate is shut, to persist the latch."""
        self._writing = threading.RLock()
        self._now = (epoch, closed, False)
        """(epoch, closed as far as the core knows, slammed and not answered yet)"""
        self._on_close = on_close
        self.reason = ""

    @property
    def is_open(self) -> bool:
        _, closed, slammed = self._now
        return not (closed or slammed)

    @property
    def epoch(self) -> int:
        return self._now[0]

    def slam(self, reason: str) -> None:
        """Close at once, from any thread. Until the core adopts it nothing at all passes."""
        with self._writing:
            epoch, closed, _ = self._now
            self._now = (epoch, closed, True)
            self.reason = reason
        if self._on_close is not None:
            self._on_close(reason)

    def adopt(self, epoch: int, reason: str, *, answers_slam: bool) -> None:
        """The core closed: from now on only reducing approvals of this epoch pass.

        `answers_slam`: the core has a kill in force, so that it knows of every slam that matters. A halt or a start
        that was decided before the slam is no answer to it: the gate stays shut for everything until the kill is.
        """
        with self._writing:
            slammed = self._now[2] and not answers_slam
            self._now = (epoch, True, slammed)
            if not slammed:
                self.reason = reason

    def open(self, epoch: int) -> bool:
        """Open again by the core's audited resume, unless somebody slammed it meanwhile. True when open."""
        with self._writing:
            if self._now[2]:
                return False
            self._now = (epoch, False, False)
            self.reason = ""
            return True

    def passes(self, epoch: int, *, reducing: bool) -> bool:
        """May an order approved in `epoch` go out now?"""
        current, closed, slammed = self._now
        return current == epoch and not slammed and (reducing or not closed)
