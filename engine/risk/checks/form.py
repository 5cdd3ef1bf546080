"""Is the order well-formed: its type, prices and times against each other, and all of them on the instrument's grid?"""

from __future__ import annotations

from typing import Final

from engine.model.enums import OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import ZERO, plain
from engine.risk.context import Context

IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
OPG, CLS, GTD = TimeInForce.OPG, TimeInForce.CLS, TimeInForce.GTD
LATEST_NS: Final = 2**63 - 1
"""The last time that 64 bits of nanoseconds can tell."""


def check_form(c: Context) -> None:
    """Type, prices and time in force belong together; quantity and prices lie on the instrument's grid."""
    r = c.request
    kind, limit_px, stop_px, time_in_force = r.ord_type, r.limit_px, r.stop_px, r.time_in_force
    if kind.needs_limit is (limit_px is None):
        _refuse_price(c, "limit", needed=kind.needs_limit)
    if kind.needs_stop is (stop_px is None):
        _refuse_price(c, "stop", needed=kind.needs_stop)
    if r.display_qty is not None:
        c.deny("ORDER_FORM", "display_qty given", "none", r.symbol, "display_qty can't be carried to the broker yet")
    if time_in_force.timed or r.expire_ns is not None:
        _check_expiry(c)
    if kind.waits:
        _check_trigger(c)
    elif r.trail_amount is not None or r.trail_pct is not None or r.trigger != "touch":
        c.deny("ORDER_FORM", "trail or trigger given", kind.value, r.symbol, f"a {kind.value} order takes no trigger")
    if c.instrument is not None:
        _check_grid(c, c.instrument)


def _check_expiry(c: Context) -> None:
    """gtd has an end that lies ahead; nothing else has one."""
    r = c.request
    end = r.expire_ns
    if (r.time_in_force is GTD) is (end is None):
        said = "no time" if end is None else "a time"
        words = "gtd needs a time to end at" if end is None else f"{r.time_in_force.value} takes no time to end at"
        c.deny("ORDER_FORM", said, r.time_in_force.value, r.symbol, words)
    elif end is not None and end > LATEST_NS:
        c.deny(
            "ORDER_FORM", "too far", "a time", r.symbol, "the time at which the order is to end is beyond any calendar"
        )
    elif end is not None and end <= c.now.market_ns:
        c.deny("ORDER_FORM", "past", "future", r.symbol, "the time at which the order is to end has passed")


def _check_trigger(c: Context) -> None:
    """A stop waits, so it can't be immediate nor for an auction; a trailing one has one sensible distance."""
    r = c.request
    if r.time_in_force in (IOC, FOK, OPG, CLS):
        c.deny("ORDER_FORM", r.time_in_force.value, "day,gtc,gtd", r.symbol, "a stop waits: day, gtc or gtd")
    amount, share = r.trail_amount, r.trail_pct
    if r.ord_type is not OrdType.TRAILING_STOP:
        if amount is not None or share is not None:
            c.deny("ORDER_FORM", "trail given", r.ord_type.value, r.symbol, f"a {r.ord_type.value} order doesn't trail")
        return
    if (amount is None) is (share is None):
        c.deny("ORDER_FORM", "trail", "one distance", r.symbol, "a trailing stop needs an amount or a share, not both")
    elif amount is not None and not (amount.is_finite() and amount > ZERO):
        c.deny("ORDER_FORM", str(amount), "above 0", r.symbol, "the trailing distance must be above 0")
    elif share is not None and not (share.is_finite() and ZERO < share < 1):
        c.deny(
            "ORDER_FORM", str(share), "0-1", r.symbol, "the trailing distance is a share between 0 and 1 (0.02 = 2 %)"
        )
    elif amount is not None and c.instrument is not None and amount % c.instrument.tick:
        c.deny("TICK_SIZE", amount, c.instrument.tick, r.symbol, "the trailing distance must be whole ticks")


def _refuse_price(c: Context, what: str, *, needed: bool) -> None:
    kind = c.request.ord_type.value
    c.deny(
        "ORDER_FORM",
        f"{what}_px {'missing' if needed else 'given'}",
        kind,
        c.request.symbol,
        f"a {kind} order {'needs a' if needed else 'takes no'} {what} price",
    )


def _check_grid(c: Context, instrument: Instrument) -> None:
    r = c.request
    qty, tick = r.qty, instrument.tick
    if qty % instrument.lot or qty <= ZERO:
        c.deny("LOT_SIZE", qty, instrument.lot, r.symbol, f"quantity must be a multiple of {plain(instrument.lot)}")
    elif qty < instrument.min_qty:
        c.deny("MIN_QTY", qty, instrument.min_qty, r.symbol, f"quantity is below {plain(instrument.min_qty)}")
    elif instrument.max_qty is not None and qty > instrument.max_qty:
        c.deny("MAX_QTY", qty, instrument.max_qty, r.symbol, f"quantity is above {plain(instrument.max_qty)}")
    limit_px, stop_px, words = r.limit_px, r.stop_px, "price must be a positive multiple of"
    if limit_px is not None and (limit_px % tick or limit_px <= ZERO):
        c.deny("TICK_SIZE", limit_px, tick, r.symbol, f"limit {words} {plain(tick)}")
    if stop_px is not None and (stop_px % tick or stop_px <= ZERO):
        c.deny("TICK_SIZE", stop_px, tick, r.symbol, f"stop {words} {plain(tick)}")
