"""What an execution costs, in the instrument's currency (fixed pricing, as the broker's site has it)."""

from __future__ import annotations

from decimal import Decimal

from tests.emulators.ibkr.contracts import ZERO, Listed

CENT4 = Decimal("0.0001")
_EACH = {"OPT": Decimal("0.65"), "FUT": Decimal("2.25")}


def commission(listed: Listed, qty: Decimal, px: Decimal) -> Decimal:
    """Of all that one order has traded so far."""
    kind, value = listed.sec_type, qty * px * listed.times
    if kind == "BAG" or not qty:
        return ZERO
    if kind == "STK":
        least = max(Decimal(1), qty * Decimal("0.005"))
        return min(least, value / 100).quantize(CENT4) if value > 100 else Decimal(1)
    if kind == "CASH":
        return max(Decimal(2), value * Decimal("0.00002")).quantize(CENT4)
    if kind == "CRYPTO":
        return max(Decimal("1.75"), value * Decimal("0.0018")).quantize(CENT4)
    return (qty * _EACH[kind]).quantize(CENT4)
