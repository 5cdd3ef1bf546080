"""The circuit breaker: closed, open, half-open (Nygard, Release It!).

Failures of one kind of request (orders, cancels, reads) are counted one after the other: a broker that answers every
question and times out every order is as broken as one that answers nothing. An answer of that kind, a refusal too, is
no failure and starts the count again. What dies with a session is one failure, however much was under way.
"""

from __future__ import annotations

from typing import Literal

State = Literal["closed", "open", "half-open"]
Kind = Literal["order", "cancel", "read"]


class Breaker:
    """Told of each request's end, with the time in ns. Each call says whether the state has changed."""

    def __init__(self, failures: int, open_ns: int) -> None:
        self._limit = failures
        self._open_ns = open_ns
        self._count: dict[Kind, int] = {}
        self._lost_session: int | None = None
        self._opened_ns = 0
        self.state: State = "closed"
        self.reason = ""
        """Why it is not closed, in words."""

    @property
    def lets_orders_out(self) -> bool:
        """New orders and replaces; everything else always tries."""
        return self.state == "closed"

    @property
    def probe_due_ns(self) -> int | None:
        """When it half-opens, or None while it is not open."""
        return self._opened_ns + self._open_ns if self.state == "open" else None

    def failed(self, kind: Kind, now_ns: int, why: str, lost_session: int | None = None) -> bool:
        """A request had no answer, or a broken one. `lost_session`: the session with which it died, if it did."""
        if self.state == "half-open":
            return self._open(now_ns, f"the probe failed: {why}")
        if lost_session is not None:
            if lost_session == self._lost_session:
                return False
            self._lost_session = lost_session
        count = self._count[kind] = self._count.get(kind, 0) + 1
        if self.state == "closed" and count >= self._limit:
            return self._open(now_ns, f"{count} {kind} requests failed, the last: {why}")
        return False

    def answered(self, kind: Kind) -> bool:
        """A request was answered. A read is the probe that closes a half-open breaker."""
        self._count.pop(kind, None)
        if self.state != "half-open" or kind != "read":
            return False
        self.state = "closed"
        self.reason = ""
        self._count.clear()
        return True

    def tick(self, now_ns: int) -> bool:
        """Half-open when its time has come: the next read decides."""
        due = self.probe_due_ns
        if due is None or now_ns < due:
            return False
        self.state = "half-open"
        return True

    def _open(self, now_ns: int, reason: str) -> bool:
        self.state = "open"
        self.reason = reason
        self._opened_ns = now_ns
        self._count.clear()
        return True
