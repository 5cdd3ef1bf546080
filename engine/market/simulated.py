"""The embedded simulated market: quotes and trades as a function of (seed, time).

Nothing is remembered between calls but what makes the next second cheap: any instant can be asked for at
once, and the events of a span are the same however it is cut. A second of an instrument is made as a whole:
its price at the start and end of the second from two seekable paths (the market's and its own), and between
them four to seven quotes and up to three trades whose times, spreads, sizes and sides come from one hash of
(seed, symbol, second).

Always open. Volume follows a U over the UTC day. Trades happen at the bid or ask of the quote in force. A
configured share of quotes is locked, as in real feeds. Floats live inside; what comes out lies on the tick
as Decimal.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import shake_128
from typing import Final

from engine.market.history import History
from engine.market.minutes import Minutes
from engine.market.noise import Path, key_of
from engine.market.sim_history import simulated_history, simulated_minutes
from engine.market.sim_names import US_NAMES, SimName, invented_names
from engine.market.sim_options import OptionStream
from engine.market.sim_price import DAY_S, YEAR_S, price_scales, stretched, volume_intensity
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.model.option import listed_option

_SECOND_NS: Final = 1_000_000_000
_MOST_TRADES: Final = 3
_TYPICAL_TRADE: Final = 150
_MOST_EVENTS: Final = 7 + _MOST_TRADES
#: Six 16-bit numbers for each event and four for the second.
_DICE: Final = struct.Struct(f"<{6 * _MOST_EVENTS + 4}H")
_SIDES: Final = 65_536

SimEvent = Quote | Trade


class SimulatedMarket:
    """A market that is always open and the same for the same seed."""

    def __init__(
        self,
        seed: int,
        symbols: Iterable[str] | None = None,
        *,
        names: Sequence[SimName] = US_NAMES,
        locked_share: float = 0.0001,
    ) -> None:
        """`symbols` chooses among `names` (all by default); `locked_share` of the quotes has no spread.

        Raises ValueError for a symbol that isn't among them.
        """
        by_symbol = {name.symbol: name for name in names}
        chosen = list(by_symbol) if symbols is None else list(dict.fromkeys(symbols))
        unknown = [symbol for symbol in chosen if symbol not in by_symbol]
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)}: not in the simulated market; it has {', '.join(sorted(by_symbol))}"
            )
        prices = {tick: _Prices(tick) for tick in {by_symbol[symbol].tick for symbol in chosen}}
        sizes = {unit: _Sizes(unit) for unit in {by_symbol[symbol].unit for symbol in chosen}}
        market = _Factor(Path(key_of("market", seed)))
        self._seed = seed
        self._names = {symbol: by_symbol[symbol] for symbol in chosen}
        self._streams = {
            symbol: _Stream(name, seed, market, locked_share, prices[name.tick], sizes[name.unit])
            for symbol, name in self._names.items()
        }
        self._instruments = tuple(name.instrument() for name in self._names.values())
        self._listed = {instrument.symbol: instrument for instrument in self._instruments}
        self._options: dict[str, OptionStream | None] = {}

    @classmethod
    def synthetic(cls, count: int, seed: int, *, locked_share: float = 0.0001) -> SimulatedMarket:
        """A market of 1 to 500 invented instruments."""
        return cls(seed, names=invented_names(count, seed), locked_share=locked_share)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._streams)

    def instruments(self) -> tuple[Instrument, ...]:
        return self._instruments

    def has(self, symbol: str) -> bool:
        """Whether it quotes this symbol: one of its own, or an option on one of its stocks by its OCC symbol."""
        return symbol in self._streams or self._option(symbol) is not None

    def _option(self, symbol: str) -> OptionStream | None:
        if symbol not in self._options:
            option = listed_option(symbol, self._listed)
            self._options[symbol] = self._stream_of(option) if option is not None and option.symbol == symbol else None
        return self._options[symbol]

    def _stream_of(self, option: Instrument) -> OptionStream | None:
        terms = option.option
        if not terms:
            return None
        stream, volatility = self._streams[terms.underlying], self._names[terms.underlying].volatility
        return OptionStream(option, terms, stream, volatility, YEAR_S, key_of("option", self._seed, option.symbol))

    def _quoted(self, symbol: str) -> _Stream | OptionStream:
        found = self._streams.get(symbol) or self._option(symbol)
        if found is None:
            raise KeyError(symbol)
        return found

    def events(self, t0_ns: int, t1_ns: int, symbols: Iterable[str] | None = None) -> list[SimEvent]:
        """All events with t0_ns <= time < t1_ns (nanoseconds since 1970, not negative), in time order."""
        found: list[SimEvent] = []
        for symbol in self._streams if symbols is None else symbols:
            found += self._quoted(symbol).events(t0_ns, t1_ns)
        found.sort(key=_time)
        return found

    def quote_at(self, symbol: str, t_ns: int) -> Quote:
        """The quote in force at an instant."""
        return self._quoted(symbol).quote_at(t_ns)

    def history(self, days: Sequence[tuple[str, int]]) -> History:
        """Closes on these days (ISO date, its end in seconds since 1970), the oldest first."""
        return simulated_history(self._names, self._seed, days)

    def minutes(self, start_s: int) -> Minutes:
        """How volume lies over the day that begins at that second."""
        return simulated_minutes(self._names, start_s)


class _Prices(dict[int, Decimal]):
    """Price in ticks -> Decimal. Bounded: forgets when full."""

    def __init__(self, tick: Decimal) -> None:
        super().__init__()
        self._tick = tick
        self._exponent = tick.adjusted() if tick == Decimal(1).scaleb(tick.adjusted()) else None

    def __missing__(self, ticks: int) -> Decimal:
        if len(self) > 100_000:
            self.clear()
        exponent = self._exponent
        price = self[ticks] = ticks * self._tick if exponent is None else Decimal(ticks).scaleb(exponent)
        return price


class _Sizes(dict[int, Decimal]):
    """Shares -> Decimal. Bounded: forgets when full."""

    def __init__(self, unit: Decimal) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, shares: int) -> Decimal:
        if len(self) > 100_000:
            self.clear()
        size = self[shares] = Decimal(shares) * self._unit
        return size


class _Factor:
    """The market's path, read by every instrument at the same few seconds."""

    __slots__ = ("_known", "_path")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[int, float] = {}

    def at(self, second: int) -> float:
        value = self._known.get(second)
        if value is None:
            if len(self._known) > 64:
                self._known.clear()
            value = self._known[second] = self._path.at(second)
        return value


