"""When Python's cycle collector may run: not while the desk opens, and never over everything while it trades.

Measured (DESIGN §2): a full collection stopped everything for 18-280 ms; collections during start cost a tenth of the
time to first paint. What the start made lives as long as the desk, so it is taken out of the collector's sight.
"""

from __future__ import annotations

import gc
import threading

#: Young objects are looked at after so many allocations; the oldest generation practically never.
THRESHOLDS = (50_000, 50, 1000)


def hold_back() -> None:
    """No collection from here until `settle`."""
    gc.disable()


def settle(after_s: float = 0.0) -> None:
    """Freeze what is there and let the collector look at what comes, now or `after_s` from now (any thread)."""
    if after_s:
        timer = threading.Timer(after_s, settle)
        timer.daemon = True
        timer.start()
        return
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
