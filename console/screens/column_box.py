"""Choosing a pane's columns: on and off, further left or right. The pane shows each change at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.events import Key

from console.action import Scope
from console.actions import Keymap
from console.screens.box_keys import BoxKeys
from console.screens.boxes import BoxScreen
from widgets.grid import Column
from widgets.lines import Line


class ColumnBox(BoxScreen[None]):
    """`choose` hears the keys of the columns that are on, from left to right; None: those that fit, by default."""

    explanation = (
        "Which columns the pane shows, and in which order, from left to right. The pane behind shows each change at "
        "once, and it is remembered for screens of this size. Up and Down choose a column; Esc, q or Enter close.",
    )

    def __init__(
        self,
        title: str,
        where: str,
        columns: Sequence[Column],
        on: Sequence[str],
        choose: Callable[[Sequence[str] | None], Sequence[str]],
        clock: Callable[[], int],
        keys: Keymap,
    ) -> None:
        """`on`: what is shown now; `choose` returns what is shown then."""
        self._titles = {column.key: column.title or column.key for column in columns}
        self._choose = choose
        self._take(on)
        self._at = 0
        self._column_keys = BoxKeys(keys, Scope.COLUMNS)
        self.own_keys = self._column_keys.told()
        super().__init__(f"Columns: {title}", f"for {where}; Esc closes", (), clock)
        self._text.show(self._lines())

    def _take(self, on: Sequence[str]) -> None:
        self._on = list(on)
        self._order = [*on, *(key for key in self._titles if key not in on)]

    def _lines(self) -> list[Line]:
        lines: list[Line] = []
        for index, key in enumerate(self._order):
            here = index == self._at
            mark = "[x]" if key in self._on else "[ ]"
            name = f" {mark} {self._titles[key]:<12} {key}"
            lines.append(
                [(">" if here else " ", "key"), (name, "strong" if here else "normal" if mark == "[x]" else "dim")]
            )
        return [*lines, [], [(f" {self._column_keys.hint()}, Esc done", "dim")]]

    def pressed(self, event: Key) -> None:
        key = self._order[self._at]
        if event.key == "escape":
            self.answer(None)
            return
        match self._column_keys.meant(event) or event.key:
            case "columns.switch":
                self._switch(key)
            case "columns.down":
                self._move(1)
            case "columns.up":
                self._move(-1)
            case "columns.reset":
                self._take(self._choose(None))
            case "enter" | "q":
                self.answer(None)
                return
            case "up" | "k":
                self._at = max(self._at - 1, 0)
            case "down" | "j":
                self._at = min(self._at + 1, len(self._order) - 1)
            case "home":
                self._at = 0
            case "end":
                self._at = len(self._order) - 1
        self._text.show(self._lines())

    def _switch(self, key: str) -> None:
        """On or off; the last one stays."""
        chosen = {*self._on} ^ {key}
        if chosen:
            self._on = [each for each in self._order if each in chosen]
            self._choose(self._on)

    def _move(self, by: int) -> None:
        to = self._at + by
        if 0 <= to < len(self._order):
            self._order[self._at], self._order[to] = self._order[to], self._order[self._at]
            self._at = to
            on = [each for each in self._order if each in self._on]
            if on != self._on:
                self._on = on
                self._choose(on)


class LayoutBox(BoxScreen[str | None]):
    """Choosing a layout by its digit."""

    explanation = (
        "Which panes the screen shows. A digit takes a layout; the marked one is that of now. Those of the console "
        "leave filters, orders and columns as they are, your own bring theirs. Esc, q or Enter close.",
        "`layout save NAME` keeps the screen as it is now, `layout show PANE` and `layout hide PANE` change it, "
        "`layout drop NAME` forgets one.",
    )

    def __init__(self, layouts: Sequence[tuple[str, str]], now: str, clock: Callable[[], int]) -> None:
        """(name, what it is) of each."""
        self._names = [name for name, _ in layouts][:9]
        lines: list[Line] = [
            [(f" {number} ", "key"), (f"{name:<14}", "strong" if name == now else "normal"), (text, "dim")]
            for number, (name, text) in enumerate(layouts[:9], 1)
        ]
        more = len(layouts) - 9
        if more > 0:
            lines.append([(f"   and {more} more: layout NAME", "dim")])
        lines += [[], [(" layout save NAME", "key"), (" keeps the screen as it is now under a name", "dim")]]
        super().__init__("Layouts", "Esc closes", lines, clock)

    def pressed(self, event: Key) -> None:
        at = int(event.character) - 1 if event.character and event.character in "123456789" else -1
        if 0 <= at < len(self._names):
            self.answer(self._names[at])
        elif event.key in ("escape", "enter", "q"):
            self.answer(None)
