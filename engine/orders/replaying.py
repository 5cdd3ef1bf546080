"""What the operator does with a dead letter: send it anew, or take it off the list. Both are audited.

A replay is a new order (or change) with its own cl_ord_id, through every check at the quotes of now; a limit stays what
its user said. While HALTED nothing is replayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.model.enums import TradingState
from engine.model.order import ReplaceRequest
from engine.orders.intake import deny, modify, result_of
from engine.orders.placing import take_in
from engine.risk.covered import strategy_of
from engine.state import DeadLetter
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk


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
    order = desk.state.orders[letter.cl_ord_id]
    if order.group and not letter.orig_cl_ord_id:
        return f"order {order.id} is a part of group {order.group}, which is not sent in parts: place the group anew"
    request = order.request
    state, scope = desk.state.trading_state(request.account, request.symbol, strategy_of(request))
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
        order = take_in(desk, request, context)
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
