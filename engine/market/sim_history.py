"""The simulated market's past: daily closes from the same paths as its quotes, so that a close is the price that the
market quoted at that midnight, and volatilities and correlations are those of what is still to come.

A day's volume is the typical one: what the market prints in a day differs from it by less than a percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.market.history import DayBar, History
from engine.market.noise import Path, key_of
from engine.market.sim_names import SimName
from engine.market.sim_price import price_scales, stretched


def simulated_history(names: Mapping[str, SimName], seed: int, days: Sequence[tuple[str, int]]) -> History:
    """Of these names on these days (ISO date, its end in seconds since 1970), the oldest first. A name's days are
    worked out when it is first asked for (about 3 ms for 260 days)."""
    market: list[float] = []
    made: dict[str, tuple[DayBar, ...]] = {}

    def bars(symbol: str) -> tuple[DayBar, ...]:
        found = made.get(symbol)
        if found is None:
            name = names.get(symbol)
            if name is None:
                return ()
            if not market:
                shared = Path(key_of("market", seed))
                market.extend(shared.at(end) for _, end in days)
            found = made[symbol] = _bars_of(name, seed, days, market)
        return found

    return History(bars, names.__contains__)


def _bars_of(name: SimName, seed: int, days: Sequence[tuple[str, int]], market: Sequence[float]) -> tuple[DayBar, ...]:
    path = Path(key_of("price", seed, name.symbol))
    market_scale, own_scale = price_scales(name)
    scale, exponent = int(1 / name.tick), name.tick.adjusted()
    volume = name.volume * name.unit
    bars = []
    for (date, end), shared in zip(days, market, strict=True):
        ticks = name.price * scale * stretched(market_scale * shared + own_scale * path.at(end))
        bars.append(DayBar(date, Decimal(max(round(ticks), 1)).scaleb(exponent), volume))
    return tuple(bars)
