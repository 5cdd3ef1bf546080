"""Planning what is left anew. Buckets that were sent stay as they are; the rest goes over the remaining ones.

Source: definitions/algos-and-sizing.md, "Apportionment".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Final

from engine.algos.apportion import ApportionError, apportion
from engine.model.money import ZERO

#: Of a bucket's surprise in volume, the next one keeps so much, the one after it the square of that, and so on.
PERSISTENCE: Final = Decimal("0.5")
#: A surprise counts up to this many times the expected volume, so that one print doesn't bend the whole plan.
MOST: Final = 3


def replan(qty: Decimal, sent: Sequence[Decimal], weights: Sequence[Decimal], lot: Decimal) -> tuple[Decimal, ...]:
    """The schedule of a parent of `qty`: `sent` (whatever each past bucket was given) and what is left over `weights`,
    those of the buckets to come. Sums to `qty` exactly. Raises ApportionError, also where more was sent than there is.

    An odd lot rides on the last bucket with weight, also where cancelled pieces made it.
    """
    left = qty - sum(sent, ZERO)
    if left < 0:
        raise ApportionError(f"{qty - left} was sent of {qty}; expected no more than the whole")
    if not left:
        return (*sent, *(ZERO for _ in weights))
    return (*sent, *apportion(left, weights, lot))


def reweigh(
    weights: Sequence[Decimal],
    expected: Sequence[Decimal],
    seen: Sequence[Decimal],
    persistence: Decimal = PERSISTENCE,
) -> tuple[Decimal, ...]:
    """The weights of the buckets to come, bent by the volume that came in so far.

    `expected` and `seen` are the profile's weights and the market volumes of the past buckets, the oldest first. How
    much more (or less) the last bucket had than its share of all that was seen, is its surprise; it fades by
    `persistence` a bucket (0: the profile stands). Intraday volume has such a memory: Bialkowski, Darolles and Le Fol,
    "Improving VWAP strategies: a dynamic volume approach" (2008). Without anything seen the weights are unchanged.
    """
    total_seen, total_expected = sum(seen, ZERO), sum(expected, ZERO)
    if not total_seen or not expected or not expected[-1] or len(expected) < 2:
        return tuple(weights)
    surprise = Fraction(seen[-1]) * Fraction(total_expected) / (Fraction(expected[-1]) * Fraction(total_seen))
    excess = min(surprise, Fraction(MOST)) - 1
    fades = accumulate((Fraction(persistence) for _ in weights), lambda fade, by: fade * by)
    bent = (Fraction(weight) * (1 + excess * fade) for weight, fade in zip(weights, fades, strict=True))
    return tuple(Decimal(weight.numerator) / Decimal(weight.denominator) for weight in bent)
