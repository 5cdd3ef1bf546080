"""The decorator that makes a function a verb. What it says feeds parser, help, completion, palette, shell and pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from console.grammar.parsed import Parsed
from console.grammar.words import Words

Reader = Callable[[Words], Parsed]


class Option(msgspec.Struct, frozen=True):
    """An option of a shell command that stands for words of the line: `--reason TEXT` for `reason TEXT`."""

    flag: str
    metavar: str
    help: str
    required: bool = False

    @property
    def word(self) -> str:
        """The word of the line, which begins what the option says."""
        return _OPTION_WORDS.get(self.flag, self.flag.removeprefix("--"))


_OPTION_WORDS: Final = {"--order-id": "as"}
REASON: Final = Option("--reason", "R", "Why, for the journal.", required=True)


class Shell(msgspec.Struct, frozen=True):
    """A verb as a command of the shell: its line is `verb WORDS`, then what the options say."""

    words: str = ""
    """What is typed after the command, as its help shows it; in brackets where nothing may be typed. "": nothing is."""
    options: tuple[Option, ...] = ()
    yes: bool = False
    """Whether `--yes` may accept what asks for `y`."""
    confirm: bool = False
    """Whether `--confirm WORD` may answer what asks for a word."""
    dry_run: bool = False


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
    command: Shell | None = None
    """How the shell has it as a command of its own, made from this; None where it has none, or one with more to it."""


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
    command: Shell | None = None,
) -> Callable[[Reader], Verb]:
    """Make the decorated reader a Verb; console.verbs collects them."""

    def make(read: Reader) -> Verb:
        return Verb(name, usage, shell, summary, read, aliases, dangerous, examples, rank, free_text, gives, command)

    return make
