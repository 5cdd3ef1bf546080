"""How rows of bars become market events, each at the bar's end: nothing may be known earlier.

A bar of bids and asks (FX) becomes a quote, made of its closing bid and ask, without sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.market.tape_fields import DAY_NS, Date, Field, Moment, Price, Volume
from engine.market.tape_rows import Reads, RowReader, Rules
from engine.model.market import Bar, MarketEvent, Quote

_OHLC: Final = ("open", "high", "low", "close")


class BarRows(RowReader):
    """Bars of seconds, minutes or hours, dated by their start."""

    header = ("ts_utc", "symbol", "open", "high", "low", "close", "volume")
    kind = "bars"
    spaced = True

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, interval_ns)
        self._time: Field[int] = Moment()
        self._price = Price()
        self._volume = Volume()

    def _start_ns(self, symbol: str, text: str) -> int:
        return self._time.read(text)

    def _read(self, rows: Sequence[str], events: list[MarketEvent]) -> None:
        symbols, prices, volumes = self._symbol, self._price, self._volume
        start_of, interval_ns = self._start_ns, self.interval_ns
        for row in rows:
            time, name, open_, high, low, close, volume = row.split(",")
            symbol = symbols[name]
            start_ns = start_of(symbol, time)
            ohlc = prices[open_], prices[high], prices[low], prices[close]
            if start_ns < self._last_ns or not (ohlc[2] <= ohlc[0] <= ohlc[1] and ohlc[2] <= ohlc[3] <= ohlc[1]):
                raise ValueError
            events.append(Bar(symbol, *ohlc, volumes[volume], start_ns, interval_ns))
            self._last_ns = start_ns

    def _fields(self) -> tuple[Reads, ...]:
        return (self._time, self._symbol, *[self._price] * 4, self._volume)

    def _explain_values(self, texts: Sequence[str]) -> str:
        open_, high, low, close = (self._price[text] for text in texts[2:6])
        for name, price in (("open", open_), ("close", close)):
            if not low <= price <= high:
                return f"column {name}: {price} lies outside low {low} to high {high}"
        return super()._explain_values(texts)


class TickVolumeBarRows(BarRows):
    """Bars whose volume counts ticks."""

    header = (*BarRows.header[:-1], "tick_volume")


class DailyBarRows(BarRows):
    """Bars of a session date, complete at that session's close."""

    header = ("date", *BarRows.header[1:])
    spaced = False

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, DAY_NS)
        self._time = Date()

    def _start_ns(self, symbol: str, text: str) -> int:
        return self.rules.day_close_ns(symbol, self._time[text]) - self.interval_ns


class BidAskBarRows(RowReader):
    """Bars of bids and asks, dated by their start; each becomes a quote at its end."""

    header = ("ts_utc", "symbol", *(f"{side}_{price}" for side in ("bid", "ask") for price in _OHLC))
    kind = "quotes"
    spaced = True

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, interval_ns)
        self._time: Field[int] = Moment()
        self._price = Price()

    def _read(self, rows: Sequence[str], events: list[MarketEvent]) -> None:
        symbols, prices, interval_ns = self._symbol, self._price, self.interval_ns
        for row in rows:
            time, symbol, *texts = row.split(",")
            start_ns = self._time.read(time)
            _, _, _, bid, _, _, _, ask = (prices[text] for text in texts)
            if start_ns < self._last_ns:
                raise ValueError
            events.append(Quote(symbols[symbol], bid, ask, None, None, start_ns + interval_ns, interval_ns))
            self._last_ns = start_ns

    def _fields(self) -> tuple[Reads, ...]:
        return (self._time, self._symbol, *[self._price] * 8)


class DailyBidAskBarRows(BidAskBarRows):
    """Bars of bids and asks of a UTC date."""

    header = ("date", *BidAskBarRows.header[1:])
    spaced = False

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, DAY_NS)
        self._time = Date()
