"""What is closed is forgotten: a desk that is used all day keeps nothing of the boxes that were opened meanwhile."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache

from tests.support import desk_views
from tests.support.console_app import console


def painted() -> int:
    """How many widgets' painted lines are in memory."""
    gc.collect()
    return sum(isinstance(each, StylesCache) for each in gc.get_objects())


async def test_a_box_that_was_closed_leaves_no_painted_lines_in_memory() -> None:
    async with console(desk_views.BUSY, (120, 40)) as desk:
        await desk.press("f1", "escape")
        before = painted()
        for key in ("f1", "t", "q"):
            await desk.press(key, "escape")
        await desk.wait_for(lambda: painted() <= before, f"the boxes to be gone: {painted()} widgets, {before} before")
