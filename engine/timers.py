"""Timers of the core: a heap per kind of time. They are no facts: after a fold they are armed again from the state."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import Literal

Key = tuple[object, ...]
Kind = Literal["wall", "market"]


class Timers:
    """One pending due time per key; setting a key again moves it."""

    def __init__(self) -> None:
        self._heaps: dict[Kind, list[tuple[int, int, Key]]] = {"wall": [], "market": []}
        self._armed: dict[Key, int] = {}
        self._due: dict[Key, int] = {}
        self._count = count(1)

    def set(self, kind: Kind, due_ns: int, key: Key) -> None:
        """Arm (or move) the timer `key` of this kind of time."""
        token = next(self._count)
        self._armed[key] = token
        self._due[key] = due_ns
        heappush(self._heaps[kind], (due_ns, token, key))

    def is_set(self, key: Key) -> bool:
        return key in self._armed

    def due_of(self, key: Key) -> int | None:
        """When the timer is due, or None when it is not armed."""
        return self._due[key] if key in self._armed else None

    def cancel(self, key: Key) -> None:
        self._armed.pop(key, None)
        self._due.pop(key, None)

    def next_due(self, kind: Kind) -> int | None:
        """When the next timer of this kind is due, or None."""
        heap = self._heaps[kind]
        while heap and self._armed.get(heap[0][2]) != heap[0][1]:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, kind: Kind, now_ns: int) -> Key | None:
        """The next due timer's key, disarmed, or None."""
        due = self.next_due(kind)
        if due is None or due > now_ns:
            return None
        _, _, key = heappop(self._heaps[kind])
        del self._armed[key]
        self._due.pop(key, None)
        return key
