"""What the paper exchange trades: each instrument with its book and its hours, and every id that was ever used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, Protocol

from engine.market.matching.book import SymbolBook
from engine.market.matching.sessions import TradingHours
from engine.model.enums import OrdType
from engine.model.instrument import Instrument
from engine.model.option import listed_option

_CLOSED: Final = TradingHours(False, 0)


class DuplicateIdError(ValueError):
    """The cl_ord_id was used before. Says nothing of the order that has it: that one may well be alive."""


class UsedIds(Protocol):
    """Every cl_ord_id ever used at this account; a plain set will do in memory."""

    def __contains__(self, cl_ord_id: object, /) -> bool: ...

    def add(self, cl_ord_id: str, /) -> None: ...


class Listing:
    """An instrument with its book and its trading hours."""

    __slots__ = ("book", "hours", "instrument")

    def __init__(self, instrument: Instrument, book: SymbolBook) -> None:
        self.instrument = instrument
        self.book = book
        self.hours = _CLOSED


class Listings:
    """All listings. An option on a listed stock is listed when it is first named, by its OCC symbol alone: so books
    that are opened again need not remember which were."""

    __slots__ = ("_instruments", "_make_book", "_strangers", "by_symbol")

    def __init__(self, instruments: Iterable[Instrument], make_book: Callable[[Instrument], SymbolBook]) -> None:
        self._make_book = make_book
        self._instruments: dict[str, Instrument] = {}
        self._strangers: set[str] = set()
        self.by_symbol: dict[str, Listing] = {}
        for instrument in instruments:
            self._add(instrument)

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        return self._instruments

    def find(self, symbol: str) -> Listing | None:
        """The listing of a symbol, made now for an option that can be listed; None for what is not traded here."""
        found = self.by_symbol.get(symbol)
        if found is not None or symbol in self._strangers:
            return found
        instrument = listed_option(symbol, self._instruments)
        if instrument is None or instrument.symbol != symbol:
            self._strangers.add(symbol)
            return None
        return self._add(instrument)

    def unit_cost(
        self, symbol: str, ord_type: OrdType, limit_px: Decimal | None, stop_px: Decimal | None
    ) -> Decimal | None:
        """What one unit may cost a buyer at worst, in money; None where that can't be said."""
        listing = self.by_symbol.get(symbol)
        if listing is None:
            return None
        price = listing.book.worst_price(ord_type, limit_px, stop_px)
        return None if price is None else price * listing.instrument.multiplier

    def _add(self, instrument: Instrument) -> Listing:
        listing = self.by_symbol[instrument.symbol] = Listing(instrument, self._make_book(instrument))
        self._instruments[instrument.symbol] = instrument
        return listing
