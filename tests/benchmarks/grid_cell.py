"""What a changed cell costs, on the wire and in CPU, and how fast a key is answered while a thousand change a second.

Every figure is measured in a real pseudo-terminal of 120x40 that is read at once. The floor is a bare asyncio loop
that writes as many bytes as often; the stock DataTable does the same work in the same run. CPU is user + sys of the
whole process, its threads included.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Self

from tests.benchmarks.result import Result, print_results
from tests.support.pty import spawn

SIZE = (120, 40)
SECONDS = 8.0
BARE_CELL = len("\x1b[20;40H") + 9
"""The least that puts nine characters somewhere: the way there, and the characters."""


class Panes(NamedTuple):
    """Five panes, while their cells change."""

    cpu_percent: float
    bytes_per_second: float
    key_p50_ms: float
    key_p95_ms: float


def run(seconds: float = SECONDS) -> list[Result]:
    """Measure everything here; takes about six times `seconds`."""
    cell = _measure("cell", seconds)
    panes = _panes("panes", seconds)
    spread = _panes("spread", seconds)
    stock = _panes("datatable", seconds)
    cell_floor = _measure(f"raw:{cell['bytes']:.0f}", 2.0)
    floor = _panes(f"raw:{panes.bytes_per_second / 10:.0f}", seconds)
    return [
        Result("one changed cell, on the wire", cell["bytes"], "B", BARE_CELL, 250),
        Result("one changed cell, CPU", cell["cpu_ms"], "ms", cell_floor["cpu_ms"], 0.5),
        Result("one changed cell, CPU, quietest batch", cell["cpu_ms_least"], "ms", cell_floor["cpu_ms"], 0.5),
        Result("Textual's own repaint of as many characters, CPU", cell["textual_ms"], "ms", cell_floor["cpu_ms"]),
        Result("the same, quietest batch", cell["textual_ms_least"], "ms", cell_floor["cpu_ms"]),
        *_results("5 panes x 500 rows, 1,000 visible cells/s", panes, floor, budget=True),
        *_results("the same, spread over all rows", spread, None, budget=True),
        *_results("the same in a stock DataTable", stock, None, budget=False),
    ]


def _results(name: str, panes: Panes, floor: Panes | None, *, budget: bool) -> list[Result]:
    return [
        Result(f"{name}: CPU", panes.cpu_percent, "%", floor and floor.cpu_percent, 10 if budget else None),
        Result(f"{name}: key to paint p50", panes.key_p50_ms, "ms", floor and floor.key_p50_ms),
        Result(f"{name}: key to paint p95", panes.key_p95_ms, "ms", floor and floor.key_p95_ms, 35 if budget else None),
        Result(f"{name}: on the wire", panes.bytes_per_second / 1e3, "kB/s"),
    ]


def _panes(mode: str, seconds: float) -> Panes:
    with _Run(mode) as child:
        child.terminal.seconds_until(b"ready", "", 30)
        time.sleep(1.5)  # the child settles for a second before it measures
        source = random.Random(1)
        keys_ms: list[float] = []
        begin, read = time.monotonic(), child.terminal.bytes_read
        while time.monotonic() - begin < seconds:
            # at random times, so that the presses can't fall into step with the ten repaints a second
            time.sleep(source.uniform(0.02, 0.13))
            keys_ms.append(1e3 * child.terminal.seconds_until(b"<%d>" % (len(keys_ms) + 1), "n"))
        rate = (child.terminal.bytes_read - read) / (time.monotonic() - begin)
        figures = child.end()
    keys_ms.sort()
    return Panes(figures["cpu_percent"], rate, keys_ms[len(keys_ms) // 2], keys_ms[len(keys_ms) * 95 // 100])


def _measure(mode: str, seconds: float) -> dict[str, float]:
    with _Run(mode) as child:
        time.sleep(2.0 + seconds)
        return child.end()


class _Run:
    """One mode of grid_child in a terminal of its own."""

    def __init__(self, mode: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._report = Path(self._folder.name) / "report.json"
        argv = [sys.executable, "-m", "tests.benchmarks.grid_child", mode, str(self._report)]
        self.terminal = spawn(argv, {"TEXTUAL_ANIMATIONS": "none"}, SIZE)

    def end(self) -> dict[str, float]:
        self.terminal.send("x")
        self.terminal.wait(30)
        figures: dict[str, float] = json.loads(self._report.read_text())
        return figures

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.terminal.close()
        self._folder.cleanup()


if __name__ == "__main__":
    print_results(run())
