"""The parent/child supervisor: what happens to algos and their children comes in here.

An algo is a state machine fed by timers, quotes, fills and order updates; nothing sleeps. Its progress is in facts, so
it goes on after a restart: what is out is adopted, missed slices are handled by the chosen policy, nothing is re-sent.
Launching is in engine.algos.launch, supervision in control, the driving in driving, what each kind wants in kinds.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine.algos.driving import advance, drive, retry
from engine.algos.ending import finish_if_filled, stop_if_clear
from engine.algos.pausing import pause
from engine.algos.replanning import shift
from engine.model.enums import OrdStatus
from engine.model.market import Quote
from engine.model.money import ZERO
from engine.orders.order import Order
from engine.state import Algo
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk


# --- time and market ------------------------------------------------------------------------------------------------


def on_timer(desk: Desk, key: Key) -> None:
    """A slice is due, a retry, a look at the market, the end."""
    algo = desk.state.algos.get(int(str(key[1])))
    if algo is not None:
        advance(desk, algo)


def on_quote(desk: Desk, quote: Quote) -> None:
    """A quote of a symbol at which an algo waits for a price."""
    for algo_id in desk.algo_memory.watchers(quote.symbol):
        algo = desk.state.algos.get(algo_id)
        if algo is not None and _is_moved_by(algo, quote):
            drive(desk, algo)


def _is_moved_by(algo: Algo, quote: Quote) -> bool:
    """Whether the quote reaches its would-price, or leaves it while a child is out for it."""
    px = algo.spec.would_px
    if px is None:
        return False
    reached = quote.ask <= px if algo.spec.side.is_buy else quote.bid >= px
    out = any(child.request.purpose == "would" for child in algo.open_children.values())
    return reached is not out


# --- what becomes of the children -----------------------------------------------------------------------------------


def _parent(desk: Desk, order: Order) -> Algo | None:
    parent = order.request.parent
    return desk.state.algos.get(parent) if parent is not None else None


def on_fill(desk: Desk, order: Order) -> None:
    """A child has executed; when it is done, what waited for it can go out."""
    algo = _parent(desk, order)
    if algo is None or not algo.is_live:
        return
    if algo.status == "STOPPING":
        stop_if_clear(desk, algo)
    elif algo.left <= 0 or not order.leaves_qty:
        if algo.status == "RUNNING":
            drive(desk, algo)
        else:
            finish_if_filled(desk, algo)


def on_order_changed(desk: Desk, order: Order) -> None:
    """A child's leaves may have become free, or proven dead."""
    algo = _parent(desk, order)
    if algo is not None and algo.status == "STOPPING":
        stop_if_clear(desk, algo)
    elif algo is not None:
        drive(desk, algo)


def on_order_dead(desk: Desk, order: Order, *, rejected: bool = False, later: bool = False) -> None:
    """A child is dead with what it had: its rest is sent again (`later`: after a while, since the way to the broker is
    not clear), unless the broker refused it."""
    algo = _parent(desk, order)
    if algo is None or not algo.is_live:
        return
    if algo.status == "STOPPING":
        stop_if_clear(desk, algo)
    elif rejected:
        pause(desk, algo, "broker", f"child {order.id} {_why_dead(order)}")
    elif algo.status == "RUNNING" and later:
        retry(desk, algo)
    elif algo.status == "RUNNING":
        drive(desk, algo)


def _why_dead(order: Order) -> str:
    return f"rejected: {order.text}" if order.base is OrdStatus.REJECTED else order.text or order.status.value


# --- restart --------------------------------------------------------------------------------------------------------


def rearm(desk: Desk, alive_ns: int) -> None:
    """After a fold: arm the next slice of every live algo; children go out again only once reconciled.

    `alive_ns`: until when (market time) the journal shows the desk alive; what was missed since is caught up, or the
    rest moves.
    """
    for algo in desk.state.algos.values():
        if algo.is_live:
            if algo.status == "RUNNING":
                desk.algo_memory.watch(algo.id, algo.spec)
                if algo.spec.catch_up == "shift":
                    begun = max(alive_ns, algo.spec.start_ns)
                    shift(desk, algo, desk.now.market_ns - begun, "engine", "restarted: the schedule moves")
            retry(desk, algo)


def resume_after_reconcile(desk: Desk) -> None:
    """The broker's picture is ours again: go on where the schedule is."""
    for algo in list(desk.state.algos.values()):
        if algo.is_live:
            advance(desk, algo)


# --- for the views ----------------------------------------------------------------------------------------------------


def slippage_bps(algo: Algo) -> Decimal | None:
    """Average price against arrival in bps, positive = cost (definitions/tca.md); None before the first fill."""
    if not algo.cum_qty or not algo.arrival_px:
        return None
    avg = algo.cum_cost / algo.cum_qty
    return ((avg - algo.arrival_px) * algo.spec.side.sign / algo.arrival_px * 10_000).quantize(Decimal("0.1"))


def working_qty(algo: Algo) -> Decimal:
    """Leaves of the open children."""
    return sum((child.leaves_qty for child in algo.open_children.values()), ZERO)