class _Stream:
    """The events of one instrument, a second at a time."""

    __slots__ = (
        "_centre",
        "_edge",
        "_key",
        "_locked_below",
        "_market",
        "_market_scale",
        "_name",
        "_own_scale",
        "_path",
        "_prices",
        "_scale",
        "_seconds",
        "_sizes",
    )

    def __init__(
        self, name: SimName, seed: int, market: _Factor, locked_share: float, prices: _Prices, sizes: _Sizes
    ) -> None:
        self._name = name
        self._key = key_of("events", seed, name.symbol)
        self._path = Path(key_of("price", seed, name.symbol))
        self._market = market
        self._market_scale, self._own_scale = price_scales(name)
        self._scale = float(1 / name.tick)
        self._centre = name.price * self._scale
        self._locked_below = locked_share * _SIDES * _SIDES
        self._prices = prices
        self._sizes = sizes
        self._edge = (-1, 0.0)
        self._seconds: dict[int, list[SimEvent]] = {}

    def events(self, t0_ns: int, t1_ns: int) -> list[SimEvent]:
        found: list[SimEvent] = []
        for second in range(t0_ns // _SECOND_NS, -(-t1_ns // _SECOND_NS)):
            made = self._second(second)
            if made[0].ts_ns < t0_ns or made[-1].ts_ns >= t1_ns:
                made = made[bisect_left(made, t0_ns, key=_time) : bisect_left(made, t1_ns, key=_time)]
            found += made
        return found

    def quote_at(self, t_ns: int) -> Quote:
        second = t_ns // _SECOND_NS
        for event in reversed(self._second(second)):
            if event.ts_ns <= t_ns and isinstance(event, Quote):
                return event
        return next(event for event in reversed(self._second(second - 1)) if isinstance(event, Quote))

    def price_at(self, second: int) -> float:
        """The price, before any spread, at a whole second."""
        return self._mid(second) / self._scale

    def _mid(self, second: int) -> float:
        """The price in ticks, before any spread."""
        if self._edge[0] == second:
            return self._edge[1]
        x = self._market_scale * self._market.at(second) + self._own_scale * self._path.at(second)
        mid = self._centre * stretched(x)
        self._edge = (second, mid)
        return mid

    def _second(self, second: int) -> list[SimEvent]:
        """The events of one whole second; its first is a quote. Two seconds are remembered."""
        made = self._seconds.get(second)
        if made is None:
            if len(self._seconds) >= 2:
                del self._seconds[next(iter(self._seconds))]
            made = self._seconds[second] = self._make(second)
        return made

    def _make(self, second: int) -> list[SimEvent]:
        dice = _DICE.unpack(shake_128(self._key + second.to_bytes(8, "big")).digest(_DICE.size))
        name, prices, sizes = self._name, self._prices, self._sizes
        symbol = name.symbol
        from_mid = self._mid(second)
        move = self._mid(second + 1) - from_mid
        shares = name.volume / DAY_S * volume_intensity(second % DAY_S)
        rate = min(shares / _TYPICAL_TRADE, _MOST_TRADES - 1.0)
        trades = int(rate + dice[0] / _SIDES)
        count = 4 + dice[1] % 4 + trades
        trade_scale = shares / rate * 3.0 / (_SIDES * _SIDES)
        lots_scale = name.lots * 3.0 / (_SIDES * _SIDES)
        # Buyers are more frequent while the price rises; the tilt is bounded.
        buys_below = _SIDES // 2 + int(20_000 * max(-1.0, min(1.0, move / name.spread)))
        first_ns = second * _SECOND_NS
        events: list[SimEvent] = []
        bid = ask = 0
        at = 4
        for place in range(count):
            when, kind, a, b, c, d = dice[at : at + 6]
            at += 6
            ts_ns = first_ns + (place * _SIDES + when) * _SECOND_NS // (count * _SIDES)
            if place and kind * (count - place) < trades * _SIDES:
                trades -= 1
                buy = a < buys_below
                size = int(b * b * trade_scale) + 1
                if size > 200:
                    size = (size + 50) // 100 * 100
                price = prices[ask if buy else bid]
                events.append(Trade(symbol, price, sizes[size], ts_ns, 1 if buy else -1))
                continue
            spread = max(int(name.spread * (0.5 + a / _SIDES) + 0.5), 1)
            mid = from_mid + move * place / count
            bid = max(math.floor(mid - spread / 2 + 0.5), 1)
            ask = bid if b * _SIDES + kind < self._locked_below else bid + spread
            bid_size = sizes[100 * (1 + int(c * c * lots_scale))]
            ask_size = sizes[100 * (1 + int(d * d * lots_scale))]
            events.append(Quote(symbol, prices[bid], prices[ask], bid_size, ask_size, ts_ns))
        return events


def _time(event: SimEvent) -> int:
    return event.ts_ns
