"""The life of a basket: staged, released line by line, ended.

Each line passes every check again when its turn comes: the check of the whole was of another moment. A line that is
refused then is a DENIED order like any other and leaves the others alone, unless the release was said to be strict.
The release ends where the desk is halted or killed, the journal or a broker that it needs is down, or its orders are
cancelled; what was not sent is not sent later, and after a restart neither.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.baskets.check import check_basket, released_twin
from engine.baskets.ending import end, left_words
from engine.baskets.pace import PER_TURN, TURN_NS, room_ns
from engine.connections import is_up
from engine.model.basket import MOST_LINES, BasketItem, digest_of
from engine.model.counted import counted
from engine.model.enums import AlertLevel, OrdStatus, TradingState
from engine.model.order import symbols_of
from engine.orders import placing
from engine.orders.order import UNPROVEN
from engine.state.basket import Basket
from engine.timers import Key
from engine.views import CommandResult, Denial

if TYPE_CHECKING:
    from engine.desk import Desk

NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")
#: Orders of one basket that may be out without a word from the broker.
_IN_FLIGHT: Final = 20
#: However long a throttle says to wait: so soon it is looked whether the desk was halted.
_LOOK_NS: Final = 250_000_000
_REFUSED: Final = (OrdStatus.DENIED, OrdStatus.REJECTED)


def stage(desk: Desk, command: i.StageBasket) -> None:
    """Keep it ready. Its name is its own for the day: one that was released before makes the next NAME-2."""
    name, items = command.name, command.items
    complaint = ""
    if not NAME.fullmatch(name):
        complaint = f"{name!r} is no name for a basket: up to 32 letters, digits and _ . -"
    elif not 1 <= len(items) <= MOST_LINES:
        complaint = f"a basket has 1 to {MOST_LINES} lines, not {len(items)}"
    elif len({item.row for item in items}) < len(items) or not all(item.requests for item in items):
        complaint = "two lines of a basket have the same row, or one has no order"
    elif any(request.fit for item in items for request in item.requests):
        complaint = "fit has no place in a basket: it is checked as it stands"
    if complaint:
        desk.refuse(command.cmd_id, "basket", complaint, command.user)
        return
    state = desk.state
    for old in list(state.baskets.values()):
        if old.name == name and old.status == "STAGED":
            end(desk, old, "dropped", "staged anew", command.user)
    name = _free_name(desk, name)
    number = state.next_basket
    desk.emit(f.BasketStaged(number, name, digest_of(items), items, command.user))
    desk.urgent += 1
    desk.reply(command.cmd_id, CommandResult(True, f"basket {name} staged: {counted(len(items))}", (number,)))


def _free_name(desk: Desk, name: str) -> str:
    taken = {one.name for one in desk.state.baskets.values() if one.status != "DROPPED"}
    no = 2
    free = name
    while free in taken:
        free = f"{name[:28]}-{no}"
        no += 1
    return free


def release(desk: Desk, command: i.ReleaseBasket) -> None:
    """Check it as one; when it may go, begin to send it."""
    state = desk.state
    if command.client_key:
        known = next((b for b in state.baskets.values() if b.client_key == command.client_key), None)
        if known is not None:
            desk.reply(command.cmd_id, CommandResult(True, f"basket {known.name} was released before", (known.id,)))
            return
    basket = state.baskets.get(command.target)
    if basket is None or basket.status != "STAGED":
        why = "there is no such basket" if basket is None else f"basket {basket.name} is {basket.status}, not staged"
        desk.refuse(command.cmd_id, "basket release", why, command.user)
        return
    twin = released_twin(desk, basket.digest)
    if twin is not None and not command.again:
        denial = Denial("BASKET_TWICE", twin.name, "once a day", basket.name, _twice(twin))
        _refuse(desk, command, denial.message, (denial,))
        return
    why = _stopped_by(desk, basket)
    if why:
        _refuse(desk, command, f"basket {basket.name}: {why}", ())
        return
    checked = check_basket(desk, basket.items, accept_soft=command.accept_soft)
    bad = [line for line in checked.lines if line.verdict == "red"]
    soft = [line for line in checked.lines if line.verdict == "amber"]
    if bad and (not command.skip_refused or len(bad) == len(checked.lines)):
        words = f"basket {basket.name}: {counted(len(bad), 'line')} refused, nothing is sent; row {bad[0].row}: "
        _refuse(desk, command, words + str(bad[0].denials[0]), bad[0].denials)
        return
    if soft and not command.accept_soft:
        words = f"basket {basket.name}: {counted(len(soft), 'line')} beyond a soft limit; row {soft[0].row}: "
        _refuse(desk, command, words + str(soft[0].denials[0]), soft[0].denials, amber=True)
        return
    skipped = tuple(line.row for line in bad)
    going = sum(len(item.requests) for item in basket.items if item.row not in skipped)
    desk.emit(
        f.BasketReleased(
            basket.id,
            command.user,
            going,
            checked.bought + checked.sold,
            skipped,
            command.accept_soft,
            command.again,
            command.strict,
            command.client_key,
        )
    )
    left = f", {counted(len(skipped), 'line')} left out" if skipped else ""
    desk.reply(
        command.cmd_id, CommandResult(True, f"basket {basket.name} released: {counted(going)}{left}", (basket.id,))
    )
    step(desk, ("basket", basket.id))


def control(desk: Desk, command: i.ControlBasket) -> None:
    """Stop sending it, or forget a staged one."""
    basket = desk.state.baskets.get(command.target)
    wanted = "RELEASING" if command.action == "stop" else "STAGED"
    if basket is None or basket.status != wanted:
        status = "unknown" if basket is None else basket.status
        name = command.target if basket is None else basket.name
        desk.refuse(command.cmd_id, f"basket {command.action}", f"basket {name} is {status}", command.user)
        return
    if command.action == "stop":
        end(desk, basket, "stopped", f"by {command.user or 'hand'}", command.user)
        words = f"basket {basket.name} stopped: what is out stays, the rest is not sent"
    else:
        end(desk, basket, "dropped", "", command.user)
        words = f"basket {basket.name} dropped: nothing of it was sent"
    desk.reply(command.cmd_id, CommandResult(True, words, (basket.id,)))


# --- line by line ---------------------------------------------------------------------------------------------------


def step(desk: Desk, key: Key) -> None:
    """Send as many lines as may go now; the rest has its turn later."""
    state = desk.state
    basket = state.baskets.get(int(str(key[1])))
    if basket is None or basket.status != "RELEASING":
        return
    why = _stopped_by(desk, basket)
    if why:
        end(desk, basket, "stopped", why, "engine")
        desk.alert(AlertLevel.WARN, "BASKET_STOPPED", f"basket {basket.name} stopped: {why}; {left_words(basket)}")
        return
    sent = 0
    for item in list(basket.left):
        wait = room_ns(state, item.requests[0], desk.now.wall_ns, len(item.requests))
        if not wait and sent + len(item.requests) > PER_TURN and sent:
            wait = TURN_NS
        if not wait and _in_flight(desk, basket) + len(item.requests) > _IN_FLIGHT:
            wait = TURN_NS
        if wait:
            desk.timers.set("wall", desk.now.wall_ns + min(wait, _LOOK_NS), key)
            return
        _send(desk, basket, item)
        sent += len(item.requests)
        if basket.strict and (refused := _first_refused(desk, basket)):
            end(desk, basket, "stopped", refused, "engine")
            desk.alert(
                AlertLevel.WARN, "BASKET_STOPPED", f"basket {basket.name} stopped: {refused}; {left_words(basket)}"
            )
            return
    end(desk, basket, "done", "", "engine")


def _send(desk: Desk, basket: Basket, item: BasketItem) -> None:
    """One line, through every check like any order. It has a key of its own, so that it can't be made twice."""
    requests = tuple(
        msgspec.structs.replace(
            request,
            basket=basket.id,
            basket_row=item.row,
            accept_soft=basket.accept_soft,
            user=basket.released_by,
            client_key=f"basket {desk.state.day} {basket.id}.{item.row}" if no == 0 else "",
        )
        for no, request in enumerate(item.requests)
    )
    if item.contingency is None:
        placing.place(desk, i.PlaceOrder(requests[0]))
    else:
        placing.place_group(desk, i.PlaceGroup(item.contingency, requests, item.partial))
    if item.row not in basket.orders:
        desk.emit(f.BasketLineRefused(basket.id, item.row, "it became no order"))


