"""The P&L of the day as a curve, asked for while it is looked at."""

from __future__ import annotations

import msgspec

from tests.support.charts import CURVE
from tests.support.console_app import console
from tests.support.desk_views import BUSY


async def test_it_draws_the_day_and_tells_high_low_and_falls() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.curve = CURVE
        await c.press("e")
        await c.until("began 5,000,000.00 USD")
        assert c.row_of("desk ").split() == ["desk", "+4,182.35", "+4,190.00", "-212.40", "-7.65", "-468.00"]
        await c.pilot.pause()
        assert any("⠀" < sign < "⣿" for sign in c.text())
        assert "since this start" not in c.text()


async def test_a_day_that_is_known_in_part_says_so() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.curve = msgspec.structs.replace(CURVE, whole=False)
        await c.press("e")
        await c.until("since this start")
