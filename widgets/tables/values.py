"""What stands behind a cell: the value that is sorted by, compared with, and written to files."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum

import msgspec

_NUMBER = re.compile(r"[+-]?(\d[\d,]*)?(\.\d+)?")
_SUFFIXES = {"k": 10**3, "m": 10**6, "b": 10**9}


class Moment(msgspec.Struct, frozen=True, order=True, gc=False):
    """A point in time: ns since the epoch, UTC."""

    ns: int


class Ranked(msgspec.Struct, frozen=True, gc=False):
    """A word of several that have an order of their own, as levels have."""

    rank: int
    text: str


Value = Decimal | int | str | Moment | Ranked | None
"""None where there is no value."""

SortKey = tuple[int, object]


def value_of(raw: object, *, is_time: bool = False) -> Value:
    """A field of a view's row as a value. Raises TypeError for what can't stand in a cell."""
    if raw is None or (isinstance(raw, (str, Decimal, Moment, Ranked)) and not isinstance(raw, Enum)):
        return raw
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, Enum):
        return str(raw.value)
    if isinstance(raw, int):
        return Moment(raw) if is_time else raw
    raise TypeError(f"{type(raw).__name__} is no value of a cell")


def sort_key(value: Value) -> SortKey:
    """Numbers, then times, then texts (whatever their case). Not for None, which has no place among them."""
    if isinstance(value, str):
        return 2, value.casefold()
    if isinstance(value, Moment):
        return 1, value.ns
    if isinstance(value, Ranked):
        return 0, value.rank
    return 0, value


def number_in(text: str) -> Decimal | None:
    """The number that somebody typed, or that a cell shows: 1,000 or 1k or +0.5 or 70%; None where it is none."""
    text = text.strip().lower().lstrip("~")
    share = text.endswith("%")
    text = text.removesuffix("%")
    factor = _SUFFIXES.get(text[-1:], 1)
    if factor != 1:
        text = text[:-1]
    if not text or not any(character.isdigit() for character in text) or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text.replace(",", "")) * factor
    return number / 100 if share else number
