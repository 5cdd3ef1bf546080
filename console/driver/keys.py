"""Which keys kill: the names a user may configure, and what they mean."""

from __future__ import annotations

import msgspec

FUNCTION_KEYS = tuple(f"f{number}" for number in range(1, 21))

# These letters are another key (h, i, j, m), belong to tmux or screen (a, b), or to the terminal itself
# (c, q, s, z): as a kill key each would either never arrive or be pressed by accident.
_UNUSABLE_LETTERS = {
    "a": "tmux and screen take it",
    "b": "tmux takes it",
    "c": "it interrupts programs",
    "h": "it is Backspace",
    "i": "it is Tab",
    "j": "it is Enter",
    "m": "it is Enter",
    "q": "it is flow control",
    "s": "it is flow control",
    "z": "it suspends programs",
}
CONTROL_LETTERS = tuple(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in _UNUSABLE_LETTERS)


class KillKeys(msgspec.Struct, frozen=True, gc=False):
    """The kill keys: `once` kills with one press, `twice` with two presses within `twice_within_ns`.

    Names are "f1" to "f20" and "ctrl+x" with a letter that reaches a program; None switches one of the
    two off, never both. Raises ValueError with one line that names the key and what was expected.
    """

    once: str | None = "f12"
    twice: str | None = "ctrl+x"
    twice_within_ns: int = 1_000_000_000

    def __post_init__(self) -> None:
        for field, name in (("once", self.once), ("twice", self.twice)):
            if name is not None:
                _check(field, name)
        if self.once is None and self.twice is None:
            raise ValueError("kill keys: none is left; expected once or twice to name a key, such as f12")
        if self.once == self.twice:
            raise ValueError(f"kill keys: once and twice are both {self.once}; expected two different keys")
        if self.twice_within_ns <= 0:
            raise ValueError(f"kill keys: twice_within_ns is {self.twice_within_ns}; expected a positive time")


def _check(field: str, name: str) -> None:
    if name in FUNCTION_KEYS or name in CONTROL_LETTERS:
        return
    letter = name.removeprefix("ctrl+")
    if name != letter and letter in _UNUSABLE_LETTERS:
        raise ValueError(f"kill keys: {field} is {name}, but {_UNUSABLE_LETTERS[letter]}; expected f12 or ctrl+x")
    raise ValueError(f"kill keys: {field} is {name!r}; expected f1 to f20, or ctrl+ and a letter")
