"""What the desk does by itself about an UNKNOWN order that the broker does not find: open a new session, in which "not
found" is evidence, and, only where it is asked to and ids are unique for ever and enforced, hand the same order over
again under the same id.

Handing over again needs two not-founds a declared interval apart, both on sessions that were opened after that of the
hand-over had ended, and every check anew at the market of now. Should the first one have arrived all the same, the
broker refuses the second for its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine import inputs as i
from engine.connections import up_since_ns
from engine.effects import RenewSession
from engine.model.enums import AlertLevel, OrdStatus
from engine.orders.doubt import ask_about, note
from engine.orders.intake import intend_again
from engine.orders.order import Order
from engine.protocol import AbsenceProof
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000
#: Not-founds on its own session that a new session takes at least.
UNHEARD: Final = 2
#: A session is not ended under other requests that wait for their answers, unless the doubt is as old as this many
#: times `new_session_after_ns`.
PATIENCE: Final = 3


def may_resend(desk: Desk, order: Order) -> bool:
    """Whether the order would be handed over again if the broker does not find it a second time."""
    within, broker = desk.surroundings.resend_within_ns, desk.surroundings.capabilities(order.account)
    return (
        within > 0
        and broker.unique_ids_enforced
        and broker.resend_interval_ns > 0
        and order.base is OrdStatus.UNKNOWN
        # What the desk held went out on other terms than it was asked for with, at its moment: that one is over.
        # A broker's group is one thing: none of its orders goes out alone.
        and not _of_a_broker_group(desk, order)
        and not (order.cum_qty or order.external or order.liquidation or order.pending_cancel or order.released)
        and desk.now.wall_ns - order.created_ns <= within
    )


def _of_a_broker_group(desk: Desk, order: Order) -> bool:
    group = desk.state.groups.get(order.group)
    return group is not None and group.at_broker


def on_not_found(desk: Desk, order: Order, answer: i.OrderEvidence) -> bool:
    """The broker does not find the order (or its replace). True when it is not to be declared dead (yet)."""
    doubt = order.doubt
    if doubt is None or doubt.about != answer.cl_ord_id:
        return False
    if not (answer.session_closed or answer.proves_absence):
        _want_new_session(desk, order)
        return True
    if doubt.about != order.cl_ord_id or not may_resend(desk, order):
        return False
    interval = desk.surroundings.capabilities(order.account).resend_interval_ns
    if answer.asked_wall_ns - doubt.absent_ns >= interval:
        return _resend(desk, order)
    desk.timers.set("wall", desk.now.wall_ns + interval, ("doubt", order.cl_ord_id))
    return True


def on_timer(desk: Desk, key: Key) -> None:
    """Time to ask again about one order."""
    order = desk.state.orders.get(str(key[1]))
    if order is not None and order.doubt is not None:
        ask_about(desk, order)


def _resend(desk: Desk, order: Order) -> bool:
    """Hand it over again if every check lets it through now."""
    context = desk.risk.check_again(order, desk.now)
    if context.denials:
        note(desk, order, "not sent again: " + "; ".join(str(denial) for denial in context.denials))
        return False
    intend_again(desk, order, context)
    desk.alert(
        AlertLevel.WARN,
        "ORDER_RESENT",
        f"order {order.id} {order.symbol} was not found twice and goes out again under its id {order.cl_ord_id}",
    )
    return True


def _want_new_session(desk: Desk, order: Order) -> None:
    """On the session on which it was handed over it may still arrive: only the next one can prove that it won't."""
    state, after, doubt = desk.state, desk.surroundings.new_session_after_ns, order.doubt
    broker = desk.surroundings.capabilities(order.account)
    evident = broker.absence_proof is AbsenceProof.NEW_SESSION or may_resend(desk, order)
    if not (after and evident) or doubt is None or doubt.unheard < UNHEARD:
        return
    if any(kill.phase == "cancelling" for kill in state.standing_kills):
        return
    now = desk.now.wall_ns
    waited = min(now - doubt.since_ns, now - up_since_ns(state, order.account))
    # A kill that flattens can't go on past what may be out there already: for it the proof comes first.
    flattening = any(kill.phase == "flattening" for kill in state.standing_kills)
    busy = _others_wait(desk, order.account) or (bool(state.liquidations) and not flattening)
    if waited < after or (waited < PATIENCE * after and busy):
        return
    what = f"order {order.id}" if doubt.about == order.cl_ord_id else f"the change of order {order.id}"
    reason = f"{what} is not found on this session; on a new one that is evidence"
    desk.alert(AlertLevel.NOTICE, "NEW_SESSION", reason)
    desk.effect(RenewSession(order.account, reason))


def _others_wait(desk: Desk, account: str) -> bool:
    """Whether requests are on their way that the end of the session would put in doubt."""
    return any(
        o.account == account
        and (
            o.base is OrdStatus.PENDING_NEW
            or (o.pending_cancel and o.base is not OrdStatus.UNKNOWN)
            or any(not replace.doubtful for replace in o.pending_replaces)
        )
        for o in desk.state.open_orders.values()
    )
