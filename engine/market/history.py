"""Daily closes and volumes of the days before this run: what VaR, beta, correlation and average volume stand on.

Returns are simple, close on close. Closes are raw but for the splits that are named (engine.market.history_days).
A history is a constant of the run: it does not grow while the desk runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from operator import mul
from typing import Final

import msgspec

#: Returns that every figure is made of at most: the newest of a year (and its first close).
WINDOW: Final = 250
#: Days in an average volume, and the fewest common days of a correlation.
FEWEST: Final = 20


class DayBar(msgspec.Struct, frozen=True, gc=False):
    """One session of one instrument: ISO date, close, and volume in its own units (None where there is none)."""

    date: str
    close: Decimal
    volume: Decimal | None = None


class History:
    """Closes, returns, correlations and volumes by symbol. Immutable; what was worked out once is remembered.

    None, or nothing, stands for what is not known: what it would take to know is said at each method.
    """

    __slots__ = ("_bars", "_centred", "_correlations", "_known", "_prepare", "_returns")

    def __init__(
        self,
        bars: Callable[[str], tuple[DayBar, ...]],
        known: Callable[[str], bool],
        prepare: Callable[[str], Iterator[None]] = lambda symbol: iter(()),
    ) -> None:
        """`bars(symbol)` gives its days, the oldest first, dates rising, none for a symbol that isn't known. Both must
        give the same each time. `prepare(symbol)` does the work of the first `bars` in slices."""
        self._bars = bars
        self._known = known
        self._prepare = prepare
        self._returns: dict[str, dict[str, float]] = {}
        self._centred: dict[str, tuple[tuple[str, ...], tuple[float, ...], float]] = {}
        self._correlations: dict[tuple[str, str], float | None] = {}

    @classmethod
    def empty(cls) -> History:
        """Of nothing."""
        return cls.of({})

    @classmethod
    def of(cls, days: Mapping[str, tuple[DayBar, ...]]) -> History:
        """Of days that are all at hand."""
        return cls(lambda symbol: days.get(symbol, ()), days.__contains__)

    def has(self, symbol: str) -> bool:
        """Whether anything may be known of it. Costs nothing, unlike the first look at a simulated instrument."""
        return self._known(symbol)

    def prepare(self, symbol: str) -> Iterator[None]:
        """Work its days out, a few hundred microseconds between two yields; afterwards looking at them costs little."""
        return self._prepare(symbol)

    def is_ready(self, symbol: str) -> bool:
        """Whether its returns have been worked out, so that looking at them costs nothing."""
        return symbol in self._returns or not self._known(symbol)

    def bars(self, symbol: str) -> tuple[DayBar, ...]:
        """Its days, the oldest first."""
        return self._bars(symbol)

    def closes(self, symbol: str) -> tuple[tuple[str, Decimal], ...]:
        """(ISO date, close), the oldest first; empty for an unknown symbol."""
        return tuple((bar.date, bar.close) for bar in self._bars(symbol))

    def returns(self, symbol: str) -> dict[str, float]:
        """Simple returns, close / close before - 1, by the date of the later close: the newest WINDOW. Not to be
        changed. Empty where fewer than two closes are known."""
        found = self._returns.get(symbol)
        if found is None:
            bars = self._bars(symbol)[-WINDOW - 1 :]
            found = {bar.date: float(bar.close / before.close) - 1.0 for before, bar in pairwise(bars)}
            self._returns[symbol] = found
        return found

    def correlation(self, a: str, b: str) -> float | None:
        """Pearson's coefficient of the returns on the dates that both have; None with fewer than FEWEST of those, or
        where one of them never moved."""
        pair = (a, b) if a <= b else (b, a)
        if pair not in self._correlations:
            self._correlations[pair] = self._correlate(*pair)
        return self._correlations[pair]

    def adv(self, symbol: str) -> Decimal | None:
        """Mean volume of its newest FEWEST days; None with fewer days, or where one of them has no volume."""
        bars = self._bars(symbol)[-FEWEST:]
        volumes = [bar.volume for bar in bars if bar.volume is not None]
        return sum(volumes, Decimal(0)) / FEWEST if len(volumes) == FEWEST else None

    def prior_close(self, symbol: str) -> Decimal | None:
        """The newest close before this run."""
        bars = self._bars(symbol)
        return bars[-1].close if bars else None

    def _correlate(self, a: str, b: str) -> float | None:
        dates_a, xs, x2 = self._centre(a)
        dates_b, ys, y2 = self._centre(b)
        if dates_a != dates_b:
            returns_a, returns_b = self.returns(a), self.returns(b)
            common = [date for date in dates_a if date in returns_b]
            xs, x2 = _centred([returns_a[date] for date in common])
            ys, y2 = _centred([returns_b[date] for date in common])
        if len(xs) < FEWEST or not x2 or not y2:
            return None
        together = math.fsum(map(mul, xs, ys))
        return max(-1.0, min(1.0, together / math.sqrt(x2 * y2)))

    def _centre(self, symbol: str) -> tuple[tuple[str, ...], tuple[float, ...], float]:
        found = self._centred.get(symbol)
        if found is None:
            returns = self.returns(symbol)
            found = self._centred[symbol] = (tuple(returns), *_centred(list(returns.values())))
        return found


def _centred(values: list[float]) -> tuple[tuple[float, ...], float]:
    """(values less their mean, sum of their squares); the sum is 0.0 where all values are the same."""
    if not values:
        return (), 0.0
    if min(values) == max(values):
        return tuple(0.0 for _ in values), 0.0
    mean = math.fsum(values) / len(values)
    centred = tuple(value - mean for value in values)
    return centred, math.fsum(map(mul, centred, centred))
