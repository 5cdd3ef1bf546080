"""Which box Enter opens on which row."""

from __future__ import annotations

from collections.abc import Sequence

from console.screens.boxes import DetailBox
from engine.views import AlertRow, AlgoRow, DeskView, FillRow, OrderRow, PositionRow
from widgets.details import alert_lines, algo_lines, algo_title, order_lines, order_title, position_lines
from widgets.format import plain
from widgets.lines import Line
from widgets.notation import Notation


def detail_box(row: object, view: DeskView, notation: Notation) -> DetailBox | None:
    """The box for a row, which follows the row through later views; None for rows without details."""
    match row:
        case OrderRow():
            return _order_box(row, view, notation)
        case FillRow():
            order = _order(view, row.order)
            return None if order is None else _order_box(order, view, notation)
        case AlgoRow(id=number):

            def algo(now: DeskView) -> Sequence[Line] | None:
                found = next((a for a in now.algos if a.id == number), None)
                return None if found is None else algo_lines(found, now, notation)

            return DetailBox(algo_title(row), algo, view)
        case PositionRow(symbol=symbol, account=account):

            def position(now: DeskView) -> Sequence[Line] | None:
                found = next((p for p in now.positions if (p.symbol, p.account) == (symbol, account)), None)
                return None if found is None else position_lines(found, now, notation)

            return DetailBox(f"{symbol} in {plain(account)}", position, view)
        case AlertRow():
            alert = row
            return DetailBox(f"Alert {alert.no}", lambda _: alert_lines(alert, notation), view)
    return None


def _order(view: DeskView, number: int) -> OrderRow | None:
    return next((order for order in view.orders if order.id == number), None)


def _order_box(order: OrderRow, view: DeskView, notation: Notation) -> DetailBox:
    number = order.id

    def content(now: DeskView) -> Sequence[Line] | None:
        found = _order(now, number)
        return None if found is None else order_lines(found, now, notation)

    return DetailBox(order_title(order), content, view)
