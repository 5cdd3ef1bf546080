"""The short way to the terminal: taken where nothing lies over a widget, and the screen is right whatever happens."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from console.driver.patches import PatchUpdate
from tests.widgets.grid.painted import COLUMNS, PaintedCompactly, row
from widgets.grid import GridTable
from widgets.lines import Line, Lines

SIZES = [(60, 12), (38, 9), (100, 20)]
ROWS = 14


class Count(Lines):
    """A line whose number changes."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def build(self, width: int) -> list[Line]:
        return [[("count ", "label"), (f"{self.number}", "strong"), (" of many", "dim")]]


class Cover(ModalScreen[None]):
    """A box over a part of the screen below."""

    CSS = "Cover { align: center middle; background: transparent; } Cover > Static { width: 20; height: 3; }"

    def compose(self) -> ComposeResult:
        yield Static("a box")


class Desk(PaintedCompactly):
    """Two tables, a line, and what may lie over them. Counts the frames of either way."""

    CSS = """
    Screen { layers: base above; }
    GridTable { padding: 0 0 0 1; }
    Count { height: 1; }
    #note { layer: above; dock: bottom; width: 30; height: 2; display: none; margin-bottom: 2; }
    .-note #note { display: block; }
    .-narrow #second { padding: 1 3; }
    .-faint #second { opacity: 60%; }
    """
    FLAGS: ClassVar[tuple[str, ...]] = ("-note", "-narrow", "-faint")

    def __init__(self) -> None:
        super().__init__()
        self.tables = [self.table, GridTable(COLUMNS, id="second", clock=lambda: self.now)]
        self.count = Count()
        self.rows = [[row(f"{name}{n}", f"{n}.00") for n in range(ROWS)] for name in "AB"]
        self.patched = self.composed = 0

    def compose(self) -> ComposeResult:
        yield self.count
        with Vertical():
            yield from self.tables
        yield Static("a note above", id="note")

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, PatchUpdate):
            self.patched += 1
        elif renderable is not None:
            self.composed += 1

    def edit(self, table: int, number: int, text: str) -> None:
        rows = self.rows[table]
        rows[number] = row(rows[number].key, text, note=text[-1])
        self.tables[table].set_rows(rows)
        self.tables[table].flush()

    def tick(self) -> None:
        self.count.number += 7
        self.count.redraw()

    def whole(self) -> list[list[Any]]:
        """What the screen shows when all of it is composed anew."""
        kept, self.terminal = self.terminal, pyte.Screen(self.size.width, self.size.height)
        self.terminal.reset_mode(7, private=True)
        stream = pyte.Stream(self.terminal)
        update = self.screen._compositor.render_update(full=True, screen_stack=self._background_screens)
        stream.feed(update.render_segments(self.console))  # type: ignore[union-attr]
        cells, self.terminal = self.cells(), kept
        return cells


async def start(pilot: Any) -> Desk:
    app: Desk = pilot.app
    for table, rows in zip(app.tables, app.rows, strict=True):
        table.set_rows(rows)
        table.flush()
    await app.settle(pilot)
    app.patched = app.composed = 0
    return app


async def test_cells_and_lines_that_nothing_covers_are_written_in_one_frame_without_being_composed() -> None:
    async with Desk().run_test(size=(60, 16)) as pilot:
        app = await start(pilot)
        app.edit(0, 1, "123.45")
        app.edit(1, 2, "678.90")
        app.tick()
        await app.settle(pilot)
        assert (app.patched, app.composed) == (1, 0)
        assert any("123.45" in line for line in app.terminal.display)
        assert any("678.90" in line for line in app.terminal.display)
        assert "count 7 of many" in app.terminal.display[0]
        assert app.cells() == app.whole()


async def test_a_cell_under_something_else_does_not_shine_through() -> None:
    async with Desk().run_test(size=(60, 16)) as pilot:
        app = await start(pilot)
        app.add_class("-note")
        await app.settle(pilot)
        patched = app.patched
        app.edit(1, 3, "777.77")
        await app.settle(pilot)
        assert app.patched == patched
        assert app.cells() == app.whole()


async def test_under_a_box_the_screen_below_goes_on() -> None:
    async with Desk().run_test(size=(60, 16)) as pilot:
        app = await start(pilot)
        _ = app.push_screen(Cover())
        await app.settle(pilot)
        app.edit(0, 0, "55.55")
        await app.settle(pilot)
        assert app.patched == 0
        assert any("55.55" in line for line in app.terminal.display)
        assert any("a box" in line for line in app.terminal.display)


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("edit"), st.integers(0, 1), st.integers(0, ROWS - 1), st.sampled_from(["1.00", "日本", "-2"])
        ),
        st.tuples(st.just("edit"), st.integers(0, 1), st.integers(0, 4), st.sampled_from(["10.00", "3.5"])),
        st.tuples(st.just("tick")),
        st.tuples(st.just("flag"), st.sampled_from(Desk.FLAGS)),
        st.tuples(st.just("box")),
        st.tuples(st.just("size"), st.sampled_from(SIZES)),
        st.tuples(st.just("key"), st.sampled_from(["down", "right", "end", "tab"])),
        st.tuples(st.just("settle")),
    ),
    max_size=16,
)


async def after(script: list[tuple[Any, ...]]) -> tuple[list[list[Any]], list[list[Any]]]:
    app = Desk()
    async with app.run_test(size=SIZES[0]) as pilot:
        await start(pilot)
        for kind, *what in script:
            if kind == "edit":
                app.edit(*what)
            elif kind == "tick":
                app.tick()
            elif kind == "flag":
                app.toggle_class(*what)
            elif kind == "box":
                _ = app.pop_screen() if len(app.screen_stack) > 1 else app.push_screen(Cover())
            elif kind == "size":
                await pilot.resize_terminal(*what[0])
            elif kind == "key":
                await pilot.press(what[0])
            else:
                await app.settle(pilot)
        if len(app.screen_stack) > 1:
            _ = app.pop_screen()
        await app.settle(pilot)
        return app.cells(), app.whole()


@given(script=steps)
@settings(max_examples=15)
def test_after_any_history_the_screen_is_what_composing_all_of_it_would_show(script: list[tuple[Any, ...]]) -> None:
    shown, expected = asyncio.run(after(script))
    assert shown == expected
