"""What a fill costs: the taker's price and the commission."""

from __future__ import annotations

from decimal import Decimal

from engine.market.matching.config import FillConfig
from engine.model.money import BPS, MONEY_STEP, ONE, ZERO, aggressive_price


def taker_price(
    touch: Decimal, *, is_buy: bool, slippage_bps: Decimal, tick: Decimal, limit_px: Decimal | None
) -> Decimal:
    """The price of taking at `touch`: adverse slippage, rounded outwards to the tick, never past the limit.

    Without slippage the touch itself, also where the feed quotes it off the tick.
    """
    if not slippage_bps:
        return touch
    slip = slippage_bps * BPS
    price = aggressive_price(touch * (ONE + slip if is_buy else ONE - slip), tick, is_buy=is_buy)
    if not is_buy and price < tick:
        price = tick
    if limit_px is None:
        return price
    return min(price, limit_px) if is_buy else max(price, limit_px)


def commission(
    config: FillConfig, *, qty: Decimal, value: Decimal, raw_before: Decimal, charged_before: Decimal
) -> tuple[Decimal, Decimal]:
    """(commission of the order so far before the minimum, fee of this fill).

    The minimum is one per order: the first fill pays it, later ones pay only what exceeds it. `value` is the
    traded value, price x quantity x multiplier. Each fee is a multiple of MONEY_STEP, so the sum is exact.
    """
    if config.is_free:
        return raw_before, ZERO
    part = config.commission_per_share * qty + config.commission_bps * BPS * value
    raw = raw_before + part.quantize(MONEY_STEP)
    due = max(raw, config.commission_min)
    return raw, max(due - charged_before, ZERO)
