"""Does the market take orders now, and does the account's broker take this kind of order?"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import ONE
from engine.model.sessions import hours
from engine.risk.context import Context
from engine.risk.told_sessions import shut_at_broker

OPG, CLS, GTD = TimeInForce.OPG, TimeInForce.CLS, TimeInForce.GTD
SELL_SHORT = Side.SELL_SHORT
IN_SHARES: Final = (AssetClass.EQUITY, AssetClass.ETF, AssetClass.OPTION, AssetClass.FUTURE)
"""Classes of which a broker takes whole units unless it says that it takes fractions; FX and crypto have their lots."""


def check_venue(c: Context) -> None:
    """Inside a session of the instrument's calendar (regular, or extended when asked for), and something that the
    account's broker takes: order type, time in force, class, short sales, extended
    hours."""
    r, surroundings = c.request, c.surroundings
    timed = r.time_in_force.timed
    if timed and r.time_in_force is not GTD:
        _check_auction(c)
    else:
        closed = surroundings.session_closed(r.symbol, c.now.market_ns, r.extended)
        if closed:
            c.deny("SESSION_CLOSED", closed, "open", r.symbol, closed)
        elif c.state.told_sessions and r.ord_type is OrdType.MARKET and c.instrument is not None:
            _check_told(c, c.instrument.calendar)
    broker = surroundings.capabilities(r.account)
    if broker.by_class and c.instrument is not None:
        broker = broker.of(c.instrument.asset_class)
    # What waits or is timed the desk itself can hold where the broker doesn't (engine.orders.holding).
    if r.ord_type not in broker.ord_types and not r.ord_type.waits:
        _not_taken(c, r.ord_type.value, broker.ord_types, "order type")
    if r.time_in_force not in broker.times_in_force and not timed:
        _not_taken(c, r.time_in_force.value, broker.times_in_force, "time in force")
    if c.instrument is not None and c.instrument.asset_class not in broker.asset_classes:
        _not_taken(c, c.instrument.asset_class.value, broker.asset_classes, "asset class")
    if r.via:
        _check_algo(c, r.via, broker.algos)
    if r.side is SELL_SHORT and not broker.short:
        c.deny("SHORT_NOT_ALLOWED", "short", "long only", r.symbol, "this broker or account takes no short sales")
    if r.extended and not broker.extended_hours:
        c.deny("NOT_SUPPORTED", "ext", "regular hours", r.account, "the broker takes no orders for extended hours")
    if not broker.fractional and c.instrument is not None and c.instrument.lot < ONE:
        _check_fraction(c, c.instrument)


def _check_told(c: Context, calendar: str) -> None:
    """A market order while the calendar is open and the broker says that its market is not."""
    told = c.state.told_sessions.get((c.request.account, calendar))
    if told is not None and shut_at_broker(told, c.now.market_ns):
        words = f"{told.broker} calls its market closed: {hours(told.theirs)} on {told.day}; a limit order is taken"
        c.deny("SESSION_CLOSED", told.broker, "open", c.request.symbol, words)


def _check_fraction(c: Context, instrument: Instrument) -> None:
    """A fraction that the instrument's lot allows, at a broker that takes none."""
    qty = c.request.qty
    if instrument.asset_class in IN_SHARES and qty % ONE and not qty % instrument.lot:
        c.deny("NOT_SUPPORTED", qty, ONE, c.request.symbol, "the broker takes no fractions of shares or contracts")


def _check_algo(c: Context, via: str, taken: tuple[str, ...]) -> None:
    """An algorithm of the broker's works market and limit orders that are for now."""
    r, name = c.request, via.partition(":")[0]
    if name not in taken:
        words = ",".join(taken) or "none"
        c.deny("NOT_SUPPORTED", name, words, r.account, f"the broker has no algorithm {name}, only {words}")
    if r.ord_type.waits or r.time_in_force in (OPG, CLS) or r.legs:
        c.deny("NOT_SUPPORTED", r.ord_type.value, "market,limit", name, f"{name} works market and limit orders alone")


def _check_auction(c: Context) -> None:
    """An order for the open comes before it, one for the close before the close; both need a market that has them."""
    r, now = c.request, c.now.market_ns
    bounds = c.surroundings.session_bounds(r.symbol, now)
    word = r.time_in_force.value
    held = c.replacing
    if held is not None and held.due_ns and bounds is not None and bounds[0] <= now < bounds[1]:
        return  # the desk has held it for this very moment
    if bounds is None:
        c.deny("TIME_IN_FORCE", word, "day,gtc,ioc,fok,gtd", r.symbol, "this market never opens or closes")
    elif r.time_in_force is OPG and now >= bounds[0]:
        c.deny("TIME_IN_FORCE", word, "before the open", r.symbol, "the market is open; an order for the open is late")
    elif r.time_in_force is CLS and now >= bounds[1] - c.surroundings.close_lead_ns:
        c.deny("TIME_IN_FORCE", word, "before the close", r.symbol, "it is too late for an order at the close")


def _not_taken(c: Context, value: str, taken: Iterable[Enum], what: str) -> None:
    words = ",".join(sorted(str(member.value) for member in taken))
    c.deny("NOT_SUPPORTED", value, words, c.request.account, f"the broker takes no {what} {value}, only {words}")
