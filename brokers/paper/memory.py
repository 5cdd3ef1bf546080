"""Books in memory, for simulations and benchmarks: the same questions, no durability."""

from __future__ import annotations

from engine.market.matching import Changes, PaperOrder
from engine.model.snapshot import Execution, OrderSnapshot


class MemoryBooks:
    """Keeps every order and execution of an exchange for as long as it lives.

    It is also the exchange's `used_ids`. Give it what the exchange's `take_changes` returns after every call.
    """

    def __init__(self) -> None:
        self.executions: list[Execution] = []
        self._ids: set[str] = set()
        self._orders: dict[int, PaperOrder] = {}
        self._versions: dict[str, int] = {}

    def __contains__(self, cl_ord_id: object, /) -> bool:
        return cl_ord_id in self._ids

    def add(self, cl_ord_id: str, /) -> None:
        """The id is used from now on."""
        self._ids.add(cl_ord_id)

    def keep(self, changes: Changes) -> None:
        """Take over what changed."""
        self._orders.update(changes.orders)
        self._versions.update((cl_ord_id, seq) for cl_ord_id, seq, accepted in changes.versions if accepted)
        self.executions.extend(execution for _, execution in changes.executions)

    def order(self, cl_ord_id: str) -> OrderSnapshot | None:
        """The order, open or not, with this id as one of its accepted versions."""
        seq = self._versions.get(cl_ord_id)
        return None if seq is None else self._orders[seq].snapshot()

    def executions_since(self, since_ns: int, skip: int = 0, limit: int = 0) -> list[Execution]:
        """Executions at or after a market time, oldest first: `limit` of them (0: all) after the first `skip`."""
        found = sorted((e for e in self.executions if e.ts_ns >= since_ns), key=lambda e: e.ts_ns)
        return found[skip : skip + limit if limit else None]
