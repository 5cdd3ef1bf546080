"""The instruments of the simulated market: a dozen liquid US names as they are in kind, and invented ones.

Prices, volumes, spreads and volatilities are typical, not current. Volume and volatility are per day, and the
simulated day has 24 hours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from engine.market.noise import key_of
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.money import CENT, ONE

#: Yearly volatility of the factor that all names share.
MARKET_VOLATILITY: Final = 0.15
_MOST: Final = 500

_SECTORS: Final = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)


class SimName(msgspec.Struct, frozen=True):
    """How one instrument of the simulated market behaves."""

    symbol: str
    name: str
    sector: str | None
    price: float
    """Around which it moves, in its currency."""
    spread: float
    """Mean spread in ticks."""
    lots: int
    """Mean displayed size in round lots of 100."""
    volume: int
    """Shares a day."""
    volatility: float
    """Standard deviation of a year's return."""
    beta: float
    """Its part in the market's moves."""
    is_etf: bool = False
    kind: AssetClass = AssetClass.EQUITY
    tick: Decimal = CENT
    unit: Decimal = ONE
    """What one share of `lots` and `volume` is in this instrument."""
    lot: Decimal = ONE
    base: str = ""
    currency: str = "USD"

    def instrument(self) -> Instrument:
        return Instrument(
            symbol=self.symbol,
            asset_class=AssetClass.ETF if self.is_etf else self.kind,
            currency=self.currency,
            tick=self.tick,
            lot=self.lot,
            min_qty=self.lot,
            calendar="24x7",
            sector=self.sector,
            name=self.name,
            base=self.base or msgspec.UNSET,
        )


_TECHNOLOGY, _CONSUMER, _COMMUNICATION = "Information Technology", "Consumer Discretionary", _SECTORS[0]

US_NAMES: Final = (
    SimName("AAPL", "Apple", _TECHNOLOGY, 190.0, 1.2, 4, 55_000_000, 0.27, 1.1),
    SimName("MSFT", "Microsoft", _TECHNOLOGY, 415.0, 2.2, 2, 20_000_000, 0.23, 1.0),
    SimName("NVDA", "NVIDIA", _TECHNOLOGY, 120.0, 1.1, 9, 250_000_000, 0.45, 1.7),
    SimName("AMZN", "Amazon.com", _CONSUMER, 180.0, 1.3, 4, 40_000_000, 0.30, 1.2),
    SimName("GOOG", "Alphabet", _COMMUNICATION, 165.0, 1.4, 3, 20_000_000, 0.28, 1.1),
    SimName("META", "Meta Platforms", _COMMUNICATION, 500.0, 4.0, 2, 13_000_000, 0.35, 1.25),
    SimName("TSLA", "Tesla", _CONSUMER, 240.0, 2.5, 3, 90_000_000, 0.55, 1.8),
    SimName("SPY", "SPDR S&P 500 ETF", None, 550.0, 1.1, 9, 60_000_000, 0.16, 1.0, True),
    SimName("QQQ", "Invesco QQQ ETF", None, 470.0, 1.2, 6, 40_000_000, 0.20, 1.2, True),
    SimName("IBM", "IBM", _TECHNOLOGY, 182.0, 2.8, 2, 4_000_000, 0.20, 0.7),
    SimName("BAC", "Bank of America", "Financials", 39.0, 1.0, 40, 38_000_000, 0.26, 1.1),
    SimName("XOM", "Exxon Mobil", "Energy", 115.0, 1.2, 6, 15_000_000, 0.24, 0.8),
)


_FX, _CRYPTO = AssetClass.FX, AssetClass.CRYPTO
_PIP_TENTH, _TEN_THOUSAND, _SATS = Decimal("0.00001"), Decimal(10_000), Decimal("0.00001")
_MILLI = Decimal("0.001")

#: Crypto and FX: traded by fractions, and in thousands.
OTHER_NAMES: Final = (
    SimName(
        "BTCUSD", "Bitcoin", None, 60_000.0, 300.0, 4, 20_000_000, 0.50, 0.6,
        kind=_CRYPTO, unit=_MILLI, lot=_SATS, base="BTC",
    ),
    SimName(
        "ETHUSD", "Ether", None, 3_000.0, 25.0, 4, 20_000_000, 0.60, 0.7,
        kind=_CRYPTO, unit=Decimal("0.01"), lot=_SATS, base="ETH",
    ),
    SimName(
        "EURUSD", "Euro in US dollars", None, 1.085, 6.0, 2, 5_000_000, 0.07, 0.0,
        kind=_FX, tick=_PIP_TENTH, unit=_TEN_THOUSAND, base="EUR",
    ),
    SimName(
        "GBPUSD", "Sterling in US dollars", None, 1.27, 8.0, 2, 3_000_000, 0.08, 0.0,
        kind=_FX, tick=_PIP_TENTH, unit=_TEN_THOUSAND, base="GBP",
    ),
    SimName(
        "USDJPY", "US dollar in yen", None, 150.0, 7.0, 2, 4_000_000, 0.09, 0.0,
        kind=_FX, tick=_MILLI, unit=_TEN_THOUSAND, base="USD", currency="JPY",
    ),
)  # fmt: skip

ALL_NAMES: Final = (*US_NAMES, *OTHER_NAMES)


def invented_names(count: int, seed: int) -> tuple[SimName, ...]:
    """`count` (1 to 500) instruments SYM000, SYM001 ... that differ in all. Raises ValueError beyond."""
    if not 1 <= count <= _MOST:
        raise ValueError(f"{count} simulated instruments: expected 1 to {_MOST}")
    return tuple(_invent(number, key_of("name", seed, number)) for number in range(count))


def _invent(number: int, dice: bytes) -> SimName:
    beta = 0.5 + dice[0] / 255
    return SimName(
        symbol=f"SYM{number:03}",
        name=f"Simulated {number}",
        sector=_SECTORS[number % len(_SECTORS)],
        price=10.0 + 490.0 * (dice[1] / 255) * (dice[2] / 255),
        spread=1.0 + 3.0 * (dice[3] / 255),
        lots=1 + dice[4] % 20,
        volume=500_000 + 100_000 * dice[5],
        volatility=beta * MARKET_VOLATILITY + 0.05 + 0.25 * (dice[6] / 255),
        beta=beta,
    )
