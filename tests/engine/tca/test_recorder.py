"""What is recorded, and what is said not to be known: restarts, late fills, closed markets, an unanswered order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.facts.tca import Reading
from engine.model.enums import OrdType
from engine.model.market import Trade
from engine.tca.book import TcaBook
from engine.tca.measure import Measured, measure
from engine.tca.tickets import Ticket
from tests.engine.dealing import ACCOUNT, BROKER, BUY, SECOND, SELL, START, Dealing

D = Decimal


def told(*desks: Dealing) -> TcaBook:
    """What a later process reads of these desks' journal."""
    book = TcaBook()
    for desk in desks:
        for wall_ns, market_ns, fact in desk.stamped:
            book.apply(fact, wall_ns, market_ns)
    return book


def ticket(book: TcaBook, key: str) -> Ticket:
    return book.tickets[key]


def measured(book: TcaBook, key: str) -> Measured:
    return measure(ticket(book, key))


def dealt(**more: Any) -> Dealing:
    return Dealing("300", **more).connect()


def trade(desk: Dealing, size: str, px: str) -> None:
    desk.quotes.on_event(Trade("IBM", D(px), D(size), desk.now.market_ns))


def test_an_order_is_measured_live_and_later_alike() -> None:
    desk = dealt()
    order = desk.place(BUY, "100", "100.10")
    desk.pass_s(2)
    trade(desk, "400", "100.00")
    desk.pass_s(1)
    desk.fill(order, "100", "100.04")
    desk.pass_s(12)
    live = measure(ticket(desk.desk.tca.book, order.cl_ord_id))
    assert live == measured(told(desk), order.cl_ord_id)
    assert live.arrival_px == 100
    assert live.slippage_bps["arrival"] == 4
    assert live.vwap == 100
    assert live.vwap_with_own == (D(40_000) + D(10_004)) / 500
    assert live.participation == D("0.2")
    assert live.markouts_bps["10s"] == D("-0.04") / D("100.04") * 10_000
    assert (live.markouts_bps["1m"], live.marks_missing["1m"]) == (None, 1)


def test_a_cancelled_rest_is_an_opportunity_missed_at_the_mid_of_then() -> None:
    desk = dealt()
    order = desk.place(BUY, "100", "100.00")
    desk.fill(order, "40", "100.00")
    desk.pass_s(1)
    desk.quote("IBM", "100.95", "101.05")
    desk.cancel(order)
    desk.give(p.Canceled(order.cl_ord_id, desk.now.market_ns, "", D(40)))
    desk.pass_s(3)
    found = measured(told(desk), order.cl_ord_id)
    assert found.status == "canceled"
    assert found.close_px == 101
    assert found.kissell is not None
    assert (found.kissell.trading, found.kissell.opportunity) == (0, 60)
    assert found.fill_rate == D("0.4")


def test_a_refused_order_has_missed_everything_and_counts_as_a_reject() -> None:
    desk = dealt()
    order = desk.place(SELL, "100", "100.00")
    desk.give(p.Rejected(order.cl_ord_id, "no", desk.now.market_ns))
    desk.pass_s(3)
    found = measured(told(desk), order.cl_ord_id)
    assert (found.rejected, found.orders, found.reject_rate) == (1, 1, 1)
    assert found.total_bps == 0


def test_an_order_that_our_checks_deny_was_never_in_the_market() -> None:
    desk = dealt()
    desk.give(i.PlaceOrder(desk.place(BUY, "1", "100.00").request))
    book = told(desk)
    assert len(book.tickets) == 1
    assert book.denied == 1


def test_readings_are_written_in_batches() -> None:
    desk = dealt()
    for qty in range(10, 30):
        desk.fill(desk.place(BUY, str(qty), "100.10"), str(qty), "100.05")
    desk.pass_s(2)
    facts = [fact for fact in desk.recorded if isinstance(fact, f.MarketRead)]
    readings = [reading for fact in facts for reading in fact.readings]
    assert len({reading.of for reading in readings if reading.what == "fill"}) == 20
    assert len(facts) < 12  # not one an order


def test_what_a_desk_slept_through_is_not_known_and_what_comes_after_is() -> None:
    desk = dealt()
    done = desk.place(BUY, "100", "100.10")
    desk.fill(done, "100", "100.05")
    working = desk.place(BUY, "200", "100.00")
    desk.pass_s(2)
    # It dies and is down over the 10 s mark of the fill.
    desk.now = i.Now(desk.now.wall_ns + 20 * SECOND, desk.now.market_ns + 20 * SECOND)
    desk.state.last_recorded_ns, desk.state.last_market_ns = desk.now.wall_ns, desk.now.market_ns
    again = desk.restart().connect()
    again.fill(working, "200", "100.00")
    again.pass_s(65)
    book = told(desk, again)
    first, second = measured(book, done.cl_ord_id), measured(book, working.cl_ord_id)
    marks = next(iter(ticket(book, done.cl_ord_id).fills.values())).marks
    assert marks["1s"] == 100
    assert marks["10s"] is None
    assert marks["1m"] == 100
    assert "5m" not in marks
    assert not first.notes
    assert second.arrival_px == 100
    assert second.slippage_bps["arrival"] == 0
    assert second.vwap is second.twap is second.participation is second.pwp is None
    assert any("the desk was down" in note for note in second.notes)


