"""Pictures of every screen at three sizes, on paper and live; every pane; the main screen in every theme.

`make snapshots` accepts the present ones; look at them before (`python -m tools.pictures`). Nothing in a picture moves:
the desk is scripted, clocks stand still, the cursor does not blink. One application takes all sizes of a screen, by
being resized, so that the whole matrix costs a minute of one core at most.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.app import App

from console.keymap import resolve
from console.screens.layout import PANES, SHOWN, layout_for
from engine.views import DeskView
from tests.snapshots.picture import PictureFile, picture_of
from tests.snapshots.screens import FULL, SCREENS, Screen, Script, fill, measured
from tests.support.console_app import Clock, Console, make_app
from tests.support.desk_views import HALTED, STALE
from tests.support.scripted_desk import ScriptedDesk
from themes.palettes import THEMES

SIZES = ((80, 24), (120, 40), (200, 60))
MODES = ("paper", "live")
KEYS = resolve()


@pytest.fixture
def pictures(snapshot: SnapshotAssertion) -> Pictures:
    return Pictures(snapshot.use_extension(PictureFile))


class Pictures:
    """Compares pictures with those that were accepted; `done` says which differ."""

    def __init__(self, snapshot: SnapshotAssertion) -> None:
        self._snapshot = snapshot
        self._wrong: list[tuple[str, str]] = []

    def take(self, c: Console, name: str) -> None:
        self.compare(c.app, name)

    def compare(self, app: App[Any], name: str) -> None:
        text = picture_of(app)
        if self._snapshot(name=name) != text:  # compared from the left: syrupy notes it
            self._wrong.append((name, text))

    async def at_every_size(self, c: Console, name: str = "", again: Script | None = None) -> None:
        """`again` is done at every size but the first."""
        for width, height in SIZES:
            await resize(c, width, height)
            if again is not None and (width, height) != SIZES[0]:
                await again(c)
                await c.pilot.pause()
            self.take(c, f"{name}{'-' if name else ''}{width}x{height}")

    def done(self) -> None:
        """Fail with the first difference, after every picture was looked at."""
        for name, text in self._wrong:
            others = [other for other, _ in self._wrong if other != name]
            assert self._snapshot(name=name) == text, f"also different: {others}"


async def resize(c: Console, width: int, height: int) -> None:
    if c.app.size != (width, height):
        await c.pilot.resize_terminal(width, height)
        await c.pilot.pause()
    c.app.draw()
    await c.pilot.pause()


def in_mode(view: DeskView, mode: str) -> DeskView:
    return msgspec.structs.replace(view, status=msgspec.structs.replace(view.status, mode=mode))


def opened(view: DeskView, **options: Any) -> Console:
    desk, clock = ScriptedDesk(view), Clock()
    app = make_app(desk, clock, **options)
    return Console(app, desk, clock, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("screen", SCREENS, ids=[screen.name for screen in SCREENS])
async def test_a_screen_looks_like_its_pictures(pictures: Pictures, screen: Screen, mode: str) -> None:
    c = opened(in_mode(screen.view, mode), **screen.options)
    async with c.app.run_test(size=SIZES[0]) as c.pilot:
        await resize(c, *SIZES[0])
        await screen.script(c)
        await c.pilot.pause()
        await pictures.at_every_size(c, again=screen.script if screen.anew else None)
    pictures.done()


@pytest.mark.parametrize("mode", MODES)
async def test_every_pane_looks_like_its_pictures(pictures: Pictures, mode: str) -> None:
    c = opened(in_mode(FULL, mode), measure=measured)
    async with c.app.run_test(size=SIZES[0]) as c.pilot:
        await fill(c)
        for width, height in SIZES:
            await resize(c, width, height)
            inside = () if (width, height) == SIZES[0] else SHOWN[layout_for(width, height)]
            for pane in PANES:
                if pane in inside:
                    continue  # in the picture of the main screen
                await c.press(KEYS[f"pane_{pane}"].split(",")[0])
                await c.pilot.pause()
                c.app.draw()
                await c.pilot.pause()
                pictures.take(c, f"{pane}-{width}x{height}")
    pictures.done()


@pytest.mark.parametrize("mode", MODES)
async def test_the_main_screen_looks_like_its_pictures_in_every_theme(pictures: Pictures, mode: str) -> None:
    c = opened(in_mode(STALE, mode))
    async with c.app.run_test(size=SIZES[1]) as c.pilot:
        await resize(c, *SIZES[1])
        await c.press("1", "down")
        for look in THEMES.values():
            c.app.show_look(look)
            await c.pilot.pause()
            await c.pilot.pause()
            pictures.take(c, look.name)
    pictures.done()


async def test_below_its_least_size_and_without_unicode_it_looks_like_its_pictures(pictures: Pictures) -> None:
    c = opened(HALTED, ascii_only=True)
    async with c.app.run_test(size=(60, 12)) as c.pilot:
        await resize(c, 60, 12)
        pictures.take(c, "tiny")
        await resize(c, 120, 40)
        await c.press("4", "enter")
        await c.pilot.pause()
        pictures.take(c, "ascii")
    pictures.done()
