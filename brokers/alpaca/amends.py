"""Executions that the broker took back or corrected after the fact (`trade_bust`, `trade_correct`).

Both name the execution by the broker's own id, and only those that were told in this process are known by it. The
Trading API's page does not list the two events, the Broker API's does; neither says what becomes of the activity.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from brokers.alpaca import words
from engine.model.snapshot import Execution
from engine.protocol import Busted, Corrected, Gap, Report

KEPT: Final = 20_000
"""Executions that are remembered."""


class Amends:
    def __init__(self, name: str, account: str) -> None:
        self._name, self._account = name, account
        self._told: dict[str, Execution] = {}
        self._keys: dict[str, str] = {}
        """The key of an execution before its correction, and the one since."""

    def note(self, execution_id: object, execution: Execution) -> None:
        """It was told under this id of the broker's."""
        if not execution_id:
            return
        self._told.setdefault(str(execution_id), execution)
        if len(self._told) > KEPT:
            for old in list(self._told)[: KEPT // 2]:
                del self._told[old]

    def key(self, key: str) -> str:
        """The key under which the desk has an execution by now."""
        return self._keys.get(key, key)

    def report(self, event: str, data: dict[str, Any], ts_ns: int) -> Report:
        """What became of which execution; a gap where that can't be said, so that the books are compared."""
        ident = str(data.get("previous_execution_id") or data.get("execution_id") or "")
        before = self._told.get(ident)
        if before is None:
            what = "took back" if event == "trade_bust" else "corrected"
            return Gap(self._name, f"the broker {what} execution {ident[:40] or '?'}, which is not known here", ts_ns)
        if event == "trade_bust":
            return Busted(self._account, before.exec_id, ts_ns, before.cl_ord_id)
        key = _next(before.exec_id)
        after = msgspec.structs.replace(
            before, exec_id=key, last_qty=words.needed(data, "qty"), last_px=words.needed_price(data)
        )
        for old, now in list(self._keys.items()):
            if now == before.exec_id:
                self._keys[old] = key
        self._keys[before.exec_id] = key
        self.note(data.get("execution_id"), after)
        self._told[ident] = after
        return Corrected(self._account, before.exec_id, after)


def _next(key: str) -> str:
    """The key of the next version of an execution."""
    base, slash, version = key.partition("/")
    return f"{base}/{int(version) + 1 if slash else 2}"
