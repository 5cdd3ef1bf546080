"""What one instrument needs of equity by Reg T and FINRA 4210 (docs/decisions/exposure-measures.md).

To open, a share of the market value, long or short; to keep, one of the long value, and of a short the larger of its
share and 5 a share, below a price of 5 the larger of 2.50 a share and the whole. Long options are paid in full; written
ones count nothing, because they must be covered (engine.risk.cover). Futures need what universe.yaml says of a
contract, long or short, else a share of their notional (docs/decisions/futures.md). Sources: 12 CFR 220.12, FINRA
4210(c), risk-checks.md 2.16.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.money import ONE, ZERO
from engine.orders.position import Position
from engine.risk.limits import Limits

_SHARES: Final = (AssetClass.EQUITY, AssetClass.ETF)
_LOW_PRICE: Final = Decimal(5)
_A_SHARE: Final = Decimal(5)
_A_LOW_SHARE: Final = Decimal("2.50")


def short_qty(position: Position) -> Decimal:
    """Units short once all sales have filled; 0 or below where none are."""
    return position.open_sell - position.qty


def long_qty(position: Position) -> Decimal:
    """Units long once all buys have filled; 0 or below where none are."""
    return position.open_buy + position.qty


def margin_of(
    limits: Limits,
    instrument: Instrument | None,
    up: Decimal,
    down: Decimal,
    shorts: Decimal,
    longs: Decimal = ZERO,
    rate: Decimal = ONE,
) -> tuple[Decimal, Decimal]:
    """(initial, maintenance) of an instrument that can come to `up` long and `down` short (base currency), the dearer
    of the two; `shorts`, `longs`: units short once all sales have filled, long once all buys have; `rate`: base
    currency for one of the instrument's."""
    if instrument is not None and instrument.future and instrument.future.margin is not None:
        size, opens, keeps = max(longs, shorts, ZERO) * rate, instrument.future.margin, instrument.future.maintenance
        return size * opens, size * (opens if keeps is None else keeps)
    kind = instrument.asset_class if instrument is not None else AssetClass.EQUITY
    rate, keep = limits.margin_initial[kind], limits.margin_maintenance[kind]
    long, short = max(up, ZERO), max(down, ZERO)
    if kind is AssetClass.OPTION:
        return long * rate, long * keep
    if kind not in _SHARES or not short or shorts <= ZERO:
        return max(long, short) * rate, max(long, short) * keep
    least = max(_A_LOW_SHARE * shorts, short) if short < _LOW_PRICE * shorts else _A_SHARE * shorts
    return max(long, short) * rate, max(long * keep, short * limits.margin_short, least)
