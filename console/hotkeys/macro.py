"""A macro: lines of the command language under a name, with places that are filled in when it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from engine.model.money import plain

#: `$1` is a place, `$10k` and `$5.00` are amounts of money.
_PLACE: Final = re.compile(r"\$(symbol|account|qty|id|[1-9])(?![A-Za-z0-9.,])", re.IGNORECASE)
PLACES: Final = ("$symbol", "$account", "$qty", "$id", "$1 to $9")


class MacroError(ValueError):
    """A macro can't be called here; the message says what it lacks."""


class Macro(msgspec.Struct, frozen=True):
    """One entry of hotkeys.toml."""

    name: str
    lines: tuple[str, ...]
    key: str = ""
    """The key that calls it; "" for none: it is called by `run NAME`."""
    send: bool = False
    """Whether its lines go out by themselves while hotkeys are armed; else they are put on the command line."""
    qty: Decimal | None = None
    """What $qty is; None: the selected row's."""
    help: str = ""

    @property
    def values(self) -> int:
        """How many values `run NAME` takes: the highest of $1 to $9."""
        found = (place for line in self.lines for place in _PLACE.findall(line))
        return max((int(place) for place in found if place.isdigit()), default=0)

    def filled(self, row: object, values: Sequence[str] = ()) -> tuple[str, ...]:
        """Its lines with every place filled in: from the selected row (None: there is none), and from `values`.

        Raises MacroError where something is missing or too much; then no line of it may be used.
        """
        if len(values) > self.values:
            takes = f"{self.values} value{'' if self.values == 1 else 's'}" if self.values else "no values"
            raise MacroError(f"{self.name} takes {takes}, not {len(values)}")
        return tuple(_PLACE.sub(lambda place: self._value(place[1].lower(), row, values), line) for line in self.lines)

    def _value(self, place: str, row: object, values: Sequence[str]) -> str:
        if place.isdigit():
            if int(place) > len(values):
                raise MacroError(f"{self.name} needs ${place}: run {self.name} VALUE...")
            return values[int(place) - 1]
        if place == "qty" and self.qty is not None:
            return plain(self.qty)
        found = _quantity_of(row) if place == "qty" else getattr(row, place, None)
        if found in (None, ""):
            raise MacroError(f"{self.name} needs ${place}, and the selected row has none: select another one")
        return plain(found) if isinstance(found, Decimal) else str(found)


def _quantity_of(row: object) -> Decimal | None:
    """How much the row is about: of an order what is left, of a position its size."""
    for name in ("leaves_qty", "qty", "last_qty"):
        found = getattr(row, name, None)
        if isinstance(found, Decimal):
            return abs(found) or None
    return None
