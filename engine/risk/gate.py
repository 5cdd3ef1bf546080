"""The gate: the last thing read before bytes go to a broker, and the first thing a kill closes.

It can be closed from any thread (signal handler, terminal input thread, control socket) without asking the core.
Three positions: OPEN; CLOSING (closed by hand, the core has not answered yet: nothing passes); CLOSED (the core knows:
reducing orders that it approved since then pass, nothing else). Cancels never ask the gate.

Narrower scopes (an account, a strategy, an instrument) have such a gate each, beside the desk's; an order passes all
that cover it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.model.scope import DESK

if TYPE_CHECKING:
    from engine.risk.approval import Approved


class Narrow(NamedTuple):
    """The gate of one scope below the desk's. `seq`: of its last closing or opening."""

    seq: int
    closed: bool
    slammed: bool
    reason: str


class Gate:
    """Thread-safe. `epoch` counts closings; an approval carries the epoch it was made in and dies with it.

    All that decides stands in one tuple (and one mapping for the narrower scopes), replaced as a whole: who reads never
    waits for who closes.
    """

    def __init__(
        self, *, epoch: int = 0, closed: bool = False, on_close: Callable[[str, str, str], None] | None = None
    ) -> None:
        """`on_close(reason, scope, by)` is called in the closer's thread once it is shut, to persist the latch."""
        self._writing = threading.RLock()
        self._now = (epoch, closed, False)
        """(epoch, closed as far as the core knows, slammed and not answered yet)"""
        self._narrow: dict[str, Narrow] = {}
        self._on_close = on_close
        self.reason = ""

    @property
    def is_open(self) -> bool:
        """Whether the desk's own gate is open."""
        _, closed, slammed = self._now
        return not (closed or slammed)

    @property
    def epoch(self) -> int:
        return self._now[0]

    def slam(self, reason: str, scope: str = DESK, by: str = "") -> None:
        """Close at once, from any thread. Until the core adopts it nothing at all passes."""
        with self._writing:
            if scope == DESK:
                epoch, closed, _ = self._now
                self._now = (epoch, closed, True)
                self.reason = reason
            else:
                before = self._narrow.get(scope)
                seq, closed = (before.seq, before.closed) if before is not None else (0, False)
                self._narrow = {**self._narrow, scope: Narrow(seq, closed, True, reason)}
        if self._on_close is not None:
            self._on_close(reason, scope, by)

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

    def adopt_scope(self, scope: str, seq: int, reason: str, *, answers_slam: bool) -> None:
        """The same as `adopt` for a narrower scope: approvals older than `seq` are void."""
        with self._writing:
            before = self._narrow.get(scope)
            slammed = before is not None and before.slammed and not answers_slam
            words = before.reason if slammed and before is not None else reason
            self._narrow = {**self._narrow, scope: Narrow(seq, True, slammed, words)}

    def open_scope(self, scope: str, seq: int) -> bool:
        """The same as `open` for a narrower scope; what was approved before its closing stays void."""
        with self._writing:
            before = self._narrow.get(scope)
            if before is not None and before.slammed:
                return False
            self._narrow = {**self._narrow, scope: Narrow(seq, False, False, "")}
            return True

    def passes(self, epoch: int, *, reducing: bool) -> bool:
        """May an order approved in `epoch` go out now, as far as the desk's own gate goes?"""
        current, closed, slammed = self._now
        return current == epoch and not slammed and (reducing or not closed)

    def passes_order(self, approved: Approved[Any]) -> bool:
        """May this order (or replace) go out now, by every gate that covers it?"""
        if not self.passes(approved.epoch, reducing=approved.reducing):
            return False
        return not self._narrow or self._closed_by(approved) is None

    def closed_by(self, approved: Approved[Any]) -> str:
        """Why it may not go out: the reason of the gate that is closed for it."""
        if not self.passes(approved.epoch, reducing=approved.reducing):
            return self.reason or "halted"
        found = self._closed_by(approved)
        return "" if found is None else found.reason or "its scope was halted after it was approved"

    def _closed_by(self, approved: Approved[Any]) -> Narrow | None:
        narrow, order = self._narrow, approved.order
        for name in (
            f"account:{order.account}",
            f"strategy:{approved.strategy}",
            f"instrument:{order.symbol}",
            *(f"instrument:{symbol}" for symbol in approved.legs),
        ):
            found = narrow.get(name)
            if found is not None and (
                found.slammed or found.seq > approved.seq or (found.closed and not approved.reducing)
            ):
                return found
        return None
