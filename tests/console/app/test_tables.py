"""Filter, order, columns and layouts by keys, on the whole console."""

from __future__ import annotations

from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY

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
        assert "by Symbol, smallest or first first" in c.text()
        assert "Symbol▲" in c.text()
        await c.press("s")
        assert "Symbol▼" in c.text()
        await c.press("<", "<")
        assert "in their own order" in c.text()
