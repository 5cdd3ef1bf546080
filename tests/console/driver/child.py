"""The program that the real-terminal tests run: a live table on the driver, and a file in which it says how it is.

Started as `python -m tests.console.driver.child REPORT [OPTION]...`. Keys: `b` blocks the loop until a kill
arrives, `f` freezes the table and notes the model, `q` quits. Option: `no-sighup` leaves SIGHUP ignored.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key

from console.driver import CompactFrames, HangupWatch, make_driver
from widgets.grid import Cell, Column, GridTable, Row

COLUMNS = (
    Column("symbol", "Symbol", 8),
    Column("bid", "Bid", 10, "decimal", 2),
    Column("ask", "Ask", 10, "decimal", 2),
    Column("size", "Size", 8, "right"),
    Column("change", "Change", 9, "decimal", 2),
    Column("note", "Note", 16, flexible=True),
)
ROWS = 36
BLOCK_CAP_S = 20.0
HEADLESS_S = 1.0


class Report:
    """Facts, in one JSON file that is replaced as a whole, so that a test may read it at any time.

    Written by the loop, the input thread and the hang-up thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.facts: dict[str, Any] = {"beats": 0, "gap_ms": 0.0, "kills": [], "hangups": [], "keys": []}

    def write(self, **facts: Any) -> None:
        with self._lock:
            self.facts.update(facts)
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps(self.facts))
            os.replace(beside, self._path)


class Child(CompactFrames):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "block", priority=True),
        Binding("f", "freeze", priority=True),
        Binding("q", "quit", priority=True),
    ]

    def __init__(self, report: Report, options: list[str]) -> None:
        self.report = report
        self.options = options
        self.hangup = HangupWatch(self.on_hangup)
        super().__init__(driver_class=make_driver(self.on_kill, hangup=self.hangup))
        self.random = random.Random(7)
        self.rows = [self.make_row(number) for number in range(ROWS)]
        self.frozen = False
        self.last_beat = time.monotonic()

    def compose(self) -> ComposeResult:
        yield GridTable(COLUMNS)

    def on_mount(self) -> None:
        self.hangup.install()
        if "no-sighup" in self.options:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.update()
        self.set_interval(0.1, self.update)
        self.set_interval(0.02, self.beat)

    def make_row(self, number: int) -> Row:
        bid = self.random.uniform(1, 999)
        change = self.random.uniform(-9, 9)
        return Row(
            f"row {number}",
            (
                f"SYM{number}",
                f"{bid:.2f}",
                f"{bid + 0.01:.2f}",
                str(self.random.randrange(99_999)),
                Cell(f"{change:+.2f}", "up" if change > 0 else "down"),
                Cell(f"n{self.random.randrange(10**9)}", self.random.choice(("dim", "warn", "normal"))),
            ),
        )

    def update(self) -> None:
        if self.frozen:
            return
        self.rows = [self.make_row(number) for number in range(ROWS)]
        table = self.query_one(GridTable)
        table.set_rows(self.rows)
        table.flush()

    def beat(self) -> None:
        now = time.monotonic()
        gap_ms = (now - self.last_beat) * 1e3
        self.last_beat = now
        beats = self.report.facts["beats"] + 1
        self.report.facts["beats"] = beats
        self.report.facts["gap_ms"] = max(self.report.facts["gap_ms"], gap_ms)
        if beats % 5 == 0:
            self.report.write(size=list(self.size))

    def on_key(self, event: Key) -> None:
        self.report.facts["keys"].append(event.key)

    def on_kill(self, press_ns: int) -> None:
        # In the input thread; the blocked loop can't write the report, so this does.
        self.report.facts["kills"].append(press_ns)
        self.report.write()

    def on_hangup(self, why: str) -> None:
        hangups = [*self.report.facts["hangups"], why]
        before = time.process_time()
        time.sleep(HEADLESS_S)  # a desk that finishes its work without a screen
        self.report.write(hangups=hangups, headless_cpu_s=time.process_time() - before)
        self.call_later(self.exit)

    def action_block(self) -> None:
        kills = len(self.report.facts["kills"])
        self.report.write(blocked=True)
        end = time.monotonic() + BLOCK_CAP_S
        while len(self.report.facts["kills"]) == kills and time.monotonic() < end:
            sum(range(1_000))
        self.report.write(blocked=False, killed_while_blocked=len(self.report.facts["kills"]) > kills)

    def action_freeze(self) -> None:
        self.frozen = True
        texts = [[cell if isinstance(cell, str) else cell.text for cell in row.cells] for row in self.rows]
        self.report.write(model=texts)


def main() -> None:
    path, *options = sys.argv[1:]
    report = Report(Path(path))
    Child(report, options).run()
    report.write(ended=True)


if __name__ == "__main__":
    main()
