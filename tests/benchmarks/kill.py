"""From the kill key to the last cancel handed to the broker: 200 working orders, 2,000 quotes a second, a busy UI.

The key is written into the product's real terminal; the cancel's time is noted by the engine's gateway as it hands it
to the adapter. Both clocks are the machine's monotonic one. Wall time, five kills on one desk.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from console.config.defaults import write_missing
from console.config.paths import Paths
from tests.benchmarks.desk_child import ORDERS, QUOTES_PER_S, ROUNDS
from tests.benchmarks.result import Result, print_results
from tests.benchmarks.stall import OPEN
from tests.support.pty import KEYS, spawn

PATIENCE_S = 90.0


def run() -> list[Result]:
    """Measure everything here."""
    with tempfile.TemporaryDirectory() as folder:
        waited = sorted(_kills(Path(folder)))
    name = f"kill key to last cancel handed over, {ORDERS} orders, {QUOTES_PER_S:,} quotes/s, UI busy"
    return [
        Result(f"{name}: median", waited[len(waited) // 2], "ms", None, 50.0, peers="nobody publishes it"),
        Result(f"{name}: longest of {ROUNDS}", waited[-1], "ms"),
    ]


def _kills(folder: Path) -> list[float]:
    """Milliseconds of each round."""
    home, report = folder / "home", folder / "kill.json"
    _allow_bursts(home)
    pressed = []
    argv = [sys.executable, "-m", "tests.benchmarks.desk_child", "kill", str(report), "0"]
    with spawn(argv, {"TRADEDESK_HOME": str(home)}) as terminal:
        terminal.wait_for(OPEN, 30)
        for number in range(1, ROUNDS + 1):
            _wait_for(report.with_suffix(f".ready{number}"), report)
            time.sleep(0.5)  # the UI thread has been busy for a while
            pressed.append(time.monotonic_ns())
            terminal.send(KEYS["f12"])
        _wait_for(report, report)
    figures = json.loads(report.read_text())
    if "error" in figures:
        raise AssertionError(figures["error"])
    return [(handed - at) / 1e6 for at, handed in zip(pressed, figures["handed_over"], strict=True)]


def _allow_bursts(home: Path) -> None:
    """The throttle's shipped limit is for a trader's orders, not for putting 200 there at once."""
    paths = Paths.of({"TRADEDESK_HOME": str(home)})
    write_missing(paths)
    limits = paths.config / "risk_params.yaml"
    old, text = "max_orders_per_s: 20", limits.read_text()
    if text.count(old) != 1:
        raise AssertionError(f"{limits} does not say {old!r} once")
    limits.write_text(text.replace(old, "max_orders_per_s: 4096"))


def _wait_for(path: Path, report: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        if report.exists() and path != report:
            raise AssertionError(report.read_text())
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S} s for {path.name}")
        time.sleep(0.01)


if __name__ == "__main__":
    print_results(run())
