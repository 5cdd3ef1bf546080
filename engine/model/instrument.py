"""What is traded: identity and the grid on which its prices and quantities lie."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import AssetClass


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """A tradable instrument. `symbol` is the desk's key and unique in the universe (OCC symbol for options).

    tick, lot and min_qty are > 0; a price is valid when it is a multiple of `tick`, a quantity when it is a
    multiple of `lot` and at least `min_qty`. `multiplier` turns price x quantity into money.
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
