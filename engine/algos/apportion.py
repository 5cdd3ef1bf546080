"""Splitting a quantity into buckets so that no share is lost: largest remainder (Hamilton) on whole lots with exact
fractions. Source: definitions/algos-and-sizing.md, "Apportionment"."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from engine.model.money import ZERO


class ApportionError(ValueError):
    """The quantity can't be split as asked: no positive weight, or a quantity that is not positive."""


def apportion(qty: Decimal, weights: Sequence[Decimal], lot: Decimal) -> list[Decimal]:
    """Split `qty` over `weights` on multiples of `lot`; the parts sum to `qty` exactly.

    Ties go to the earlier bucket; a bucket of weight 0 gets exactly 0; an odd lot (qty no multiple of lot) rides on
    the last bucket with weight. Raises ApportionError.
    """
    if not (qty.is_finite() and lot.is_finite() and qty > 0 and lot > 0):
        raise ApportionError(f"quantity {qty} and lot {lot} must be above 0")
    if not all(w.is_finite() and w >= 0 for w in weights) or not any(weights):
        raise ApportionError("weights must not be negative and one must be above 0")
    lots, odd = divmod(qty, lot)
    whole = int(lots)
    total = sum((Fraction(w) for w in weights), Fraction(0))
    shares = [Fraction(w) * whole / total for w in weights]
    counts = [int(share) for share in shares]
    missing = whole - sum(counts)
    by_remainder = sorted((n for n, w in enumerate(weights) if w), key=lambda n: (counts[n] - shares[n], n))
    for n in by_remainder[:missing]:
        counts[n] += 1
    parts = [count * lot if count else ZERO for count in counts]
    if odd:
        last = max(n for n, w in enumerate(weights) if w)
        parts[last] += odd
    return parts
