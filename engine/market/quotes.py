"""The newest market data of each instrument, and whether a price of it may be relied on.

A price is usable when three things hold, all in market time: something of the whole feed was heard within its
heartbeat, the instrument's newest quote is younger than the limit of its class, and that quote is regular. After
a locked or crossed quote the price is not known until the next regular one: the one before isn't used in its
place, since the market has left it. Locked and crossed quotes are counted and shown; no check, trigger or fill
sees them.

Sampled data (minute bars) can say nothing newer within its interval, so both time limits are never shorter than
one and a half intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum
from typing import Final

from engine.market.volume import Traded, VolumeMeter
from engine.model.diagnostics import FeedDetail
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.market import Bar, MarketEvent, Quote, Trade
from engine.model.money import ZERO
from engine.risk.limits import Limits
from engine.views import QuoteRow

Subscriber = Callable[[MarketEvent], None]

_SECOND_NS: Final = 1_000_000_000


class QuoteState(Enum):
    """Why a price is usable or not; the value is the word for messages."""

    FRESH = "fresh"
    MISSING = "no quote yet"
    IRREGULAR = "locked or crossed"
    HALTED = "halted by its market"
    STALE = "stale"
    SILENT = "feed silent"


class Book:
    """What is known of one instrument. Read it; only the cache writes it."""

    __slots__ = (
        "day_volume",
        "first_mid",
        "first_px",
        "irregular",
        "last_px",
        "last_size",
        "low_mid",
        "low_px",
        "max_age_ns",
        "out_of_order",
        "quote",
        "regular",
        "subscribers",
        "ts_ns",
        "watched",
    )

    def __init__(self, max_age_ns: int | None) -> None:
        self.quote: Quote | None = None
        """The newest, regular or not."""
        self.regular: Quote | None = None
        """The newest regular one. The same object as `quote` when that is regular."""
        self.ts_ns = 0
        self.watched = False
        self.max_age_ns = max_age_ns
        """None: the limit is missing, so that no age is young enough."""
        self.last_px: Decimal | None = None
        self.last_size: Decimal | None = None
        self.first_px: Decimal | None = None
        """Price of the day's first eligible trade."""
        self.first_mid: Decimal | None = None
        """Mid of the day's first regular quote."""
        self.low_px: Decimal | None = None
        """Lowest of the day's eligible trades."""
        self.low_mid: Decimal | None = None
        """Lowest mid of the day's regular quotes, as long as there was no trade."""
        self.day_volume = ZERO
        """Size of the day's eligible trades."""
        self.irregular = 0
        """The day's locked and crossed quotes."""
        self.out_of_order = 0
        """The day's quotes that were older than one already seen, and ignored."""
        self.subscribers: tuple[Subscriber, ...] = ()