def test_a_graceful_stop_writes_what_was_just_noted() -> None:
    desk = dealt()
    order = desk.place(BUY, "100", "100.10")
    desk.fill(order, "100", "100.05")
    desk.desk.close("stop", desk.now)
    desk._take()
    found = measured(told(desk), order.cl_ord_id)
    assert found.effective_spread_bps == 10
    assert found.arrival_px == 100
    assert found.vwap is None  # nothing traded
    assert not [note for note in found.notes if "release" in note]


def test_marks_after_the_close_are_not_known_and_a_pwp_that_was_not_reached_is_incomplete() -> None:
    desk = dealt(bounds=(START - SECOND, START + 5 * SECOND))
    order = desk.place(BUY, "100", "100.10")
    desk.fill(order, "100", "100.05")
    trade(desk, "10", "100.00")
    desk.pass_s(8)
    found = measured(told(desk), order.cl_ord_id)
    assert found.close_px == 100
    assert found.pwp is None
    assert found.pwp_incomplete
    assert ticket(told(desk), order.cl_ord_id).pwp is not None


def test_a_bust_takes_its_fill_out_and_a_correction_changes_its_price() -> None:
    desk = dealt()
    order = desk.place(BUY, "100", "100.10")
    gone = desk.fill(order, "60", "100.05")
    kept = desk.fill(order, "40", "100.08")
    desk.pass_s(3)
    desk.give(p.Busted(ACCOUNT, gone.exec_id, desk.now.market_ns, order.cl_ord_id))
    right = msgspec.structs.replace(kept, exec_id="X9", last_px=D("100.02"))
    desk.give(p.Corrected(ACCOUNT, kept.exec_id, right))
    desk.pass_s(3)
    found = measured(told(desk), order.cl_ord_id)
    assert (found.filled, found.avg_px, found.fills, found.status) == (40, D("100.02"), 1, "working")
    # What the market did around it was seen before the correction.
    assert found.markouts_bps["1s"] == D("-0.02") / D("100.02") * 10_000


def test_a_late_report_is_measured_at_the_moment_of_its_execution() -> None:
    desk = dealt()
    order = desk.place(BUY, "100", "101.00")
    execution = desk.execution(order, "100", "100.05")
    desk.pass_s(3)
    desk.quote("IBM", "100.95", "101.05")
    desk.pass_s(0.1)
    desk.give(p.Filled(execution))
    desk.pass_s(3)
    assert measured(told(desk), order.cl_ord_id).effective_spread_bps == 10


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_whether_the_feed_prints_our_own_trades_depends_on_the_account(mode: str) -> None:
    desk = Dealing("0", mode=mode)
    if mode == "live":
        desk.give(i.Unlock("me"))
    desk.connect()
    order = desk.place(BUY, "100", "100.10")
    trade(desk, "300", "100.00")
    if mode == "live":
        trade(desk, "100", "100.04")
    desk.fill(order, "100", "100.04")
    desk.pass_s(3)
    found = measured(told(desk), order.cl_ord_id)
    assert found.vwap == 100
    assert found.vwap_with_own == D("100.01")
    assert found.participation == D("0.25")


def test_a_held_stop_is_measured_from_its_release() -> None:
    desk = dealt(able=msgspec.structs.replace(BROKER, ord_types=frozenset({OrdType.MARKET, OrdType.LIMIT})))
    stop = desk.place(SELL, "100", None, ack=False, ord_type=OrdType.STOP, stop_px=D("99.50"))
    desk.pass_s(5)
    assert not list(told(desk).tops())
    desk.see("99.35", "99.45", times=3)
    desk.pass_s(2)
    found = measured(told(desk), stop.cl_ord_id)
    assert found.arrival_px == D("99.40")


def test_when_orders_left_is_known_where_the_gateway_says_so() -> None:
    desk = dealt()
    order = desk.place(BUY, "100", "100.10", ack=False)
    sent_ns = desk.now.wall_ns + 300
    desk.ack(order)
    desk.give(i.HandedOver(((order.cl_ord_id, sent_ns),)))
    desk.pass_s(2)
    found = measured(told(desk), order.cl_ord_id)
    assert found.latencies_ns["decision_to_send"] == (300,)
    assert found.latencies_ns["send_to_ack"] == (1_000_000 - 300,)


