"""Connection diagnostics: a line for each thing that can be wrong, with a word for how it is."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.console_app import console
from tests.support.desk_views import BUSY
from tests.support.diagnostics import PAPER, WELL
from widgets.clock import ExchangeTime
from widgets.connection_rows import ConnectionRow, ScreenHealth, connection_rows

SCREEN = ScreenHealth(12, (900, 0))


def rows_of(**changes: object) -> dict[str, ConnectionRow]:
    broker = msgspec.structs.replace(PAPER, **changes)
    found = msgspec.structs.replace(WELL, brokers=(broker,))
    return {row.what: row for row in connection_rows(found, SCREEN, ExchangeTime("America/New_York"))}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_pane_shows_brokers_data_journal_engine_and_screen(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        c.desk.connections = WELL
        await c.press("i")
        await c.until("to look at")
        text = c.text()
        assert "connected" in c.row_of("session ")
        assert "180 of 200 in 60 s" in text
        assert "2 of 10 in 1 s" in text
        assert "3 waiting" in c.row_of("lanes ")
        assert "6 instruments" in c.row_of("quotes ")
        await c.press("end")
        assert "seq 18,204" in c.text() or size[1] == 24


async def test_the_scrollbar_knows_rows_that_come_after_the_pane_was_laid_out() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.connections = WELL
        await c.press("i")
        await c.until("to look at")
        table = c.app.desk.panes["connections"].table
        assert len(table.rows) > table.size.height
        assert table.vertical_scrollbar.window_virtual_size == table.virtual_size.height


def test_what_is_wrong_has_a_word_and_a_reason() -> None:
    assert rows_of(connected=False)["session"].verdict == "bad"
    assert rows_of()["health"] == ConnectionRow("paper@SIM-1", "health", "degraded", "warn", "answered after 2.1 s")
    assert rows_of(breaker="open", breaker_reason="5 order requests failed")["breaker"].verdict == "bad"
    assert rows_of(skew_level="stop")["clock skew"].verdict == "bad"
    assert rows_of()["lag"].verdict == "ok"


def test_errors_of_the_last_minutes_are_told_and_older_ones_are_not() -> None:
    texts = [row.value for row in rows_of().values()]
    assert "connection reset by peer" in texts
    assert "long ago" not in texts
    assert any("METER_CRITICAL" in text for text in texts)


async def test_the_same_error_twice_in_a_second_is_one_row_and_unchanged_rows_stay_the_same_objects() -> None:
    async with console(BUSY) as c:
        c.desk.connections = WELL
        await c.press("i")
        await c.until("to look at")
        pane = c.app.desk.panes["connections"]
        before = pane._rows
        assert len({pane.key(row) for row in before}) == len(before)
        c.clock.wait(1000)
        c.desk.connections = msgspec.structs.replace(WELL, letters=2)
        c.app.draw()
        await c.until("dead letters")
        for _ in range(20):
            await c.pilot.pause()
        changed = [row for row in pane._rows if all(row is not old for old in before)]
        assert [row.what for row in changed] == ["dead letters"]
