"""The programs that grid_cell.py measures, each in a terminal of its own.

`python -m tests.benchmarks.grid_child MODE REPORT` measures until the key `x` is pressed, writes its figures into the
JSON file REPORT and ends. Modes: `cell`, `panes`, `spread`, `datatable` and `raw:BYTES` (a bare loop that writes so
many bytes ten times a second). Every mode but `cell` answers each key `n` by writing `<number of the press>`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.widgets import DataTable, Static

from console.driver import CompactFrames, make_driver
from widgets.grid import Cell, Column, GridTable, Row

PANES = ("positions", "orders", "risk", "algos", "fills")
ROWS = 500
CELLS_PER_SECOND = 1_000
FLUSH_S = 0.1
VISIBLE = {"positions": 18, "orders": 17, "risk": 11, "algos": 11, "fills": 10}
TICK_S = 0.02
BATCH = 50
BARE_WIDTH = 9

COLUMNS = (
    Column("symbol", "Symbol", 7),
    Column("side", "Side", 4),
    Column("qty", "Qty", 6, "right"),
    Column("price", "Price", 9, "decimal", 2),
    Column("last", "Last", 9, "decimal", 2),
    Column("pl", "P&L", 10, "decimal", 2, priority=1),
    Column("status", "Status", 8, priority=2),
    Column("age", "Age", 5, "right", priority=3),
    Column("account", "Account", 8, priority=4),
    Column("note", "Note", 8, priority=5),
)
LIVE = (2, 3, 4, 5)  # the columns that change

SourceRow = list[Cell | str]


def make_row(source: random.Random, number: int) -> SourceRow:
    side = source.choice((Cell("BUY", "side-buy"), Cell("SELL", "side-sell")))
    row: SourceRow = [f"SYM{number}", side, "", "", "", "", "NEW", "1s", "PAPER", Cell("note", "dim")]
    for column in LIVE:
        row[column] = make_cell(source, column)
    return row


def make_cell(source: random.Random, column: int) -> Cell | str:
    if column == 2:
        return str(source.randrange(10_000))
    value = source.uniform(-999, 999) if column == 5 else source.uniform(1, 999)
    return Cell(f"{value:.2f}", "up" if source.random() < 0.5 else "down")


class Panes(App[None]):
    """Five panes in the standard layout, a line that answers keys, and 1,000 changing cells a second."""

    CSS = """
    Static { height: 1; }
    #left { width: 1fr; } #right { width: 1fr; }
    GridTable, DataTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "answer", priority=True),
        Binding("x", "end", priority=True),
    ]

    def __init__(self, report: Path, spread: bool, **options: Any) -> None:
        super().__init__(**options)
        self.report = report
        self.spread = spread
        self.random = random.Random(3)
        self.presses = 0
        self.ticks = 0
        self.source = {pane: [make_row(self.random, number) for number in range(ROWS)] for pane in PANES}

    def make_table(self, pane: str) -> GridTable | DataTable[str]:
        raise TypeError(f"{type(self).__name__} makes no table for {pane}")

    def compose(self) -> ComposeResult:
        yield Static("ready", id="answer")
        with Horizontal():
            with Vertical(id="left"):
                yield from (self.make_table(pane) for pane in PANES[:2])
            with Vertical(id="right"):
                yield from (self.make_table(pane) for pane in PANES[2:])

    def on_mount(self) -> None:
        self.fill()
        self.set_timer(1.0, self.begin)

    def begin(self) -> None:
        self.began = (time.monotonic(), time.process_time())
        self.set_interval(FLUSH_S, self.tick)

    def tick(self) -> None:
        self.ticks += 1
        for _ in range(int(CELLS_PER_SECOND * FLUSH_S)):
            pane = self.random.choice(PANES)
            row = self.random.randrange(ROWS if self.spread else VISIBLE[pane])
            self.change(pane, row, self.random.choice(LIVE))
        if self.ticks % 10 == 0:
            self.sort()
        self.paint()

    def action_end(self) -> None:
        wall, cpu = time.monotonic() - self.began[0], time.process_time() - self.began[1]
        self.report.write_text(json.dumps({"cpu_percent": 100 * cpu / wall}))
        self.exit()

    def action_answer(self) -> None:
        self.presses += 1
        self.query_one("#answer", Static).update(f"<{self.presses}>")

    def fill(self) -> None:
        """Put all rows into the tables."""

    def change(self, pane: str, row: int, column: int) -> None:
        """Change one cell, by the row's place at the start."""

    def sort(self) -> None:
        """Ask for another order in the panes without the focus."""

    def paint(self) -> None:
        """Bring the changes to the screen."""


class GridPanes(CompactFrames, Panes):
    def make_table(self, pane: str) -> GridTable:
        return GridTable(COLUMNS, id=pane)

    def fill(self) -> None:
        self.tables = {pane: self.query_one(f"#{pane}", GridTable) for pane in PANES}
        self.rows = {
            pane: [Row(f"{pane} {number}", tuple(row)) for number, row in enumerate(self.source[pane])]
            for pane in PANES
        }
        self.paint()

    def change(self, pane: str, row: int, column: int) -> None:
        # `row` is the place on the screen, so that what is meant to be visible is
        old = self.rows[pane][row]
        cells = (*old.cells[:column], make_cell(self.random, column), *old.cells[column + 1 :])
        self.rows[pane][row] = Row(old.key, cells)

    def sort(self) -> None:
        for pane in PANES[1:]:
            rows = self.rows[pane]
            place = self.random.randrange(VISIBLE[pane] - 1)
            rows[place], rows[place + 1] = rows[place + 1], rows[place]
            moved = rows.pop(self.random.randrange(ROWS))
            rows.insert(self.random.randrange(ROWS), moved)

    def paint(self) -> None:
        for pane, table in self.tables.items():
            table.set_rows(self.rows[pane])
            table.flush()


