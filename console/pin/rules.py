"""What a PIN may be: long enough that ninety guesses a day are nothing, and none of those that are guessed first."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Final

from engine.model.secret import Secret

SHORTEST: Final = 6
LONGEST: Final = 64
#: Guessed first, whatever else the rules let through.
_COMMON: Final = frozenset({"password", "passw0rd", "tradedesk", "letmein", "qwerty", "qwertz", "changeme", "trading"})


def weakness(pin: Secret, names: tuple[str, ...] = ()) -> str | None:
    """Why this can't be the PIN, or None. `names`: of the user and the accounts, which are no secrets. The answer never
    repeats anything of the PIN."""
    text = pin.reveal()
    if len(text) < SHORTEST:
        return f"it is too short; expected {SHORTEST} to {LONGEST} letters, digits or signs"
    if len(text) > LONGEST:
        return f"it is too long; expected {SHORTEST} to {LONGEST} letters, digits or signs"
    if not text.isprintable() or text != text.strip():
        return "it has a space at an end, or a sign that can't be typed everywhere"
    if len(set(text.lower())) < 4:
        return "it has fewer than four different signs"
    if _is_run(text):
        return "it is a row of neighbours, like 123456 or fedcba"
    if _repeats(text):
        return "it is one piece repeated, like 123123"
    if _is_date(text):
        return "it is a date, and dates are guessed first"
    low = text.lower()
    if low in _COMMON or any(name and low in (name.lower(), name.lower()[::-1]) for name in names):
        return "it is a name or a word that is guessed first"
    return None


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}) or text in ("1234567890", "0987654321", "567890", "098765")


def _repeats(text: str) -> bool:
    size = len(text)
    return any(size % part == 0 and text == text[:part] * (size // part) for part in range(1, size // 2 + 1))


def _is_date(text: str) -> bool:
    """Six or eight digits that are a day, in any of the usual orders."""
    if not (text.isascii() and text.isdecimal() and len(text) in (6, 8)):
        return False
    year = "%y" if len(text) == 6 else "%Y"
    return any(_reads_as(text, order.replace("Y", year)) for order in ("%d%mY", "%m%dY", "Y%m%d"))


def _reads_as(text: str, form: str) -> bool:
    try:
        return 1900 <= datetime.strptime(text, form).year < 2100  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        return False
