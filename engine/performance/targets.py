"""What the user wants of the desk, and whether it was so.

A target is met beyond it ("over 99.9 %", "under 50 ms"); one that nothing can be beyond (100 %, or 0) is met at it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from engine.model.performance import Measure, Verdict

_ONE: Final = Decimal(1)


class Targets(msgspec.Struct, frozen=True, gc=False):
    """Shares of 1 but for `send_ms`. Defaults: the targets of issue 5."""

    send_ms: Decimal = Decimal(50)
    order_success: Decimal = Decimal("0.999")
    limit_fill_rate: Decimal = Decimal("0.95")
    expected_price: Decimal = Decimal("0.90")
    slippage: Decimal = Decimal("0.0005")
    errors: Decimal = Decimal("0.001")
    reconciled: Decimal = _ONE


def judged(
    key: str, label: str, value: Decimal | None, target: Decimal, of: int, *, at_most: bool = False, unit: str = "share"
) -> Measure:
    """The measure with its verdict."""
    return Measure(key, label, unit, value, target, at_most, of, _verdict(value, target, at_most))


def _verdict(value: Decimal | None, target: Decimal, at_most: bool) -> Verdict:
    if value is None:
        return "unknown"
    if at_most:
        return "met" if value < target or value == target == 0 else "missed"
    return "met" if value > target or value == target == _ONE else "missed"
