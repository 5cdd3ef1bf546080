"""The command line: prompt and input. What is typed means something to the session, not here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from console.actions import Scope
from console.screens.bindings import bindings
from console.screens.pasted import PlainInput
from engine.views import StatusView
from widgets.format import plain
from widgets.lines import Part
from widgets.words import Words


class CommandInput(PlainInput):
    """The input itself; the keys of COMMAND mode go before its own."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.COMMAND)]

    def on_key(self, event: events.Key) -> None:
        """The line stays open after a command; a `:` out of habit before the next one says nothing more."""
        if event.character == ":" and not self.value:
            event.stop()
            event.prevent_default()


class CommandLine(Horizontal):
    """Prompt and input. `active` is COMMAND mode."""

    def __init__(self, key: str) -> None:
        """`key` is the name of the key that enters COMMAND mode."""
        super().__init__(id="command-line")
        self.prompt = Words("prompt")
        """Mode and account while a command is typed; else what happened last, or how to begin."""
        self.input = CommandInput(select_on_focus=False, compact=True)
        self.input.cursor_blink = False
        self._key = key
        self._said: Sequence[Part] = ()
        self._hint: Sequence[Part] = ()

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

    def hint(self, parts: Sequence[Part]) -> None:
        """What to begin with, shown behind the key while nothing has happened."""
        if parts != self._hint:
            self._hint = parts
            if not self.active:
                self._idle()

    def _idle(self) -> None:
        self.prompt.show(self._said or [(f" {self._key} ", "key"), ("type a command", "dim"), *self._hint])
