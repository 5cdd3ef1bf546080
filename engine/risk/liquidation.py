"""Closing positions by the liquidation rules (DESIGN §7): reducing only, never past zero, retried until flat.

Quantity = |broker's position| - same-side leaves not proven dead. Marketable limits within `flatten.collar_pct`,
re-priced every `flatten.reprice_s`; a market order only where there is no quote at all and the class allows one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.algos import ending
from engine.baskets.ending import stop_matching
from engine.model.enums import AlertLevel, AssetClass, OrdType, Side
from engine.model.money import ZERO, aggressive_price, floor_to, plain
from engine.model.order import OrderRequest
from engine.orders.emulation import time_of_ours
from engine.orders.intake import intend, request_cancel
from engine.orders.order import Order
from engine.risk.covered import symbols_of_order
from engine.state import Liquidation
from engine.timers import Key
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
#: Classes that may be closed by a market order when there is no quote; never options or crypto.
MARKET_ALLOWED: Final = frozenset({AssetClass.EQUITY, AssetClass.ETF})


def flatten(desk: Desk, command: i.Flatten) -> None:
    """`flat X`, `flat all`: always allowed, also while HALTED. Cancels the instrument's working orders first."""
    state = desk.state
    if state.baskets:
        to_come = i.CancelSelector(symbol=command.symbol, account=command.account or None)
        stop_matching(desk, to_come, command.user)
    held = sorted(key for key, p in state.positions.items() if state.broker_qty(*key) or p.open_buy or p.open_sell)
    if command.symbol is not None:
        held = [key for key in held if key[1] == command.symbol]
    held = [key for key in held if command.account in ("", key[0])]
    if not held:
        at = f" of {command.account}" if command.account else ""
        what = f"nothing held or working in {command.symbol or 'any instrument'}{at}"
        desk.refuse(command.cmd_id, "flat", what, command.user)
        return
    if command.symbol is not None and len(held) > 1:
        accounts = [account for account, _ in held]
        what = f"{command.symbol} is held or works in {' and '.join(accounts)}: say which, like @{accounts[0]}"
        desk.refuse(command.cmd_id, "flat", what, command.user)
        return
    for account, symbol in held:
        ending.stop_for(desk, account, symbol, "flat")
        start(desk, account, symbol, command.user, "flat")
    step_all(desk)
    names = ", ".join(symbol for _, symbol in held)
    desk.reply(command.cmd_id, CommandResult(True, f"flattening {names}"))


def start(desk: Desk, account: str, symbol: str, by: str, reason: str, strategy: str = "") -> None:
    """Begin (or go on with) the liquidation of one position; `strategy`: only what it holds by its own executions."""
    going_on = desk.state.liquidations.get((account, symbol))
    if going_on is not None:
        more = going_on.strategies and strategy not in going_on.strategies
        if more:
            desk.emit(f.LiquidationStarted(account, symbol, by, reason, (strategy,) if strategy else ()))
        return
    desk.emit(f.LiquidationStarted(account, symbol, by, reason, (strategy,) if strategy else ()))
    if not desk.surroundings.session_closed(symbol, desk.now.market_ns, False):
        instrument = desk.state.instruments.get(symbol)
        if desk.quotes.last_regular(symbol) is None and (
            instrument is None or instrument.asset_class not in MARKET_ALLOWED
        ):
            desk.alert(
                AlertLevel.ALARM, "LIQUIDATION_WAITS", f"{symbol}: no price to liquidate at; waiting for a quote"
            )


def on_timer(desk: Desk, key: Key) -> None:
    """Re-price: the working liquidation order is cancelled; its rest follows as its death is proven."""
    account, symbol = str(key[1]), str(key[2])
    if (account, symbol) not in desk.state.liquidations:
        return
    going_on = desk.state.liquidations[(account, symbol)]
    for order in list(desk.state.open_of(account, symbol)):
        if order.liquidation or _is_about(going_on, order):
            request_cancel(desk, order, "liquidation", "re-price", urgent=True, again=True)
    _arm(desk, account, symbol)


def rearm(desk: Desk) -> None:
    """After a restart: liquidations that were asked for go on, once the broker's picture is ours again."""
    for account, symbol in desk.state.liquidations:
        _arm(desk, account, symbol)


