"""One more bound of buying power: what the broker itself told that the account has left, where it told it lately. Ours
or the broker's, the stricter holds (docs/decisions/brokers-margin.md). One look-up an order; packages are left to the
broker."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.money import CENT, ZERO
from engine.risk.context import Context

_ON_MARGIN: Final = (AssetClass.EQUITY, AssetClass.ETF)
#: What was told in the last so many intervals of the comparison is fresh.
_INTERVALS: Final = 3


def check_told_margin(c: Context) -> None:
    """Against buying power for shares, against the funds that are free for all else. FX exchanges money for
    money, and options that are written (covered) bring money in."""
    told = c.state.margins.get(c.request.account)
    instrument = c.instrument
    if told is None or instrument is None or c.request.legs or not c.qty:
        return
    kind = instrument.asset_class
    if kind is AssetClass.FX or (kind is AssetClass.OPTION and not c.request.side.is_buy):
        return
    if c.now.wall_ns - told.told_ns > _INTERVALS * c.surroundings.reconcile_every_ns:
        return
    margin = told.margin
    left = margin.buying_power if kind in _ON_MARGIN else margin.available
    if left is None or margin.currency != c.state.base_currency:
        return
    needed = _needed(c, instrument)
    if needed > left:
        words = f"{told.broker} told that the account has less left for it"
        c.deny("BROKER_BUYING_POWER", needed.quantize(CENT, ROUND_CEILING), left, c.request.account, words)


def _needed(c: Context, instrument: Instrument) -> Decimal:
    """What the order takes of it: of what opens a position its worth, of a future its margin. What a replaced order had
    taken already is in what the broker told."""
    old = c.replacing
    qty, worth = (old.reserved_qty, old.reserved_notional) if old is not None else (ZERO, ZERO)
    opens = c.qty - c.room if c.room > ZERO else c.qty
    if instrument.future and instrument.future.margin is not None:
        more = (opens - qty) * instrument.future.margin
    else:
        more = c.notional * opens / c.qty - worth
        if instrument.future:
            more *= c.limits.margin_initial[AssetClass.FUTURE]
    return max(more, ZERO) * c.rate
