"""Orders, executions and positions as rows of the books, and back."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

import msgspec

from engine.market.matching import Changes, Ledger, PaperOrder, PaperPosition, Place
from engine.model.enums import LiquidityFlag, OrdStatus, OrdType, Side, TimeInForce
from engine.model.money import plain
from engine.model.package import Leg
from engine.model.snapshot import Execution

Row: TypeAlias = tuple[str | int | None, ...]


class Batch(msgspec.Struct, gc=False):
    """The rows of one transaction, detached from the living orders they were made of."""

    orders: list[Row]
    versions: list[Row]
    executions: list[Row]
    positions: list[Row]
    cash: list[Row]
    legs: list[Row]


def batch_of(changes: Changes, ledger: Ledger) -> Batch:
    """What changed as rows. Cash changes with executions only."""
    return Batch(
        orders=[order_row(order) for order in changes.orders.values()],
        versions=[(cl_ord_id, seq, int(accepted)) for cl_ord_id, seq, accepted in changes.versions],
        executions=[execution_row(seq, execution) for seq, execution in changes.executions],
        positions=[position_row(position) for position in changes.positions.values()],
        cash=cash_rows(ledger) if changes.executions else [],
        legs=[legs_row(order) for order in changes.orders.values() if order.legs],
    )


def legs_row(order: PaperOrder) -> Row:
    """(seq, legs): they never change."""
    return (order.seq, msgspec.json.encode(order.legs).decode())


def legs_of(text: str) -> tuple[Leg, ...]:
    """The legs of a row. Raises ValueError for what is none."""
    return msgspec.json.decode(text, type=tuple[Leg, ...])


def cash_rows(ledger: Ledger) -> list[Row]:
    """The account's cash and fees per currency."""
    return [(c, plain(cash), plain(ledger.fees.get(c, Decimal(0)))) for c, cash in ledger.cash.items()]


def order_row(order: PaperOrder) -> Row:
    """In the order of schema.ORDER_COLUMNS."""
    return (
        order.seq,
        order.order_id,
        order.root_cl_ord_id,
        order.cl_ord_id,
        order.account,
        order.symbol,
        order.side.value,
        order.ord_type.value,
        order.time_in_force.value,
        _text(order.qty),
        None if order.limit_px is None else _text(order.limit_px),
        None if order.stop_px is None else _text(order.stop_px),
        order.expire_ns,
        order.created_ns,
        order.updated_ns,
        _text(order.cum_qty),
        order.status.value,
        order.place.value,
        int(order.elected),
        _text(order.fee_raw),
        _text(order.fee),
        order.text,
    )


def order_of(row: Row) -> PaperOrder:
    """The order of a row; it is in no ladder yet."""
    (seq, order_id, root, cl_ord_id, account, symbol, side, ord_type, tif, qty, limit_px, stop_px, *rest) = row
    expire_ns, created_ns, updated_ns, cum_qty, status, place, elected, fee_raw, fee, text = rest
    return PaperOrder(
        seq=_int(seq),
        order_id=str(order_id),
        root_cl_ord_id=str(root),
        cl_ord_id=str(cl_ord_id),
        account=str(account),
        symbol=str(symbol),
        side=Side(side),
        ord_type=OrdType(ord_type),
        time_in_force=TimeInForce(tif),
        qty=_decimal(qty),
        limit_px=None if limit_px is None else _decimal(limit_px),
        stop_px=None if stop_px is None else _decimal(stop_px),
        expire_ns=_int(expire_ns),
        created_ns=_int(created_ns),
        updated_ns=_int(updated_ns),
        cum_qty=_decimal(cum_qty),
        status=OrdStatus(status),
        place=Place(place),
        elected=bool(elected),
        fee_raw=_decimal(fee_raw),
        fee=_decimal(fee),
        text=str(text),
    )


def execution_row(seq: int, execution: Execution) -> Row:
    """In the order of schema.EXECUTION_COLUMNS."""
    return (
        seq,
        execution.exec_id,
        execution.cl_ord_id,
        execution.order_id,
        execution.account,
        execution.symbol,
        execution.side.value,
        plain(execution.last_qty),
        plain(execution.last_px),
        execution.ts_ns,
        plain(execution.fee),
        execution.fee_currency,
        execution.liquidity.value,
        execution.broker,
    )


def execution_of(row: Row) -> Execution:
    """The execution of a row."""
    _, exec_id, cl_ord_id, order_id, account, symbol, side, qty, px, ts_ns, fee, currency, liquidity, broker = row
    return Execution(
        exec_id=str(exec_id),
        cl_ord_id=str(cl_ord_id),
        order_id=str(order_id),
        account=str(account),
        symbol=str(symbol),
        side=Side(side),
        last_qty=_decimal(qty),
        last_px=_decimal(px),
        ts_ns=_int(ts_ns),
        fee=_decimal(fee),
        fee_currency=str(currency),
        liquidity=LiquidityFlag(liquidity),
        broker=str(broker),
    )


def position_row(position: PaperPosition) -> Row:
    """(symbol, multiplier, quantity, cost, realised)."""
    return (
        position.symbol,
        plain(position.multiplier),
        plain(position.qty),
        plain(position.cost),
        plain(position.realized),
    )


def position_of(row: Row) -> PaperPosition:
    """The position of a row."""
    symbol, multiplier, qty, cost, realized = row
    return PaperPosition(str(symbol), _decimal(multiplier), _decimal(qty), _decimal(cost), _decimal(realized))


def _text(value: Decimal) -> str:
    """Plain text; a refused order may also carry a quantity or price that is no number at all."""
    return plain(value) if value.is_finite() else str(value)


def _decimal(value: str | int | None) -> Decimal:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a decimal text")
    return Decimal(value)


def _int(value: str | int | None) -> int:
    if not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value
