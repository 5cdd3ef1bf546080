"""What waits to be written to the terminal, and what is dropped when it takes nothing. Pure."""

from __future__ import annotations

from collections import deque

import msgspec


class _Unit(msgspec.Struct, frozen=True, gc=False):
    data: bytes
    is_frame: bool


class FrameQueue:
    """A queue of whole frames and of control sequences (modes, bell, clipboard), bounded in bytes.

    Over `mark` bytes the frames are dropped, the waiting ones as well, since a full repaint will replace
    them all: `repaint_due()` is true once, when the rest has been taken. A single frame is always
    accepted by an empty queue. Controls are kept, up to twice the mark.
    """

    def __init__(self, mark: int) -> None:
        self._mark = mark
        self._units: deque[_Unit] = deque()
        self._bytes = 0
        self._dropping = False
        self.taken = self.dropped = 0
        """Frames that were queued, and that were dropped, waiting ones included; since the beginning."""

    @property
    def dropping(self) -> bool:
        return self._dropping

    def __len__(self) -> int:
        return len(self._units)

    def put_frame(self, frame: bytes) -> None:
        if self._dropping or self._bytes > self._mark:
            self.dropped += 1
            if not self._dropping:
                self.drop_frames()
            return
        self.taken += 1
        self._put(_Unit(frame, True))

    def put_control(self, control: bytes) -> None:
        if self._bytes <= 2 * self._mark:
            self._put(_Unit(control, False))

    def take(self) -> bytes | None:
        """The next unit to write, or None."""
        if not self._units:
            return None
        unit = self._units.popleft()
        self._bytes -= len(unit.data)
        return unit.data

    def put_back(self, rest: bytes) -> None:
        """What the terminal did not take of a unit that was begun: next again, and never dropped."""
        self._units.appendleft(_Unit(rest, False))
        self._bytes += len(rest)

    def drop_frames(self) -> None:
        """Drop every frame, waiting and coming, until the queue has run empty."""
        self._dropping = True
        self.dropped += sum(1 for unit in self._units if unit.is_frame)
        self._units = deque(unit for unit in self._units if not unit.is_frame)
        self._bytes = sum(len(unit.data) for unit in self._units)

    def clear(self) -> None:
        """Drop everything; nothing will be repainted."""
        self._units.clear()
        self._bytes = 0
        self._dropping = False

    def repaint_due(self) -> bool:
        """Whether frames were dropped and all else is written; true once, frames are then accepted again."""
        if self._units or not self._dropping:
            return False
        self._dropping = False
        return True

    def _put(self, unit: _Unit) -> None:
        self._units.append(unit)
        self._bytes += len(unit.data)