class DataTablePanes(Panes):
    def make_table(self, pane: str) -> DataTable[str]:
        return DataTable(id=pane, cursor_type="row")

    def fill(self) -> None:
        self.tables = {pane: self.query_one(f"#{pane}", DataTable) for pane in PANES}
        for pane, table in self.tables.items():
            for column in COLUMNS:
                table.add_column(column.title, width=column.width, key=column.key)
            for number, row in enumerate(self.source[pane]):
                table.add_row(*(cell if isinstance(cell, str) else cell.text for cell in row), key=str(number))

    def change(self, pane: str, row: int, column: int) -> None:
        cell = make_cell(self.random, column)
        text = cell if isinstance(cell, str) else cell.text
        self.tables[pane].update_cell(str(row), COLUMNS[column].key, text)

    def sort(self) -> None:
        for pane in PANES[1:]:
            self.tables[pane].sort("symbol")


class OneCell(CompactFrames):
    """A table that fills the screen; batches of frames with one changed cell, and batches without."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "end", priority=True)]

    def __init__(self, report: Path) -> None:
        super().__init__(driver_class=make_driver(lambda press_ns: None))
        self.report = report
        self.ending = False
        self.random = random.Random(5)

    def compose(self) -> ComposeResult:
        yield GridTable(COLUMNS)

    def on_mount(self) -> None:
        self.rows = [Row(f"{number}", tuple(make_row(self.random, number))) for number in range(ROWS)]
        self.table = self.query_one(GridTable)
        self.table.set_rows(self.rows)
        self.table.flush()
        self.run_worker(self.measure())

    async def measure(self) -> None:
        await asyncio.sleep(1.0)
        written = self.count_bytes()
        idle: list[float] = []
        busy: list[float] = []
        bare: list[float] = []
        frames = sent = 0
        while not self.ending:
            idle.append(await self.batch(lambda: None))
            before = written[0]
            busy.append(await self.batch(self.change_one))
            sent += written[0] - before
            frames += BATCH
            bare.append(await self.batch(self.repaint_one))
        figures = {
            "cpu_ms": (statistics.median(busy) - statistics.median(idle)) * 1e3,
            "cpu_ms_least": (min(busy) - min(idle)) * 1e3,
            "textual_ms": (statistics.median(bare) - statistics.median(idle)) * 1e3,
            "textual_ms_least": (min(bare) - min(idle)) * 1e3,
            "bytes": sent / frames,
        }
        self.report.write_text(json.dumps(figures))
        self.exit()

    def count_bytes(self) -> list[int]:
        """Counts what is handed to the driver from now on; all of it reaches a terminal that reads."""
        driver, total = self._driver, [0]
        assert driver is not None
        write = driver.write

        def counting(data: str) -> None:
            total[0] += len(data.encode())
            write(data)

        driver.write = counting  # type: ignore[method-assign]
        return total

    def action_end(self) -> None:
        self.ending = True

    async def batch(self, change: Callable[[], None]) -> float:
        before = time.process_time()
        for _ in range(BATCH):
            change()
            await asyncio.sleep(TICK_S)
        return (time.process_time() - before) / BATCH

    def change_one(self) -> None:
        number, column = self.random.randrange(35), self.random.choice(LIVE)
        old = self.rows[number]
        cells = (*old.cells[:column], make_cell(self.random, column), *old.cells[column + 1 :])
        self.rows[number] = Row(old.key, cells)
        self.table.set_rows(self.rows)
        self.table.flush()

    def repaint_one(self) -> None:
        """What Textual itself takes to repaint as many characters, when nothing has changed."""
        self.table.refresh(Region(20, self.random.randrange(1, 35), BARE_WIDTH, 1))


async def raw(size: int) -> dict[str, float]:
    """The floor: the same number of bytes, written as they are, and keys answered by a bare loop."""
    presses = 0
    ending = asyncio.Event()

    def answer() -> None:
        nonlocal presses
        keys = os.read(0, 100)
        presses += keys.count(b"n")
        os.write(1, b"<%d>" % presses)
        if b"x" in keys:
            ending.set()

    asyncio.get_running_loop().add_reader(0, answer)
    os.write(1, b"ready")
    begin, cpu, writing, writes = time.monotonic(), time.process_time(), 0.0, 0
    while not ending.is_set():
        await asyncio.sleep(FLUSH_S)
        started = time.process_time()
        os.write(1, b"x" * size)
        writing += time.process_time() - started
        writes += 1
    wall = time.monotonic() - begin
    return {"cpu_percent": 100 * (time.process_time() - cpu) / wall, "cpu_ms": 1e3 * writing / writes}


def main() -> None:
    mode, path = sys.argv[1], Path(sys.argv[2])
    if mode.startswith("raw:"):
        tty.setraw(0)
        path.write_text(json.dumps(asyncio.run(raw(int(mode.removeprefix("raw:"))))))
    elif mode == "cell":
        OneCell(path).run()
    elif mode == "datatable":
        DataTablePanes(path, spread=False).run()
    else:
        GridPanes(path, spread=mode == "spread", driver_class=make_driver(lambda press_ns: None)).run()


if __name__ == "__main__":
    main()
