"""Jump mode: letters on every pane, and the next key goes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key, Resize
from textual.geometry import Offset, Size
from textual.screen import ModalScreen

from widgets.format import plain
from widgets.lines import Line, Lines, length
from widgets.panes import TablePane

LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"
_COLUMN: Final = 25


class Target(msgspec.Struct, frozen=True):
    """A pane, by its name; `at` where its letter is shown."""

    name: str
    title: str
    at: Offset | None = None


def targets_of(panes: Mapping[str, TablePane[Any]], shown: Sequence[str]) -> list[Target]:
    """All panes; those on the screen with the place of their title."""
    return [Target(name, pane.title, pane.region.offset if name in shown else None) for name, pane in panes.items()]


class Letter(Lines):
    """One letter over the screen."""

    def __init__(self, letter: str, at: Offset) -> None:
        super().__init__(classes="jump-letter")
        self._letter = letter
        self.styles.offset = at

    def build(self, width: int) -> Sequence[Line]:
        return [[(f" {self._letter} ", "amber")]]


class Targets(Lines):
    """All letters, those of panes out of sight too."""

    def __init__(self, targets: Sequence[tuple[str, Target]]) -> None:
        super().__init__(id="jump-targets")
        self._targets = targets

    def build(self, width: int) -> Sequence[Line]:
        lines: list[list[tuple[str, str]]] = [[]]
        for letter, target in self._targets:
            if length(lines[-1]) + _COLUMN > width:
                lines.append([])
            lines[-1] += [(f" {letter} ", "key"), (f"{plain(target.title)[: _COLUMN - 4]:<{_COLUMN - 3}}", "normal")]
        return [*lines, [(" any other key: out", "dim")]]

    def on_resize(self, event: Resize) -> None:
        self.styles.height = len(self.build(event.size.width))  # Textual calls the one of Lines behind it


class JumpScreen(ModalScreen[str | None], inherit_bindings=False):
    """One key: a letter jumps, every other key, Esc too, is out. It sends nothing."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = list(zip(LETTERS, targets, strict=False))
        self._seen: Size | None = None

    def on_resize(self, event: Resize) -> None:
        """The panes stand elsewhere now, and the letters would be over others: out."""
        if self._seen not in (None, event.size):
            _ = self.dismiss(None)
        self._seen = event.size

    def compose(self) -> ComposeResult:
        for letter, target in self._targets:
            if target.at is not None:
                yield Letter(letter, target.at)
        yield Targets(self._targets)

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        _ = self.dismiss({letter: target.name for letter, target in self._targets}.get(event.key))
