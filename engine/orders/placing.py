"""Commands that make orders: one, or several that hang together. Each is checked whole before anything is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.model.enums import Side
from engine.model.order import OrderRequest
from engine.orders import contingency, fitting, holding, intake, native, release
from engine.orders.group import closes
from engine.orders.order import HELD, Order
from engine.risk.context import Context
from engine.views import CommandResult, Denial

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.inputs import Now
    from engine.risk.engine import RiskEngine

#: Most orders of one group.
MAX_LEGS = 10


def place(desk: Desk, command: i.PlaceOrder) -> None:
    """Check an order and, when every check passes, intend or hold it. A known client_key gives the first order back."""
    request = command.request
    known = desk.state.client_keys.get(request.client_key) if request.client_key else None
    if known is not None:
        desk.reply(command.cmd_id, intake.result_of(desk.state.orders[known]))
        return
    context = desk.risk.check(request, desk.now)
    if context.denials and intake.list_unknown(desk, request):
        context = desk.risk.check(request, desk.now)
    if request.fit:
        request, context = fitting.fitted(desk, request, context)
    order = intake.deny(desk, request, context) if context.denials else take_in(desk, request, context)
    if command.cmd_id:
        desk.reply(command.cmd_id, intake.result_of(order, tuple(context.denials)))


def take_in(desk: Desk, request: OrderRequest, context: Context) -> Order:
    """Intend an approved order, or hold it."""
    if request.ord_type.waits or request.time_in_force.timed:
        return holding.take_in(desk, request, context)
    return intake.intend(desk, request, context)


def modify(desk: Desk, command: i.ModifyOrder) -> None:
    """Change an order where it is: in the desk, or at its broker."""
    order = desk.state.find(command.target)
    if order is not None and order.base is HELD:
        holding.change(desk, order, command)
    else:
        intake.modify(desk, command)


# --- groups ---------------------------------------------------------------------------------------------------------


def place_group(desk: Desk, command: i.PlaceGroup) -> None:
    """All orders of the group, or none: each is checked before the first one is recorded."""
    requests = command.requests
    key = requests[0].client_key if requests else ""
    known = desk.state.client_keys.get(key) if key else None
    if known is not None:
        desk.reply(command.cmd_id, intake.result_of(desk.state.orders[known]))
        return
    command, complaint, contexts = checked_group(desk, command)
    requests = command.requests
    if complaint is not None:
        desk.refuse(command.cmd_id, command.contingency, complaint, requests[0].user if requests else "")
        return
    denials = tuple(denial for context in contexts for denial in context.denials)
    if denials:
        deny_all(desk, command, contexts, denials)
        return
    if not native.refusal(desk, command, contexts):
        _reply(desk, command, native.intend(desk, command, contexts))
        return
    orders = _take_in(desk, command, contexts)
    entry = "" if command.contingency == "oco" else orders[0].cl_ord_id
    legs = tuple(order.cl_ord_id for order in orders if order.cl_ord_id != entry)
    partial = command.partial and desk.surroundings.capabilities(requests[0].account).replace
    linked = command.contingency != "oto"
    desk.emit(f.GroupFormed(desk.state.next_group, command.contingency, entry, legs, partial, linked))
    contingency.step(desk)
    _reply(desk, command, orders)


def _reply(desk: Desk, command: i.PlaceGroup, orders: list[Order]) -> None:
    first = intake.result_of(orders[0])
    desk.reply(command.cmd_id, msgspec.structs.replace(first, legs=tuple(order.id for order in orders[1:])))


def checked_group(desk: Desk, command: i.PlaceGroup) -> tuple[i.PlaceGroup, str | None, list[Context]]:
    """(the group, its bracket made smaller where it asked to fit; why these orders can't be such a group, or None; else
    each order checked)."""
    complaint = _misformed(command)
    if complaint is not None:
        return command, complaint, []
    if not command.requests[0].fit:
        return command, None, _check_all(desk, command)
    entry, *exits = command.requests
    command = msgspec.structs.replace(command, requests=(fitting.asked(entry), *exits))
    contexts = _check_all(desk, command)
    if not fitting.is_short_of_funds(_denials(contexts)):
        return command, None, contexts
    for qty in fitting.steps(desk, entry):
        smaller = fitting.resized(command, qty)
        tried = _check_all(desk, smaller)
        if not any(not denial.soft for denial in _denials(tried)):
            return smaller, None, tried
        if not fitting.is_short_of_funds(_denials(tried)):
            break
    fitting.deny_all_steps(desk, entry, contexts[0])
    return command, None, contexts


def check_each(risk: RiskEngine, now: Now, command: i.PlaceGroup) -> tuple[str | None, list[Context]]:
    """(why these orders can't be such a group, or None; else each of them checked), as they stand."""
    complaint = _misformed(command)
    return (complaint, []) if complaint is not None else (None, _each(risk, now, command))


def _check_all(desk: Desk, command: i.PlaceGroup) -> list[Context]:
    return _each(desk.risk, desk.now, command)


def _each(risk: RiskEngine, now: Now, command: i.PlaceGroup) -> list[Context]:
    return [_check(risk, now, command, no, request) for no, request in enumerate(_as_exits(command))]


def _denials(contexts: list[Context]) -> list[Denial]:
    return [denial for context in contexts for denial in context.denials]


def held_words(desk: Desk, command: i.PlaceGroup, contexts: list[Context]) -> tuple[str, ...]:
    """What a user must know of a group: who looks after it, and what does nothing while the desk is down."""
    broker = desk.surroundings.capabilities(contexts[0].request.account)
    why = native.refusal(desk, command, contexts)
    if not why:
        return ("AT BROKER: the broker holds all of it and works it also while the desk is down",)
    words = ["LOCAL: the order that is not at the broker waits here; it does nothing while the desk is down"]
    if command.contingency != "oco":
        words = ["LOCAL: what its fill starts waits here, and is not sent while the desk is down"]
        if command.partial and not broker.replace:
            words.append("this broker changes no orders, so the others start when all of the first has filled")
    if broker.groups:
        words.append(f"LOCAL since {why}")
    return tuple(words)


def _misformed(command: i.PlaceGroup) -> str | None:
    """Why these orders can't form such a group; None when they can."""
    kind, requests = command.contingency, command.requests
    if not 2 <= len(requests) <= MAX_LEGS:
        return f"{kind} takes 2 to {MAX_LEGS} orders, not {len(requests)}"
    if len({request.account for request in requests}) > 1:
        return f"the orders of one {kind} belong to one account"
    if any(request.fit for request in (requests if kind != "bracket" else requests[1:])):
        return "a single order, or a bracket by its entry, can be made smaller to fit the money; no other group can"
    if any(request.legs for request in requests):
        return f"a package of several legs can't be one of the orders of an {kind}"
    first, rest = requests[0], requests[1:]
    linked = requests if kind == "oco" else rest
    if kind != "oto":
        if len({request.symbol for request in requests}) > 1:
            return f"the orders of one {kind} are in one symbol"
        if len({request.qty for request in linked}) > 1:
            return f"the legs of one {kind} that cancel each other are for one quantity"
        if kind == "oco" and any(not r.ord_type.waits and r.limit_px is None for r in requests):
            return "a market order can't be one of an oco: it would fill at once"
    if kind == "bracket":
        return _misformed_bracket(first, rest)
    return None


def _misformed_bracket(entry: OrderRequest, exits: tuple[OrderRequest, ...]) -> str | None:
    if len(exits) > 2:
        return "a bracket has one take-profit and one stop-loss at most"
    for leg in exits:
        if leg.side.is_buy is entry.side.is_buy:
            return "the exits of a bracket are on the other side of its entry"
        if leg.qty != entry.qty:
            return "the exits of a bracket are for the entry's quantity"
    targets = [leg.limit_px for leg in exits if not leg.ord_type.waits and leg.limit_px is not None]
    stops = [leg.stop_px for leg in exits if leg.ord_type.waits and leg.stop_px is not None]
    if len(targets) + sum(1 for leg in exits if leg.ord_type.waits) != len(exits) or len(targets) > 1:
        return "a bracket has one take-profit (a limit) and one stop-loss (a stop)"
    low, high = (stops, targets) if entry.side.is_buy else (targets, stops)
    px = entry.limit_px if entry.limit_px is not None else entry.stop_px
    if any(a >= b for a in low for b in high):
        return "the take-profit and the stop-loss of a bracket lie on different sides of its entry"
    if px is not None and (any(a >= px for a in low) or any(b <= px for b in high)):
        return f"a bracket's take-profit and stop-loss lie on the two sides of its entry at {px:f}"
    return None


def _as_exits(command: i.PlaceGroup) -> tuple[OrderRequest, ...]:
    """The exits of a bracket only reduce, whatever else happens to the position."""
    first, *rest = command.requests
    if command.contingency != "bracket":
        return command.requests
    return (first, *(msgspec.structs.replace(leg, reduce_only=True) for leg in rest))


def _check(risk: RiskEngine, now: Now, command: i.PlaceGroup, no: int, request: OrderRequest) -> Context:
    """The legs of an oco are checked as if each stood alone: the worst one counts. An exit that waits for its entry has
    nothing to reduce yet; its form and venue are checked now, the rest when it starts."""
    if command.contingency == "bracket" and no > 0:
        context = risk.check_leg(request, now)
        _check_side_of_market(context, command.requests[0])
        return context
    if command.contingency == "oto" and no > 0 and closes(request, command.requests[0]):
        return risk.check_leg(request, now)
    context = risk.check(request, now)
    if command.contingency == "oto" and no > 0 and _sells_all_before(context, command):
        context.denials = [denial for denial in context.denials if denial.code != "SHORT_WHILE_LONG"]
    return context


def _sells_all_before(c: Context, command: i.PlaceGroup) -> bool:
    """Whether a short sale waits until all that is held has been sold. What is held then is looked at again when it
    starts."""
    first, short = command.requests[0], c.request
    if command.partial or (first.account, first.symbol) != (short.account, short.symbol):
        return False
    return first.side is Side.SELL and short.side is Side.SELL_SHORT and first.qty >= c.position.qty


def _check_side_of_market(c: Context, entry: OrderRequest) -> None:
    """The exits of a market entry: on the wrong side of the market they would go out as soon as it has filled."""
    quote, leg = c.quote, c.request
    if entry.limit_px is not None or entry.stop_px is not None or quote is None:
        return
    limit_px, stop_px, sells = leg.limit_px, leg.stop_px, not leg.side.is_buy
    touch = quote.bid if sells else quote.ask
    if limit_px is not None and stop_px is None and (limit_px <= touch if sells else limit_px >= touch):
        c.deny("BRACKET_PRICE", limit_px, touch, leg.symbol, "the take-profit is on the wrong side of the market")
    if stop_px is not None and (stop_px >= touch if sells else stop_px <= touch):
        c.deny("BRACKET_PRICE", stop_px, touch, leg.symbol, "the stop-loss is on the wrong side of the market")


def deny_all(desk: Desk, command: i.PlaceGroup, contexts: list[Context], denials: tuple[Denial, ...]) -> None:
    """A group with one refused order is refused: every order of it is recorded as DENIED."""
    orders: list[Order] = []
    for context in contexts:
        if not context.denials:
            words = f"another order of the same {command.contingency} was refused"
            context.deny("GROUP_DENIED", "refused", "all pass", context.request.symbol, words)
        orders.append(intake.deny(desk, context.request, context))
    result = intake.result_of(orders[0], denials)
    legs = tuple(order.id for order in orders[1:])
    desk.reply(command.cmd_id, msgspec.structs.replace(result, legs=legs))


def _take_in(desk: Desk, command: i.PlaceGroup, contexts: list[Context]) -> list[Order]:
    """The entry goes its way; legs are held, and what may work at once goes out when the group is formed."""
    orders: list[Order] = []
    for no, context in enumerate(contexts):
        request = context.request
        if command.contingency != "oco" and no == 0:
            if request.ord_type.waits or request.time_in_force.timed:
                orders.append(holding.take_in(desk, request, context))
            else:
                orders.append(intake.intend(desk, request, context))
        else:
            orders.append(holding.hold(desk, request, context))
    return orders


# --- an operator's release ------------------------------------------------------------------------------------------


def send_held(desk: Desk, command: i.ReleaseHeld) -> None:
    """Send a held order now, as if its trigger had been reached; its checks decide."""
    state = desk.state
    order = state.find(command.target)
    if order is None or order.base is not HELD:
        status = order.status.value if order is not None else "unknown"
        desk.refuse(command.cmd_id, "release", f"order {command.target} is {status}, not held here", command.user)
        return
    if release.blocked(desk, order):
        why = "nothing can be sent now (no comparison with the broker yet, a kill at work, or the market is closed)"
        desk.refuse(command.cmd_id, "release", why, command.user)
        return
    quote = desk.quotes.usable(order.symbol, desk.now.market_ns)
    if quote is None or not release.wanted_qty(desk, order):
        why = "its entry has not filled" if quote is not None else f"no usable quote of {order.symbol}"
        desk.refuse(command.cmd_id, "release", f"order {order.id}: {why}", command.user)
        return
    release.fire(desk, order, quote.ask if order.side.is_buy else quote.bid, quote)
    sent = order.released or order.triggered
    words = "released" if sent else f"was not sent: {order.text or 'its checks did not pass'}"
    desk.reply(command.cmd_id, CommandResult(sent, f"order {order.id} {words}", (order.id,)))
