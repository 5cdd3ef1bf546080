"""The command line: prompt, input and history. What is typed means something to the session, not here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from console.actions import Scope
from console.screens.bindings import bindings
from engine.views import StatusView
from widgets.format import plain
from widgets.lines import Line, Lines, Part, clipped

_MOST_KEPT: Final = 500


class History:
    """What was sent, newest last; kept in a file of its own for each mode and account when there is one.

    The file is read once and appended to, mode 0600. A file that can't be read or written costs the history, never a
    command: `problem` then says why.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.problem = ""
        self._writer: ThreadPoolExecutor | None = None
        self._lines: list[str] = []
        self._at = 0
        if path is not None and path.exists():
            try:
                self._lines = path.read_text("utf-8", errors="replace").splitlines()[-_MOST_KEPT:]
            except OSError as error:
                self.problem = f"history: {path}: {error.strerror}"
        self._at = len(self._lines)

    def add(self, line: str) -> None:
        """Keep a line, unless it repeats the one before."""
        line = line.strip()
        if line and (not self._lines or self._lines[-1] != line):
            self._lines = [*self._lines[-_MOST_KEPT + 1 :], line]
            self._append(line)
        self._at = len(self._lines)

    def step(self, by: int) -> str:
        """Go `by` lines newer (older when negative); behind the newest stands an empty one."""
        self._at = max(0, min(self._at + by, len(self._lines)))
        return self._lines[self._at] if self._at < len(self._lines) else ""

    def close(self) -> None:
        """Wait until everything is in the file."""
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def _append(self, line: str) -> None:
        if self._path is None or self.problem:
            return
        if self._writer is None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._writer.submit(self._write, self._path, line)

    def _write(self, path: Path, line: str) -> None:
        """In a thread of its own: a slow disk must not hold up the screen."""
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(fd, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            self.problem = f"history: {path}: {error.strerror}"


class CommandInput(Input):
    """The input itself; the keys of COMMAND mode go before its own."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.COMMAND)]

    def on_key(self, event: events.Key) -> None:
        """The line stays open after a command; a `:` out of habit before the next one says nothing more."""
        if event.character == ":" and not self.value:
            event.stop()
            event.prevent_default()


class Prompt(Lines):
    """Mode and account while a command is typed; else what happened last, or how to begin."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._parts: Sequence[Part] = ()

    def show(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        return [clipped(self._parts, width)]


class CommandLine(Horizontal):
    """Prompt and input. `active` is COMMAND mode."""

    def __init__(self, key: str) -> None:
        """`key` is the name of the key that enters COMMAND mode."""
        super().__init__(id="command-line")
        self.prompt = Prompt()
        self.input = CommandInput(select_on_focus=False, compact=True)
        self.input.cursor_blink = False
        self._key = key
        self._said: Sequence[Part] = ()

    def compose(self) -> ComposeResult:
        yield self.prompt
        yield self.input

    @property
    def active(self) -> bool:
        return self.has_class("-active")

    def open(self, status: StatusView, text: str) -> None:
        """Enter COMMAND mode with this text on the line."""
        live = status.mode.lower() == "live"
        words = f" {status.mode.upper()} {plain(status.account)} "
        self.add_class("-active")
        self.prompt.styles.width = len(words) + 3
        self.prompt.show([(words, "live" if live else "paper"), (" : ", "key")])
        self.put(text)
        # Now, not when the app gets round to it (as `focus()` would): the keys behind this one are for the input.
        self.screen.set_focus(self.input, scroll_visible=False)

    def put(self, text: str) -> None:
        """Replace what stands on the line."""
        self.input.value = text
        self.input.cursor_position = len(text)

    def close(self) -> None:
        """Back to NORMAL mode; what was typed is dropped."""
        self.remove_class("-active")
        self.prompt.styles.width = "1fr"
        with self.input.prevent(Input.Changed):
            self.input.value = ""
        self._idle()

    def say(self, parts: Sequence[Part]) -> None:
        """What happened last; shown while no command is typed."""
        self._said = parts
        if not self.active:
            self._idle()

    def _idle(self) -> None:
        hint: Sequence[Part] = [(f" {self._key} ", "key"), ("type a command", "dim")]
        self.prompt.show(self._said or hint)
