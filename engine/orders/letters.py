"""The dead-letter queue: approved orders and replaces that were not sent, or were refused unread.

Nothing in it is ever sent by itself. The operator replays a letter (a new order or replace, through every check, at
the quotes of now) or discards it; both are audited. What belongs to an algo or a liquidation is listed to be seen: its
owner makes its own next order, so that a replay by hand would do the same thing twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.model.enums import AlertLevel, TradingState
from engine.model.order import ReplaceRequest
from engine.orders.intake import deny, intend, modify, result_of
from engine.orders.order import Order
from engine.state import DeadLetter
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk


def write(desk: Desk, order: Order, cl_ord_id: str, cause: str, reason: str) -> None:
    """Put an order, or the pending replace `cl_ord_id` of it, into the queue. Called while the replace is pending."""
    no, owner = desk.state.next_letter, owner_of(order)
    replace = order.pending_replace
    if cl_ord_id == order.cl_ord_id:
        desk.emit(f.DeadLettered(no, cl_ord_id, cause, reason, owner))
    elif replace is not None and replace.cl_ord_id == cl_ord_id:
        terms = (replace.qty, replace.limit_px, replace.stop_px)
        desk.emit(f.DeadLettered(no, cl_ord_id, cause, reason, owner, order.cl_ord_id, *terms))
    else:
        return  # a replace that has come to its end by other news
    if not owner:
        what = "order" if cl_ord_id == order.cl_ord_id else "change of order"
        text = f"{what} {order.id} {order.symbol} is dead letter {no} ({reason}): dlq replay {no}, or dlq discard {no}"
        desk.alert(AlertLevel.WARN, "DEAD_LETTER", text)


def owner_of(order: Order) -> str:
    """Who makes the next order in its place: "algo 3", "liquidation"; "" = nobody, it is the operator's."""
    if order.liquidation:
        return "liquidation"
    return f"algo {order.request.parent}" if order.request.parent is not None else ""


def replay(desk: Desk, command: i.ReplayLetter) -> None:
    """Send it anew: a new order with its own cl_ord_id through all checks. Refused while HALTED. A denial leaves the
    letter where it is."""
    letter = desk.state.letters.get(command.no)
    complaint = _why_not(desk, letter, command)
    if letter is None or complaint:
        desk.refuse(command.cmd_id, f"dlq replay {command.no}", complaint, command.user)
    elif letter.orig_cl_ord_id:
        _replay_replace(desk, letter, command)
    else:
        _replay_order(desk, letter, command)


def _why_not(desk: Desk, letter: DeadLetter | None, command: i.ReplayLetter) -> str:
    if letter is None:
        return f"there is no dead letter {command.no}"
    if not command.user:
        return "a replay needs to know who asks for it"
    if letter.owner:
        return f"dead letter {letter.no} belongs to {letter.owner}, which makes its own next order"
    request = desk.state.orders[letter.cl_ord_id].request
    state, scope = desk.state.trading_state(request.account, request.symbol, request.strategy)
    if state is TradingState.HALTED:
        return f"trading is HALTED ({scope}): nothing is replayed until it is resumed"
    return ""


def _replay_order(desk: Desk, letter: DeadLetter, command: i.ReplayLetter) -> None:
    old = desk.state.orders[letter.cl_ord_id]
    request = msgspec.structs.replace(old.request, user=command.user, client_key="", accept_soft=command.accept_soft)
    context = desk.risk.check(request, desk.now)
    if context.denials:
        order = deny(desk, request, context)
    else:
        order = intend(desk, request, context)
        _close(desk, letter, "replayed", command.user, replayed_as=order.cl_ord_id)
    desk.reply(command.cmd_id, result_of(order, tuple(context.denials)))


def _replay_replace(desk: Desk, letter: DeadLetter, command: i.ReplayLetter) -> None:
    order = desk.state.orders[letter.orig_cl_ord_id]
    change = ReplaceRequest(
        letter.qty, letter.limit_px, letter.stop_px, user=command.user, accept_soft=command.accept_soft
    )
    before = order.replaces, order.pending_cancel
    modify(desk, i.ModifyOrder(order.cl_ord_id, change, command.cmd_id))
    if (order.replaces, order.pending_cancel) != before:
        replace = order.pending_replace
        _close(desk, letter, "replayed", command.user, replayed_as=replace.cl_ord_id if replace is not None else "")


def discard(desk: Desk, command: i.DiscardLetter) -> None:
    """Take it off the list: audited, with who and why."""
    letter = desk.state.letters.get(command.no)
    complaint = ""
    if letter is None:
        complaint = f"there is no dead letter {command.no}"
    elif not command.user:
        complaint = "a discard needs to know who asks for it"
    elif not command.reason.strip():
        complaint = "a discard needs a reason"
    if letter is None or complaint:
        desk.refuse(command.cmd_id, f"dlq discard {command.no}", complaint, command.user)
        return
    _close(desk, letter, "discarded", command.user, reason=command.reason)
    desk.reply(command.cmd_id, CommandResult(True, f"dead letter {letter.no} discarded", (letter.no,)))


def _close(desk: Desk, letter: DeadLetter, how: str, by: str, *, reason: str = "", replayed_as: str = "") -> None:
    desk.emit(f.DeadLetterClosed(letter.no, letter.cl_ord_id, how, by, reason, replayed_as))
