"""Rows of the pane of costs: measured one at a view, kept while nothing changes, known in full at last."""

from __future__ import annotations

from decimal import Decimal

from engine import inputs as i
from engine.inputs import Now
from engine.model.market import Trade
from engine.publish.cost_rows import CostRows
from engine.views import CostRow
from tests.engine.dealing import BUY, SECOND, START, Dealing

D = Decimal


def shown(rows: CostRows, desk: Dealing, views: int = 6) -> tuple[CostRow, ...]:
    found: tuple[CostRow, ...] = ()
    for _ in range(views):
        found = rows.rows(desk.desk, desk.now)
    return found


def test_a_working_order_is_measured_by_the_market_of_now() -> None:
    desk, rows = Dealing("300").connect(), CostRows()
    assert shown(rows, desk) == ()
    order = desk.place(BUY, "100", "100.00")
    desk.pass_s(1)
    desk.quotes.on_event(Trade("IBM", D("100.10"), D(400), desk.now.market_ns))
    desk.pass_s(1)
    desk.fill(order, "40", "100.00")
    desk.quote("IBM", "100.45", "100.55")
    desk.pass_s(2)
    (row,) = shown(rows, desk)
    assert (row.key, row.status, row.final, row.cum_qty) == (order.cl_ord_id, "working", False, 40)
    assert row.slippage_bps["arrival"] == 0
    assert row.slippage_bps["vwap"] == D("-10.0")
    assert row.participation == D("0.0909")
    before = row.close_px
    desk.quotes.on_event(Trade("IBM", D("100.50"), D(400), desk.now.market_ns))
    desk.see("100.95", "101.05")
    desk.pass_s(0.1)
    desk.quote("IBM", "100.95", "101.05")
    desk.now = Now(desk.now.wall_ns + 2 * SECOND, desk.now.market_ns)
    (row,) = shown(rows, desk)
    assert before is not None
    assert row.close_px is not None
    assert row.close_px > before
    assert row.shortfall is not None
    assert row.shortfall > 0


def test_a_view_measures_one_at_most_and_the_newest_stand_first() -> None:
    desk, rows = Dealing("300").connect(), CostRows()
    for qty in ("10", "11", "12"):
        desk.fill(desk.place(BUY, qty, "100.10"), qty, "100.05")
    desk.pass_s(2)
    counts = [len(rows.rows(desk.desk, desk.now)) for _ in range(8)]
    assert max(after - before for before, after in zip([0, *counts], counts, strict=False)) == 1
    assert [row.id for row in rows.rows(desk.desk, desk.now)] == [3, 2, 1]


def test_what_is_known_in_full_stays_the_same_object() -> None:
    desk, rows = Dealing("300", bounds=(START - SECOND, START + 3600 * SECOND)).connect(), CostRows()
    order = desk.place(BUY, "100", "100.10")
    desk.fill(order, "100", "100.05")
    desk.quotes.on_event(Trade("IBM", D(100), D(9000), desk.now.market_ns))
    desk.pass_s(2)
    (working,) = shown(rows, desk)
    assert dict(working.markouts_bps)["30m"] is None
    for _ in range(65):
        desk.now = Now(desk.now.wall_ns + 60 * SECOND, desk.now.market_ns + 60 * SECOND)
        desk.pass_s(0.1)
    (row,) = shown(rows, desk)
    assert (row.status, row.close_px, row.pwp) == ("filled", 100, 100)
    assert all(value == D("-5.0") for _, value in row.markouts_bps)
    desk.pass_s(5)
    assert shown(rows, desk)[0] is row


def test_children_stand_in_their_parent() -> None:
    desk, rows = Dealing("300").connect(), CostRows()
    start = desk.now.market_ns
    spec = i.AlgoSpec("twap", "A1", "IBM", BUY, D(40), start, start + 20 * SECOND, slices=4)
    desk.give(i.LaunchAlgo(spec))
    desk.pass_s(1)
    child = next(iter(desk.state.open_orders.values()))
    desk.ack(child)
    desk.fill(child, "10", "100.05")
    desk.pass_s(2)
    (row,) = shown(rows, desk)
    assert (row.key, row.algo, row.qty, row.cum_qty, row.orders, row.fills) == ("algo 1", "twap", 40, 10, 1, 1)
    assert row.spread_bps == D("10.0")
