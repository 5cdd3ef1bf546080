"""Which box Enter opens on which row."""

from __future__ import annotations

from collections.abc import Sequence

from console.screens.algo_box import AlgoBox, AlgoDesk
from console.screens.boxes import DetailBox
from console.screens.found_orders import LifeBox
from console.screens.order_box import LifeOf, OrderBox
from engine.model.found import FoundOrder
from engine.model.guards import GuardRow
from engine.views import AlertRow, AlgoRow, BreakRow, CostRow, DeskView, FillRow, MeterRow, OrderRow, PositionRow
from widgets.break_lines import break_lines, break_title
from widgets.cost_lines import cost_lines, cost_title
from widgets.details import alert_lines, position_lines, rule_lines
from widgets.format import plain
from widgets.lines import Line
from widgets.notation import Notation
from widgets.risk_rows import HaltRow, risk_lines, risk_title


def detail_box(
    row: object, view: DeskView, notation: Notation, life_of: LifeOf | None, algos: AlgoDesk
) -> DetailBox | None:
    """The box for a row, which follows the row through later views; None for rows without details."""
    match row:
        case OrderRow():
            return OrderBox(row, view, notation, life_of)
        case FillRow():
            order = _order(view, row.order)
            return None if order is None else OrderBox(order, view, notation, life_of)
        case FoundOrder(cl_ord_id=ident):
            today = next((order for order in view.orders if order.cl_ord_id == ident), None)
            return LifeBox(row, view, notation, life_of) if today is None else OrderBox(today, view, notation, life_of)
        case AlgoRow():
            return AlgoBox(row, view, notation, algos)
        case PositionRow(symbol=symbol, account=account):

            def position(now: DeskView) -> Sequence[Line] | None:
                found = next((p for p in now.positions if (p.symbol, p.account) == (symbol, account)), None)
                return None if found is None else position_lines(found, now, notation)

            return DetailBox(f"{symbol} in {plain(account)}", position, view)
        case CostRow(key=key):

            def costs(now: DeskView) -> Sequence[Line] | None:
                found = next((c for c in now.costs if c.key == key), None)
                return None if found is None else cost_lines(found)

            return DetailBox(cost_title(row), costs, view)
        case AlertRow():
            alert = row
            return DetailBox(f"Alert {alert.no}", lambda _: alert_lines(alert, notation), view)
        case BreakRow(no=no):

            def mismatch(now: DeskView) -> Sequence[Line] | None:
                found = next((b for b in now.breaks if b.no == no), None)
                return None if found is None else break_lines(found, notation)

            return DetailBox(break_title(row), mismatch, view)
        case MeterRow(key=key):

            def meter(now: DeskView) -> Sequence[Line] | None:
                found = next((m for m in now.meters if m.key == key), None)
                return None if found is None else risk_lines(found)

            return DetailBox(risk_title(row), meter, view)
        case GuardRow() | HaltRow():
            return DetailBox(risk_title(row), lambda _: risk_lines(row), view)
    return None


def rules_box(view: DeskView, notation: Notation) -> DetailBox:
    """The alerts that users set."""
    return DetailBox("Your alerts", lambda now: rule_lines(now.alert_rules, notation), view)


def _order(view: DeskView, number: int) -> OrderRow | None:
    return next((order for order in view.orders if order.id == number), None)