def _arm(desk: Desk, account: str, symbol: str) -> None:
    desk.timers.set("wall", desk.now.wall_ns + _reprice_ns(desk), ("liquidate", account, symbol))


def _reprice_ns(desk: Desk) -> int:
    return int((desk.state.limits.value("flatten.reprice_s") or Decimal(2)) * SECOND_NS)


def step_all(desk: Desk) -> None:
    """Move every liquidation on after anything happened."""
    state = desk.state
    open_in: dict[tuple[str, str], list[Order]] = {}
    for order in state.open_orders.values():
        for symbol in symbols_of_order(order):
            if (order.account, symbol) in state.liquidations:
                open_in.setdefault((order.account, symbol), []).append(order)
    for key, liquidation in list(state.liquidations.items()):
        _step(desk, liquidation, open_in.get(key, []))


def _step(desk: Desk, liquidation: Liquidation, open_orders: list[Order]) -> None:
    state, now = desk.state, desk.now.wall_ns
    account, symbol = liquidation.account, liquidation.symbol
    strategy, held = _wanted(desk, liquidation)
    everything = [o for o in open_orders if o.worst_leaves]
    working = [o for o in everything if o.liquidation or _is_about(liquidation, o)]
    for order in working:
        # Refused cancels are repeated at a pace, not as fast as the refusals come.
        if not (order.liquidation and held) and not order.pending_cancel and now - order.cancel_ns >= SECOND_NS:
            request_cancel(desk, order, "liquidation", liquidation.reason if held else "flat", urgent=True)
    if not desk.timers.is_set(("liquidate", account, symbol)):
        _arm(desk, account, symbol)
    # Executed perhaps, and we have not heard of it: not free to be sold again.
    unproven = [o for o in state.unproven.values() if o.account == account and o.touches(symbol)]
    if not held:
        if not working and not unproven:
            _end(desk, liquidation, flat=True, detail="flat")
        return
    book = state.accounts.get(account)
    if book is None or not book.reconciled:
        return  # what was sent and lost in a crash or a broken session may have closed it already
    if _market_is_closed(desk, liquidation) or (held > 0 and _covers_a_short(desk, account, symbol)):
        return
    patience = now - _reprice_ns(desk)
    if liquidation.refused_ns > patience or (
        liquidation.since_ns > patience and any(not order.liquidation for order in working)
    ):
        # The broker has just refused one; or others are still being cancelled: their leaves are worth a short wait.
        return
    side = Side.SELL if held > 0 else Side.BUY
    leaves = sum((o.worst_leaves_in(symbol, is_buy=side.is_buy) for o in (*everything, *unproven)), ZERO)
    qty = abs(held) - leaves
    if strategy:
        # Others' working orders may close the position as well: together never past zero.
        ours = sum((o.worst_leaves_in(symbol, is_buy=side.is_buy) for o in working), ZERO)
        qty = min(abs(held) - ours, abs(state.broker_qty(account, symbol)) - leaves)
    if qty > 0:
        _send(desk, liquidation, side, qty, strategy)


def _is_about(liquidation: Liquidation, order: Order) -> bool:
    """Whether it is to be cancelled for the liquidation."""
    return not liquidation.strategies or order.request.strategy in liquidation.strategies


def _wanted(desk: Desk, liquidation: Liquidation) -> tuple[str, Decimal]:
    """(whose, signed quantity) that is to be closed: the broker's position; or what the first of the strategies holds
    that still holds something, as far as the broker's position is on that side."""
    state = desk.state
    account, symbol = liquidation.account, liquidation.symbol
    there = state.broker_qty(account, symbol)
    if not liquidation.strategies:
        return "", there
    for strategy in liquidation.strategies:
        trip = state.trips.get((account, strategy, symbol))
        if trip is not None and trip.held and (trip.held > 0) == (there > 0) and there:
            return strategy, trip.held if abs(trip.held) < abs(there) else there
    return "", ZERO


