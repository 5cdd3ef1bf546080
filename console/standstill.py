"""Notices that the whole process stood still: stopped by a signal (SIGSTOP, SIGTSTP), or the machine was suspended.

The desk lives in this process. While it stands still no algo sends, no stop triggers, no time limit runs out, and
nobody can say so; afterwards everybody must know. Prices of before are stale by their age, and checked as such.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 0.5
LEAST_S: Final = 2.5
"""Below it a busy machine may be all there was."""


def words(seconds: float) -> str:
    """What the alert says of a standstill that long."""
    return (
        f"the desk stood still for {seconds:.0f} s (stopped by a signal, or the machine slept): nothing was sent or "
        "triggered meanwhile"
    )


def boot_s() -> float:
    """Seconds that go on while the machine sleeps, where the system counts them; nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def watch(tell: Callable[[str], object]) -> threading.Thread:
    """Watch from now on, in a thread that ends with the process. `tell` hears each standstill, when it is over."""

    def look() -> None:
        before = boot_s()
        while True:
            time.sleep(EVERY_S)
            now = boot_s()
            late, before = now - before - EVERY_S, now
            if late >= LEAST_S:
                tell(words(late))

    thread = threading.Thread(target=look, name="standstill", daemon=True)
    thread.start()
    return thread
