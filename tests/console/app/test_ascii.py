"""A terminal without Unicode: whatever is on the screen is ASCII, borders, bars and arrows among it."""

from __future__ import annotations

from tests.support import desk_views
from tests.support.console_app import Console, console
from tests.support.previews import plan, preview

KEYS = ("f1", "t", "q", "ctrl+p", "enter", "slash")


def assert_ascii(desk: Console, what: str) -> None:
    foreign = sorted({character for character in desk.text() if not character.isascii()})
    assert not foreign, f"{what} shows {foreign}:\n{desk.text()}"


async def test_every_pane_box_and_line_is_ascii() -> None:
    async with console(desk_views.BUSY, (80, 24), ascii_only=True) as desk:
        desk.desk.on_preview, desk.desk.on_plan = preview(), plan()
        for pane in desk.app.desk.panes:
            desk.app.desk.action_pane(pane)
            await desk.pilot.pause()
            assert_ascii(desk, pane)
            assert pane == "found" or "?" not in desk.text(), f"{pane} has a sign without a stand-in"
            if pane in ("orders", "algos"):
                await desk.press("enter")
                assert desk.app.screen is not desk.app.desk
                assert_ascii(desk, f"a detail of {pane}")
                await desk.press("escape")
        for key in KEYS:
            await desk.press(key)
            assert_ascii(desk, key)
            await desk.press("escape", "escape")
        await desk.command("buy 100 aapl lmt 190.50")
        assert_ascii(desk, "the echo")
        await desk.press("escape")
        await desk.show(desk_views.HALTED)
        assert_ascii(desk, "a kill")
