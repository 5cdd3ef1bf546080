"""Daily returns of several instruments on the days that all of them have, from their closes.

A return runs from one common day to the next one, whatever an instrument did on days between that another has not: a
pair that trades on Sundays has moved from Friday's to Monday's close like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from engine.market.history import WINDOW, History

#: A distribution of fewer days than these has no tail worth a name.
FEWEST_DAYS: Final = 60


class DailyReturns:
    """Returns on common days, remembered for as long as the instruments are the same."""

    __slots__ = ("_closes", "_days", "_history", "_made", "_symbols", "dates")

    def __init__(self, history: History) -> None:
        self._history = history
        self._symbols: frozenset[str] = frozenset()
        self._days: dict[str, frozenset[str]] = {}
        self._closes: dict[str, dict[str, float]] = {}
        self._made: dict[tuple[str, bool], list[float]] = {}
        self.dates: tuple[str, ...] = ()
        """The common days, the oldest first; each return belongs to the later of two."""

    def is_known(self, symbol: str) -> bool:
        """Whether looking at it costs little: its closes have been worked out before."""
        return symbol in self._closes

    def has_days(self, symbol: str) -> bool:
        """Whether it has days enough by itself."""
        return len(self._of(symbol)) > FEWEST_DAYS

    def choose(self, symbols: Iterable[str]) -> None:
        """Take the days that these have in common. Costs nothing while they are the same as before."""
        chosen = frozenset(symbols)
        if chosen == self._symbols:
            return
        self._symbols = chosen
        common: frozenset[str] | None = None
        for symbol in chosen:
            days = self._days.get(symbol)
            if days is None:
                days = self._days[symbol] = frozenset(self._of(symbol))
            common = days if common is None or common == days else common & days
        dates = tuple(sorted(common or ())[-WINDOW - 1 :])
        if dates != self.dates:
            self.dates = dates
            self._made.clear()

    def are_made(self, symbol: str, *, upside_down: bool = False) -> bool:
        """Whether its returns on the common days are at hand."""
        return (symbol, upside_down) in self._made

    def of(self, symbol: str, *, upside_down: bool = False) -> list[float] | None:
        """Its returns on the common days; of 1 / price if `upside_down`. None where it lacks one of them. Not to be
        changed."""
        key = (symbol, upside_down)
        made = self._made.get(key)
        if made is None:
            closes = self._of(symbol)
            try:
                prices = [closes[day] for day in self.dates]
            except KeyError:
                return None
            pairs = pairwise(prices)
            made = [a / b - 1.0 for a, b in pairs] if upside_down else [b / a - 1.0 for a, b in pairs]
            self._made[key] = made
        return made

    def _of(self, symbol: str) -> dict[str, float]:
        found = self._closes.get(symbol)
        if found is None:
            found = self._closes[symbol] = {day: float(close) for day, close in self._history.closes(symbol)}
        return found
