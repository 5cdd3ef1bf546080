"""What money of another currency is worth in the base currency, by the newest price of the pair.

The pair stands upright (EURUSD for euros in dollars) or upside down (USDJPY for yen). What is owned is converted on the
side of the quote that gives less, what is owed, and every exposure, on the side that gives more: conservative marks, as
for positions (DESIGN §7). There are no crosses: a currency without a pair to the base currency has no rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.money import MONEY_STEP, ONE, ZERO

if TYPE_CHECKING:
    from engine.risk.context import Quotes
    from engine.state import DeskState

#: Digits of a rate that was turned upside down: as many as keep an amount of money exact to MONEY_STEP.
_RATE_STEP: Final = Decimal("0.000000000001")
_PAIRS: Final = frozenset({AssetClass.FX, AssetClass.CRYPTO})


class Rate(msgspec.Struct, frozen=True, gc=False):
    """One unit of a currency in the base currency: `low` for what is owned, `high` for what is owed. `symbol` is the
    pair; `fresh` is False for the last known rate of a quote that is not usable now."""

    symbol: str
    low: Decimal
    high: Decimal
    fresh: bool

    def convert(self, amount: Decimal) -> Decimal:
        """The amount in the base currency, rounded to MONEY_STEP."""
        return (amount * (self.low if amount > ZERO else self.high)).quantize(MONEY_STEP)


def rate_instruments(instruments: Iterable[Instrument], base_currency: str) -> dict[str, tuple[str, bool]]:
    """Currency -> (its pair, upside down); ("", False) for a currency that instruments are paid in and no pair has."""
    found: dict[str, tuple[str, bool]] = {}
    listed = list(instruments)
    for instrument in listed:
        if instrument.base and instrument.asset_class in _PAIRS:
            if instrument.currency == base_currency:
                found[instrument.base] = (instrument.symbol, False)
            elif instrument.base == base_currency:
                found.setdefault(instrument.currency, (instrument.symbol, True))
    for instrument in listed:
        if instrument.currency != base_currency:
            found.setdefault(instrument.currency, ("", False))
    return found


def rate_of(state: DeskState, quotes: Quotes, currency: str, market_ns: int) -> Rate | None:
    """The rate of a currency now, the last known one where the pair's quote is stale; None when there never was one."""
    if currency == state.base_currency:
        return Rate("", ONE, ONE, True)
    symbol, upside_down = state.rates.get(currency, ("", False))
    if not symbol:
        return None
    quote = quotes.usable(symbol, market_ns)
    fresh = quote is not None
    if quote is None:
        quote = quotes.last_regular(symbol)
    if quote is None:
        return sampled_rate(state, currency)
    return _turned(symbol, quote.bid, quote.ask, upside_down, fresh)


def sampled_rate(state: DeskState, currency: str) -> Rate | None:
    """The rate by the newest mark that was journaled: all that a fold knows."""
    if currency == state.base_currency:
        return Rate("", ONE, ONE, True)
    symbol, upside_down = state.rates.get(currency, ("", False))
    if symbol not in state.marks:
        return None
    bid, ask, _ = state.marks[symbol]
    return _turned(symbol, bid, ask, upside_down, False)


def _turned(symbol: str, bid: Decimal, ask: Decimal, upside_down: bool, fresh: bool) -> Rate:
    if upside_down:
        bid, ask = (ONE / ask).quantize(_RATE_STEP), (ONE / bid).quantize(_RATE_STEP)
    return Rate(symbol, bid, ask, fresh)
