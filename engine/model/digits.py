"""Numbers as short text: base 36, digits and capital letters."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PAIRS: Final = tuple(first + second for first in DIGITS for second in DIGITS)


def base36(number: int, width: int = 1) -> str:
    """`number` >= 0 in base 36, padded with zeros to `width`."""
    text = ""
    while number:
        # Two digits at a time: every order and execution gets an id.
        number, pair = divmod(number, 1296)
        text = _PAIRS[pair] + text
    return text.lstrip("0").rjust(width, "0")
