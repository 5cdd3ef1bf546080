"""A market made of bars: the quotes and volume that nobody recorded, derived from the bars that somebody did.

A symbol without recorded quotes gets one at each bar's end: one tick wide, touching the close (with its ask
after a bar that rose or stood, with its bid after one that fell), without sizes, sampled at the bar's
length. A symbol without recorded trades gets the bar's volume as one trade at the close. Trade, quote and
bar come in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from decimal import Decimal

from engine.market.tape import Tape
from engine.model.market import Bar, MarketEvent, Quote, Trade
from engine.model.money import ceil_to, floor_to

#: The tick of a symbol.
TickOf = Callable[[str], Decimal]


class CompletedBars:
    """The bars of a tape with what they imply for symbols that have nothing better."""

    def __init__(self, tape: Tape, quoted: Set[str], traded: Set[str], tick_of: TickOf) -> None:
        """`quoted` and `traded` are the symbols whose quotes and trades come from elsewhere."""
        self.first_ns = tape.first_ns
        self._tape = tape
        self._quoted = quoted
        self._traded = traded
        self._tick_of = tick_of

    def batches(self) -> Iterator[list[MarketEvent]]:
        for batch in self._tape.batches():
            events: list[MarketEvent] = []
            for bar in batch:
                if isinstance(bar, Bar):
                    events += self._implied(bar)
                events.append(bar)
            yield events

    def _implied(self, bar: Bar) -> Iterator[MarketEvent]:
        if bar.symbol not in self._traded and bar.volume > 0:
            yield Trade(bar.symbol, bar.close, bar.volume, bar.end_ns)
        if bar.symbol not in self._quoted:
            yield quote_at_close(bar, self._tick_of(bar.symbol))


def quote_at_close(bar: Bar, tick: Decimal) -> Quote:
    """A regular quote on the tick grid, one tick wide, around or beside the bar's close."""
    if bar.close >= bar.open and bar.close > tick:
        ask = ceil_to(bar.close, tick)
        bid = ask - tick
    else:
        bid = max(floor_to(bar.close, tick), tick)
        ask = bid + tick
    return Quote(bar.symbol, bid, ask, None, None, bar.end_ns, bar.interval_ns)
