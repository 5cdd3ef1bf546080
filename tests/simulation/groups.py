"""Orders that hang together, reckoned apart from the engine: what their legs may do, and what is reserved for them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.model.enums import OrdStatus
from engine.orders.group import Group
from engine.orders.order import Order
from engine.state import DeskState
from tests.simulation.recheck import is_over, worst_leaves

if TYPE_CHECKING:
    from tests.simulation.broker import Held
    from tests.simulation.history import World

ZERO = Decimal(0)
#: Facts that tell what was asked and what was said.
TELLING = ("cancel_intended", "replace_intended", "alert_raised")
HELD = OrdStatus.HELD


def possible(state: DeskState, group: Group, leg: Order) -> Decimal:
    """The most that a leg may still execute: its share of what the entry filled, less what its partners took."""
    if leg.base is not HELD:
        return worst_leaves(leg)
    asked = leg.request.qty
    if group.entry:
        entry = state.orders[group.entry]
        over = is_over(entry) or entry.cum_qty >= entry.qty
        share = asked * entry.cum_qty / group.entry_qty if entry.cum_qty and (group.partial or over) else ZERO
        lot = state.instruments[leg.symbol].lot
        share = share // lot * lot
        if leg.fixed:
            share = asked if share or entry.cum_qty else ZERO
        asked = share if group.contingency == "bracket" else min(share, asked)
    if group.linked:
        asked -= sum(state.orders[name].cum_qty for name in group.legs if name != leg.cl_ord_id)
    return max(asked - leg.cum_qty, ZERO)


def wrong_reservation(state: DeskState, group: Group) -> str:
    """What is reserved for the held legs covers the worst that can come of the group, and not more than all of it."""
    for buys in (True, False):
        legs = [state.orders[name] for name in group.legs if state.orders[name].side.is_buy is buys]
        held = [leg for leg in legs if leg.base is HELD]
        if not held:
            continue
        most = [possible(state, group, leg) for leg in legs]
        worst = max(most) if group.linked else sum(most, ZERO)
        reserved = sum((leg.reserved_qty for leg in legs), ZERO)
        if reserved < worst or reserved > sum(most, ZERO):
            return f"group {group.no} reserves {reserved}; its legs may do {most}, linked: {group.linked}"
    return ""


def overrun(world: World, group: Group) -> str:
    """Linked legs together never do more at the broker than the one thing that they are for."""
    if not group.linked:
        return ""
    books = world.broker.by_id
    legs = [(world.state.orders[name], books.get(name)) for name in group.legs]
    there = [held for _, held in legs if held is not None]
    if any(held.amended for held in there):
        return ""
    done = sum((held.cum + held.leaves for held in there), ZERO)
    if group.at_broker:
        done = sum((held.cum for held in there), ZERO)
        done += max((held.bond.room(held) for held in there if held.bond is not None), default=ZERO)
    bound = max(max(leg.request.qty, leg.qty, _changed(held)) for leg, held in legs)
    if group.entry:
        entry, at_broker = world.state.orders[group.entry], books.get(group.entry)
        fixed = any(leg.fixed for leg, _ in legs)
        if at_broker is None or at_broker.amended or group.entry_qty != entry.qty or fixed:
            return ""
        bound = bound * at_broker.cum / group.entry_qty
    if done > bound:
        return f"the legs of group {group.no} have done or can do {done} at the broker, for {bound} in all"
    return ""


def bare(world: World) -> str:
    """Who holds what an entry filled, without the stop that the broker was to keep and that nobody took away, was
    told so."""
    if not world.broker.bonds:
        return ""
    facts = [world.codec.decode(row.kind, row.payload) for row in world.journal.rows if row.kind in TELLING]
    asked = {fact.cl_ord_id for fact in facts if isinstance(fact, f.CancelIntended)}
    asked |= {fact.orig_cl_ord_id for fact in facts if isinstance(fact, f.ReplaceIntended)}
    told = [fact.text for fact in facts if isinstance(fact, f.AlertRaised) and fact.code == "STOP_LOST"]
    for bond in world.broker.bonds:
        entry = bond.entry
        stops = [leg for leg in bond.legs if leg.ord_type.waits]
        if entry is None or not entry.cum or not stops or any(leg.live or leg.cum for leg in stops):
            continue
        names = {name for held in stops for name in held.ids}
        ours = world.state.orders.get(entry.ids[0])
        moved = [e for e in world.broker.executions.values() if e.symbol == entry.symbol and e.side is not entry.side]
        amended = any(held.amended for held in bond.orders)
        meddled = names & asked or moved or amended or entry.symbol in world.disturbed or world.state.liquidations
        if ours is None or not ours.group or meddled:
            continue  # a new day has forgotten the group, or somebody has made it another one
        held = world.broker.positions[entry.symbol] * entry.side.sign
        if held > 0 and not any(f"group {ours.group} " in text for text in told):
            return f"{held} {entry.symbol} of group {ours.group} stand without their stop, and nobody was told"
    return ""


def _changed(held: Held | None) -> Decimal:
    return held.qty if held is not None else ZERO
