"""How the paper exchange fills: plain values."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.fees import FeeSchedule
from engine.model.money import ONE, ZERO, plain


class FillConfig(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The fill model; money in the instrument's currency. Raises ValueError naming the bad key.

    slippage_bps: adverse, on taking liquidity, in 1/10,000 of the touch, rounded outwards to the tick.
    commission_per_share, commission_bps (of the traded value): added up.
    commission_min: charged once per order.
    limit_fill_prob: chance (0-1) that a resting order fills when the market only reaches its price; going
        through its price always fills it.
    default_display: the displayed size of a quote whose source has none; fx_display: the same for FX, in units of the
        base currency.
    margin: False makes a cash account: no short sale, no buy beyond the cash that working buys leave.
    """

    slippage_bps: Decimal = ZERO
    commission_per_share: Decimal = ZERO
    commission_bps: Decimal = ZERO
    commission_min: Decimal = ZERO
    limit_fill_prob: Decimal = ONE
    default_display: Decimal = Decimal(1000)
    fx_display: Decimal = Decimal(1_000_000)
    margin: bool = True

    def __post_init__(self) -> None:
        for key in ("slippage_bps", "commission_per_share", "commission_bps", "commission_min"):
            value: Decimal = getattr(self, key)
            if not (value.is_finite() and value >= 0):
                raise ValueError(f"{key}: {value} is not a finite number of at least 0")
        if self.slippage_bps >= 10_000:
            raise ValueError(f"slippage_bps: {plain(self.slippage_bps)} is not below 10000")
        if not (self.limit_fill_prob.is_finite() and 0 <= self.limit_fill_prob <= 1):
            raise ValueError(f"limit_fill_prob: {self.limit_fill_prob} is not between 0 and 1")
        for key in ("default_display", "fx_display"):
            size: Decimal = getattr(self, key)
            if not (size.is_finite() and size > 0):
                raise ValueError(f"{key}: {size} is not a size above 0")

    @property
    def fees(self) -> FeeSchedule:
        """The commission as a broker publishes it: the same for who takes and who rests."""
        per_unit, bps = self.commission_per_share, self.commission_bps
        return FeeSchedule(per_unit, bps, per_unit, bps, self.commission_min)

    @property
    def is_free(self) -> bool:
        """Whether trading costs no commission at all."""
        return not (self.commission_per_share or self.commission_bps or self.commission_min)
