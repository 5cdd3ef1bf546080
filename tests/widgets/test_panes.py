"""What the rows of each pane say, and that they cost nothing while nothing changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from textual.app import App, ComposeResult

from engine.model.enums import OrdStatus, OrdType, Side
from tests.support import desk_views as views
from widgets.clock import ExchangeTime
from widgets.details import order_lines
from widgets.grid import CELL_STYLES, Cell, Row
from widgets.notation import SIDES, STATUSES, TYPES, Notation
from widgets.panes import (
    AlertsPane,
    AlgosPane,
    BreaksPane,
    FillsPane,
    OrdersPane,
    PositionsPane,
    RiskPane,
    TablePane,
    WatchPane,
)
from widgets.panes.risk import by_nearness, meter_sign, meter_style

NOTATION = Notation(ExchangeTime())
PANES: list[tuple[type[TablePane[Any]], tuple[Any, ...]]] = [
    (PositionsPane, views.POSITIONS),
    (OrdersPane, views.ORDERS),
    (FillsPane, views.FILLS),
    (AlgosPane, views.ALGOS),
    (RiskPane, views.METERS),
    (AlertsPane, views.ALERTS),
    (BreaksPane, views.STALE.breaks),
    (WatchPane, views.QUOTES),
]


def pane(kind: type[TablePane[Any]]) -> TablePane[Any]:
    return kind(NOTATION, lambda: 0.0)


def cell(row: Row, of: TablePane[Any], key: str) -> Cell:
    index = [column.key for column in of.columns].index(key)
    found = row.cells[index]
    return found if isinstance(found, Cell) else Cell(found)


@pytest.mark.parametrize(("kind", "rows"), PANES)
def test_a_row_has_a_cell_for_every_column_in_a_known_style(kind: type[TablePane[Any]], rows: tuple[Any, ...]) -> None:
    drawn = pane(kind)
    for source in rows:
        row = drawn.draw_row(source)
        assert len(row.cells) == len(drawn.columns)
        assert row.row_style is None or row.row_style in CELL_STYLES
        assert all(isinstance(c, str) or c.style in CELL_STYLES for c in row.cells)


def test_a_fill_in_another_account_says_so() -> None:
    drawn = FillsPane(Notation(ExchangeTime(), default_account=views.ACCOUNT), lambda: 0.0)
    own, other = views.FILLS[0], msgspec.structs.replace(views.FILLS[0], account="B")
    assert cell(drawn.draw_row(own), drawn, "symbol").text == own.symbol
    assert cell(drawn.draw_row(other), drawn, "symbol").text == f"{own.symbol}@B"


@pytest.mark.parametrize(("kind", "rows"), PANES)
def test_numbers_fit_their_columns(kind: type[TablePane[Any]], rows: tuple[Any, ...]) -> None:
    drawn = pane(kind)
    for source in rows:
        for column, found in zip(drawn.columns, drawn.draw_row(source).cells, strict=True):
            text = found.text if isinstance(found, Cell) else found
            assert column.align != "decimal" or len(text) <= column.width, (column.key, text)


@pytest.mark.parametrize(("kind", "rows"), PANES)
async def test_a_row_that_is_the_same_object_is_not_drawn_again(
    kind: type[TablePane[Any]], rows: tuple[Any, ...]
) -> None:
    drawn: list[Any] = []

    class Watched(kind):  # type: ignore[misc, valid-type]
        def draw_row(self, row: Any) -> Row:
            drawn.append(row)
            return super().draw_row(row)  # type: ignore[no-any-return]

    class PaneApp(App[None]):
        def compose(self) -> ComposeResult:
            yield Watched(NOTATION, lambda: 0.0)

    app = PaneApp()
    async with app.run_test():
        shown = app.query_one(Watched)
        shown.show(rows)
        first = len(drawn)
        shown.show(rows)
        shown.show((*rows,))
        assert first == len(rows)
        assert len(drawn) == len(rows)


def test_a_pnl_on_a_stale_price_has_a_tilde_and_one_on_fills_has_none() -> None:
    shown = pane(PositionsPane)
    row = shown.draw_row(views.position("IBM", "100", "182.00", "182.50", "12.00", stale=True))
    assert cell(row, shown, "unrealized").text == "~+50.00"
    assert cell(row, shown, "day").text == "~+62.00"
    assert cell(row, shown, "realized").text == "+12.00"


def test_gains_and_losses_differ_in_sign_and_style() -> None:
    shown = pane(PositionsPane)
    gain = cell(shown.draw_row(views.position("A", "100", "10", "11")), shown, "unrealized")
    loss = cell(shown.draw_row(views.position("A", "100", "11", "10")), shown, "unrealized")
    assert (gain.text[0], gain.style, loss.text[0], loss.style) == ("+", "up", "-", "down")


def test_closed_positions_stand_last_and_dimmed() -> None:
    shown = pane(PositionsPane)
    ordered = shown.in_order(views.POSITIONS)
    assert [row.symbol for row in ordered] == ["BAC", "IBM", "MSFT", "SPY", "XOM"]
    assert shown.draw_row(ordered[-1]).row_style == "dim"


def test_open_orders_stand_first_newest_on_top() -> None:
    assert [row.id for row in pane(OrdersPane).in_order(views.ORDERS)] == [31, 30, 28, 27, 25, 29, 26, 24, 23]


def test_an_unknown_order_is_loud_doubted_and_shows_its_last_state_dimmed() -> None:
    shown = pane(OrdersPane)
    row = shown.draw_row(views.STALE.orders[0])
    assert cell(row, shown, "status") == Cell("UNKNOWN?", "alarm")
    assert row.row_style == "stale"


def test_orders_of_a_broker_that_is_gone_show_how_old_their_state_is() -> None:
    shown = pane(OrdersPane)
    doubted = msgspec.structs.replace(views.ORDERS[2], doubt=True, doubt_s=35)
    row = shown.draw_row(doubted)
    assert cell(row, shown, "status").text == "WORKING?"
    assert cell(row, shown, "time").text == "35s ago"
    assert row.row_style == "stale"
    assert (" 1 as of 35s ago ", "warn") in shown.summary((doubted, *views.ORDERS[3:]))
    told = "\n".join("".join(text for text, _ in line) for line in order_lines(doubted, views.STALE, NOTATION))
    assert "as of 35s ago: its broker is not connected" in told


def test_an_unknown_order_says_for_how_long_and_what_the_broker_answered() -> None:
    shown = pane(OrdersPane)
    evidence = "asked 3 times, last answer: not found, which proves nothing yet"
    doubted = msgspec.structs.replace(views.STALE.orders[0], unknown_s=34, evidence=evidence, parent=None)
    row = shown.draw_row(doubted)
    assert cell(row, shown, "note") == Cell(evidence, "alarm")
    assert (" 1 UNKNOWN 34s ", "alarm") in shown.summary((doubted, *views.STALE.orders[1:]))
    told = "\n".join("".join(text for text, _ in line) for line in order_lines(doubted, views.STALE, NOTATION))
    assert "not known for 34s; counted in risk, the same order is refused" in told
    assert evidence in told
    assert "resolve 31 dead, or alive; resend 31 sends it anew" in told


def test_a_local_order_says_that_it_dies_with_the_desk() -> None:
    assert STATUSES[OrdStatus.HELD] == "LOCAL"


def test_a_stop_shows_its_trigger_as_its_price() -> None:
    shown = pane(OrdersPane)
    row = shown.draw_row(views.order(1, "IBM", limit=None, ord_type=OrdType.STOP, stop_px=Decimal("14.20")))
    assert cell(row, shown, "price").text == "14.20"


def test_every_status_side_and_type_has_a_word_that_fits() -> None:
    assert set(STATUSES) == set(OrdStatus)
    assert set(SIDES) == set(Side)
    assert set(TYPES) == set(OrdType)
    assert all(len(word) <= 8 for word in STATUSES.values())


def test_an_algo_says_how_far_it_is_behind_and_what_it_costs() -> None:
    shown = pane(AlgosPane)
    row = shown.draw_row(views.ALGOS[0])
    assert cell(row, shown, "behind").text == "-70"
    assert cell(row, shown, "done").text == "43%"
    assert cell(row, shown, "slippage") == Cell("+1.2", "down")


def test_an_algo_without_quantity_draws_an_empty_bar() -> None:
    shown = pane(AlgosPane)
    row = shown.draw_row(msgspec.structs.replace(views.ALGOS[0], qty=Decimal(0), cum_qty=Decimal(0)))
    assert cell(row, shown, "done").text == "0%"


@pytest.mark.parametrize(
    ("used", "style", "sign"),
    [
        ("0.69", "good", ""),
        ("0.70", "warn", "!"),
        ("0.89", "warn", "!"),
        ("0.90", "alarm", "!!"),
        ("1.2", "alarm", "!!"),
    ],
)
def test_a_meter_warns_at_70_percent_and_is_critical_at_90(used: str, style: str, sign: str) -> None:
    assert (meter_style(Decimal(used)), meter_sign(Decimal(used))) == (style, sign)


def test_a_meter_that_is_off_says_off() -> None:
    shown = pane(RiskPane)
    row = shown.draw_row(views.METERS[-1])
    assert [c for c in row.cells if c == "OFF"] == ["OFF", "OFF"]


def test_a_meter_without_a_value_says_so_and_one_on_stale_prices_has_its_mark() -> None:
    shown = pane(RiskPane)
    by_key = {row.key: shown.draw_row(row) for row in views.METERS}
    assert by_key["beta"].cells[4] == "-"
    assert by_key["drawdown"].cells[4] == "~0.12%"
    assert by_key["var_95"].cells[4] == "1.23%"
    assert by_key["rejects"].cells[4] == "3.10%"
    fine = shown.draw_row(views.meter("var_99", "VaR 99", "0.0012", "0.0025", "pct"))
    assert (fine.cells[4], fine.cells[5]) == ("0.12%", Cell("0.25%", "dim"))


def test_meters_are_sorted_by_nearness_to_their_limit() -> None:
    nearness = [meter.key for meter in by_nearness(views.METERS)]
    assert nearness[:2] == ["order_rate", "max_position"]
    assert nearness[-1] == "cvar_99"


def test_a_quote_grows_old_in_steps() -> None:
    shown = pane(WatchPane)
    fresh, old, stale = (shown.draw_row(views.quote("IBM", "182.22", "182.24", age_s=s)) for s in (1, 7, 17))
    assert (fresh.row_style, old.row_style, stale.row_style) == (None, "dim", "stale")
    assert cell(stale, shown, "age") == Cell("STALE 17s", "warn")


def test_a_delayed_quote_says_d_and_an_irregular_one_is_counted() -> None:
    shown = pane(WatchPane)
    row = shown.draw_row(msgspec.structs.replace(views.quote("IBM", "182.22", "182.24", irregular=3), delayed=True))
    assert cell(row, shown, "age").text == "D0s"
    assert cell(row, shown, "irregular") == Cell("3", "warn")


def test_a_crossed_quote_is_marked() -> None:
    shown = pane(WatchPane)
    row = shown.draw_row(views.quote("IBM", "182.26", "182.24"))
    assert cell(row, shown, "bid").style == "warn"


def test_a_warning_keeps_its_colour_until_it_is_acknowledged() -> None:
    shown = pane(AlertsPane)
    waiting, acked = shown.draw_row(views.ALERTS[2]), shown.draw_row(views.ALERTS[4])
    assert (cell(waiting, shown, "level").style, cell(acked, shown, "level").style) == ("warn", "dim")
