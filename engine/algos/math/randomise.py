"""Seeded jitter of a schedule's sizes and times, so that nobody reads the schedule off the tape.

The same seed gives the same schedule on every machine and after every restart; a bucket's draw depends on the seed and
its own number only, so that planning the rest anew leaves it alone. Sizes move between neighbours: the sum is exact,
and what is sent by any time differs from the plan by less than one bucket. The pure core has no random module: draws
are splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from engine.model.money import ZERO, floor_to

_MASK: Final = (1 << 64) - 1
_STEP: Final = 0x9E3779B97F4A7C15
_SIZE, _TIME = 1, 2
_FULL: Final = 1 << 64


class JitterError(ValueError):
    """A jitter that is no share, or a lot that is none."""


def jitter_sizes(
    parts: Sequence[Decimal],
    lot: Decimal,
    share: Decimal,
    seed: int,
    first: int = 0,
    smallest: Decimal = ZERO,
    largest: Decimal | None = None,
) -> tuple[Decimal, ...]:
    """The parts with up to `share` (0 to 1) of each moved, in whole lots, to or from its neighbours.

    The sum is unchanged. A part of 0 stays 0, and no other becomes 0, goes below `smallest` or above `largest` unless
    it was there before. `first` is the number of the first part: 0, or how many were sent already. Raises JitterError.
    """
    _check(share)
    if not (lot.is_finite() and lot > 0):
        raise JitterError(f"lot {lot} must be above 0")
    moved = list(parts)
    places = [n for n, part in enumerate(parts) if part]
    for a, b in pairwise(places):
        # Each part has two neighbours: half of its share is for each.
        room = min(parts[a], parts[b]) * share / 2
        swing = draw(seed, _SIZE, first + a) * 2 - _FULL
        amount = floor_to(room * abs(swing) / _FULL, lot)
        giver, taker = (a, b) if swing > 0 else (b, a)
        amount = min(amount, moved[giver] - max(smallest, lot))
        if largest is not None:
            amount = min(amount, largest - moved[taker])
        amount = floor_to(amount, lot)
        if amount > 0:
            moved[giver] -= amount
            moved[taker] += amount
    return tuple(moved)


def jitter_times(edges_ns: Sequence[int], share: Decimal, seed: int, first: int = 0) -> tuple[int, ...]:
    """When each bucket's slice goes out: up to `share` (0 to 1) of its length after its beginning, never past its end.

    `edges_ns` are where buckets begin, and where the last one ends. Raises JitterError.
    """
    _check(share)
    times = []
    for n, (begin, end) in enumerate(pairwise(edges_ns), start=first):
        length = end - begin
        times.append(begin + min(int(length * share * draw(seed, _TIME, n) / _FULL), max(length - 1, 0)))
    return tuple(times)


def draw(seed: int, kind: int, number: int) -> int:
    """64 even random bits that belong to this seed, this kind of draw and this number."""
    return _mix(_mix(_mix(seed & _MASK) + kind) + number)


def _mix(state: int) -> int:
    """One step of splitmix64."""
    z = (state + _STEP) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def _check(share: Decimal) -> None:
    if not (share.is_finite() and 0 <= share <= 1):
        raise JitterError(f"jitter {share} must be a share from 0 to 1")
