"""Exponential backoff with jitter. The generator is given, so that equal seeds wait alike."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random


class Backoff:
    """Waits of first, 2 first, 4 first ... seconds, none longer than `longest`, each x (1 ± jitter)."""

    def __init__(self, rng: Random, first_s: float, longest_s: float = float("inf"), jitter: float = 0.1) -> None:
        self._rng = rng
        self._first_s = first_s
        self._longest_s = longest_s
        self._jitter = jitter

    def wait_s(self, attempt: int) -> float:
        """Seconds to wait after failure number `attempt` (the first is 0)."""
        plain = min(self._first_s * 2.0 ** min(attempt, 60), self._longest_s)
        return plain * (1 + self._jitter * (2 * self._rng.random() - 1))

    def waits(self, retries: int) -> Iterator[float]:
        """One wait before each of so many retries."""
        return (self.wait_s(attempt) for attempt in range(retries))