def test_a_desk_goes_on_with_the_book_of_the_run_before_when_it_is_read() -> None:
    desk = dealt()
    first = desk.place(BUY, "100", "100.10")
    desk.fill(first, "60", "100.05")
    desk.pass_s(2)
    before = told(desk)
    again = desk.restart()
    again.desk.tca.expect()
    again.connect()
    second = again.place(BUY, "50", "100.10")
    again.fill(second, "50", "100.05")
    again.fill(first, "40", "100.07")
    again.pass_s(2)
    assert not again.desk.tca.book.tickets
    again.desk.tca.adopt(before)
    book = again.desk.tca.book
    assert measured(book, first.cl_ord_id) == measured(told(desk, again), first.cl_ord_id)
    assert measured(book, first.cl_ord_id).filled == 100
    again.pass_s(10)
    assert measured(book, second.cl_ord_id).markouts_bps["10s"] == D("-0.05") / D("100.05") * 10_000


def test_without_a_book_of_before_it_goes_on_with_an_empty_one() -> None:
    desk = dealt()
    desk.desk.tca.expect()
    order = desk.place(BUY, "100", "100.10")
    desk.pass_s(1)
    desk.desk.tca.adopt(None)
    assert list(desk.desk.tca.book.tickets) == [order.cl_ord_id]


def test_an_amended_algo_is_measured_by_its_newest_terms() -> None:
    desk = dealt()
    start = desk.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(40), start, start + 30 * SECOND, slices=3)
    desk.give(i.LaunchAlgo(spec))
    amended = f.AlgoReplanned(
        1, msgspec.structs.replace(spec, qty=D(30), end_ns=start + 10 * SECOND), (), 1, "me", "amended"
    )
    book = told(desk)
    book.apply(amended, desk.now.wall_ns, desk.now.market_ns)
    late = Reading("algo 1", "horizon", start + 30 * SECOND, D(9), D(11))
    right = Reading("algo 1", "horizon", start + 10 * SECOND, D(99), D(101))
    book.apply(f.MarketRead((right, late)), desk.now.wall_ns, desk.now.market_ns)
    assert ticket(book, "algo 1").qty == 30
    assert ticket(book, "algo 1").horizon == right


def test_the_live_book_is_bounded_and_drops_the_oldest_that_is_known_in_full() -> None:
    desk = dealt()
    first = desk.place(BUY, "10", "100.10")
    desk.fill(first, "10", "100.05")
    working = desk.place(BUY, "11", "100.00")
    for _ in range(3):
        desk.now = i.Now(desk.now.wall_ns + 700 * SECOND, desk.now.market_ns + 700 * SECOND)
        desk.pass_s(0.2)
    newest = desk.place(BUY, "12", "100.10")
    desk.fill(newest, "12", "100.05")
    desk.pass_s(2)
    book = desk.desk.tca.book
    book.shrink(1)
    # What works stays, and so does a fill that waits for its marks.
    assert set(book.tickets) == {working.cl_ord_id, newest.cl_ord_id}
    desk.fill(working, "11", "100.00")
    desk.pass_s(2)
    assert measured(book, working.cl_ord_id).status == "filled"


def test_more_moments_at_once_than_one_turn_works_off_are_all_read() -> None:
    desk = dealt(bounds=(START - SECOND, START + 2000 * SECOND), risk__max_orders_per_s="1000")
    orders = []
    for n in range(150):
        qty = str(1 + n // 80)
        orders.append(desk.place(BUY, qty, f"100.{10 + n % 80}"))
        desk.fill(orders[-1], qty, "100.05")
    for _ in range(4):
        desk.now = i.Now(desk.now.wall_ns + 900 * SECOND, desk.now.market_ns + 900 * SECOND)
        desk.pass_s(3)
    book = told(desk)
    for order in orders:
        fill = next(iter(ticket(book, order.cl_ord_id).fills.values()))
        assert fill.reading is not None
        assert len(fill.marks) == 5
        assert ticket(book, order.cl_ord_id).arrival is not None
    assert "COSTS_NOT_MEASURED" not in desk.codes()


def test_an_algo_without_a_window_has_the_sessions_close_for_its_horizon() -> None:
    desk = dealt(bounds=(START - SECOND, START + 30 * SECOND))
    launch = i.AlgoSpec(
        "iceberg", ACCOUNT, "IBM", BUY, D(20), desk.now.market_ns, 0, limit_px=D("100.10"), display=D(20)
    )
    desk.give(i.LaunchAlgo(launch))
    assert desk.state.algos, desk.recorded[-1]
    child = next(iter(desk.state.open_orders.values()))
    desk.ack(child)
    desk.fill(child, "20", "100.05")
    desk.pass_s(3)
    assert measured(told(desk), "algo 1").close_px is None
    desk.pass_s(26)
    desk.now = i.Now(desk.now.wall_ns, START + 30 * SECOND - 1)
    desk.quote("IBM", "100.45", "100.55")
    desk.pass_s(4)
    assert measured(told(desk), "algo 1").close_px == D("100.50")
