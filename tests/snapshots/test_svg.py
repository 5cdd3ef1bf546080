"""A few screens as Textual itself draws them, SVG by pytest-textual-snapshot: what test_matrix compares cell by cell is
seen here with the fonts and colours that a report shows."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from engine.views import DeskView
from tests.support.console_app import Clock, make_app
from tests.support.desk_views import BUSY, HALTED, STALE
from tests.support.live_views import LIVE
from tests.support.scripted_desk import ScriptedDesk

PICTURES = {
    "main_80x24": (BUSY, (80, 24)),
    "main_120x40": (BUSY, (120, 40)),
    "main_200x60": (BUSY, (200, 60)),
    "halted_80x24": (HALTED, (80, 24)),
    "stale_120x40": (STALE, (120, 40)),
    "live_80x24": (LIVE, (80, 24)),
    "live_120x40": (LIVE, (120, 40)),
    "tiny_60x12": (HALTED, (60, 12)),
}


@pytest.mark.parametrize(("view", "size"), PICTURES.values(), ids=PICTURES)
def test_the_console_looks_like_its_picture(snap_compare: Any, view: DeskView, size: tuple[int, int]) -> None:
    app = make_app(ScriptedDesk(view), Clock())

    async def before(pilot: Pilot[Any]) -> None:
        app.draw()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