class QuoteCache:
    """Newest quote, last trade, day volume and freshness of every instrument that a feed speaks of."""

    def __init__(self, limits: Limits, instruments: Iterable[Instrument] = ()) -> None:
        """An instrument that isn't given counts as an equity."""
        self._class_of: dict[str, AssetClass] = {}
        self._books: dict[str, Book] = {}
        self._to_all: tuple[Subscriber, ...] = ()
        self._volume = VolumeMeter()
        self.moved: set[str] = set()
        """Watched instruments that were quoted since somebody looked and cleared it."""
        self.settings_no = 0
        """Rises with each change of limits and classes."""
        self.last_event_ns = 0
        """Market time of the newest event of the whole feed; 0 before the first."""
        self._heartbeat_ns: int | None = None
        self._max_age_ns: dict[AssetClass, int | None] = {}
        self.set_limits(limits)
        self.add_instruments(instruments)

    # -- what the market says ----------------------------------------------------------------------------------

    def on_event(self, event: MarketEvent) -> bool:
        """Take one event of the feed. True when triggers and fills may use it: see on_quote and on_trade."""
        if isinstance(event, Quote):
            return self.on_quote(event)
        return self.on_trade(event) if isinstance(event, Trade) else self.on_bar(event)

    def on_quote(self, quote: Quote) -> bool:
        """True when it is the newest and regular; only then do subscribers get it."""
        book = self._books.get(quote.symbol)
        if book is None:
            book = self._open_book(quote.symbol)
        ts_ns = quote.ts_ns
        if ts_ns < book.ts_ns:
            book.out_of_order += 1
            return False
        book.ts_ns = ts_ns
        book.quote = quote
        if book.watched:
            self.moved.add(quote.symbol)
        if ts_ns > self.last_event_ns:
            self.last_event_ns = ts_ns
        bid = quote.bid
        if not ZERO < bid < quote.ask:
            book.irregular += 1
            return False
        if quote.halted:
            return False
        book.regular = quote
        if book.first_mid is None:
            book.first_mid = quote.mid
        if book.low_px is None:
            mid = quote.mid
            if book.low_mid is None or mid < book.low_mid:
                book.low_mid = mid
        for tell in book.subscribers:
            tell(quote)
        for tell in self._to_all:
            tell(quote)
        return True

    def on_trade(self, trade: Trade) -> bool:
        """True when it is eligible; only then does it count, and do subscribers get it."""
        if trade.ts_ns > self.last_event_ns:
            self.last_event_ns = trade.ts_ns
        if not trade.eligible:
            return False
        book = self._books.get(trade.symbol)
        if book is None:
            book = self._open_book(trade.symbol)
        book.last_px = trade.price
        book.last_size = trade.size
        book.day_volume += trade.size
        self._volume.on_trade(trade)
        if book.first_px is None:
            book.first_px = trade.price
        if book.low_px is None or trade.price < book.low_px:
            book.low_px = trade.price
        self._tell(book, trade)
        return True

    def on_bar(self, bar: Bar) -> bool:
        """Bars only pass through, as a sign of life and to the subscribers."""
        if bar.end_ns > self.last_event_ns:
            self.last_event_ns = bar.end_ns
        book = self._books.get(bar.symbol)
        self._tell(book if book is not None else self._open_book(bar.symbol), bar)
        return True

    def roll_day(self) -> None:
        """A new trading day: volume, first prices and counters start again; quotes and last prices stay."""
        for book in self._books.values():
            book.first_px = book.first_mid = book.low_px = book.low_mid = None
            book.day_volume = ZERO
            book.irregular = book.out_of_order = 0

    # -- who listens -------------------------------------------------------------------------------------------

    def subscribe(self, subscriber: Subscriber, symbol: str | None = None) -> Callable[[], None]:
        """Call `subscriber` with each usable event of one instrument, or of all. Returns what ends it."""
        if symbol is None:
            self._to_all = (*self._to_all, subscriber)
        else:
            book = self.book(symbol)
            book.subscribers = (*book.subscribers, subscriber)

        def unsubscribe() -> None:
            if symbol is None:
                self._to_all = _without(self._to_all, subscriber)
            else:
                book.subscribers = _without(book.subscribers, subscriber)

        return unsubscribe

    # -- what is known -----------------------------------------------------------------------------------------

    def book(self, symbol: str) -> Book:
        """Everything known of one instrument; empty when nothing is."""
        return self._books.get(symbol) or self._open_book(symbol)

    def usable(self, symbol: str, now_ns: int) -> Quote | None:
        """The quote that checks, triggers and fills may use now, or None (`state` says why)."""
        book = self._books.get(symbol)
        if book is None:
            return None
        quote, age_limit, heartbeat = book.quote, book.max_age_ns, self._heartbeat_ns
        if quote is not book.regular or quote is None or age_limit is None or heartbeat is None:
            return None
        if now_ns - self.last_event_ns <= heartbeat and -age_limit <= now_ns - quote.ts_ns <= age_limit:
            return quote
        # Sampled data has longer limits.
        return quote if quote.interval_ns and self._state(book, now_ns) is QuoteState.FRESH else None

    def young_enough(self, quote: Quote, now_ns: int, heard_ns: int) -> bool:
        """Whether a quote of another feed, which was last heard of at `heard_ns`, is young enough to be used."""
        limit_ns, heartbeat = self._limit_ns(self.book(quote.symbol), quote), self._heartbeat_ns
        if limit_ns is None or heartbeat is None:
            return False
        return now_ns - heard_ns <= max(heartbeat, quote.interval_ns * 3 // 2) and abs(now_ns - quote.ts_ns) <= limit_ns

    def watch(self, symbol: str, on: bool) -> None:
        """Whether its quotes are to be noted in `moved`."""
        self.book(symbol).watched = on

    def heard_until(self) -> int:
        """Until when (market ns) the feed counts as alive without another event."""
        return -1 if self._heartbeat_ns is None else self.last_event_ns + self._heartbeat_ns

    def good_until(self, symbol: str) -> int:
        """Until when (market ns) its present quote is young enough."""
        book = self._books.get(symbol)
        quote = book.quote if book is not None else None
        limit_ns = self._limit_ns(book, quote) if book is not None and quote is not None else None
        return -1 if limit_ns is None or quote is None else quote.ts_ns + limit_ns

    def last_regular(self, symbol: str) -> Quote | None:
        """The newest regular quote of any age: for liquidation and for marks that say they are stale."""
        book = self._books.get(symbol)
        return book.regular if book is not None else None

    def day_low(self, symbol: str) -> Decimal | None:
        """The day's lowest print, where the feed has none the lowest mid, as far as this process has seen them; None
        without any."""
        book = self._books.get(symbol)
        return None if book is None else book.low_px if book.low_px is not None else book.low_mid

    def traded(self, symbol: str) -> Traded:
        """What this process has seen trade of it; never set back, also not by a new day."""
        return self._volume.traded(symbol)

    def why_unusable(self, symbol: str, now_ns: int) -> str:
        """Words for a refusal: "stale, 17.0 s old", "locked or crossed", "no quote yet", "feed silent"."""
        state = self.state(symbol, now_ns)
        quote = self.book(symbol).quote
        if state is QuoteState.STALE and quote is not None:
            return f"stale, {(now_ns - quote.ts_ns) / _SECOND_NS:.1f} s old"
        return state.value

    def state(self, symbol: str, now_ns: int) -> QuoteState:
        """Whether the price of this instrument is usable now, else the first reason why not."""
        book = self._books.get(symbol)
        return QuoteState.MISSING if book is None else self._state(book, now_ns)

    def feed_is_silent(self, now_ns: int, interval_ns: int = 0) -> bool:
        """Whether nothing at all was heard within the heartbeat (or one and a half `interval_ns`)."""
        if self._heartbeat_ns is None:
            return True
        return now_ns - self.last_event_ns > max(self._heartbeat_ns, interval_ns * 3 // 2)

    def row(self, symbol: str, now_ns: int, tick: Decimal) -> QuoteRow:
        """The instrument as drawn. Dim from a third of its age limit on. `change` is the last trade against the
        day's first; where the feed has no trades, the mid against the day's first mid."""
        book = self.book(symbol)
        quote = book.quote
        state = self._state(book, now_ns)
        age_ns = max(now_ns - quote.ts_ns, 0) if quote is not None else 0
        limit_ns = self._limit_ns(book, quote) if quote is not None else None
        return QuoteRow(
            symbol=symbol,
            bid=quote.bid if quote is not None else None,
            ask=quote.ask if quote is not None else None,
            bid_size=quote.bid_size if quote is not None else None,
            ask_size=quote.ask_size if quote is not None else None,
            last_px=book.last_px,
            last_size=book.last_size,
            day_volume=book.day_volume,
            ts_ns=quote.ts_ns if quote is not None else 0,
            age_ns=age_ns,
            stale=state in (QuoteState.STALE, QuoteState.SILENT, QuoteState.MISSING),
            dim=limit_ns is None or age_ns * 3 > limit_ns,
            delayed=quote is not None and quote.delayed,
            irregular=book.irregular,
            tick=tick,
            change=_change(book),
        )

    def detail(self, name: str, now_ns: int) -> FeedDetail:
        """How the whole feed is doing, to be shown as `name`."""
        quoted = [book for book in self._books.values() if book.quote is not None]
        return FeedDetail(
            name,
            self.last_event_ns,
            max(now_ns - self.last_event_ns, 0) if self.last_event_ns else None,
            self.feed_is_silent(now_ns),
            len(quoted),
            sum(1 for book in quoted if self._state(book, now_ns) is not QuoteState.FRESH),
            sum(book.irregular for book in quoted),
            sum(book.out_of_order for book in quoted),
        )

    # -- limits and instruments --------------------------------------------------------------------------------

    def set_limits(self, limits: Limits) -> None:
        """Limits changed; they hold from now on for what is already known too."""
        self.settings_no += 1
        self._heartbeat_ns = _ns(limits.value("risk.feed_heartbeat_s"))
        self._max_age_ns = {asset: _ns(limits.value(f"risk.max_quote_age_s.{asset.value}")) for asset in AssetClass}
        for symbol, book in self._books.items():
            book.max_age_ns = self._max_age_of(symbol)

    def add_instruments(self, instruments: Iterable[Instrument]) -> None:
        """Instruments became known; their class decides the age limit of their quotes."""
        self.settings_no += 1
        for instrument in instruments:
            self._class_of[instrument.symbol] = instrument.asset_class
            book = self._books.get(instrument.symbol)
            if book is not None:
                book.max_age_ns = self._max_age_of(instrument.symbol)

    def _open_book(self, symbol: str) -> Book:
        book = self._books[symbol] = Book(self._max_age_of(symbol))
        return book

    def _max_age_of(self, symbol: str) -> int | None:
        return self._max_age_ns[self._class_of.get(symbol, AssetClass.EQUITY)]

    def _state(self, book: Book, now_ns: int) -> QuoteState:
        quote = book.quote
        if quote is None:
            return QuoteState.MISSING
        if self.feed_is_silent(now_ns, quote.interval_ns):
            return QuoteState.SILENT
        limit_ns = self._limit_ns(book, quote)
        # A quote from the future is as little worth as an old one: one of the two clocks is wrong.
        if limit_ns is None or abs(now_ns - quote.ts_ns) > limit_ns:
            return QuoteState.STALE
        if quote is book.regular:
            return QuoteState.FRESH
        return QuoteState.HALTED if quote.halted else QuoteState.IRREGULAR

    def _limit_ns(self, book: Book, quote: Quote) -> int | None:
        return None if book.max_age_ns is None else max(book.max_age_ns, quote.interval_ns * 3 // 2)

    def _tell(self, book: Book, event: MarketEvent) -> None:
        for tell in book.subscribers:
            tell(event)
        for tell in self._to_all:
            tell(event)


def _ns(seconds: Decimal | None) -> int | None:
    return None if seconds is None else int(seconds * _SECOND_NS)


def _without(subscribers: tuple[Subscriber, ...], gone: Subscriber) -> tuple[Subscriber, ...]:
    return tuple(subscriber for subscriber in subscribers if subscriber is not gone)


def _change(book: Book) -> Decimal | None:
    if book.last_px is not None and book.first_px is not None:
        return book.last_px - book.first_px
    if book.last_px is None and book.regular is not None and book.first_mid is not None:
        return book.regular.mid - book.first_mid
    return None
