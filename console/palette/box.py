"""The palette on the screen. Typing searches, Enter chooses, Esc closes; it takes all keys but the kill key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Final

from textual.events import Key, Paste, Resize

from console.palette.entries import Entry, ranked
from console.screens.boxes import BoxScreen
from widgets.format import plain
from widgets.lines import Line

_NAME, _KEYS, _ROLE = 18, 12, 13
_LONGEST: Final = 40
#: Rows of the screen that are not the list: the frame, what is typed, and the lines about the chosen one.
_AROUND: Final = 9
_ABOUT: Final = 3


class PaletteBox(BoxScreen[Entry | None]):
    """Answers with the entry that was chosen, None for none."""

    explanation = (
        "Everything that keys and commands do. Letters search in names and meanings, in any order; Backspace takes one "
        "back, ctrl+u all. Up, Down, PgUp and PgDn choose. Enter does what the lowest line says: what could send "
        "something is only written on the command line. Esc closes.",
    )

    def __init__(self, offered: Sequence[Entry], clock: Callable[[], int]) -> None:
        self._offered = offered
        self._typed = ""
        self._found = list(offered)
        self._at = 0
        self._first = 0
        super().__init__("Everything there is to do", "type to search; Enter chooses, Esc closes", (), clock)

    def on_mount(self) -> None:
        super().on_mount()
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def on_paste(self, event: Paste) -> None:
        event.stop()
        self._search(self._typed + "".join(sign for sign in event.text if sign.isprintable()))

    @property
    def _room(self) -> int:
        return max(3, self.app.size.height - _AROUND - _ABOUT)

    def pressed(self, event: Key) -> None:
        moves = {"up": -1, "down": 1, "pageup": -self._room, "pagedown": self._room}
        moves |= {"home": -len(self._found), "end": len(self._found)}
        if event.key == "escape":
            self.answer(None)
        elif event.key == "enter":
            if self._found:
                self.answer(self._found[self._at])
        elif event.key in moves:
            self._at = max(0, min(self._at + moves[event.key], len(self._found) - 1))
            self._draw()
        elif event.key in ("backspace", "ctrl+u"):
            self._search(self._typed[:-1] if event.key == "backspace" else "")
        elif event.character is not None and event.is_printable:
            self._search(self._typed + event.character)

    def _search(self, typed: str) -> None:
        self._typed = typed[:_LONGEST]
        self._found = ranked(self._offered, self._typed)
        self._at = 0
        self._draw()

    def _draw(self) -> None:
        width = min(76, int(self.app.size.width * 0.96)) - 4
        room = self._room
        self._first = max(0, min(self._first, self._at), self._at - room + 1)
        lines: list[Line] = [[(" > ", "key"), (f"{plain(self._typed)}_", "strong"), (self._count(), "dim")], []]
        places = range(self._first, self._first + room)
        lines += [self._row(at, width) if at < len(self._found) else [] for at in places]
        self._text.show([*lines, [], *self._about(width)])

    def _count(self) -> str:
        return f"   {len(self._found)} of {len(self._offered)}"

    def _row(self, at: int, width: int) -> Line:
        entry = self._found[at]
        rest = width - _NAME - _KEYS - _ROLE - 1
        text = f" {entry.name:<{_NAME}}{entry.keys[: _KEYS - 1]:<{_KEYS}}{entry.role:<{_ROLE}}{entry.help}"
        if at == self._at:
            return [(plain(text)[:width].ljust(width), "caret")]
        return [
            (f" {plain(entry.name):<{_NAME}}", "strong"),
            (f"{plain(entry.keys)[: _KEYS - 1]:<{_KEYS}}", "key"),
            (f"{entry.role:<{_ROLE}}", "dim"),
            (plain(entry.help)[:rest], "normal"),
        ]

    def _about(self, width: int) -> list[Line]:
        """What the chosen one is, in full, and what Enter does with it."""
        if not self._found:
            return [[(" nothing has these letters; Backspace takes one back", "warn")], *([[]] * (_ABOUT - 1))]
        entry = self._found[self._at]
        rows = wrap(plain(entry.help), width - 2)
        if len(rows) > _ABOUT - 1:
            rows = [*rows[: _ABOUT - 2], f"{rows[_ABOUT - 2][: width - 4]}…"]
        about: list[Line] = [[(f" {row}", "normal")] for row in rows]
        about += [[]] * (_ABOUT - 1 - len(about))
        return [*about, [(f" {plain(entry.does)}", "dim")]]
