"""Planning what is left anew. Buckets that were sent stay as they are; the rest goes over the remaining ones.

Source: definitions/algos-and-sizing.md, "Apportionment".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.algos.apportion import ApportionError, apportion
from engine.model.money import ZERO

#: The newest buckets, at most half of those seen, say whether the market is busier than its profile now.
RECENT: Final = 20
#: So much of that surprise is believed, fading over as many buckets as it was seen in: what forecast the next stretch
#: of the recorded days best (docs/decisions/algo-costs.md).
BELIEF: Final = Decimal("0.1")
#: A surprise counts up to this many times the expected volume, or down to one part in so many: one print, or a lull,
#: must not bend the whole plan.
MOST: Final = 2


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
    weights: Sequence[Decimal], expected: Sequence[Decimal], seen: Sequence[Decimal], belief: Decimal = BELIEF
) -> tuple[Decimal, ...]:
    """The weights of the buckets to come, bent by the volume that came in so far.

    `expected` and `seen` are the profile's weights and the market volumes of the past buckets, the oldest first. The
    surprise is how much more (or less) than their part of all that was seen the newest buckets had; `belief` of it is
    expected to last (0: the profile stands). Intraday volume has such a memory: Bialkowski, Darolles and Le Fol,
    "Improving VWAP strategies: a dynamic volume approach" (2008). A busier day of the same shape bends nothing, nor do
    fewer than four buckets.
    """
    count = min(RECENT, len(seen) // 2)
    if count < 2:
        return tuple(weights)
    all_seen, all_expected = sum(seen, ZERO), sum(expected, ZERO)
    lately, expected_lately = sum(seen[-count:], ZERO), sum(expected[-count:], ZERO)
    if not all_seen or not expected_lately:
        return tuple(weights)
    surprise = Fraction(lately) * Fraction(all_expected) / (Fraction(expected_lately) * Fraction(all_seen))
    excess = (min(max(surprise, Fraction(1, MOST)), Fraction(MOST)) - 1) * Fraction(belief)
    bent = [Fraction(w) * (1 + excess * max(count - n, 0) / count) for n, w in enumerate(weights)]
    return tuple(Decimal(weight.numerator) / Decimal(weight.denominator) for weight in bent)
