"""The kill of 200 orders and 50 positions at two served brokers, one of which hangs, while two fifths of the cancels at
the other one get no answer and one fifth is refused, a fill crosses each, a thread is busy, algos raise and the disk is
full: tests/fire/test_two_brokers.py as one measurement. Wall time, from the request on the control socket.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.benchmarks.result import Result, print_results
from tests.fire.two_brokers import TwoBrokers

ORDERS = 100
"""In each account, with 25 positions."""


def run() -> list[Result]:
    """Measure everything here."""
    with tempfile.TemporaryDirectory(prefix="tdf") as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        with TwoBrokers(home) as world:
            world.fill_the_books(ORDERS)
            world.tell("defect")
            world.tell("busy")
            world.hang("PAPER")
            with world.full_disk():
                pulled_ns = time.time_ns()
                world.ask("kill", flatten=True)
                last_ms = (world.last_cancel_ns() - pulled_ns) / 1e6
                world.wait(lambda: "B verified" in world.problems(), "the healthy account to be verified")
                healthy_s = (time.time_ns() - pulled_ns) / 1e9
            world.wake("PAPER")
            woke_s = world.wait(world.ended, "the kill to be verified everywhere")
    what = f"kill under fire, {2 * ORDERS} orders, 50 positions, one of two brokers hung"
    return [
        Result(f"{what}: last cancel handed over", last_ms, "ms", peers="nobody publishes it"),
        Result(f"{what}: the other account flat and verified", healthy_s, "s"),
        Result(f"{what}: verified everywhere, after the hung one answered", woke_s, "s"),
    ]


if __name__ == "__main__":
    print_results(run())
