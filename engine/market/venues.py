"""The markets of the desk's accounts: where a broker quotes for itself, an order there meets its quotes and not the
desk's own."""

from __future__ import annotations

from collections.abc import Callable

from engine.market.quotes import QuoteCache
from engine.model.diagnostics import FeedDetail
from engine.model.fees import FeeSchedule
from engine.model.market import Bar, MarketEvent, Quote


class Venues:
    """Newest quotes by account. Accounts without a market of their own share the desk's."""

    def __init__(self, common: QuoteCache, fees: Callable[[str], FeeSchedule | None] = lambda account: None) -> None:
        """`fees(account)`: what the broker charges, None where nobody knows."""
        self._common = common
        self._fees = fees
        self._own: dict[str, dict[str, Quote]] = {}
        self._heard_ns: dict[str, int] = {}

    def open(self, account: str) -> Callable[[MarketEvent], None]:
        """The account's broker quotes for itself from now on; what is returned takes the events of its feed."""
        quotes: dict[str, Quote] = {}
        self._own[account] = quotes
        self._heard_ns[account] = 0

        def on_event(event: MarketEvent) -> None:
            at_ns = event.end_ns if isinstance(event, Bar) else event.ts_ns
            self._heard_ns[account] = max(self._heard_ns[account], at_ns)
            if isinstance(event, Quote):
                before = quotes.get(event.symbol)
                if before is None or event.ts_ns >= before.ts_ns:
                    quotes[event.symbol] = event

        return on_event

    def has_own(self, account: str) -> bool:
        """Whether that account's broker quotes for itself."""
        return account in self._own

    def details(self, now_ns: int) -> tuple[FeedDetail, ...]:
        """How the feeds of those accounts are doing."""
        found = []
        for account, quotes in self._own.items():
            heard = self._heard_ns[account]
            stale = sum(1 for q in quotes.values() if not self._common.young_enough(q, now_ns, heard))
            age = max(now_ns - heard, 0) if heard else None
            irregular = sum(1 for q in quotes.values() if not q.is_regular)
            silent = bool(quotes) and stale == len(quotes)
            found.append(FeedDetail(f"@{account}", heard, age, silent, len(quotes), stale, irregular, 0))
        return tuple(found)

    def usable(self, account: str, symbol: str, now_ns: int) -> Quote | None:
        """The quote that an order in that account would meet now; None when there is none that may be relied on."""
        quotes = self._own.get(account)
        if quotes is None:
            return self._common.usable(symbol, now_ns)
        quote = quotes.get(symbol)
        if quote is None or not quote.is_regular or quote.halted is True:
            return None
        return quote if self._common.young_enough(quote, now_ns, self._heard_ns[account]) else None

    def fees(self, account: str) -> FeeSchedule | None:
        """What that account's broker charges; None where nobody knows."""
        return self._fees(account)
