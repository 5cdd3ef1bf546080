"""May this account trade this instrument at all now: universe, trading state, reconciliation, session, order form."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from engine.model.enums import AssetClass, OrdType, Side, TimeInForce, TradingState
from engine.model.instrument import Instrument
from engine.model.money import ONE, ZERO, plain
from engine.model.order import symbols_of
from engine.risk.context import Context
from engine.risk.cover import check_cover
from engine.risk.covered import strategy_of

DAY, IOC, FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK
OPG, CLS, GTD = TimeInForce.OPG, TimeInForce.CLS, TimeInForce.GTD
SELL, SELL_SHORT = Side.SELL, Side.SELL_SHORT
LATEST_NS = 2**63 - 1
"""The last time that 64 bits of nanoseconds can tell."""
IN_SHARES = (AssetClass.EQUITY, AssetClass.ETF, AssetClass.OPTION, AssetClass.FUTURE)
"""Classes of which a broker takes whole units unless it says that it takes fractions; FX and crypto have their lots."""


def check_instrument(c: Context) -> None:
    """The symbol is in the universe and, if it expires, has not."""
    instrument = c.instrument
    symbol = c.request.symbol
    if instrument is None:
        c.deny(
            "UNKNOWN_INSTRUMENT",
            symbol,
            "universe.yaml",
            symbol,
            f"{symbol} is not in the universe; add it to universe.yaml",
        )
        return
    if instrument.option and c.now.market_ns >= instrument.option.expires_ns:
        expiry = instrument.option.expiry
        c.deny("OPTION_EXPIRED", expiry, "not expired", symbol, f"{symbol} expired on {expiry}")


def check_ready(c: Context) -> None:
    """No order before every limit is given (an absent one is no limit at all), before this process compared itself with
    the account's broker, or while the journal is down."""
    account = c.state.accounts.get(c.request.account)
    if account is not None and account.reconciled and c.state.journal_ok and not c.limits.missing:
        return
    missing = ", ".join(c.limits.missing[:5])
    if missing:
        rest = len(c.limits.missing) - 5
        words = f"risk_params.yaml lacks {missing}{f' and {rest} more' if rest > 0 else ''}; give each a value or off"
        c.deny("LIMIT_MISSING", missing.replace(" ", ""), "given", "desk", words)
    if account is None:
        c.deny(
            "UNKNOWN_ACCOUNT",
            c.request.account,
            ",".join(c.state.accounts) or "none",
            c.request.account,
            f"account {c.request.account!r} is not open; open are {', '.join(c.state.accounts) or 'none yet'}",
        )
    elif not account.reconciled:
        c.deny(
            "NOT_RECONCILED",
            "no",
            "yes",
            c.request.account,
            "the broker has not been asked yet (or is not connected); wait for reconciliation",
        )
    if not c.state.journal_ok:
        c.deny("JOURNAL_DOWN", "down", "up", "desk", "the journal can't commit; nothing new goes out")


def check_trading_state(c: Context) -> None:
    """The strictest of desk, account, strategy and instrument wins. Reducing orders pass REDUCING; while HALTED only
    reducing orders placed by hand pass, and not while a kill is still at work."""
    if not c.state.trading and not c.state.kills:
        return
    request = c.request
    strategy = strategy_of(request)
    state, scope = c.state.trading_state(request.account, request.symbol, strategy)
    if state is TradingState.ACTIVE:
        return
    if state is TradingState.REDUCING:
        if not (c.reducing or c.shrinking):
            c.deny("TRADING_STATE", state.name, "ACTIVE", scope, "only reducing orders are taken now")
        return
    if (
        request.origin == "manual"
        and c.reducing
        and c.replacing is None
        and not c.state.killing(request.account, symbols_of(request), strategy)
    ):
        return
    reason = c.state.trading_reason.get(scope, "") or c.state.scope_state(scope)[1]
    c.deny("HALTED", state.name, "ACTIVE", scope, f"trading is halted: {reason or scope}")


