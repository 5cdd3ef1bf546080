"""The order of a pane's rows, and what stays where it is while somebody looks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from textual.app import App, ComposeResult

from engine.model.enums import OrdStatus
from tests.support import desk_views as views
from tests.widgets.test_panes import PANES
from widgets.clock import ExchangeTime
from widgets.notation import Notation
from widgets.panes import CostsPane, LettersPane, OrdersPane, TablePane
from widgets.panes.lineup import SortBy

NOTATION = Notation(ExchangeTime())


class OrdersApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.pane = OrdersPane(NOTATION, lambda: self.now)

    def compose(self) -> ComposeResult:
        yield self.pane

    def ids(self) -> list[str]:
        return [row.key for row in self.pane.table.rows]


def ids(rows: Any) -> list[str]:
    return [str(row.id) for row in rows]


@pytest.mark.parametrize(("kind", "rows"), PANES)
def test_every_column_has_a_value_that_can_be_sorted_by(kind: type[TablePane[Any]], rows: tuple[Any, ...]) -> None:
    pane = kind(NOTATION, lambda: 0.0)
    for column in pane.columns:
        pane.lineup.look_by(pane.lineup.filter, SortBy(column.key))
        shown, _ = pane.lineup.take(rows)
        assert sorted(row.key for row in shown) == sorted(pane.key(row) for row in rows)


@pytest.mark.parametrize("kind", [kind for kind, _ in PANES] + [CostsPane, LettersPane])
def test_no_pane_names_a_value_of_a_column_that_it_does_not_have(kind: type[TablePane[Any]]) -> None:
    assert set(kind.fields) <= {column.key for column in kind.columns}


async def test_numbers_are_sorted_as_numbers_and_rows_without_one_stand_last_both_ways() -> None:
    app = OrdersApp()
    async with app.run_test():
        rows = (msgspec.structs.replace(views.ORDERS[0], id=99, limit_px=None), *views.ORDERS)
        app.pane.show(rows)
        with_price = [row for row in rows if app.pane.value(app.pane.draw_row(row), row, "price") is not None]
        for descending in (False, True):
            app.pane.sort_by(SortBy("price", descending))
            prices = [app.pane.value(drawn, row, "price") for row, drawn in app.pane.lineup.sources()][
                : len(with_price)
            ]
            assert prices == sorted(prices, reverse=descending)  # type: ignore[type-var]
            assert app.ids() == [str(row.id) for row, _ in app.pane.lineup.sources()]
            assert app.ids()[-1] == "99"


async def test_equal_values_keep_the_panes_own_order() -> None:
    app = OrdersApp()
    async with app.run_test():
        app.pane.show(views.ORDERS)
        own = app.ids()
        app.pane.sort_by(SortBy("side"))
        of = {row.key: app.pane.lineup.source(row.key).side for row in app.pane.table.rows}  # type: ignore[union-attr]
        for side in set(of.values()):
            assert [key for key in app.ids() if of[key] is side] == [key for key in own if of[key] is side]


async def test_the_header_has_an_arrow_and_the_columns_are_walked_through_to_the_own_order() -> None:
    app = OrdersApp()
    async with app.run_test(size=(120, 20)):
        app.pane.show(views.ORDERS)
        own = app.ids()
        assert app.pane.sort_beside(1) == SortBy("id", descending=True)
        assert "#▼" in "".join(segment.text for segment in app.pane.table.render_line(0))
        assert app.pane.reverse() == SortBy("id")
        assert app.ids() == sorted(own, key=int)
        assert app.pane.sort_beside(-1) is None
        assert app.ids() == own


async def test_no_row_moves_while_the_table_has_the_focus_until_a_key_or_the_blur() -> None:
    app = OrdersApp()
    async with app.run_test() as pilot:
        app.pane.show(views.ORDERS)
        app.pane.sort_by(SortBy("qty", descending=True))
        before = app.ids()
        smallest = app.pane.lineup.source(before[-1])
        assert smallest is not None
        app.pane.table.focus()
        await pilot.pause()
        grown = msgspec.structs.replace(smallest, order_qty=smallest.order_qty * 10**6)
        new = msgspec.structs.replace(smallest, id=99, order_qty=smallest.order_qty * 10**7)
        rows = (new, *(grown if row is smallest else row for row in views.ORDERS))
        app.pane.show(rows)
        assert app.ids() == [*before, "99"]
        app.pane.put_in_order()
        assert app.ids() == ["99", str(smallest.id), *before[:-1]]
        app.pane.show(views.ORDERS)
        assert app.ids() == [str(smallest.id), *before[:-1]]
        app.screen.set_focus(None)
        app.now = 5.0
        await pilot.pause()
        app.pane.show(views.ORDERS)
        assert app.ids() == before


async def test_a_row_that_the_filter_does_not_let_pass_any_more_stays_until_the_blur() -> None:
    app = OrdersApp()
    async with app.run_test() as pilot:
        app.pane.show(views.ORDERS)
        assert app.pane.filter_by("status:working") == ""
        before = app.ids()
        app.pane.table.focus()
        await pilot.pause()
        gone = app.pane.lineup.source(before[0])
        assert gone is not None
        rows = tuple(
            msgspec.structs.replace(row, status=OrdStatus.FILLED) if row is gone else row for row in views.ORDERS
        )
        app.pane.show(rows)
        assert app.ids() == before
        assert app.pane.lineup.matching == len(before) - 1
        app.screen.set_focus(None)
        await pilot.pause()
        app.pane.show(rows)
        assert app.ids() == before[1:]


async def test_the_cursor_follows_its_row_through_sort_and_filter() -> None:
    app = OrdersApp()
    async with app.run_test():
        app.pane.show(views.ORDERS)
        app.pane.table.move_cursor("28")
        app.pane.sort_by(SortBy("symbol"))
        assert app.pane.selected is not None
        assert app.pane.selected.id == 28
        app.pane.filter_by("#:28")
        assert (app.ids(), app.pane.selected.id) == (["28"], 28)
        assert "of 9" in " ".join(text for line in app.pane._title_line.build(100) for text, _ in line)
        app.pane.filter_by("no such thing")
        assert (app.ids(), app.pane.selected) == ([], None)
