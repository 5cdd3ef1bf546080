"""What a paste may bring into a line: its first line, and no byte that a terminal would take for a command."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.widgets import Input

UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands where a control character was: left out, `1<backspace>00` would read as 100; as it is no word of any command,
the line is refused until somebody looks at it."""


def first_line(text: str) -> str:
    """The first line of it, tabs as spaces, everything else that can't be printed replaced."""
    line = text.splitlines()[0] if text else ""
    return "".join(sign if sign.isprintable() else " " if sign == "\t" else UNPRINTABLE for sign in line)


class PlainInput(Input):
    """An input that takes no control characters. Textual's own writes those of a paste to the terminal as they are."""

    def on_paste(self, event: events.Paste) -> None:
        """Comes before the input's own, which takes the text from the event."""
        event.text = first_line(event.text)
