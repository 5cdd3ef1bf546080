"""Filter, order, columns and layouts by keys, on the whole console."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from console.table_memory import TableMemory, memory_file
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, ORDERS
from widgets.panes.lineup import SortBy

SMALL = (80, 24)


def order_rows(c: Console) -> list[str]:
    return [row.key for row in c.app.desk.panes["orders"].table.rows]


async def test_a_filter_works_with_each_key_says_what_is_wrong_and_goes_with_escape() -> None:
    async with console(BUSY, SMALL) as c:
        await c.press("2")
        everything = order_rows(c)
        await c.type("/ibm")
        assert "Working orders /ibm" in c.text()
        some = order_rows(c)
        assert 0 < len(some) < len(everything)
        await c.type(" !foo:")
        assert "no column foo" in c.text()
        assert order_rows(c) == some
        await c.press(*["backspace"] * 6, "enter")
        assert c.app.desk.focused_pane == "orders"
        assert f"{len(some)} of {len(everything)}" in c.row_of("Working orders")
        await c.press("escape")
        assert order_rows(c) == everything
        assert c.desk.commands == []


async def test_an_order_keeps_its_number_and_its_keys_in_a_filtered_pane() -> None:
    async with console(BUSY, SMALL) as c:
        await c.press("2")
        await c.type("/#:28\r")
        c.clock.wait(600)  # the row that was under the cursor has gone
        await c.press("m")
        assert c.app.desk.command_line.input.value == "mod 28 "


async def test_the_kill_switch_is_heard_while_a_filter_is_typed() -> None:
    async with console(BUSY, SMALL) as c:
        await c.press("2")
        await c.type("/k")
        await c.press("f12")
        assert c.desk.kills
        assert not c.app.desk.filter_line.active


async def test_keys_choose_the_column_and_the_way_round() -> None:
    async with console(BUSY, SMALL) as c:
        await c.press("2", ">", ">")
        assert "by Symbol, ascending" in c.text()
        assert "Symbol▲" in c.text()
        await c.press("s")
        assert "Symbol▼" in c.text()
        await c.press("<", "<")
        assert "in their own order" in c.text()


async def enter(c: Console, line: str) -> None:
    """Give a command and wait until it was taken, however long the keys take."""
    await c.command(f"{line}\r")
    for _ in range(100):
        await c.pilot.pause()
        if not c.app.desk.command.active:
            break
    await c.pilot.pause()


def memory(folder: Path) -> TableMemory:
    return TableMemory(memory_file(folder, "ann"))


async def test_the_shown_table_is_exported_and_the_whole_one_when_asked_for(tmp_path: Path) -> None:
    async with console(BUSY, SMALL, tables=memory(tmp_path)) as c:
        await c.press("2")
        await c.type("/ibm\r")
        await c.press("E")
        await c.app.workers.wait_for_complete()
        await c.pilot.pause()
        (written,) = (tmp_path / "exports").iterdir()
        header, *rows = csv.reader(written.read_text().splitlines())
        shown = c.app.desk.panes["orders"].table.shown_columns
        assert (tuple(header), [row[0] for row in rows]) == (shown, order_rows(c))
        assert f"wrote {len(rows)} rows of orders ({len(ORDERS) - len(rows)} filtered out) to" in c.text()
        target = tmp_path / "mine.csv"
        await enter(c, f"export orders {target} all")
        await c.app.workers.wait_for_complete()
        await c.pilot.pause()
        assert "mine.csv" in c.text()
        header, *rows = csv.reader(target.read_text().splitlines())
        assert (len(rows), len(header)) == (len(ORDERS), len(c.app.desk.panes["orders"].columns))
        assert dict(zip(header, rows[0], strict=True))["qty"] == str(ORDERS[0].order_qty)


async def test_the_selected_row_a_cell_and_the_table_are_copied() -> None:
    async with console(BUSY, SMALL) as c:
        await c.press("2", "down", "y")
        assert c.app.clipboard.split("\t")[:2] == ["30", ORDERS[1].symbol]
        assert "copied the selected row of orders" in c.text()
        await c.press("Y")
        assert c.app.clipboard.count("\n") == len(ORDERS)
        await enter(c, "copy symbol")
        assert c.app.clipboard == ORDERS[1].symbol
        await enter(c, "copy nothing")
        assert "nothing copied: no column nothing" in c.text()


async def test_columns_are_chosen_for_a_size_and_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with console(BUSY, SMALL, tables=memory(tmp_path)) as c:
        await c.press("2", ">", "s", "C")
        assert "Columns: Working orders" in c.text()
        before = c.app.desk.panes["orders"].table.shown_columns
        await c.press("down", "space", "up", "plus", "plus", "escape")
        chosen = c.app.desk.panes["orders"].table.shown_columns
        assert "symbol" in before
        assert "symbol" not in chosen
        assert chosen[:2] == ("side", "id")
    async with console(BUSY, SMALL, tables=memory(tmp_path)) as c:
        await c.press("2")
        pane = c.app.desk.panes["orders"]
        assert (pane.table.shown_columns, pane.sort) == (chosen, SortBy("id"))
        await c.press("C", "r", "escape")
        assert pane.table.shown_columns == before
    async with console(BUSY, (120, 40), tables=memory(tmp_path)) as c:
        assert "symbol" in c.app.desk.panes["orders"].table.shown_columns


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_a_layout_without_risk_or_alerts_has_a_line_of_each(size: tuple[int, int], tmp_path: Path) -> None:
    async with console(BUSY, size, tables=memory(tmp_path)) as c:
        screen = c.app.desk
        assert not screen.query_one("#risk-strip").display
        assert not screen.query_one("#alert-line").display
        await enter(c, "layout trading")
        assert screen.query_one("#risk-strip").display
        assert screen.query_one("#alert-line").display == ("6 Alerts" not in c.text())
        assert "19!! of 20" in c.row_of(" Risk ")
        await enter(c, "layout standard")
        assert not screen.query_one("#risk-strip").display


async def test_layouts_choose_the_panes_and_own_ones_are_kept(tmp_path: Path) -> None:
    async with console(BUSY, (120, 40), tables=memory(tmp_path)) as c:
        await c.press("w", "2")
        await c.pilot.pause()
        assert "Quotes" in c.text()
        assert "Ladder" in c.text()
        await enter(c, "layout hide ladder")
        assert "7 Quotes" in c.text()
        assert "Ladder  " not in c.text()
        await enter(c, "layout save mine")
        await enter(c, "layout standard")
        assert "Quotes" not in c.text()
    async with console(BUSY, (120, 40), tables=memory(tmp_path)) as c:
        await enter(c, "layout mine")
        assert "7 Quotes" in c.text()
        await enter(c, "layout trading")
        await enter(c, "layout save trading")
        assert "comes with the console" in c.text()


async def test_a_broken_memory_is_told_once_and_costs_no_start(tmp_path: Path) -> None:
    memory_file(tmp_path, "ann").write_text("{")
    async with console(BUSY, (120, 40), tables=memory(tmp_path)) as c:
        assert "tables-ann.json" in c.text()
    async with console(BUSY, (120, 40), tables=memory(tmp_path)) as c:
        assert "tables-ann.json" not in c.text()
