"""The two positions that move together most: Pearson's correlation of their daily returns, each in the direction in
which it is held (a long and a short of twins offset each other: -1).

Worked out for the largest positions only, a few pairs at a time, and again only when what is held changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.market.history import History

#: So many positions are compared with each other, the largest by value: 4,950 pairs.
MOST: Final = 100
#: Pairs that one slice works out at most; one takes about 20 us the first time.
_SLICE: Final = 30


class BookCorrelation:
    """`highest` is ((symbol, symbol), correlation) of the book as it was last worked out; ((), None) of fewer than two
    positions whose days are known."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._of: frozenset[tuple[str, bool]] = frozenset()
        self.highest: tuple[tuple[str, ...], float | None] = ((), None)

    def measure(self, positions: Sequence[tuple[str, float]]) -> Iterator[None]:
        """Work through the pairs of (symbol, value: below 0 for a short); yields between slices."""
        largest = sorted(positions, key=lambda held: -abs(held[1]))[:MOST]
        held = frozenset((symbol, value > 0.0) for symbol, value in largest if value)
        if held == self._of:
            return
        highest: tuple[tuple[str, ...], float | None] = ((), None)
        ordered = sorted(held)
        done = 0
        for place, (a, long_a) in enumerate(ordered):
            for b, long_b in ordered[:place]:
                found = self._history.correlation(a, b)
                if found is not None:
                    together = found if long_a == long_b else -found
                    if highest[1] is None or together > highest[1]:
                        highest = ((b, a), together)
                done += 1
                if done % _SLICE == 0:
                    yield
        self._of, self.highest = held, highest
