"""Every key that something is bound to, against what terminals can send; every action, tried at 80x24."""

from __future__ import annotations

import string
from typing import Final

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from console.actions import ACTIONS, Action, Scope
from console.screens.jump import LETTERS
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY

SMALL = (80, 24)
#: What a terminal of 1990 sends, PuTTY and tmux as well: from UX.md and the terminals' own tables, not from our code.
#: Several where terminals differ: xterm, the Linux console, PuTTY and rxvt.
SENT: Final[dict[str, tuple[str, ...]]] = {
    "up": ("\x1b[A", "\x1bOA"),
    "down": ("\x1b[B", "\x1bOB"),
    "right": ("\x1b[C", "\x1bOC"),
    "left": ("\x1b[D", "\x1bOD"),
    "home": ("\x1b[H", "\x1b[1~"),
    "end": ("\x1b[F", "\x1b[4~"),
    "pageup": ("\x1b[5~",),
    "pagedown": ("\x1b[6~",),
    "enter": ("\r",),
    "tab": ("\t",),
    "shift+tab": ("\x1b[Z",),
    "backspace": ("\x7f",),
    "space": (" ",),
    "f1": ("\x1bOP", "\x1b[11~", "\x1b[[A"),
    "f2": ("\x1bOQ", "\x1b[12~", "\x1b[[B"),
    "f3": ("\x1bOR", "\x1b[13~", "\x1b[[C"),
    "f4": ("\x1bOS", "\x1b[14~", "\x1b[[D"),
    "f5": ("\x1b[15~", "\x1b[[E"),
    "f6": ("\x1b[17~",),
    "f7": ("\x1b[18~",),
    "f8": ("\x1b[19~",),
    "f9": ("\x1b[20~",),
    "f10": ("\x1b[21~",),
    "f11": ("\x1b[23~",),
    "f12": ("\x1b[24~",),
    "escape": ("\x1b",),
    **{f"ctrl+{letter}": (chr(ord(letter) - 96),) for letter in "defgklnoprtuvwxy"},
    **{sign: (sign,) for sign in string.ascii_letters + string.digits + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
}
#: The keys that boxes and overlays answer to, which are no actions that could be mapped to other keys.
OF_BOXES: Final = (
    *("y", "n", "l", "c", "h", "q", "enter", "space", "escape", "backspace"),
    *("up", "down", "pageup", "pagedown", "home", "end", *LETTERS),
)


@pytest.mark.parametrize("key", sorted({key for a in ACTIONS for key in a.keys.split(",")} | set(OF_BOXES)))
def test_every_default_key_is_one_that_an_old_terminal_sends_and_that_is_understood(key: str) -> None:
    assert key in SENT, "no key for people on PuTTY, tmux or a console"
    for sequence in SENT[key]:
        parser = XTermParser()
        events = [event for event in (*parser.feed(sequence), *parser.feed("")) if isinstance(event, Key)]
        assert [event.character if len(key) == 1 else event.key for event in events] == [key], repr(sequence)


def tried() -> list[Action]:
    return [action for action in ACTIONS if action.scope in (Scope.DESK, Scope.ROW)]


async def test_every_action_can_be_reached_by_its_key_at_80x24_and_does_something() -> None:
    """One console for all: between two of them everything is closed again."""
    async with console(BUSY, SMALL) as c:
        idle = []
        for action in tried():
            await start(c, action)
            before = state(c)
            await c.press(action.keys.split(",")[0])
            await c.pilot.pause()
            if state(c) == before:
                idle.append(action.id)
        # In one pane there is nothing to zoom, no column beyond the edge, nothing sorted that could be turned.
        assert set(idle) <= {"zoom", "grid.left", "grid.right", "sort_reverse", "sort_now"}


async def start(c: Console, action: Action) -> None:
    """To a row on which it works, with nothing open."""
    while c.app.screen is not c.app.desk:
        await c.press("escape")
        await c.pilot.pause()
    await c.press("escape", "escape")
    # Not its own pane, so that a key that goes there can be seen to.
    pane = action.panes[0] if action.panes else "orders" if action.id == "pane_fills" else "fills"
    c.app.desk.action_pane(pane)
    c.clock.wait(2_000)
    await c.press("end" if action.id in ("grid.up", "grid.page-up", "grid.first") else "home")
    await c.pilot.pause()


def state(c: Console) -> tuple[object, ...]:
    cursors = tuple(pane.table.cursor_key for pane in c.app.desk.panes.values())
    return (c.text(), c.app.desk.focused_pane, type(c.app.screen), len(c.desk.commands), c.app.theme, cursors)