def check_venue(c: Context) -> None:
    """Inside a session of the instrument's calendar (regular, or extended when asked for), and something that the
    account's broker takes: order type, time in force, class, short sales."""
    r, surroundings = c.request, c.surroundings
    timed = r.time_in_force.timed
    if timed and r.time_in_force is not GTD:
        _check_auction(c)
    else:
        closed = surroundings.session_closed(r.symbol, c.now.market_ns, r.extended)
        if closed:
            c.deny("SESSION_CLOSED", closed, "open", r.symbol, closed)
    broker = surroundings.capabilities(r.account)
    # What waits or is timed the desk itself can hold where the broker doesn't (engine.orders.holding).
    if r.ord_type not in broker.ord_types and not r.ord_type.waits:
        _not_taken(c, r.ord_type.value, broker.ord_types, "order type")
    if r.time_in_force not in broker.times_in_force and not timed:
        _not_taken(c, r.time_in_force.value, broker.times_in_force, "time in force")
    if c.instrument is not None and c.instrument.asset_class not in broker.asset_classes:
        _not_taken(c, c.instrument.asset_class.value, broker.asset_classes, "asset class")
    if r.side is SELL_SHORT and not broker.short:
        c.deny("SHORT_NOT_ALLOWED", "short", "long only", r.symbol, "this broker or account takes no short sales")
    if not broker.fractional and c.instrument is not None and c.instrument.lot < ONE:
        _check_fraction(c, c.instrument)


def _check_fraction(c: Context, instrument: Instrument) -> None:
    """A fraction that the instrument's lot allows, at a broker that takes none."""
    qty = c.request.qty
    if instrument.asset_class in IN_SHARES and qty % ONE and not qty % instrument.lot:
        c.deny("NOT_SUPPORTED", qty, ONE, c.request.symbol, "the broker takes no fractions of shares or contracts")


def _check_auction(c: Context) -> None:
    """An order for the open comes before it, one for the close before the close; both need a market that has them."""
    r, now = c.request, c.now.market_ns
    bounds = c.surroundings.session_bounds(r.symbol, now)
    word = r.time_in_force.value
    if bounds is None:
        c.deny("TIME_IN_FORCE", word, "day,gtc,ioc,fok,gtd", r.symbol, "this market never opens or closes")
    elif r.time_in_force is OPG and now >= bounds[0]:
        c.deny("TIME_IN_FORCE", word, "before the open", r.symbol, "the market is open; an order for the open is late")
    elif r.time_in_force is CLS and now >= bounds[1] - c.surroundings.close_lead_ns:
        c.deny("TIME_IN_FORCE", word, "before the close", r.symbol, "it is too late for an order at the close")


def _not_taken(c: Context, value: str, taken: Iterable[Enum], what: str) -> None:
    words = ",".join(sorted(str(member.value) for member in taken))
    c.deny("NOT_SUPPORTED", value, words, c.request.account, f"the broker takes no {what} {value}, only {words}")


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


def check_side(c: Context) -> None:
    """`sell` never opens a short, `short` is its own verb and not used while long; reduce_only only reduces."""
    r = c.request
    room = c.room if c.room > 0 else ZERO
    if r.side is SELL and not c.reducing:
        c.deny(
            "SELL_EXCEEDS_POSITION",
            c.qty,
            room,
            r.symbol,
            "position less working sells is smaller than that; a short sale is its own verb: short",
        )
    elif r.side is SELL_SHORT and c.position.qty > 0:
        c.deny("SHORT_WHILE_LONG", c.position.qty, "0", r.symbol, "a long position is sold first, then shorted")
    if c.state.options and not r.side.is_buy and c.instrument is not None and (c.reducing or r.side is SELL_SHORT):
        check_cover(c, c.instrument)
    if r.reduce_only and not c.reducing:
        c.deny("REDUCE_ONLY", c.qty, room, r.symbol, "the order would not only reduce the position")
