"""A live table in a real terminal, for test_table_in_a_terminal.py: rows come, go, move and change at random.

Started as `python -m tests.widgets.grid.child SEED MODEL`. After 60 rounds it puts the rows that should be on the
screen, in their order, into the file MODEL.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.timer import Timer
from textual.widgets import Button

from tests.widgets.grid.painted import COLUMNS
from widgets.grid import Cell, GridTable, Row

ROUNDS = 60
STYLES = ("normal", "up", "down", "dim", "warn", "alarm")


class Child(App[None]):
    CSS = "Button { height: 1; border: none; }"

    def __init__(self, seed: int, model: Path) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.model = model
        self.round = 0
        self.now = 0.0
        self.table = GridTable(COLUMNS, clock=lambda: self.now)
        self.rows = [self.make_row(f"K{number}") for number in range(25)]

    def compose(self) -> ComposeResult:
        yield Button("elsewhere")  # first, so that it has the focus and the rows may move
        yield self.table

    def on_mount(self) -> None:
        self.timer: Timer = self.set_interval(0.02, self.change)

    def make_row(self, key: str) -> Row:
        price = Cell(f"{self.random.uniform(-999, 9999):.2f}", self.random.choice(STYLES))
        note = self.random.choice(("abc", "日本語", "überlang und länger"))
        return Row(key, (key, price, str(self.random.randrange(99)), note))

    def change(self) -> None:
        self.round += 1
        self.now += self.random.random()
        for _ in range(self.random.randrange(4)):
            index = self.random.randrange(len(self.rows))
            self.rows[index] = self.make_row(self.rows[index].key)
        if self.random.random() < 0.2:
            del self.rows[self.random.randrange(len(self.rows))]
        if self.random.random() < 0.2:
            self.rows.insert(self.random.randrange(len(self.rows)), self.make_row(f"N{self.round}"))
        if self.random.random() < 0.1:
            self.random.shuffle(self.rows)
        if self.round == ROUNDS:
            self.now += 1.0
            self.timer.stop()
        self.table.set_rows(self.rows)
        self.table.flush()
        if self.round == ROUNDS:
            texts = [[cell if isinstance(cell, str) else cell.text for cell in row.cells] for row in self.rows]
            self.model.write_text(json.dumps(texts))


if __name__ == "__main__":
    Child(int(sys.argv[1]), Path(sys.argv[2])).run()
