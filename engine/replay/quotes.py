"""The sampled marks as quotes: all that the journal knows of the market at a past moment."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine import facts as f
from engine.inputs import Now
from engine.market.volume import NOTHING, Traded
from engine.model.market import MarketEvent, Quote
from engine.model.money import ZERO
from engine.replay.tape import JournalTape
from engine.views import QuoteRow

#: Marks are sampled once a second of wall time while their quote is fresh: one that is missing from the newest
#: sample, or in one older than this, was not fresh.
SAMPLE_HOLDS_NS: Final = 2_500_000_000


class SampledQuotes:
    """The marks of a tape's moment. Serves the checks' protocol of quotes and the publisher's of rows."""

    def __init__(self, tape: JournalTape) -> None:
        self._tape = tape
        self.now = Now(0, 0)
        """The moment that is looked at; it may lie behind the newest fact."""

    @property
    def alive(self) -> bool:
        """Whether marks were being sampled at this moment."""
        sample = self._tape.sample
        return sample is not None and self.now.wall_ns - sample.recorded_ns <= SAMPLE_HOLDS_NS

    @property
    def last_event_ns(self) -> int:
        """When the newest marks were sampled."""
        sample = self._tape.sample
        return 0 if sample is None else sample.market_ns

    def usable(self, symbol: str, now_ns: int) -> Quote | None:
        """The mark where it was fresh."""
        sample = self._tape.sample
        if sample is None or not self.alive or not isinstance(sample.fact, f.MarksSampled):
            return None
        return self.last_regular(symbol) if any(mark[0] == symbol for mark in sample.fact.marks) else None

    def last_regular(self, symbol: str) -> Quote | None:
        """The newest mark of this run."""
        mark = self._tape.state.marks.get(symbol)
        return None if mark is None else Quote(symbol, mark[0], mark[1], None, None, mark[2])

    def day_low(self, symbol: str) -> Decimal | None:
        """Prints are not in the journal."""
        return None

    def traded(self, symbol: str) -> Traded:
        """Prints are not in the journal."""
        return NOTHING

    def subscribe(self, subscriber: Callable[[MarketEvent], None], symbol: str | None = None) -> Callable[[], None]:
        """Nothing moves in a past moment: nobody is told anything."""
        return lambda: None

    def why_unusable(self, symbol: str, now_ns: int) -> str:
        return "no mark was sampled then"

    def row(self, symbol: str, now_ns: int, tick: Decimal) -> QuoteRow:
        """The mark as drawn. Sizes, volume and trades are not in the journal."""
        quote = self.last_regular(symbol)
        stale = self.usable(symbol, now_ns) is None
        return QuoteRow(
            symbol=symbol,
            bid=quote.bid if quote is not None else None,
            ask=quote.ask if quote is not None else None,
            bid_size=None,
            ask_size=None,
            last_px=None,
            last_size=None,
            day_volume=ZERO,
            ts_ns=quote.ts_ns if quote is not None else 0,
            age_ns=max(now_ns - quote.ts_ns, 0) if quote is not None else 0,
            stale=stale,
            dim=stale,
            delayed=False,
            irregular=0,
            tick=tick,
            change=None,
        )
