"""The filter's line: it stands in the command line's place while somebody filters a pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from console.actions import Scope
from console.screens.bindings import bindings
from console.screens.pasted import PlainInput
from widgets.format import plain
from widgets.words import Words


class FilterInput(PlainInput):
    """The input itself; the keys of the filter go before its own."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.FILTER)]


class FilterLine(Horizontal):
    """Says which pane is filtered, takes the words, and says at once what is wrong with them, or how many rows pass."""

    def __init__(self, typed: Callable[[str], None]) -> None:
        """`typed` hears what stands on the line whenever that changes."""
        super().__init__(id="filter-line")
        self.input = FilterInput(select_on_focus=False, compact=True)
        self.input.cursor_blink = False
        self._prompt = Words("filter-prompt")
        self._verdict = Words("filter-verdict")
        self._typed = typed

    def compose(self) -> ComposeResult:
        yield self._prompt
        yield self.input
        yield self._verdict

    @property
    def active(self) -> bool:
        return self.has_class("-active")

    def open(self, title: str, text: str) -> None:
        """Filter the pane with this title, which these words filter already."""
        self.add_class("-active")
        prompt = f" {plain(title)} /"
        self._prompt.styles.width = len(prompt)
        self._prompt.show([(prompt, "key")])
        self.put(text)
        self.screen.set_focus(self.input, scroll_visible=False)  # now: the next keys are for the input

    def put(self, text: str) -> None:
        """Replace what stands on the line."""
        self.input.value = text
        self.input.cursor_position = len(text)

    def tell(self, text: str, good: bool) -> None:
        """What the words do, or what is wrong with them."""
        self._verdict.show([(f" {plain(text)} ", "dim" if good else "down")])

    def close(self) -> None:
        self.remove_class("-active")
        with self.input.prevent(Input.Changed):
            self.input.value = ""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.active:
            self._typed(event.value)
