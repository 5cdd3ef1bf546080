"""What a command line becomes, or why it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from engine.inputs import Command

Kind = Literal["word", "value", "price", "account", "symbol", "order", "algo", "basket", "tag", "verb", "macro"]


class Local(msgspec.Struct, frozen=True):
    """A line that the front end carries out by itself."""

    name: Literal[
        "help", "explain", "blotter", "algos", "letters", "performance", "costs", "quit", "goto", "size", "ticket",
        "tour", "unlock", "theme", "bell", "alerts", "watch", "watch_all", "unwatch", "ladder", "basket", "find",
        "run", "hotkeys", "arm", "disarm", "eod", "chain", "export", "copy", "layout",
    ]  # fmt: skip
    args: tuple[str, ...] = ()


class Parsed(msgspec.Struct, frozen=True):
    """A line that was understood."""

    verb: str
    command: Command | Local
    level: int
    """Blast radius (UX): 0 key only, 1 Enter, 2 `y`, 3 type `confirm`. A soft limit raises 1 to 2."""
    echo: str
    """The line in full, with every choice made; parsing it again gives the same command."""
    notes: tuple[str, ...] = ()
    """What was rounded, filled in or looks odd; to be shown."""
    confirm: str = ""
    """The word to type at level 3."""
    why: str = ""
    """What level 2 or 3 is about, in words."""


class Expect(msgspec.Struct, frozen=True, gc=False):
    """One thing that may stand at a place: a literal word, or a PLACEHOLDER whose candidates follow from `kind`."""

    text: str
    doc: str
    kind: Kind = "word"


class Suggestion(msgspec.Struct, frozen=True, gc=False):
    """A completion: `text` replaces line[start:end]."""

    text: str
    doc: str
    start: int
    end: int


class GrammarError(Exception):
    """A line was not understood, or is refused. `str()` is one line.

    start, end: the offending word in the line (both its length where a word is missing). `expected`: what may stand
    there. `suggestions`: near words. `needs_quote`: the symbol whose fresh quote would have helped.
    """

    def __init__(
        self,
        message: str,
        start: int,
        end: int,
        expected: Sequence[Expect] = (),
        suggestions: Sequence[str] = (),
        needs_quote: str | None = None,
    ) -> None:
        self.message = message
        self.start = start
        self.end = end
        self.expected = tuple(expected)
        self.suggestions = tuple(suggestions)
        self.needs_quote = needs_quote
        super().__init__(self._line())

    def _line(self) -> str:
        text = self.message
        if self.expected:
            text += " " if text.endswith("?") else "; "
            text += f"expected {', '.join(expect.text for expect in self.expected)}"
        if self.suggestions:
            text += f"; did you mean {' or '.join(self.suggestions)}?"
        return text
