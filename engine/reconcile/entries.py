"""What a `book` command means: the entry to be booked, or one line that says why it makes no sense. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from engine import inputs as i
from engine.model import booking as b
from engine.model.enums import Side
from engine.model.money import MONEY_STEP, ONE, ZERO, is_multiple, plain
from engine.model.snapshot import Execution
from engine.orders.order import Order
from engine.orders.position import Position
from engine.orders.position_moves import fraction_of, scaled
from engine.reconcile.option_entries import exercise, expiry
from engine.reconcile.refusal import RefusedError, finite, held, position_in, positive, symbol_known
from engine.state import DeskState


class Books(msgspec.Struct, frozen=True):
    """What an entry depends on: the state, the market time, the worth of a unit (None = no mark), the lot."""

    state: DeskState
    market_ns: int
    mark: Callable[[Position, Decimal], Decimal | None]
    """(position, signed quantity) -> conservative price of a unit held on that side."""


def make_entry(books: Books, c: i.Book) -> b.Entry:
    """The entry that the command means. Raises RefusedError with one line."""
    if c.account not in books.state.accounts:
        raise RefusedError(f"account {c.account or 'none'} is not open")
    return _MAKERS[c.what](books, c)


# --- cash -----------------------------------------------------------------------------------------------------------


def _cash(books: Books, c: i.Book) -> b.Entry:
    kind: b.CashKind = "transfer" if c.what in ("deposit", "withdrawal") else c.what  # type: ignore[assignment]
    amount = finite(c.amount, "amount")
    if not amount:
        raise RefusedError("an amount of 0 books nothing")
    if amount < 0 and c.what in ("deposit", "withdrawal", "fee"):
        raise RefusedError(f"{c.what} of {plain(amount)}: expected an amount above 0")
    if c.symbol:
        symbol_known(books.state, c.account, c.symbol)
    return b.CashEntry(c.account, kind, -amount if c.what in ("withdrawal", "fee") else amount, c.symbol)


# --- positions ------------------------------------------------------------------------------------------------------


def _transfer_in(books: Books, c: i.Book) -> b.Entry:
    qty, px = finite(c.qty, "quantity"), finite(c.px, "cost per unit")
    if not qty or px < 0:
        raise RefusedError("expected a quantity that is not 0, and a cost of at least 0")
    symbol_known(books.state, c.account, c.symbol)
    _on_the_lot(books, c.symbol, qty)
    position = position_in(books.state, c.account, c.symbol)
    if position.qty and (position.qty > 0) != (qty > 0):
        side = "long" if position.qty > 0 else "short"
        raise RefusedError(
            f"{c.symbol} is {side} {plain(abs(position.qty))}: what closes it is a fill or a transfer out"
        )
    worth = books.mark(position, qty)
    flow = _worth(position, qty, px, px if worth is None else worth)
    return b.TransferEntry(c.account, c.symbol, qty, px, flow)


def _worth(position: Position, qty: Decimal, cost: Decimal, px: Decimal) -> Decimal:
    """What so many units are worth at a price; of a future what it has won since it was bought at `cost`."""
    return qty * (px - cost if position.margined else px) * position.multiplier


def _transfer_out(books: Books, c: i.Book) -> b.Entry:
    position = held(books.state, c.account, c.symbol)
    qty = positive(c.qty, "quantity")
    if qty > abs(position.qty):
        raise RefusedError(f"{plain(qty)} {c.symbol} is more than the {plain(abs(position.qty))} that are held")
    signed = qty.copy_sign(position.qty)
    px = (position.avg_px or ZERO).quantize(MONEY_STEP)
    worth = books.mark(position, signed)
    flow = -_worth(position, signed, px, px if worth is None else worth)
    return b.TransferEntry(c.account, c.symbol, -signed, px, flow)


def _cost(books: Books, c: i.Book) -> b.Entry:
    position = held(books.state, c.account, c.symbol)
    px = finite(c.px, "average price")
    if px < 0:
        raise RefusedError(f"average price {plain(px)}: expected at least 0")
    delta = px * position.qty * position.multiplier - position.cost
    if not delta:
        raise RefusedError(f"{c.symbol} has that average price already")
    return b.CostEntry(c.account, c.symbol, delta)


def _split(books: Books, c: i.Book) -> b.Entry:
    position = held(books.state, c.account, c.symbol)
    new, old = positive(c.new, "new units"), positive(c.old, "old units")
    if new == old:
        raise RefusedError(f"a split {plain(new)}:{plain(old)} changes nothing")
    instrument = books.state.instruments.get(c.symbol)
    lot = instrument.lot if instrument is not None else ONE
    after = scaled(position.qty, new, old)
    fraction = fraction_of(after, lot)
    cash = None if c.amount is None else finite(c.amount, "cash for the fraction")
    if cash is not None and not fraction:
        raise RefusedError(f"{plain(position.qty)} becomes {plain(after)}: there is no fraction to be paid out")
    if fraction and cash is None and books.state.broker_qty(c.account, c.symbol) != after:
        becomes = f"{plain(position.qty)} becomes {plain(after)}"
        raise RefusedError(f"{becomes}: say what was paid for the {plain(fraction)} with cash AMOUNT")
    return b.SplitEntry(c.account, c.symbol, new, old, lot, cash)


def _rename(books: Books, c: i.Book) -> b.Entry:
    position = held(books.state, c.account, c.symbol)
    symbol_known(books.state, c.account, c.to)
    if c.to == c.symbol:
        raise RefusedError(f"{c.symbol} has that symbol already")
    other = position_in(books.state, c.account, c.to)
    if other.qty and (other.qty > 0) != (position.qty > 0):
        raise RefusedError(f"{c.to} is held on the other side: {plain(other.qty)}")
    return b.RenameEntry(c.account, c.symbol, c.to)


# --- executions -----------------------------------------------------------------------------------------------------


def _fill(books: Books, c: i.Book) -> b.Entry:
    state = books.state
    symbol_known(state, c.account, c.symbol)
    qty, px, fee = positive(c.qty, "quantity"), finite(c.px, "price"), finite(c.fee, "fee")
    if px < 0 or c.side is None:
        raise RefusedError("expected buy, sell or short, and a price of at least 0")
    order = _order(state, c, qty) if c.target is not None else None
    position = position_in(state, c.account, c.symbol)
    if order is None and c.side is Side.SELL and qty > position.qty:
        raise RefusedError(
            f"{plain(qty)} {c.symbol} is more than the {plain(max(position.qty, ZERO))} that are held; for a short"
            " sale say short"
        )
    exec_id = c.exec_id or f"book-{state.desk_id}-{state.next_booking}"
    if (c.account, exec_id) in state.seen_executions or (c.account, exec_id) in state.skipped_executions:
        raise RefusedError(f"execution {exec_id} is booked already")
    return b.FillEntry(
        Execution(
            exec_id,
            order.cl_ord_id if order is not None else "",
            (order.order_id or "") if order is not None else "",
            c.account,
            c.symbol,
            c.side,
            qty,
            px,
            books.market_ns,
            fee,
            state.accounts[c.account].currency,
        )
    )


def _order(state: DeskState, c: i.Book, qty: Decimal) -> Order:
    order = state.find(c.target) if c.target is not None else None
    if order is None:
        raise RefusedError(f"there is no order {c.target}")
    if (order.account, order.symbol, order.side) != (c.account, c.symbol, c.side):
        raise RefusedError(f"order {order.id} is to {order.side.value} {order.symbol}, not that")
    if order.status.value == "DENIED":
        raise RefusedError(f"order {order.id} was never sent")
    left = order.qty - order.cum_qty
    if qty > left:
        raise RefusedError(f"order {order.id} has {plain(left)} left of {plain(order.qty)}; {plain(qty)} is more")
    return order


def _bust(books: Books, c: i.Book) -> b.Entry:
    key = (c.account, c.exec_id)
    execution = books.state.seen_executions.get(key)
    if execution is None:
        raise RefusedError(f"no execution {c.exec_id or '(none named)'} is booked in {c.account}")
    if key in books.state.busted:
        raise RefusedError(f"execution {c.exec_id} was taken back already")
    return b.BustEntry(c.account, execution.symbol, c.exec_id)


def _on_the_lot(books: Books, symbol: str, qty: Decimal) -> None:
    instrument = books.state.instruments.get(symbol)
    if instrument is not None and not is_multiple(qty, instrument.lot):
        raise RefusedError(f"{plain(qty)} {symbol} is no multiple of the lot {plain(instrument.lot)}")


# --- options --------------------------------------------------------------------------------------------------------


def _expiry(books: Books, c: i.Book) -> b.Entry:
    return expiry(books.state, c)


def _exercise(books: Books, c: i.Book) -> b.Entry:
    return exercise(books.state, c)


_MAKERS: Final[dict[str, Callable[[Books, i.Book], b.Entry]]] = {
    **dict.fromkeys(("deposit", "withdrawal", "dividend", "fee", "interest", "correction"), _cash),
    "in": _transfer_in,
    "out": _transfer_out,
    "fill": _fill,
    "bust": _bust,
    "cost": _cost,
    "split": _split,
    "rename": _rename,
    "expiry": _expiry,
    "exercise": _exercise,
    "assign": _exercise,
}