def _in_flight(desk: Desk, basket: Basket) -> int:
    orders = desk.state.orders
    return sum(1 for root in basket.orders.values() if orders[root].base in UNPROVEN)


def _first_refused(desk: Desk, basket: Basket) -> str:
    for row, root in basket.orders.items():
        order = desk.state.orders[root]
        if order.base in _REFUSED:
            return f"row {row} was refused: {order.text}"
    return next((f"row {row} was refused: {why}" for row, why in basket.refused.items()), "")


def _stopped_by(desk: Desk, basket: Basket) -> str:
    """Why nothing more of it goes out; "" while it may."""
    state = desk.state
    halted, reason = state.desk_state
    if state.kill is not None or halted is TradingState.HALTED:
        return f"the desk is HALTED ({reason or 'killed'})"
    if not state.journal_ok:
        return "the journal is down"
    closed = bool(state.trading or state.kills)
    for item in basket.left:
        for request in item.requests:
            if closed:
                for symbol in symbols_of(request):
                    found, scope = state.trading_state(request.account, symbol, request.strategy)
                    if found is TradingState.HALTED:
                        return f"{scope} is HALTED"
            if not is_up(state, request.account):
                return f"the broker of {request.account} is not connected"
    return ""


def _refuse(
    desk: Desk, command: i.ReleaseBasket, why: str, denials: tuple[Denial, ...], *, amber: bool = False
) -> None:
    desk.emit(f.CommandRefused("basket release", why, command.user))
    desk.reply(command.cmd_id, CommandResult(False, why, denials=denials, amber=amber))


def _twice(twin: Basket) -> str:
    return f"the same orders were released today as basket {twin.name}; say `again` if they are meant once more"
