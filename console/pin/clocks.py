"""The machine's clocks, for the lock-out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class MachineClocks:
    """Wall time, and the time since the machine started, which nobody can set."""

    def __init__(self) -> None:
        try:
            self.boot_id = _BOOT_ID.read_text().strip()
        except OSError:
            self.boot_id = ""  # macOS has no name for a run of the machine

    def wall_ns(self) -> int:
        return time.time_ns()

    def boot_ns(self) -> int:
        # CLOCK_BOOTTIME goes on while the machine sleeps; where there is none, a sleep only makes a lock-out longer.
        clock = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic_ns() if clock is None else time.clock_gettime_ns(clock)
