"""Strikes marked to be bought or sold, and the line of the command language that they make. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal
from functools import reduce
from math import gcd

from engine.model.money import CENT, ZERO, plain
from engine.model.package import MOST_LEGS
from engine.views import QuoteRow

Quote = Callable[[str], QuoteRow | None]


class Marks:
    """Signed numbers of contracts by symbol, in the order in which they were marked."""

    def __init__(self) -> None:
        self._legs: dict[str, int] = {}

    @property
    def legs(self) -> Mapping[str, int]:
        """Above 0 to buy, below to sell."""
        return self._legs

    def add(self, symbol: str, change: int) -> str:
        """One more to buy (+1) or to sell (-1); why not, or ""."""
        if symbol not in self._legs and len(self._legs) == MOST_LEGS:
            return f"a package has at most {MOST_LEGS} legs"
        count = self._legs.pop(symbol, 0) + change
        if count:
            self._legs[symbol] = count
        return ""

    def clear(self) -> None:
        """Nothing is marked."""
        self._legs = {}

    def net(self, quote: Quote) -> tuple[Decimal, Decimal] | None:
        """(what one package costs at the mids, what it costs at once: bought at ask, sold at bid); below 0 it brings.
        None without a fresh quote of each leg."""
        mid = now = ZERO
        packages = self.packages
        for symbol, count in self._legs.items():
            row = quote(symbol)
            if row is None or row.stale or row.bid is None or row.ask is None:
                return None
            ratio = Decimal(count) / packages
            mid += (row.bid + row.ask) / 2 * ratio
            now += (row.ask if count > 0 else row.bid) * ratio
        return mid, now

    @property
    def packages(self) -> int:
        """How many packages the legs are: 2 and -4 are two of one and two."""
        return reduce(gcd, (abs(count) for count in self._legs.values()), 0) or 1

    def line(self, quote: Quote, account: str = "") -> str:
        """The order as a line: one leg, or a package at the net of the mids, rounded in the user's favour."""
        legs = [f"{'buy' if count > 0 else 'sell'} {abs(count)} {symbol}" for symbol, count in self._legs.items()]
        at = f" @{account}" if account else ""
        if len(legs) == 1:
            return f"{legs[0]} mid{at}"
        net = self.net(quote)
        price = "" if net is None else plain(net[0].quantize(CENT, ROUND_FLOOR))
        return f"{' / '.join(legs)} lmt {price}{at}".rstrip()
