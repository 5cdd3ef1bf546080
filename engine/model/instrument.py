"""What is traded: identity and the grid on which its prices and quantities lie."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import AssetClass


class OptionTerms(msgspec.Struct, frozen=True, gc=False):
    """What makes an option. `expiry` is an ISO date, `strike` money per unit of the underlying, `right` "C" or "P";
    from `expires_ns` (market ns) on it can't be traded."""

    underlying: str
    expiry: str
    strike: Decimal
    right: str
    expires_ns: int

    @property
    def is_call(self) -> bool:
        return self.right == "C"


class FutureTerms(msgspec.Struct, frozen=True, gc=False):
    """What makes a future. `month`: the contract month, YYYYMM; `expiry`: ISO date of the last trade; from `warns_ns`
    on the desk warns of it, from `expires_ns` (market ns both) on it can't be traded. `margin`, `maintenance`: money
    for one contract to open and to keep it; None where the limits' share of its notional is to count."""

    root: str
    exchange: str
    month: str
    expiry: str
    expires_ns: int
    warns_ns: int
    margin: Decimal | None = None
    maintenance: Decimal | None = None


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """A tradable instrument. `symbol` is the desk's key and unique in the universe (OCC symbol for options).

    tick, lot and min_qty are > 0; a price is valid when it is a multiple of `tick`, a quantity when it is a
    multiple of `lot` and at least `min_qty`. `multiplier` turns price x quantity into money, which is of `currency`.
    """

    symbol: str
    asset_class: AssetClass = AssetClass.EQUITY
    currency: str = "USD"
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(1)
    min_qty: Decimal = Decimal(1)
    max_qty: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    calendar: str = "XNYS"
    sector: str | None = None
    name: str = ""
    option: OptionTerms | msgspec.UnsetType = msgspec.UNSET
    """Of options only. (Unset fields are not written: journals of desks without them stay as they were.)"""
    base: str | msgspec.UnsetType = msgspec.UNSET
    """Of FX and crypto: the currency that is bought; `currency` is the one it is paid in."""
    future: FutureTerms | msgspec.UnsetType = msgspec.UNSET
    """Of futures only."""
