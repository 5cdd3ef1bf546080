"""The live echo of a ticket: the same checks as an order, without a trace in state or journal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from engine.inputs import PlaceGroup
from engine.model.enums import OrdType
from engine.model.money import ZERO
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.emulation import held_here, offered
from engine.orders.fitting import fit_words, fitted
from engine.orders.intake import changed_request, replaceable
from engine.orders.placing import checked_group, held_words
from engine.orders.what_if import checks_of, used_by
from engine.risk.context import Context
from engine.risk.margin import long_qty, margin_of, short_qty
from engine.risk.valuation import mark_of, value_account
from engine.views import CommandResult, OrderPreview

if TYPE_CHECKING:
    from engine.desk import Desk


def preview_order(desk: Desk, request: OrderRequest) -> OrderPreview:
    """What would happen to a new order now."""
    context = desk.risk.check(request, desk.now)
    if request.fit:
        request, context = fitted(desk, request, context)
    echo = msgspec.structs.replace(_echo(desk, context), notes=fit_words(request))
    if not (request.ord_type.waits or request.time_in_force.timed):
        return echo
    broker = desk.surroundings.capabilities(request.account)
    why = held_here(request, offered(broker, context.instrument))
    return msgspec.structs.replace(echo, notes=(*echo.notes, why)) if why else echo


def preview_group(desk: Desk, command: PlaceGroup) -> OrderPreview:
    """What would happen to a group now: its first order, with what the checks say of all of them."""
    command, complaint, contexts = checked_group(desk, command)
    first, *rest = contexts or [desk.risk.check(command.requests[0], desk.now)]
    if complaint is not None:
        first.deny("ORDER_FORM", command.contingency, "a group", first.request.symbol, complaint)
    first.denials += [denial for context in rest for denial in context.denials]
    notes = (*fit_words(command.requests[0]), *held_words(desk, command, [first, *rest]))
    return msgspec.structs.replace(_echo(desk, first), notes=notes)


def preview_replace(desk: Desk, target: int | str, change: ReplaceRequest) -> OrderPreview | CommandResult:
    """What would happen to a cancel/replace now; a CommandResult says why there is nothing to replace."""
    order, complaint = replaceable(desk, target)
    if order is None:
        return CommandResult(False, complaint)
    return _echo(desk, desk.risk.check(changed_request(order, change), desk.now, replacing=order))


def _echo(desk: Desk, c: Context) -> OrderPreview:
    r = c.request
    after = c.position.qty + c.qty * r.side.sign
    return OrderPreview(
        r.account,
        r.symbol,
        r.side,
        r.qty,
        r.ord_type,
        r.limit_px,
        r.stop_px,
        r.time_in_force,
        c.notional * c.rate if c.ref_px or r.legs else None,
        c.position.qty,
        after,
        _buying_power_after(desk, c),
        _distance(c),
        (),
        tuple(c.denials),
        _fees(desk, c),
        used_by(c),
        checks_of(desk, c),
    )


def _fees(desk: Desk, c: Context) -> Decimal | None:
    """What the broker publishes that it charges for all of the order: for resting where its limit stands away from the
    market, else for taking. Packages have no schedule."""
    schedule = desk.surroundings.capabilities(c.request.account).fees
    if schedule is None or c.instrument is None or c.request.legs or not c.ref_px or not c.rate:
        return None
    away = _distance(c)
    rests = c.request.limit_px is not None and not c.request.ord_type.waits and away is not None and away > 0
    charged = (schedule.making if rests else schedule.taking)(c.qty, c.ref_px, c.instrument.multiplier)
    return charged * c.rate


def _distance(c: Context) -> Decimal | None:
    """Limit (or stop) against the opposite touch in bps, positive = away from the market; None without a quote."""
    quote = c.quote
    px = c.request.limit_px if c.request.limit_px is not None else c.request.stop_px
    if quote is None or px is None:
        return None
    touch = quote.ask if c.request.side.is_buy else quote.bid
    away = touch - px if c.request.side.is_buy else px - touch
    if c.request.ord_type is OrdType.STOP:
        away = -away
    return (away / touch * 10_000).quantize(Decimal("0.1"))


def _margin_more(desk: Desk, c: Context) -> Decimal:
    """How much more a future's contracts tie up with the order; below 0 where it closes."""
    state, position = desk.state, c.position
    mark, _ = mark_of(state, desk.quotes, position, desk.now.market_ns)
    unit = (mark or c.ref_px) * position.multiplier * c.rate
    long, short = long_qty(position), short_qty(position)
    before = margin_of(c.limits, c.instrument, long * unit, short * unit, short, long, c.rate)[0]
    sign = c.request.side.sign
    if c.reducing:  # as if it had filled
        long, short = long + sign * c.qty, short - sign * c.qty
    elif sign > 0:
        long += c.qty
    else:
        short += c.qty
    return margin_of(c.limits, c.instrument, long * unit, short * unit, short, long, c.rate)[0] - before


def _buying_power_after(desk: Desk, c: Context) -> Decimal | None:
    leverage = c.limits.value("risk.max_leverage")
    if leverage is None or c.instrument is None:
        return None
    valuation = value_account(desk.state, desk.quotes, c.request.account, desk.now.market_ns)
    if valuation.unmarked:
        return None
    left = valuation.equity * leverage - valuation.tied
    if c.instrument.future:
        return left - _margin_more(desk, c)
    if c.reducing:
        return left + c.notional * c.rate
    # A replaced order's own reservation is given back before the new one is taken.
    return left - (c.notional - (c.replacing.reserved_notional if c.replacing is not None else ZERO)) * c.rate
