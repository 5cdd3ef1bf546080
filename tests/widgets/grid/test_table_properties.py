"""Whatever happened to a table, what the terminal shows is what a fresh table with the same rows would show."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from tests.widgets.grid.painted import Painted, PaintedCompactly
from widgets.grid import Cell, Row

KEYS = [f"K{number:02}" for number in range(14)]
SIZES = [(60, 12), (38, 9), (26, 7), (100, 20), (12, 4)]

cells = st.one_of(
    st.sampled_from(["", "1.00", "12.5", "日本", "a long text"]),
    st.builds(Cell, st.sampled_from(["1", "-2.50", "x"]), st.sampled_from(["up", "down", "alarm", "normal"])),
)
row_sets = st.lists(
    st.tuples(
        st.sampled_from(KEYS), st.lists(cells, min_size=4, max_size=4), st.sampled_from([None, None, "dim", "alarm"])
    ),
    unique_by=lambda entry: entry[0],
    max_size=len(KEYS),
).map(lambda entries: [Row(key, tuple(texts), style) for key, texts, style in entries])
edits = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 3), cells), min_size=1, max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("rows"), row_sets),
        st.tuples(st.just("edit"), edits),
        st.tuples(st.just("edit and paint"), edits),
        st.tuples(st.just("restyle and paint"), st.integers(0, 99)),
        st.tuples(st.just("order"), st.permutations(KEYS)),
        st.tuples(st.just("flush"), st.none()),
        st.tuples(st.just("paint"), st.none()),
        st.tuples(st.just("wait"), st.sampled_from([0.4, 1.0])),
        st.tuples(st.just("key"), st.sampled_from(["down", "up", "end", "home", "pagedown", "pageup"])),
        st.tuples(st.just("key"), st.sampled_from(["tab", "left", "right"])),
        st.tuples(st.just("size"), st.sampled_from(SIZES)),
    ),
    max_size=14,
)
# Full repaints (a focus change, a new size) would hide what the single-cell updates before them forgot.
lasts = st.lists(
    st.one_of(
        st.tuples(st.just("edit and paint"), edits),
        st.tuples(st.just("key"), st.sampled_from(["down", "up", "end", "home"])),
        st.tuples(st.just("rows"), row_sets),
    ),
    max_size=3,
)
scripts = st.tuples(row_sets, steps, lasts).map(
    lambda parts: [("rows", parts[0]), ("paint", None), *parts[1], *parts[2]]
)


async def take(app: Painted, pilot: Pilot[Any], step: tuple[str, Any]) -> None:
    kind, what = step
    rows = list(app.table.rows)
    if kind == "rows":
        app.table.set_rows(what)
    elif kind.startswith("edit") and rows:
        for number, column, cell in what:
            old = rows[number % len(rows)]
            texts = (*old.cells[:column], cell, *old.cells[column + 1 :])
            rows[number % len(rows)] = Row(old.key, texts, old.row_style)
        app.table.set_rows(rows)
    elif kind.startswith("restyle") and rows:
        old = rows[what % len(rows)]
        rows[what % len(rows)] = Row(old.key, old.cells, "warn" if old.row_style is None else None)
        app.table.set_rows(rows)
    elif kind == "order":
        app.table.set_rows(rows, what)
    elif kind == "flush":
        app.table.flush()
    elif kind == "wait":
        app.now += what
    elif kind == "size":
        await pilot.resize_terminal(*what)
    elif kind == "key":
        await pilot.press(what)
    if kind.endswith("paint"):
        app.table.flush()
        await app.settle(pilot)


class State(NamedTuple):
    """What a user has done to a table, apart from the way there."""

    rows: list[Row]
    cursor: str | None
    focused: bool
    scroll: tuple[float, float]
    size: tuple[int, int]


async def old(kind: type[Painted], script: list[tuple[str, Any]]) -> tuple[Painted, State]:
    app = kind(empty="nothing")
    async with app.run_test(size=SIZES[0]) as pilot:
        for step in script:
            await take(app, pilot, step)
        app.table.flush()
        await app.settle(pilot)
        table = app.table
        scroll, size = (table.scroll_x, table.scroll_y), (app.size.width, app.size.height)
        return app, State(list(table.rows), table.cursor_key, table.has_focus, scroll, size)


async def fresh(kind: type[Painted], state: State) -> Painted:
    app = kind(empty="nothing")
    async with app.run_test(size=state.size) as pilot:
        if not state.focused:
            await pilot.press("tab")
        await app.settle(pilot)
        app.show(state.rows)
        if state.cursor is not None:
            app.table.move_cursor(state.cursor)
        await app.settle(pilot)
        app.table.scroll_to(*state.scroll, animate=False, force=True)
        await app.settle(pilot)
        return app


@pytest.mark.parametrize("kind", [Painted, PaintedCompactly], ids=["Textual's frames", "compact frames"])
@given(script=scripts)
@settings(max_examples=12)
def test_after_any_history_the_screen_is_that_of_a_fresh_table(
    kind: type[Painted], script: list[tuple[str, Any]]
) -> None:
    app, state = asyncio.run(old(kind, script))
    expected = asyncio.run(fresh(kind, state))
    assert "\n".join(app.terminal.display) == "\n".join(expected.terminal.display)
    assert app.cells() == expected.cells()
