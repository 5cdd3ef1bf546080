"""Quotes of one's own choice, and the ladder of one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.watchlist import Watchlist
from tests.support.console_app import console
from tests.support.desk_views import BUSY, STALE, changed


async def test_enter_on_a_quote_shows_its_ladder_with_own_orders_at_their_prices() -> None:
    async with console(BUSY, (80, 24)) as c:
        await c.press("7", "down", "down", "enter")
        assert c.app.desk.focused_pane == "ladder"
        assert "d Ladder" in c.row_of("IBM")
        assert c.row_of("182.24 ").split()[-1] == "500"
        assert c.row_of("182.23 ").split()[:2] == ["83", "182.23"]
        assert "top of book" in c.row_of("d Ladder")
        assert c.desk.watched == ["IBM"]


async def test_the_ticket_begins_with_the_price_under_the_cursor() -> None:
    async with console(BUSY, (80, 24)) as c:
        await c.press("7", "down", "down", "enter", "home", "t")
        top = c.app.desk.panes["ladder"].selected
        assert top is not None
        await c.until("Order ticket")
        assert "IBM" in c.row_of("Symbol  ")
        assert f"{top.price}" in c.row_of("Limit  ")


async def test_d_shows_the_ladder_of_the_row_under_the_cursor_and_stale_is_said() -> None:
    async with console(STALE, (80, 24)) as c:
        await c.press("1", "down", "down", "d")
        assert "MSFT  STALE 17s" in c.row_of("d Ladder")


async def test_on_a_wide_screen_it_follows_the_cursor_of_the_quotes() -> None:
    async with console(BUSY, (200, 60)) as c:
        assert "AAPL" in c.row_of("d Ladder")
        await c.press("7", "down")
        await c.show(changed(BUSY))
        assert "BAC" in c.row_of("d Ladder")


async def test_symbols_are_added_and_taken_out_by_command_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "watchlist"
    async with console(BUSY, (80, 24), watchlist=Watchlist(path)) as c:
        for line in ("watch msft ibm", "watch spy", "unwatch ibm"):
            await c.command(line)
            await c.press("enter")
        shown = [row.symbol for row in c.app.desk.panes["watch"]._rows]
        assert shown == ["MSFT", "SPY"]
        assert c.desk.watched[-3:] == ["MSFT", "IBM", "SPY"]
    assert Watchlist(path).symbols == ("MSFT", "SPY")
    assert path.stat().st_mode & 0o777 == 0o600
    async with console(BUSY, (80, 24), watchlist=Watchlist(path)) as c:
        await c.press("7")
        assert "AAPL" not in c.text()
        await c.command("watch all")
        await c.press("enter")
        assert "AAPL" in c.text()


def test_a_list_that_can_not_be_read_shows_everything(tmp_path: Path) -> None:
    assert Watchlist(tmp_path).symbols == ()


@pytest.mark.parametrize("symbols", [(), ("IBM",)])
def test_the_same_quotes_are_the_same_object(symbols: tuple[str, ...]) -> None:
    listed = Watchlist()
    listed.add(symbols)
    assert listed.rows(BUSY.quotes) is listed.rows(BUSY.quotes)
