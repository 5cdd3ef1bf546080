"""The trail of one order through the journal: every fact that names it, whichever of its names that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from engine import facts as f
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.model.snapshot import Execution

#: Read without a name in them: a bust may come before the execution that it names; a day ends short numbers.
_ALWAYS: Final = frozenset({"execution_busted", "day_rolled"})


class OrderTrail:
    """Recognises the facts of one order; it must be given them in the journal's order, from the order's first on.

    An order is named by its cl_ord_id and those of its replaces, by the broker's order_id, by the exec_ids of its
    fills, and in alerts by its short number, which means it until the trading day ends.
    """

    def __init__(self, cl_ord_id: str) -> None:
        """`cl_ord_id`: the root's."""
        self._ids = {cl_ord_id}
        self._order_ids: set[tuple[str, str]] = set()
        self._executions: set[tuple[str, str]] = set()
        self._account = ""
        self._said = ""
        """What alerts call it: "order 14"; empty when that may be another order by now."""
        self._words: tuple[str, ...] = ()
        self._in_text = re.compile("")
        self._learn()

    def may_name(self, row: Row) -> bool:
        """A cheap look at the text: False is certain, True wants `names`."""
        payload = row.payload
        return row.kind in _ALWAYS or any(word in payload for word in self._words)

    def names(self, fact: f.Fact) -> bool:
        """Whether the fact is about this order; what it says of further names is learned."""
        match fact:
            case f.OrderIntended() | f.OrderHeld() | f.OrderDenied():
                return fact.cl_ord_id in self._ids and self._begins(fact.id, fact.request.account)
            case f.OrderAdopted(id=number, snapshot=snapshot):
                return fact.cl_ord_id in self._ids and self._begins(number, snapshot.account, snapshot.order_id)
            case f.ReplaceIntended() | f.OrderReplaced() | f.ReplaceDenied():
                return self._is_replaced(fact)
            case f.OrderFilled(execution) | f.OrphanFilled(execution):
                return self._is_ours(execution)
            case f.ExecutionCorrected(account, exec_id, execution):
                amends = (account, exec_id) in self._executions
                return self._is_ours(execution) or (amends and self._learn(execution=execution))
            case f.ExecutionBusted(account, exec_id):
                return (account, exec_id) in self._executions
            case f.GroupFormed(entry=entry, legs=legs):
                return not self._ids.isdisjoint((entry, *legs))
            case f.KillPulled(orders=orders):
                return not self._ids.isdisjoint(orders)
            case f.AlertRaised(text=text):
                return self._in_text.search(text) is not None
            case f.DayRolled():
                self._said = ""
                self._learn()
                return False
            case f.OrderAccepted() | f.OrderRestated():
                return fact.cl_ord_id in self._ids and self._learn(order_id=fact.order_id)
            case _:
                return getattr(fact, "cl_ord_id", None) in self._ids

    def _begins(self, number: int, account: str, order_id: str | None = None) -> bool:
        self._account = account
        self._said = f"order {number}"
        return self._learn(order_id=order_id)

    def _is_replaced(self, fact: f.ReplaceIntended | f.OrderReplaced | f.ReplaceDenied) -> bool:
        if self._ids.isdisjoint((fact.cl_ord_id, fact.orig_cl_ord_id)):
            return False
        self._ids.add(fact.cl_ord_id)
        return self._learn(order_id=fact.order_id if isinstance(fact, f.OrderReplaced) else None)

    def _is_ours(self, execution: Execution) -> bool:
        by_order_id = not execution.cl_ord_id and (execution.account, execution.order_id) in self._order_ids
        if execution.cl_ord_id not in self._ids and not by_order_id:
            return False
        self._account = execution.account
        return self._learn(order_id=execution.order_id, execution=execution)

    def _learn(self, *, order_id: str | None = None, execution: Execution | None = None) -> bool:
        """Take up further names; always True, since only what is about the order teaches any."""
        if order_id:
            self._order_ids.add((self._account, order_id))
        if execution is not None:
            self._executions.add((execution.account, execution.exec_id))
        in_text = {*self._ids, *(exec_id for _, exec_id in self._executions), *([self._said] if self._said else [])}
        self._in_text = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(in_text)))})(?!\w)")
        self._words = (*in_text, *(order_id for _, order_id in self._order_ids))
        return True


def life(rows: Iterable[Row], codec: FactCodec, cl_ord_id: str) -> list[tuple[Row, f.Fact]]:
    """Every row that names the order, with its fact, in order.

    `rows` begin with the order's first fact or earlier. Raises JournalError for a row that holds no fact.
    """
    trail = OrderTrail(cl_ord_id)
    found: list[tuple[Row, f.Fact]] = []
    strange_busts: list[tuple[Row, f.Fact]] = []
    for row in rows:
        if not trail.may_name(row):
            continue
        fact = codec.decode(row.kind, row.payload)
        if trail.names(fact):
            found.append((row, fact))
        elif isinstance(fact, f.ExecutionBusted):
            strange_busts.append((row, fact))
    # A bust that came before its execution is known by now.
    found += [(row, bust) for row, bust in strange_busts if trail.names(bust)]
    return sorted(found, key=lambda pair: pair[0].seq)
