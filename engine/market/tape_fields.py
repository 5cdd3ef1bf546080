"""The texts in a tape's columns and their values. Texts repeat: each kind remembers what it has read."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

from engine.model.money import NumberError, parse_decimal

SECOND_NS: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND_NS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_SECOND: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_FRACTION: Final = re.compile(r"(?:\.([0-9]{1,9}))?Z", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SYMBOL: Final = re.compile(r"\S{1,32}")
_MOST: Final = 20_000

V = TypeVar("V")


class FieldError(ValueError):
    """A text is not what its column holds. Says what was found and what was expected."""


class Field(dict[str, V], ABC, Generic[V]):
    """Text -> value of one kind of column; `field[text]` reads it or raises FieldError. Forgets when full."""

    @abstractmethod
    def read(self, text: str) -> V: ...

    def __missing__(self, text: str) -> V:
        value = self.read(text)
        if len(self) >= _MOST:
            self.clear()
        self[text] = value
        return value


class Price(Field[Decimal]):
    """A number above 0. The source's own digits are kept."""

    def read(self, text: str) -> Decimal:
        value = _number(text, "a price above 0")
        if value <= 0:
            raise FieldError(f"{text!r} is not above 0; expected a price")
        return value


class Size(Field[Decimal | None]):
    """A displayed size; empty where the source has none."""

    def read(self, text: str) -> Decimal | None:
        return _number(text, "a size (or nothing)") if text else None


class Volume(Field[Decimal]):
    """A quantity, 0 included."""

    def read(self, text: str) -> Decimal:
        return _number(text, "a quantity")


class Quantity(Field[Decimal]):
    """The size of a print: above 0."""

    def read(self, text: str) -> Decimal:
        value = _number(text, "a size above 0")
        if value <= 0:
            raise FieldError(f"{text!r} is not above 0; expected a size")
        return value


class Symbol(Field[str]):
    """One string object per symbol, so that its hash is computed once."""

    def read(self, text: str) -> str:
        if not _SYMBOL.fullmatch(text):
            raise FieldError(f"{text!r} is not a symbol; expected 1 to 32 characters without blanks")
        return text


class Second(Field[int]):
    """The first 19 characters of a UTC time: nanoseconds of that second."""

    def read(self, text: str) -> int:
        try:
            if not _SECOND.fullmatch(text):
                raise ValueError
            elapsed = datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH
        except ValueError:
            raise FieldError(f"{text!r} is not a time; expected YYYY-MM-DDTHH:MM:SS.sssZ in UTC") from None
        return (elapsed.days * 86_400 + elapsed.seconds) * SECOND_NS


class Fraction(Field[int]):
    """What follows the second: `.sss` of up to 9 digits or nothing, then Z."""

    def read(self, text: str) -> int:
        match = _FRACTION.fullmatch(text)
        if match is None:
            raise FieldError(f"the time ends in {text!r}; expected up to 9 decimals and Z")
        return int((match[1] or "0").ljust(9, "0"))


class Moment(Field[int]):
    """A whole UTC time: nanoseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = Second()
        self.fractions = Fraction()

    def read(self, text: str) -> int:
        return self.seconds[text[:19]] + self.fractions[text[19:]]


class Date(Field[int]):
    """A date: nanoseconds of its midnight, UTC."""

    def read(self, text: str) -> int:
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            return (date.fromisoformat(text).toordinal() - _EPOCH_DAY) * DAY_NS
        except ValueError:
            raise FieldError(f"{text!r} is not a date; expected YYYY-MM-DD") from None


class Conditions(Field[int]):
    """A hexadecimal mask of sale conditions."""

    def read(self, text: str) -> int:
        try:
            if not text.isalnum():
                raise ValueError
            return int(text, 16)
        except ValueError:
            raise FieldError(f"{text!r} is not a hexadecimal condition mask") from None


class OneOf(Field[int]):
    """A closed set of texts."""

    def __init__(self, choices: dict[str, int]) -> None:
        super().__init__(choices)
        self._expected = " or ".join(choices)

    def read(self, text: str) -> int:
        raise FieldError(f"{text!r} is not known; expected {self._expected}")


class Anything(Field[str]):
    """A column that is not used."""

    def read(self, text: str) -> str:
        return text


def _number(text: str, expected: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        found = repr(text) if text else "empty"
        raise FieldError(f"{found} is not a number; expected {expected}")
    try:
        return parse_decimal(text, expected)
    except NumberError:
        raise FieldError(f"{text!r} is out of range; expected {expected}") from None
