"""The first frame of a start is painted once, whole, and comes also where nothing asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import RenderableType
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from console.driver.first_frame import FirstFrame
from tests.widgets.grid.painted import PaintedCompactly, row

ROWS = [row(f"S{n}", f"{n}.00") for n in range(30)]


class Plain(Screen[Any]):
    """A screen as Textual starts it."""


class Started(PaintedCompactly):
    """Shows its rows as it is mounted, and counts what would have been drawn."""

    def __init__(self, screen: type[Screen[Any]]) -> None:
        super().__init__()
        self.kind = screen
        self.frames: list[str] = []

    def get_default_screen(self) -> Screen[Any]:
        return self.kind()

    def compose(self) -> ComposeResult:
        yield Static("a line over it")
        yield from super().compose()

    def on_mount(self) -> None:
        self.show(ROWS)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        before = self.sent
        super()._display(screen, renderable)
        if self.sent != before:
            self.frames.append("\n".join(self.terminal.display))


async def start(screen: type[Screen[Any]], size: tuple[int, int] = (60, 12)) -> Started:
    app = Started(screen)
    async with app.run_test(size=size) as pilot:
        await app.settle(pilot)
    return app


async def test_no_frame_of_the_start_is_blank_and_the_screen_is_the_same_as_without() -> None:
    plain, first = await start(Plain), await start(FirstFrame)

    assert "S0" not in plain.frames[0], "Textual's own first frame is blank: what this is for"
    assert "S0" in first.frames[0]
    assert "a line over it" in first.frames[0]
    assert len(first.frames) < len(plain.frames)
    assert first.frames[-1] == plain.frames[-1]


@pytest.mark.parametrize("layout_due", [False, True])
async def test_the_first_frame_is_whole_although_nothing_is_dirty(layout_due: bool) -> None:
    """What was not drawn is forgotten by nobody: the frame that is drawn first is one of all."""

    class Clean(FirstFrame):
        def _on_timer_update(self) -> None:
            if not self._begun:
                self._dirty_widgets.clear()
                self._layout_required = layout_due
                self._repaint_required = False
            super()._on_timer_update()

    app = await start(Clean)

    assert app.frames[-1] == (await start(Plain)).frames[-1]


async def test_another_size_in_the_middle_of_the_start_is_painted() -> None:
    app = Started(FirstFrame)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.resize_terminal(80, 20)
        await app.settle(pilot)
        assert app.screen.size == (80, 20)

    assert app.frames[-1] == (await start(Plain, (80, 20))).frames[-1]
