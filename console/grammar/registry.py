"""The decorator that makes a function a verb. What it says feeds parser, help, completion, palette, shell and pages."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from console.grammar.parsed import Parsed
from console.grammar.words import Words

Reader = Callable[[Words], Parsed]


class Verb(msgspec.Struct, frozen=True):
    """One verb of the command line."""

    name: str
    usage: str
    """What is typed in the console, placeholders in capitals."""
    shell: str
    """The same from a shell, or "" when there is no such command."""
    summary: str
    read: Reader
    aliases: tuple[str, ...] = ()
    dangerous: bool = False
    """Must be spelled in full."""
    examples: tuple[str, ...] = ()
    rank: int = 50
    """Where help and documentation show it; smaller is earlier."""
    free_text: bool = False
    """Ends in words of any kind, in which `@` and `#` mean nothing."""
    gives: tuple[type, ...] = ()
    """The commands of the core that its lines give; none where they only show something."""


def verb(
    name: str,
    *,
    usage: str,
    summary: str,
    shell: str = "",
    aliases: tuple[str, ...] = (),
    dangerous: bool = False,
    examples: tuple[str, ...] = (),
    rank: int = 50,
    free_text: bool = False,
    gives: tuple[type, ...] = (),
) -> Callable[[Reader], Verb]:
    """Make the decorated reader a Verb; console.verbs collects them."""

    def make(read: Reader) -> Verb:
        return Verb(name, usage, shell, summary, read, aliases, dangerous, examples, rank, free_text, gives)

    return make
