"""What a broker charges for an execution, as far as the desk can know it beforehand."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.money import ZERO

BPS = Decimal("0.0001")


class FeeSchedule(msgspec.Struct, frozen=True, gc=False):
    """Fees in the instrument's currency; a negative one is a rebate. `*_bps`: of the traded value, 1/10,000.
    `minimum`: the least that an order is charged which executes at all."""

    taker_per_unit: Decimal = ZERO
    taker_bps: Decimal = ZERO
    maker_per_unit: Decimal = ZERO
    maker_bps: Decimal = ZERO
    minimum: Decimal = ZERO

    def taking(self, qty: Decimal, px: Decimal, multiplier: Decimal = Decimal(1)) -> Decimal:
        """What an order pays that takes `qty` at `px`."""
        return self._charged(qty, self.taker_per_unit * qty + self.taker_bps * BPS * px * qty * multiplier)

    def making(self, qty: Decimal, px: Decimal, multiplier: Decimal = Decimal(1)) -> Decimal:
        """What an order pays that rests and is executed for `qty` at `px`."""
        return self._charged(qty, self.maker_per_unit * qty + self.maker_bps * BPS * px * qty * multiplier)

    def _charged(self, qty: Decimal, fee: Decimal) -> Decimal:
        if not qty:
            return ZERO
        # Without a least fee, a rebate stays one.
        return max(fee, self.minimum) if self.minimum else fee
