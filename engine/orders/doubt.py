"""Asking the broker about one order, and writing down what it says while nobody knows what became of a request.

A timer alone resolves nothing: it only makes us ask again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine import facts as f
from engine import inputs as i
from engine.connections import accounts_of
from engine.effects import QueryOrder, QuerySnapshot
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.money import plain
from engine.orders.order import Order
from engine.orders.table import Row

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000
#: Answers without proof after which the operator is called.
CALL_OPERATOR_AFTER: Final = 6
#: How long a broker's books may lag behind its own reports.
LAG_NS = 2_000_000_000


def ask_about(desk: Desk, order: Order) -> None:
    """Ask for the order under its newest id, and for each replace whose fate is open under its own."""
    if order.nameless:
        # No id to ask for: it stands in the list of open orders, or it is over.
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", order.account, "nameless order"))
        return
    desk.effect(QueryOrder(order.account, order.live_id))
    for replace in order.pending_replaces:
        desk.effect(QueryOrder(order.account, replace.cl_ord_id))


def note(
    desk: Desk, order: Order, answer: str, *, absent: bool = False, closed: bool = False, asked_ns: int = 0
) -> None:
    """Record an answer about the request in doubt: shown with the order, kept in its life."""
    doubt = order.doubt
    if doubt is None:
        return
    desk.emit(f.EvidenceNoted(doubt.about, answer, asked_ns or desk.now.wall_ns, absent, closed))
    if doubt.asked == CALL_OPERATOR_AFTER:
        seconds = (desk.now.wall_ns - doubt.since_ns) // SECOND_NS
        desk.alert(
            AlertLevel.ALARM,
            "STILL_UNKNOWN",
            f"order {order.id} {order.symbol}: no evidence for {seconds} s, asked {doubt.asked} times ({answer});"
            f" if you know better: resolve {order.id} dead, or alive",
        )


def note_answer(desk: Desk, order: Order, answer: i.OrderEvidence) -> None:
    """What the broker answered about the request in doubt."""
    doubt = order.doubt
    if doubt is None or doubt.about != answer.cl_ord_id:
        return
    seen = answer.order
    if seen is not None:
        filled = f", {plain(seen.cum_qty)} of {plain(seen.qty)} filled" if seen.cum_qty else ""
        said = f"found: {seen.status.value} as {seen.order_id}{filled}"
    elif answer.proves_absence:
        said = "not found, and it can't arrive any more"
    elif answer.session_closed:
        said = "not found on a new session"
    else:
        said = "not found, which proves nothing yet"
    closed = answer.session_closed or answer.proves_absence
    note(desk, order, said, absent=seen is None, closed=closed, asked_ns=answer.asked_wall_ns)


def note_silence(desk: Desk, outcome: i.QueryFailed) -> None:
    """The question itself had no answer."""
    order = desk.state.orders.get(outcome.cl_ord_id)
    if order is not None and order.doubt is not None and order.doubt.about == outcome.cl_ord_id:
        note(desk, order, f"no answer: {outcome.reason}")


def again_in_doubt(desk: Desk, order: Order, what: str) -> bool:
    """Whether the outcome of handing over an order is no news of it: it was handed over before, and that is what
    nobody knows the outcome of."""
    if order.sends == 1 or order.base is not OrdStatus.UNKNOWN:
        return False
    note(desk, order, what)
    return True


def order_for(desk: Desk, cl_ord_id: str, what: str) -> Order | None:
    """The order of a report; one that we don't know is told of and looked for."""
    order = desk.state.orders.get(cl_ord_id)
    if order is None:
        desk.alert(AlertLevel.WARN, "UNKNOWN_ORDER_REPORT", f"{what} for {cl_ord_id}, an order this desk does not know")
        for account in accounts_of(desk.state):
            desk.effect(QuerySnapshot(account, "report of an unknown order"))
    return order


def contradicted(desk: Desk, order: Order, what: str, cell: Row) -> None:
    """A report that does not go with what we know: nothing is believed before the broker was asked."""
    note = f"; {cell.note}" if cell.note else ""
    text = f"order {order.id} {order.symbol} is {order.status.value} and was reported {what}{note}; asking the broker"
    desk.alert(AlertLevel.WARN, "ODD_REPORT", text)
    ask_about(desk, order)
