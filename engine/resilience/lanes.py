"""The rate limiter: every request to a broker takes its turn here, within what the broker publishes.

Lanes in order: urgent cancels (the kill's), cancels, liquidation; then orders, reads and repeated cancels, which share
what is left by weight. A part of each limit is reserved: those that share never use it, so that a cancel finds room at
once. A cancel that is repeated every second shares with the reads: only their answer can end it, and a hundred of them
would leave no room for a question.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Final, Generic, TypeVar

from engine.model.diagnostics import LaneRow, WindowRow

T = TypeVar("T")
SECOND_NS: Final = 1_000_000_000


class Lane(IntEnum):
    """Who waits, most pressing first."""

    URGENT = 0
    CANCEL = 1
    LIQUIDATION = 2
    AGAIN = 3
    """Cancels that were handed over a moment ago already."""
    ORDER = 4
    READ = 5


PRIVILEGED: Final = (Lane.URGENT, Lane.CANCEL, Lane.LIQUIDATION)
SHARING: Final = (Lane.AGAIN, Lane.ORDER, Lane.READ)
PAUSED: Final = frozenset((Lane.ORDER, Lane.READ))
"""What waits when the broker asks for a pause."""


class Window:
    """One published limit: at most `requests` in any `span_ns`, of which `reserved` are for the privileged lanes."""

    __slots__ = ("common", "requests", "sent", "span_ns")

    def __init__(self, requests: int, span_ns: int, reserved_share: float, sent: Iterable[int] = ()) -> None:
        self.requests = max(requests, 1)
        self.span_ns = span_ns
        reserved = max(1, int(self.requests * reserved_share)) if reserved_share else 0
        self.common = max(1, self.requests - reserved)
        self.sent: deque[int] = deque(sent)

    def room_ns(self, now_ns: int, *, privileged: bool) -> int:
        """When one more may go: now, or the time at which the window has moved on far enough."""
        sent, since = self.sent, now_ns - self.span_ns
        while sent and sent[0] <= since:
            sent.popleft()
        most = self.requests if privileged else self.common
        return now_ns if len(sent) < most else sent[len(sent) - most] + self.span_ns

    def note(self, now_ns: int) -> None:
        self.sent.append(now_ns)


class RateLanes(Generic[T]):
    """What waits for its turn, and which may go next. Times are ns of one monotonic clock."""

    def __init__(
        self,
        limits: Sequence[tuple[int, int]],
        *,
        reserved_share: float = 0.2,
        order_weight: int = 3,
        read_weight: int = 1,
        margin_ns: int = 0,
    ) -> None:
        """`limits`: (requests, ns) each, all of them hold at once. `margin_ns`: each window is taken to be longer by
        so much, since what leaves evenly may arrive bunched."""
        self._reserved_share = reserved_share
        self._margin_ns = margin_ns
        self._limits: tuple[tuple[int, int], ...] = ()
        self._windows: tuple[Window, ...] = ()
        self.set_limits(limits)
        self._lanes: tuple[deque[tuple[T, int]], ...] = tuple(deque() for _ in Lane)
        reads = max(read_weight, 1)
        self._weight = {Lane.AGAIN: reads, Lane.ORDER: max(order_weight, 1), Lane.READ: reads}
        self._credit = dict.fromkeys(SHARING, 0)
        self._held_until_ns = 0

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def set_limits(self, limits: Sequence[tuple[int, int]]) -> None:
        """The broker publishes these now; what was sent already counts against them."""
        if tuple(limits) == self._limits:
            return
        sent = max((window.sent for window in self._windows), key=len, default=())
        self._limits = tuple(limits)
        self._windows = tuple(
            Window(requests, span_ns + self._margin_ns, self._reserved_share, sent) for requests, span_ns in limits
        )

    def put(self, lane: Lane, item: T, now_ns: int) -> None:
        """Wait at the end of a lane."""
        self._lanes[lane].append((item, now_ns))

    def hold(self, until_ns: int) -> None:
        """The broker asked for a pause: orders and reads wait until then. Cancels and liquidation still try."""
        self._held_until_ns = max(self._held_until_ns, until_ns)

    def pop(self, now_ns: int) -> tuple[Lane, T] | None:
        """The next that may go now (it counts as sent), or None."""
        lane = self._first_privileged()
        if lane is not None:
            if self._ready_ns(lane, now_ns) > now_ns:
                return None
        else:
            ready = [lane for lane in SHARING if self._lanes[lane] and self._ready_ns(lane, now_ns) <= now_ns]
            if not ready:
                return None
            lane = self._share(ready)
        for window in self._windows:
            window.note(now_ns)
        return lane, self._lanes[lane].popleft()[0]

    def next_ns(self, now_ns: int) -> int | None:
        """When `pop` will have something, or None when nothing waits."""
        lane = self._first_privileged()
        if lane is not None:
            return self._ready_ns(lane, now_ns)
        return min((self._ready_ns(lane, now_ns) for lane in SHARING if self._lanes[lane]), default=None)

    def expire(self, lane: Lane, older_than_ns: int) -> list[T]:
        """Take out what has waited since before then."""
        queue = self._lanes[lane]
        gone = []
        while queue and queue[0][1] < older_than_ns:
            gone.append(queue.popleft()[0])
        return gone

    def oldest_ns(self, lane: Lane) -> int | None:
        """Since when the first of a lane has waited."""
        queue = self._lanes[lane]
        return queue[0][1] if queue else None

    def remove(self, lane: Lane, matches: Callable[[T], bool]) -> list[T]:
        """Take out what matches."""
        queue = self._lanes[lane]
        gone = [item for item, _ in queue if matches(item)]
        if gone:
            kept = [entry for entry in queue if not matches(entry[0])]
            queue.clear()
            queue.extend(kept)
        return gone

    def waiting(self, now_ns: int) -> tuple[LaneRow, ...]:
        """Every lane, to be shown."""
        return tuple(
            LaneRow(lane.name.lower(), len(queue), now_ns - queue[0][1] if queue else None)
            for lane, queue in zip(Lane, self._lanes, strict=True)
        )

    def used(self, now_ns: int) -> tuple[WindowRow, ...]:
        """Every published limit, to be shown."""
        rows = []
        for window in self._windows:
            window.room_ns(now_ns, privileged=True)  # lets what is too old go
            free = window.requests - window.common
            rows.append(WindowRow(window.requests, window.span_ns, len(window.sent), free))
        return tuple(rows)

    def clear(self) -> None:
        """Forget everything that waits."""
        for queue in self._lanes:
            queue.clear()

    def _first_privileged(self) -> Lane | None:
        for lane in PRIVILEGED:
            if self._lanes[lane]:
                return lane
        return None

    def _share(self, ready: list[Lane]) -> Lane:
        """Smooth weighted round robin among those that wait: each gets its weight as credit, whoever has most goes and
        pays for all."""
        credit, weight = self._credit, self._weight
        if len(ready) == 1:
            return ready[0]
        for lane in ready:
            credit[lane] += weight[lane]
        chosen = max(ready, key=lambda lane: credit[lane])
        credit[chosen] -= sum(weight[lane] for lane in ready)
        return chosen

    def _ready_ns(self, lane: Lane, now_ns: int) -> int:
        privileged = lane in PRIVILEGED
        ready = max(now_ns, self._held_until_ns) if lane in PAUSED else now_ns
        for window in self._windows:
            ready = max(ready, window.room_ns(now_ns, privileged=privileged))
        return ready
