"""From the command to the first paint, in a real terminal: the whole product, five panes of 500 rows; memory too.

Linux: processor time and memory are read from /proc.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.result import Result
from tests.desk.product import TRADEDESK
from tests.support.pty import spawn

RUNS = 5
SIZE = (120, 40)
BARE = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class A(App):\n    def compose(self):\n        yield Static('painted')\nA().run()\n"
)
TABLES = (
    "from textual.app import App\nfrom textual.widgets import DataTable\n"
    "class A(App):\n"
    "    CSS = 'DataTable { height: 1fr; }'\n"
    "    def compose(self):\n"
    "        for name in 'abcde':\n"
    "            yield DataTable(id=name)\n"
    "    def on_mount(self):\n"
    "        for table in self.query(DataTable):\n"
    "            table.add_columns(*(f'column {n}' for n in range(10)))\n"
    "            table.add_rows([f'{table.id}{row}.{n}' for n in range(10)] for row in range(500))\n"
    "A().run()\n"
)
"""The peer: as many rows in five tables of Textual's own."""
FULL = [sys.executable, "-m", "tests.benchmarks.startup_child"]


class Start(NamedTuple):
    """What it takes until the text stands on the screen: medians over some runs after one to warm up."""

    wall_ms: float
    cpu_ms: float
    """User and system: what the machine's other work changes least."""
    resident_mb: float


def measure(argv: list[str], painted: str, env: dict[str, str]) -> Start:
    """Start it some times, and wait for `painted`."""
    took: list[float] = []
    worked: list[float] = []
    resident = 0.0
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        with spawn(argv, env=env, size=SIZE) as terminal:
            terminal.wait_for(painted, 30)
            took.append((time.perf_counter() - started) * 1000)
            worked.append(terminal.cpu_seconds() * 1000)
            resident = _resident_mb(terminal.pid)
    return Start(statistics.median(took[1:]), statistics.median(worked[1:]), resident)


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def run() -> list[Result]:
    """Wall time is what the user waits for; processor time is what the program can help."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"TRADEDESK_HOME": folder, "COLORTERM": "truecolor"}
        floor = measure([sys.executable, "-c", BARE], "painted", env)
        tables = measure([sys.executable, "-c", TABLES], "e0.9", env)
        full = measure(FULL, "Working orders", env)
        desk = measure(TRADEDESK, "ACTIVE", env)
    peers = f"DataTable 743-822; here {tables.wall_ms:.0f} ms, {tables.cpu_ms:.0f} CPU, {tables.resident_mb:.0f} MB"
    return [
        Result("cold start to first paint, five panes x 500 rows", full.wall_ms, "ms", floor.wall_ms, 400, peers=peers),
        Result("the same, CPU", full.cpu_ms, "ms", floor.cpu_ms, 400),
        Result("the same, resident memory", full.resident_mb, "MB", floor.resident_mb, 90),
        Result("`tradedesk` to a running desk on the screen", desk.wall_ms, "ms", floor.wall_ms),
        Result("the same, CPU", desk.cpu_ms, "ms", floor.cpu_ms),
        Result("the same, resident memory", desk.resident_mb, "MB", floor.resident_mb, 90),
    ]
