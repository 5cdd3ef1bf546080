"""The keys that terminals send, in all their dialects, through everything that stands before Textual's own parser."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser

from console.driver import KillKeyRecognizer, KillKeys
from console.driver.escape import EscapeKeys

VT_NUMBERS = (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24)
SENT: list[tuple[str, str]] = [
    *((f"f{key}", f"\x1b[{number}~") for key, number in enumerate(VT_NUMBERS, 1)),  # VT220, tmux, rxvt, PuTTY
    *((f"f{key}", f"\x1bO{letter}") for key, letter in enumerate("PQRSTUVWXYZ[", 1)),  # xterm to F4, PuTTY's VT100+
    *((f"f{key}", f"\x1b[[{letter}") for key, letter in enumerate("ABCDE", 1)),  # the Linux console
    *((f"f{key}", f"\x1b[{letter}") for key, letter in ((1, "P"), (2, "Q"), (4, "S"))),  # kitty
    *(
        (name, f"\x1b{mode}{letter}")  # normal and application cursor mode
        for name, letter in (("up", "A"), ("down", "B"), ("right", "C"), ("left", "D"), ("home", "H"), ("end", "F"))
        for mode in "[O"
    ),
    *(("home", f"\x1b[{number}~") for number in (1, 7)),  # the Linux console, tmux and screen; rxvt
    *(("end", f"\x1b[{number}~") for number in (4, 8)),
    ("insert", "\x1b[2~"),
    ("delete", "\x1b[3~"),
    ("pageup", "\x1b[5~"),
    ("pagedown", "\x1b[6~"),
    ("shift+tab", "\x1b[Z"),
    ("backspace", "\x7f"),
    ("backspace", "\x08"),  # terminals that send ctrl+h
    ("enter", "\r"),
    ("enter", "\x1bOM"),  # the keypad in application mode
    ("7", "\x1bOw"),
    ("tab", "\t"),
    ("escape", "\x1b"),
]


def heard(pieces: list[bytes]) -> list[str]:
    """The keys that the console's app gets of what arrives in these pieces; F20 is the kill key here."""
    recognizer, escapes, parser = KillKeyRecognizer(KillKeys(once="f20", twice=None)), EscapeKeys(), XTermParser(False)
    messages = []
    for piece in pieces:
        recognizer.feed(piece, 0)
        messages += list(parser.feed(text)) if (text := escapes.feed(recognizer.take().decode())) else []
    messages += list(parser.feed(text)) if (text := escapes.flush()) else []
    return [getattr(message, "key", repr(message)) for message in [*messages, *parser.tick()]]


@pytest.mark.parametrize(("name", "sequence"), SENT)
def test_every_dialect_of_a_key_is_that_key_whole_or_in_single_bytes(name: str, sequence: str) -> None:
    data = sequence.encode()
    assert heard([data]) == [name]
    assert heard([bytes([byte]) for byte in data]) == [name]
    assert heard([b"a" + data + b"b"]) == ["a", name, "b"]
