"""The simulated market's past: daily closes from the same paths as its quotes, so that a close is the price that the
market quoted at that midnight, and volatilities and correlations are those of what is still to come.

A day's volume is the typical one: what the market prints in a day differs from it by less than a percent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from engine.market.history import DayBar, History
from engine.market.minutes import Minutes
from engine.market.noise import Path, key_of
from engine.market.sim_names import SimName
from engine.market.sim_price import DAY_S, price_scales, stretched, volume_intensity
from engine.model.market import Bar

#: Days that one slice of the work is.
_SLICE: Final = 20
#: Length of an intraday bar of the past, in seconds.
_BAR_S: Final = 300
_SECOND_NS: Final = 1_000_000_000


def simulated_history(names: Mapping[str, SimName], seed: int, days: Sequence[tuple[str, int]]) -> History:
    """Of these names on these days (ISO date, its end in seconds since 1970), the oldest first. A name's days are
    worked out when it is first asked for (about 5 ms for 250 days), or before that in slices."""
    past = _SimulatedPast(names, seed, days)
    return History(past.bars, names.__contains__, past.prepare)


def simulated_minutes(names: Mapping[str, SimName], start_s: int) -> Minutes:
    """How these names trade over the day that begins at `start_s` (seconds since 1970): the typical volume of every
    five minutes, at the typical price. What moves the price from day to day is in the daily closes."""

    def bars(symbol: str) -> tuple[Bar, ...]:
        name = names.get(symbol)
        if name is None:
            return ()
        px = Decimal(round(name.price / float(name.tick))) * name.tick
        mean = name.volume * name.unit * _BAR_S / DAY_S
        found = []
        for at in range(start_s, start_s + DAY_S, _BAR_S):
            volume = mean * Decimal(volume_intensity((at + _BAR_S // 2) % DAY_S))
            found.append(Bar(symbol, px, px, px, px, volume, at * _SECOND_NS, _BAR_S * _SECOND_NS))
        return tuple(found)

    return Minutes(bars)


class _SimulatedPast:
    def __init__(self, names: Mapping[str, SimName], seed: int, days: Sequence[tuple[str, int]]) -> None:
        self._names, self._seed, self._days = names, seed, days
        self._market: tuple[float, ...] = ()
        self._made: dict[str, tuple[DayBar, ...]] = {}

    def bars(self, symbol: str) -> tuple[DayBar, ...]:
        for _ in self.prepare(symbol):
            pass
        return self._made.get(symbol, ())

    def prepare(self, symbol: str) -> Iterator[None]:
        name = self._names.get(symbol)
        if name is None or symbol in self._made:
            return
        if not self._market:
            market: list[float] = []
            yield from self._along(Path(key_of("market", self._seed)), market)
            self._market = tuple(market)
        own: list[float] = []
        yield from self._along(Path(key_of("price", self._seed, symbol)), own)
        self._made[symbol] = _bars_of(name, self._days, self._market, own)

    def _along(self, path: Path, values: list[float]) -> Iterator[None]:
        """The path's value at the end of each day."""
        for number, (_, end) in enumerate(self._days, 1):
            values.append(path.at(end))
            if number % _SLICE == 0:
                yield


def _bars_of(
    name: SimName, days: Sequence[tuple[str, int]], market: Sequence[float], own: Sequence[float]
) -> tuple[DayBar, ...]:
    market_scale, own_scale = price_scales(name)
    scale = float(1 / name.tick)
    volume = name.volume * name.unit
    bars = []
    for (date, _), shared, alone in zip(days, market, own, strict=True):
        ticks = name.price * scale * stretched(market_scale * shared + own_scale * alone)
        bars.append(DayBar(date, max(round(ticks), 1) * name.tick, volume))
    return tuple(bars)
