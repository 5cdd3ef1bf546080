"""A few instruments whose quotes walk in ticks; some are locked or crossed, and sometimes a feed is silent."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from tests.simulation.profile import Profile

INSTRUMENTS = (
    Instrument("AAA", sector="Letters"),
    Instrument("BBB", AssetClass.EQUITY, sector="Letters", tick=Decimal("0.05"), max_qty=Decimal(120)),
    Instrument("CCC", AssetClass.ETF, lot=Decimal(10), min_qty=Decimal(10)),
    Instrument("FUT", AssetClass.FUTURE, tick=Decimal("0.25"), multiplier=Decimal(5)),
)
START = {"AAA": "50.00", "BBB": "120.00", "CCC": "20.00", "FUT": "80.00"}


class Market:
    """Makes quotes; knows nothing of orders."""

    def __init__(self, rng: Random, profile: Profile, seed: int = 0) -> None:
        self.rng = rng
        self._prints = Random(f"prints {seed}")
        self.profile = profile
        self.mid = {symbol: Decimal(px) for symbol, px in START.items()}
        self.silent_until_ns = dict.fromkeys(START, 0)
        self.all_silent_until_ns = 0

    def quote(self, instrument: Instrument, ts_ns: int) -> Quote | None:
        """The next quote, or None where the feed is silent."""
        rng, symbol, tick = self.rng, instrument.symbol, instrument.tick
        if ts_ns < self.silent_until_ns[symbol] or ts_ns < self.all_silent_until_ns:
            return None
        step = rng.randrange(-3, 4) if rng.random() < 0.98 else rng.randrange(-60, 61)
        mid = max(self.mid[symbol] + step * tick, tick * 200)
        self.mid[symbol] = mid
        half = tick * rng.randrange(1, 4)
        bid, ask = mid - half, mid + half
        if rng.random() < self.profile.bad_quotes:
            bid, ask = (mid, mid) if rng.random() < 0.5 else (ask, bid)
        size = Decimal(rng.randrange(1, 20) * 50)
        return Quote(symbol, bid, ask, size, size, ts_ns)

    def print_(self, quote: Quote) -> Trade | None:
        """What trades in the market at this quote, mostly something."""
        rng = self._prints
        if rng.random() < 0.3:
            return None
        return Trade(quote.symbol, rng.choice((quote.bid, quote.ask)), Decimal(rng.randrange(1, 40) * 10), quote.ts_ns)

    def fall_silent(self, now_ns: int, for_ns: int) -> None:
        symbol = self.rng.choice((*START, ""))
        if symbol:
            self.silent_until_ns[symbol] = now_ns + for_ns
        else:
            self.all_silent_until_ns = now_ns + for_ns
