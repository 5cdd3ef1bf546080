"""From the command to the first paint, in a real terminal: the whole product, five panes of 500 rows; memory too."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.result import Result
from tests.desk.product import TRADEDESK
from tests.support.pty import spawn

RUNS = 5
SIZE = (120, 40)
BARE = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class A(App):\n    def compose(self):\n        yield Static('painted')\nA().run()\n"
)
FULL = [sys.executable, "-m", "tests.benchmarks.startup_child"]


def measure(argv: list[str], painted: str, env: dict[str, str]) -> tuple[float, float]:
    """(median ms until `painted` stands on the screen, resident MB then) over some runs after one to warm up."""
    took: list[float] = []
    resident = 0.0
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        with spawn(argv, env=env, size=SIZE) as terminal:
            terminal.wait_for(painted, 30)
            took.append((time.perf_counter() - started) * 1000)
            resident = _resident_mb(terminal.pid)
    return statistics.median(took[1:]), resident


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def run() -> list[Result]:
    """Wall time: what the user waits for."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"TRADEDESK_HOME": folder, "COLORTERM": "truecolor"}
        floor, bare_mb = measure([sys.executable, "-c", BARE], "painted", env)
        full, full_mb = measure(FULL, "Working orders", env)
        desk, desk_mb = measure(TRADEDESK, "ACTIVE", env)
    return [
        Result("cold start to first paint, five panes x 500 rows", full, "ms", floor, 400, peers="DataTable 743-822"),
        Result("the same, resident memory", full_mb, "MB", bare_mb, 90),
        Result("`tradedesk` to a running desk on the screen", desk, "ms", floor),
        Result("the same, resident memory", desk_mb, "MB", bare_mb, 90),
    ]
