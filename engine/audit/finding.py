"""Looks for orders of any day in the journal, by words: newest first, from the end backward, decoding little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final

from engine import facts as f
from engine.ids import root_of
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.model.found import FoundOrder
from engine.model.money import ZERO
from engine.model.order import OrderRequest

MOST: Final = 200
_SPAN: Final = 16_384
_BEGINS: Final = frozenset({"order_intended", "order_held", "order_denied"})
_ENDS: Final = {
    "order_canceled": "CANCELED",
    "order_rejected": "REJECTED",
    "order_expired": "EXPIRED",
    "order_withheld": "WITHHELD",
}
_FILLS: Final = frozenset({"order_filled", "execution_corrected", "execution_busted"})


class OrderSearch:
    """One search. `words`: all must fit; each a symbol, #tag, short number, id (ours, its beginning, or the broker's),
    user, algo3, or a day (2026-11-26, by `date_of` of market time)."""

    def __init__(self, words: Sequence[str], date_of: Callable[[int], str]) -> None:
        self._words = words
        self._date_of = date_of
        self._codec = FactCodec()
        self._ended: dict[str, str] = {}
        self._fills: dict[str, tuple[Decimal, Decimal]] = {}
        """Root -> quantity and cost."""
        self._counted: set[tuple[str, str]] = set()
        """Executions that a later fact took back or told anew."""
        self._named: set[str] = set()
        """Roots to which the broker gave an id that is among the words."""

    def run(self, reader: JournalReader, until: int | None = None) -> list[FoundOrder]:
        """At most MOST, newest first, of facts up to row `until`. Raises JournalError."""
        high = reader.head().seq if until is None else until
        found: dict[str, FoundOrder] = {}
        while high > 0 and len(found) < MOST:
            low = max(high - _SPAN, 0)
            for row in reversed(list(_between(reader, low, high))):
                order = self._see(row)
                if order is not None:
                    # A held order is intended when it goes out: the same order, found from its end, begins earlier.
                    found[order.cl_ord_id] = order
            high = low
        return list(found.values())[:MOST]

    def _see(self, row: Row) -> FoundOrder | None:
        if row.kind in _BEGINS:
            return self._begin(row)
        if row.kind in _ENDS:
            fact = self._codec.decode(row.kind, row.payload)
            self._ended.setdefault(root_of(getattr(fact, "cl_ord_id", "")), _ENDS[row.kind])
        elif row.kind in _FILLS:
            self._fill(row)
        elif row.kind == "order_accepted" and any(word in row.payload for word in self._words):
            accepted = self._codec.decode(row.kind, row.payload)
            if isinstance(accepted, f.OrderAccepted) and accepted.order_id in self._words:
                self._named.add(root_of(accepted.cl_ord_id))
        return None

    def _fill(self, row: Row) -> None:
        fact = self._codec.decode(row.kind, row.payload)
        if isinstance(fact, f.ExecutionBusted):
            self._counted.add((fact.account, fact.exec_id))
        elif isinstance(fact, f.OrderFilled | f.ExecutionCorrected):
            execution = fact.execution
            key = (execution.account, execution.exec_id)
            if key in self._counted:
                return
            self._counted.add(key)
            qty, cost = self._fills.get(root_of(execution.cl_ord_id), (ZERO, ZERO))
            qty, cost = qty + execution.last_qty, cost + execution.last_qty * execution.last_px
            self._fills[root_of(execution.cl_ord_id)] = (qty, cost)

    def _begin(self, row: Row) -> FoundOrder | None:
        fact = self._codec.decode(row.kind, row.payload)
        if not isinstance(fact, f.OrderIntended | f.OrderHeld | f.OrderDenied):
            return None
        request = fact.request
        if not all(self._fits(word, fact.id, fact.cl_ord_id, request, row.market_ns) for word in self._words):
            return None
        filled, cost = self._fills.get(fact.cl_ord_id, (ZERO, ZERO))
        status = "DENIED" if isinstance(fact, f.OrderDenied) else self._ended.get(fact.cl_ord_id, "")
        if filled >= request.qty and not request.legs:
            status = "FILLED"
        return FoundOrder(
            fact.id,
            fact.cl_ord_id,
            row.recorded_ns,
            row.market_ns,
            request.account,
            request.symbol,
            request.side,
            request.ord_type,
            request.time_in_force,
            request.qty,
            request.limit_px,
            request.stop_px,
            filled,
            cost / filled if filled else None,
            status,
            request.tag,
            request.parent,
            request.user,
            bool(request.legs),
        )

    def _fits(self, word: str, number: int, cl_ord_id: str, request: OrderRequest, market_ns: int) -> bool:
        if word.startswith("#"):
            return request.tag.lower() == word[1:].lower()
        return (
            word.upper() in (request.symbol, *(leg.symbol for leg in request.legs))
            or word == str(number)
            or root_of(word) == cl_ord_id
            or (len(word) >= 8 and cl_ord_id.startswith(word))
            or cl_ord_id in self._named
            or word == request.user
            or (request.parent is not None and word.lower() == f"algo{request.parent}")
            or word == self._date_of(market_ns)
        )


def _between(reader: JournalReader, low: int, high: int) -> Iterator[Row]:
    return takewhile(lambda row: row.seq <= high, reader.rows(low))
