"""An algo in full: charts and slices asked for once a second, and the keys that steer it from there."""

from __future__ import annotations

import msgspec
import pytest

from engine.inputs import ControlAlgo
from tests.support.charts import ALGO_3
from tests.support.console_app import Console, console
from tests.support.desk_views import ALGOS, BUSY, changed


async def open_algo(c: Console) -> None:
    c.desk.details[3] = ALGO_3
    await c.press("4", "enter")
    await c.until("sum/plan")
    await c.pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_shows_schedule_against_actual_the_market_and_every_slice(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        await open_algo(c)
        text = c.text()
        assert "#3 TWAP BUY 1,000 IBM" in text
        assert "430 of 1,000 (43%)" in c.row_of("filled")
        assert "ahead -70" in c.row_of("filled")
        assert "slippage +1.2 bps" in c.row_of("arrival 182.18")
        assert "4.5% (cap 10.0%)" in c.row_of("participation")
        assert "done schedule" in c.row_of("market fills")
        assert "limit 182.30, style passive" in text
        running = c.row_of("14:03:00 ")
        assert running.split("│")[1].split() == [
            "→",
            "4",
            "14:03:00",
            "143",
            "60",
            "430/572",
            "182.2300",
            "2.5%",
            "2,400",
        ]
        assert any("⠀" < sign < "⣿" for sign in text), "no line is drawn"


async def test_charts_are_asked_for_once_a_second_and_the_numbers_follow_every_frame() -> None:
    async with console(BUSY) as c:
        await open_algo(c)
        await c.show(changed(BUSY, algos=(msgspec.structs.replace(ALGOS[0], status="PAUSED", reason="by hand"),)))
        assert c.desk.details_asked == [3]
        assert "by hand" in c.row_of("PAUSED")
        c.clock.wait(1000)
        await c.show(BUSY)
        assert c.desk.details_asked == [3, 3]


async def test_p_pauses_from_there_and_every_other_control_is_a_line_to_look_at() -> None:
    async with console(BUSY) as c:
        await open_algo(c)
        await c.press("p")
        assert c.desk.commands == [ControlAlgo(3, "pause", user="ann")]
        for key, line in (
            ("c", "algo 3 cancel"),
            ("f", "algo 3 finish"),
            ("m", "algo 3 amend"),
            ("r", "algo 3 repace"),
        ):
            await c.press(key)
            await c.pilot.pause()
            assert c.app.screen is c.app.desk
            assert f": {line}" in c.text()
            await c.press("escape", "4", "enter")
        assert len(c.desk.commands) == 1


async def test_the_same_keys_work_on_its_row() -> None:
    async with console(BUSY) as c:
        await c.press("4", "c")
        assert ": algo 3 cancel" in c.text()
        assert c.desk.commands == []


async def test_without_unicode_it_is_drawn_in_letters() -> None:
    async with console(BUSY, (80, 24), ascii_only=True) as c:
        await open_algo(c)
        assert c.text().isascii()
        assert "#####" in c.text()
