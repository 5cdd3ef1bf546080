"""How long the engine's loop is ever kept waiting: with a terminal that nobody reads, and beside a CPU-bound UI thread.

The product runs in a real pseudo-terminal and trades its simulated market. A task in the engine's own loop wants to run
every millisecond; a gap is how late it comes. The floor is the same task on a bare loop in a thread. Wall time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.result import Result, print_results
from tests.support.pty import REPOSITORY, spawn

UNREAD_S = 60.0
BUSY_S = 15.0
FLOOR_S = 5.0
OPEN = "F12 KILL"
"""On the console's first screen."""


def run(unread_s: float = UNREAD_S, busy_s: float = BUSY_S) -> list[Result]:
    """Measure everything here."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        quiet, beside = _floor(home, "floor"), _floor(home, "floor-busy")
        unread = _desk(home, "watch", unread_s, read=False)
        busy = _desk(home, "busy", busy_s, read=True)
    peers = "stock Textual: stopped for the whole time"
    return [
        *_results(f"engine loop gap, terminal unread for {unread_s:.0f} s", unread, quiet, peers),
        *_results("engine loop gap, CPU-bound UI thread", busy, beside, peers),
    ]


def _results(name: str, ours: dict[str, float], bare: dict[str, float], peers: str) -> list[Result]:
    return [
        Result(f"{name}: p99", ours["p99_ms"], "ms", bare["p99_ms"], 10.0, peers=peers),
        Result(f"{name}: longest", ours["longest_ms"], "ms", bare["longest_ms"], 25.0),
    ]


def _floor(home: Path, mode: str) -> dict[str, float]:
    report = home / f"{mode}.json"
    subprocess.run(_command(mode, report, FLOOR_S), check=True, cwd=REPOSITORY)
    figures: dict[str, float] = json.loads(report.read_text())
    return figures


def _desk(home: Path, mode: str, seconds: float, *, read: bool) -> dict[str, float]:
    report = home / f"{mode}.json"
    with spawn(_command(mode, report, seconds), {"TRADEDESK_HOME": str(home / mode)}) as terminal:
        terminal.wait_for(OPEN, 30)
        time.sleep(3.0)  # what a start does once is over
        if not read:
            terminal.stop_reading()
        report.with_suffix(".go").touch()
        deadline = time.monotonic() + seconds + 60
        while not report.exists():
            if time.monotonic() > deadline:
                raise AssertionError(f"no figures of {mode}")
            time.sleep(0.1)
        terminal.resume_reading()
    figures: dict[str, float] = json.loads(report.read_text())
    if "error" in figures:
        raise AssertionError(figures["error"])
    return figures


def _command(mode: str, report: Path, seconds: float) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.desk_child", mode, str(report), str(seconds)]


if __name__ == "__main__":
    print_results(run())