def _market_is_closed(desk: Desk, liquidation: Liquidation) -> bool:
    """Outside its hours nothing can be sent: it waits for the open, and says so once."""
    account, symbol = liquidation.account, liquidation.symbol
    closed = desk.surroundings.session_closed(symbol, desk.now.market_ns, False)
    if bool(closed) is not liquidation.queued:
        desk.emit(f.LiquidationQueued(account, symbol, bool(closed), closed))
        if closed:
            text = f"{symbol}: {closed}; its liquidation waits for the open"
            desk.alert(AlertLevel.ALARM, "LIQUIDATION_QUEUED", text)
    return bool(closed)


def _covers_a_short(desk: Desk, account: str, symbol: str) -> bool:
    """Whether a short option of the same underlying is still being bought back: what may cover it is sold after it."""
    state = desk.state
    if not state.options:
        return False
    instrument = state.instruments.get(symbol)
    if instrument is None:
        return False
    underlying = instrument.option.underlying if instrument.option else symbol
    return any(
        state.broker_qty(account, name) < 0 and (account, name) in state.liquidations
        for name in state.options.get(underlying, ())
        if name != symbol
    )


def give_up(desk: Desk, liquidation: Liquidation, detail: str) -> None:
    """Somebody decided to keep the position."""
    _end(desk, liquidation, flat=False, detail=detail)


def _send(desk: Desk, liquidation: Liquidation, side: Side, qty: Decimal, strategy: str) -> None:
    state = desk.state
    account, symbol = liquidation.account, liquidation.symbol
    limit = state.limits.value("flatten.max_attempts")
    if limit is not None and liquidation.attempts >= limit:
        _end(desk, liquidation, flat=False, detail=f"{plain(qty)} left after {liquidation.attempts} attempts")
        return
    request = _request(desk, account, symbol, side, qty)
    if request is not None and strategy:
        request = msgspec.structs.replace(request, strategy=strategy)
    if request is None:
        if limit is not None and desk.now.wall_ns - liquidation.since_ns >= limit * _reprice_ns(desk):
            _end(desk, liquidation, flat=False, detail=f"{plain(qty)} left: no price, or less than a lot")
        return
    context = desk.risk.check_liquidation(request, desk.now)
    if context.denials:
        _end(desk, liquidation, flat=False, detail=str(context.denials[0]))
        return
    intend(desk, request, context, liquidation=True)
    _arm(desk, account, symbol)


def _request(desk: Desk, account: str, symbol: str, side: Side, qty: Decimal) -> OrderRequest | None:
    instrument = desk.state.instruments.get(symbol)
    if instrument is None:
        return None
    lives = time_of_ours(desk.surroundings.capabilities(account), instrument)
    chunk = qty if instrument.max_qty is None else min(qty, instrument.max_qty)
    fat_finger = desk.state.limits.value("risk.max_order_qty")
    if fat_finger is not None and chunk > fat_finger:
        chunk = fat_finger
    chunk = floor_to(chunk, instrument.lot)
    if chunk <= 0:
        return None
    quote = desk.quotes.last_regular(symbol)
    if quote is None:
        if instrument.asset_class not in MARKET_ALLOWED:
            return None
        return OrderRequest(
            account,
            symbol,
            side,
            chunk,
            OrdType.MARKET,
            time_in_force=lives,
            origin="liquidation",
            reduce_only=True,
        )
    collar = desk.state.limits.value("flatten.collar_pct") or Decimal("0.01")
    raw = quote.ask * (1 + collar) if side.is_buy else quote.bid * (1 - collar)
    # Rounded inwards: the collar is a bound, not a wish.
    px = floor_to(raw, instrument.tick) if side.is_buy else aggressive_price(raw, instrument.tick, is_buy=True)
    return OrderRequest(
        account,
        symbol,
        side,
        chunk,
        OrdType.LIMIT,
        px,
        time_in_force=lives,
        origin="liquidation",
        reduce_only=True,
    )


def _end(desk: Desk, liquidation: Liquidation, *, flat: bool, detail: str) -> None:
    account, symbol = liquidation.account, liquidation.symbol
    desk.timers.cancel(("liquidate", account, symbol))
    for order in list(desk.state.open_of(account, symbol)):
        if order.liquidation:
            request_cancel(desk, order, "liquidation", detail, urgent=True)
    desk.emit(f.LiquidationEnded(account, symbol, flat, detail))
    if not flat:
        desk.alert(AlertLevel.ALARM, "NOT_FLAT", f"{symbol} is not flat: {detail}")
