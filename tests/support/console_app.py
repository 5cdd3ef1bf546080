"""The console on a scripted desk: no engine, no clock but the one that the test turns, a fixed exchange time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Callback, Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from console.app import DeskApp
from console.grammar.context import DeskContext
from console.screens.boxes import BoxScreen
from console.screens.history import History
from console.verbs import load_grammar
from engine.market.calendar import Calendar
from engine.model.instrument import Instrument
from engine.views import DeskView
from tests.support.desk_views import ACCOUNT
from tests.support.scripted_desk import ScriptedDesk
from widgets.clock import ExchangeTime
from widgets.glyphs import ASCII, UNICODE
from widgets.notation import Notation

GRAMMAR = load_grammar()
INSTRUMENTS = {
    symbol: Instrument(symbol, name=name)
    for symbol, name in (
        ("AAPL", "Apple"),
        ("BAC", "Bank of America"),
        ("IBM", "IBM"),
        ("MSFT", "Microsoft"),
        ("SPY", "S&P 500 ETF"),
        ("XOM", "Exxon Mobil"),
    )
}
CALENDAR = Calendar.load("XNYS")
MILLISECOND = 1_000_000


class Clock:
    """Monotonic ns that stand still until somebody turns them."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now += milliseconds * MILLISECOND


class Console:
    """What a test holds: the app, its desk, its clock, and the keyboard."""

    def __init__(self, app: DeskApp, desk: ScriptedDesk, clock: Clock, pilot: Pilot[Any]) -> None:
        self.app = app
        self.desk = desk
        self.clock = clock
        self.pilot = pilot

    async def show(self, view: DeskView) -> None:
        """Publish a view and let the console draw it."""
        self.desk.show(view)
        self.app.draw()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self._keys_done()

    async def _keys_done(self) -> None:
        """Every key has done all that it does, and a box that it opened is painted: its dead time has begun."""
        behind = asyncio.Event()
        self.app.post_message(Callback(behind.set))
        for _ in range(20_000):
            if behind.is_set() or not self.app.is_running:  # a key may end the application
                break
            await asyncio.sleep(0.001)
        # Not `pilot.pause`: it waits for widgets of a screen that a key may just have closed. Textual may lose the
        # message behind a key to such a screen, so there is an end to it.
        for _ in range(500):
            box = self.app.screen
            if not self.app._key_under_way and not (isinstance(box, BoxScreen) and not box.in_sight):
                return
            await asyncio.sleep(0.005)

    async def type(self, text: str) -> None:
        """Type text as a fast terminal delivers it: all keys at once, \\r for Enter, \\t for Tab, \\x1b for Esc."""
        for character in text:
            key = {"\r": "enter", "\t": "tab", "\x1b": "escape"}.get(character) or _character_to_key(character)
            self.app.post_message(Key(key, character))
        await self._keys_done()
        await self.pilot.pause()

    async def wait_for(self, done: Callable[[], object], what: str) -> None:
        """Wait for something that comes by itself, however slow the machine is; an AssertionError after 20 s."""
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline, f"waited for {what}:\n{self.text()}"
            await asyncio.sleep(0.01)

    async def command(self, text: str) -> None:
        """Enter COMMAND mode and type a line, without Enter."""
        await self.press(":")
        await self.type(text)

    async def until(self, text: str) -> None:
        """Wait until the screen says so: for what comes some messages later than a key."""
        for _ in range(50):
            if text in self.text():
                return
            await self.pilot.pause()
        raise AssertionError(f"{text!r} does not come:\n{self.text()}")

    def rows(self) -> list[str]:
        """The screen as text."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return ["".join(segment.text for segment in strip).ljust(width)[:width] for strip in strips[:height]]

    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self.rows())

    def row_of(self, text: str) -> str:
        """The first row of the screen that holds this text."""
        for row in self.rows():
            if text in row:
                return row
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")


def make_app(
    desk: ScriptedDesk,
    clock: Callable[[], int],
    *,
    ascii_only: bool = False,
    history: Path | None = None,
    loop_clock: Callable[[], int] = lambda: 1,
    **options: Any,
) -> DeskApp:
    """The app as start-up builds it, on a scripted desk."""
    return DeskApp(
        desk,
        grammar=GRAMMAR,
        context_of=lambda view: DeskContext(view, INSTRUMENTS, accounts=(ACCOUNT,), user="ann", calendar=CALENDAR),
        notation=Notation(ExchangeTime("America/New_York"), ASCII if ascii_only else UNICODE),
        clock=clock,
        loop_clock=loop_clock,
        history=History(history),
        **options,
    )


@asynccontextmanager
async def console(view: DeskView, size: tuple[int, int] = (120, 40), **options: Any) -> AsyncIterator[Console]:
    """Open the console on this view."""
    desk, clock = ScriptedDesk(view), Clock()
    app = make_app(desk, clock, **options)
    async with app.run_test(size=size) as pilot:
        app.draw()
        await pilot.pause()
        yield Console(app, desk, clock, pilot)
