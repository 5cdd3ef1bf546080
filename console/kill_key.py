"""What the kill key does, wherever a press is seen: the driver's input thread, or Textual's own loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from console.driver import KillKeySequence, KillStep

Pull = Callable[[str, str, Literal["no", "grace", "now"]], None]
"""DeskHandle.pull_kill: by, reason, flatten."""


class KillKey:
    """Counts presses and pulls the switch: grace with the first press, flatten now with a deliberate second one.

    One object serves both paths, so that a press which arrives on both counts once. Safe from any thread; never
    blocks longer than another press takes.
    """

    def __init__(self, pull: Pull, by: str = "console", sequence: KillKeySequence | None = None) -> None:
        self._pull = pull
        self._by = by
        self._sequence = sequence or KillKeySequence()
        self._lock = threading.Lock()

    def press(self, at_ns: int) -> KillStep:
        """Take one press at this monotonic time and act on it."""
        with self._lock:
            step = self._sequence.press(at_ns)
            if step is KillStep.KILL:
                self._pull(self._by, "kill key", "grace")
            elif step is KillStep.FLATTEN_NOW:
                self._pull(self._by, "kill key, second press", "now")
        return step

    def resumed(self) -> None:
        """The desk is open again: the next press is a first one."""
        with self._lock:
            self._sequence.reset()
