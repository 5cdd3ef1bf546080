"""When Python's cycle collector may run: not while the desk opens, and rarely over everything while it trades.

Measured (DESIGN §2): a full collection stopped everything for 18-280 ms; collections during start cost a tenth of the
time to first paint. What the start made lives as long as the desk, so it is taken out of the collector's sight.
"""

from __future__ import annotations

import gc
import threading

#: Young objects are looked at after so many allocations, those that were alive then after twenty such looks: what a box
#: leaves behind is given back (each closed one is a web of objects that know each other). Everything but what the start
#: made is looked at rarely, and only once a quarter of it is new (Python's own rule): a pause of some 40 ms an hour
#: apart, where without it a day of opened and closed boxes would only ever grow.
THRESHOLDS = (50_000, 20, 10)


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
