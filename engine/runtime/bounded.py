"""Small writes that must not hold up a kill: done in a thread of their own, waited for only so long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

#: A note on a healthy disk takes a millisecond; one that hangs may cost the cancels no more than this.
DISK_BOUND_S = 0.25

log = logging.getLogger("tradedesk.engine")


def within(seconds: float, write: Callable[[], object], what: str) -> bool:
    """Run `write` and wait for it at most so long. True when it is done; a failure is logged, never raised."""
    done = threading.Event()
    failed: list[Exception] = []

    def run() -> None:
        try:
            write()
        except Exception as error:
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name=what, daemon=True).start()
    if not done.wait(seconds):
        log.error("%s: not written within %s s", what, seconds)
        return False
    if failed:
        log.error("%s: %s", what, failed[0])
        return False
    return True
