"""What a broker does after the fact: it takes an execution back, corrects its price, or rejects an order that it had
accepted. The two events of executions name the one before by `previous_execution_id`, as the Broker API's page says."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from tests.emulators.alpaca.books import Books, Fill
from tests.emulators.alpaca.orders import Order, text


def bust(books: Books, fill: Fill) -> None:
    """It never was: position, cash, the order's count and the activities are as if it had not been."""
    order = fill.order
    books.book(fill.symbol, _other(fill.side), fill.qty, fill.px)
    books.fills.remove(fill)
    order.filled_qty -= fill.qty
    order.paid -= fill.qty * fill.px
    open_status = "partially_filled" if order.filled_qty else "new"
    order.mark(open_status if order.is_open else order.status, books.now_ns())
    _tell(books, "trade_bust", fill, fill.execution_id)


def correct(books: Books, fill: Fill, px: Decimal) -> None:
    """It was at another price."""
    books.book(fill.symbol, _other(fill.side), fill.qty, fill.px)
    books.book(fill.symbol, fill.side, fill.qty, px)
    fill.order.paid += fill.qty * (px - fill.px)
    before, fill.execution_id = fill.execution_id, str(uuid4())
    fill.px, fill.version = px, fill.version + 1
    _tell(books, "trade_correct", fill, before)


def reject(books: Books, order: Order, why: str) -> None:
    """The market does not take it after all."""
    order.mark("rejected", books.now_ns(), "failed_at")
    order.reject_reason = why
    books.tell("rejected", order)
    books.groups.ended(order)


def _other(side: str) -> str:
    return "sell" if side == "buy" else "buy"


def _tell(books: Books, event: str, fill: Fill, before: str) -> None:
    more = {"price": text(fill.px), "qty": text(fill.qty), "execution_id": fill.execution_id}
    books.tell(event, fill.order, {**more, "previous_execution_id": before})
