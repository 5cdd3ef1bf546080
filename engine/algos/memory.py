"""What the supervisor remembers of running algos that is no fact: it begins anew with every process."""

from __future__ import annotations

from engine.inputs import AlgoSpec
from engine.market.volume import Traded


class AlgoMemory:
    """counts: the market's count of an algo's symbol when it last looked. What trades while nobody counts is not seen:
    an algo that follows volume stays behind by it."""

    def __init__(self) -> None:
        self.counts: dict[int, Traded] = {}
        self._watching: dict[str, set[int]] = {}

    def watch(self, algo_id: int, spec: AlgoSpec) -> None:
        """An algo that waits for a price has to see every quote of its symbol."""
        if spec.would_px is not None:
            self._watching.setdefault(spec.symbol, set()).add(algo_id)

    def forget(self, algo_id: int, symbol: str) -> None:
        """The algo has ended, or its terms are others."""
        self.counts.pop(algo_id, None)
        self.unwatch(algo_id, symbol)

    def unwatch(self, algo_id: int, symbol: str) -> None:
        """It waits for no price any more."""
        waiting = self._watching.get(symbol)
        if waiting is not None:
            waiting.discard(algo_id)
            if not waiting:
                del self._watching[symbol]

    def watchers(self, symbol: str) -> tuple[int, ...]:
        """The algos that wait for a price of this symbol."""
        waiting = self._watching.get(symbol)
        return tuple(sorted(waiting)) if waiting else ()

    @property
    def is_watching(self) -> bool:
        """Whether any algo waits for a price."""
        return bool(self._watching)
