"""Money at stake: buying power, largest position, number of positions, losses, marks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import facts as f
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.snapshot import OrderSnapshot
from engine.orders.position import Position
from engine.risk.exposure import side_exposure, worst_exposure
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, order, sell, short


@pytest.fixture
def seat() -> Seat:
    """Equity 1,000,000: a position may come to 100,000."""
    seat = Seat(max_order_notional="off", max_order_qty="off")
    seat.quote("AAPL", "99.99", "100.00")
    seat.quote("MSFT", "99.99", "100.00")
    return seat


# --- largest position -------------------------------------------------------------------------------------------------


def test_a_position_passes_at_the_limit_and_not_one_share_above(seat: Seat) -> None:
    assert seat.codes(buy("1000", limit="100.00")) == []
    found = seat.denial("MAX_POSITION_PCT", buy("1001", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("0.1001", "0.10", "AAPL")
    assert seat.codes(short("1000", limit="100.00")) == []
    assert seat.codes(short("1001", limit="100.00")) == ["MAX_POSITION_PCT"]


def test_not_one_tick_above_either_and_the_value_shown_is_above_the_limit(seat: Seat) -> None:
    found = seat.denial("MAX_POSITION_PCT", buy("999", limit="100.11"))
    assert D(found.value) > D(found.limit)


def test_working_orders_of_the_same_side_count_as_if_filled(seat: Seat) -> None:
    seat.send(buy("400", limit="100.00"))
    seat.send(buy("500", limit="100.00"))
    assert seat.codes(buy("100", limit="100.00")) == []
    assert seat.codes(buy("101", limit="100.00")) == ["MAX_POSITION_PCT"]


@pytest.mark.parametrize("acked", [True, False])
def test_an_order_counts_from_its_intent_on(seat: Seat, acked: bool) -> None:
    seat.send(buy("1000", limit="100.00"), acked=acked)
    assert "MAX_POSITION_PCT" in seat.codes(buy("1", limit="100.00"))


def test_position_and_working_orders_add_up(seat: Seat) -> None:
    first = seat.send(buy("600", limit="100.00"))
    seat.fill(first, "500", "100.00")
    # 500 held at the ask (100.00), 100 working at 100.00, equity 999,995 by the bid: 399 more are 99,900
    assert seat.codes(buy("399", limit="100.00")) == []
    assert seat.codes(buy("400", limit="100.00")) == ["MAX_POSITION_PCT"]


def test_what_ended_no_longer_counts(seat: Seat) -> None:
    first = seat.send(buy("1000", limit="100.00"))
    seat.tell(f.OrderCanceled(first.cl_ord_id, "user", Decimal(0)))
    assert seat.codes(buy("1000", limit="99.99")) == []


def test_a_replace_is_checked_at_its_new_total_with_its_own_reservation_left_out(seat: Seat) -> None:
    working = seat.send(buy("900", limit="100.00"))
    assert seat.codes(buy("1000", limit="100.00"), working) == []
    assert seat.codes(buy("1001", limit="100.00"), working) == ["MAX_POSITION_PCT"]
    assert seat.codes(buy("1000", limit="100.01"), working) == ["MAX_POSITION_PCT"]


def test_a_replace_of_a_partly_filled_order_adds_only_what_is_left(seat: Seat) -> None:
    working = seat.send(buy("900", limit="100.00"))
    seat.fill(working, "600", "100.00")
    # 600 held; the new total of 999 leaves 399 working
    assert seat.codes(buy("999", limit="100.00"), working) == []
    assert seat.codes(buy("1000", limit="100.00"), working) == ["MAX_POSITION_PCT"]


def test_while_a_replace_is_out_the_worse_of_old_and_new_is_reserved(seat: Seat) -> None:
    working = seat.send(buy("900", limit="100.00"))
    seat.tell(f.ReplaceIntended("r1", working.cl_ord_id, D(100), D("100.00"), None, D("100.00"), ""))
    assert seat.codes(buy("101", limit="100.00")) == ["MAX_POSITION_PCT"]
    seat.tell(f.OrderReplaced("r1", working.cl_ord_id, "B1", D(100), D("100.00"), None))
    assert seat.codes(buy("899", limit="100.00")) == []


def test_a_replace_that_only_shrinks_passes_even_where_the_limit_is_exceeded(seat: Seat) -> None:
    working = seat.send(buy("1000", limit="100.00"))
    seat.tell(f.AccountAdopted(ACCOUNT, "USD", D("500000")))
    assert seat.codes(buy("900", limit="100.00"), working) == []
    assert seat.codes(buy("1000", limit="99.00"), working) == []
    assert "MAX_POSITION_PCT" in seat.codes(buy("1001", limit="99.00"), working)


def test_fewer_at_a_higher_price_may_still_be_more(seat: Seat) -> None:
    working = seat.send(buy("1100", limit="60.00"))
    assert seat.codes(buy("1000", limit="100.01"), working) == ["MAX_POSITION_PCT"]


def test_an_exit_passes_however_large_the_position_is(seat: Seat) -> None:
    seat.hold("AAPL", "5000")
    assert "MAX_POSITION_PCT" in seat.codes(buy("1", limit="100.00"))
    assert seat.codes(sell("5000", limit="100.00")) == []


def test_turning_a_short_into_a_long_is_held_to_what_comes_out(seat: Seat) -> None:
    seat.hold("AAPL", "-500")
    # equity 1,000,000 - 50,000: 500 + 950 shares come out as 95,000 long
    assert seat.codes(buy("1450", limit="100.00")) == []
    assert seat.codes(buy("1451", limit="100.00")) == ["MAX_POSITION_PCT"]


def test_a_cheap_cover_does_not_hide_what_lies_beyond_it(seat: Seat) -> None:
    """Short 500, and 3,000 to buy far below the market: were they netted in money, nothing would seem at stake."""
    seat.hold("AAPL", "-500")
    found = seat.denial("MAX_POSITION_PCT", buy("3000", limit="40.00"))
    assert D(found.value) == (D(2500) * 40 / 950_000).quantize(D("0.000001"), "ROUND_CEILING")


def test_a_distant_profit_target_is_no_exposure(seat: Seat) -> None:
    seat.hold("AAPL", "500")
    seat.send(sell("500", limit="400.00"))
    assert seat.codes(buy("540", limit="100.00")) == []


def test_a_short_is_marked_at_the_ask_a_long_that_grows_too() -> None:
    seat = Seat(cash="1000000", max_order_notional="off", max_order_qty="off")
    seat.hold("AAPL", "-500", "90")
    seat.quote("AAPL", "90.00", "100.00")
    # equity 950,000; 500 short at 100 = 50,000 and 450 more at 100
    assert seat.codes(short("450", limit="100.00")) == []
    assert seat.codes(short("451", limit="100.00")) == ["MAX_POSITION_PCT"]


def test_without_equity_nothing_is_opened(seat: Seat) -> None:
    seat.tell(f.AccountAdopted(ACCOUNT, "USD", D(0)))
    found = seat.denial("MAX_POSITION_PCT", buy("1", limit="100.00"))
    assert found.value == "no equity"


def test_the_multiplier_counts() -> None:
    seat = Seat(cash="4000000", max_order_notional="off")
    seat.quote("ESZ3", "3999.75", "4000.00")
    assert seat.codes(buy("2", "ESZ3", limit="4000.00")) == []
    assert seat.codes(buy("3", "ESZ3", limit="4000.00")) == ["MAX_POSITION_PCT"]


# --- buying power -----------------------------------------------------------------------------------------------------


@pytest.fixture
def rich() -> Seat:
    """Equity 1,000,000, positions may be as large as it; buying power is the whole of it."""
    seat = Seat(max_position_pct="1", max_order_notional="off", max_order_qty="off")
    for symbol in ("AAPL", "MSFT", "IBM"):
        seat.quote(symbol, "99.99", "100.00")
    return seat


def test_buying_power_passes_at_equality_over_all_instruments(rich: Seat) -> None:
    rich.send(buy("4000", "MSFT", limit="100.00"))
    rich.send(short("3000", "IBM", limit="100.00"))
    assert rich.codes(buy("3000", limit="100.00")) == []
    found = rich.denial("BUYING_POWER", buy("3001", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("1000100", "1000000.00", ACCOUNT)


def test_leverage_multiplies_buying_power() -> None:
    seat = Seat(max_position_pct="1", max_leverage="1.5", max_order_notional="off", max_order_qty="off")
    seat.quote("AAPL", "99.99", "100.00")
    seat.quote("MSFT", "99.99", "100.00")
    seat.send(buy("10000", "MSFT", limit="100.00"))
    assert seat.codes(buy("5000", limit="100.00")) == []
    assert seat.codes(buy("5001", limit="100.00")) == ["BUYING_POWER"]


def test_orders_on_both_sides_count_by_the_worse_side_not_by_their_sum(rich: Seat) -> None:
    rich.send(buy("9000", limit="90.00"))
    rich.send(short("9500", limit="100.00"))
    # the short side (950,000) is the worse one, so 500 of MSFT fit; then the long side may not grow past it
    assert rich.codes(buy("500", "MSFT", limit="100.00")) == []
    rich.send(buy("500", "MSFT", limit="100.00"))
    assert rich.codes(buy("1555", limit="90.00")) == []
    assert rich.codes(buy("1556", limit="90.00")) == ["BUYING_POWER"]


def test_the_other_side_counts_even_where_this_order_is_the_smaller(rich: Seat) -> None:
    rich.send(short("9500", limit="100.00"))
    rich.send(buy("600", "MSFT", limit="100.00"))
    assert rich.codes(buy("1", limit="99.99")) == ["BUYING_POWER"]


# --- number of positions ----------------------------------------------------------------------------------------------


def test_instruments_held_or_being_opened_are_counted_this_one_included() -> None:
    seat = Seat(max_portfolio_positions="2")
    for symbol in ("AAPL", "MSFT", "IBM"):
        seat.quote(symbol, "99.99", "100.00")
    seat.hold("AAPL", "10")
    assert seat.codes(buy("1", "MSFT", limit="100")) == []
    opening = seat.send(buy("1", "MSFT", limit="100"))
    found = seat.denial("MAX_PORTFOLIO_POSITIONS", buy("1", "IBM", limit="100"))
    assert (found.value, found.limit, found.scope) == ("3", "2", ACCOUNT)
    assert seat.codes(buy("1", "AAPL", limit="100")) == [], "adding to what is held opens nothing"
    seat.tell(f.OrderCanceled(opening.cl_ord_id, "", opening.cum_qty))
    assert seat.codes(buy("1", "IBM", limit="100")) == []


# --- marks ------------------------------------------------------------------------------------------------------------


def test_a_stale_mark_of_any_held_position_leaves_only_reducing_orders(seat: Seat) -> None:
    seat.hold("MSFT", "10")
    seat.hold("AAPL", "10")
    seat.pass_ns(16 * SECOND)
    seat.quote("AAPL", "99.99", "100.00")
    found = seat.denial("STALE_MARK", buy("1", limit="100"))
    assert (found.value, found.limit, found.scope) == ("MSFT", "fresh", ACCOUNT)
    assert seat.codes(sell("10", limit="100")) == []


def test_a_working_order_needs_no_mark(seat: Seat) -> None:
    seat.send(buy("10", "MSFT", limit="100"))
    seat.pass_ns(16 * SECOND)
    seat.quote("AAPL", "99.99", "100.00")
    assert seat.codes(buy("1", limit="100")) == []


def test_a_crossed_mark_counts_as_stale(seat: Seat) -> None:
    seat.hold("MSFT", "10")
    seat.quote("MSFT", "100.01", "100.00")
    assert seat.codes(buy("1", limit="100")) == ["STALE_MARK"]


def test_a_held_position_that_never_had_a_price_leaves_only_reducing_orders(seat: Seat) -> None:
    seat.hold("AAPL", "10")
    seat.state.positions[(ACCOUNT, "IBM")] = seat.state.active[(ACCOUNT, "IBM")] = Position(
        ACCOUNT, "IBM", D(1), qty=D(5)
    )
    assert seat.denial("NO_MARK", buy("1", limit="100")).value == "IBM"
    assert seat.codes(sell("10", limit="100")) == []


def test_equity_marks_longs_at_the_bid_and_shorts_at_the_ask() -> None:
    seat = Seat(cash="0", max_position_pct="1", max_leverage="1")
    seat.hold("MSFT", "100")
    seat.hold("IBM", "-40")
    seat.quote("MSFT", "90.00", "110.00")
    seat.quote("IBM", "90.00", "110.00")
    seat.quote("AAPL", "99.99", "100.00")
    # equity 9,000 - 4,400; exposure 9,000 + 4,400
    found = seat.denial("BUYING_POWER", buy("1", limit="100"))
    assert (found.value, found.limit) == ("13500", "4600.00")


# --- losses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "codes"),
    [("950000.01", []), ("950000", ["DAILY_LOSS"]), ("850000", ["DAILY_LOSS", "DRAWDOWN"])],
)
def test_a_loss_limit_refuses_what_increases_risk_at_equality(seat: Seat, equity: str, codes: list[str]) -> None:
    seat.hold("AAPL", "10")
    seat.tell(f.DayRolled("2023-11-14", D("1000000"), 2**62))
    seat.tell(f.MarksSampled((), D(equity), D("1000000")))
    assert seat.codes(buy("1", limit="100")) == codes
    assert seat.codes(sell("10", limit="100")) == []


def test_a_loss_refusal_says_how_much_was_lost_and_a_recovery_lifts_it(seat: Seat) -> None:
    seat.tell(f.DayRolled("2023-11-14", D("1000000"), 2**62))
    seat.tell(f.MarksSampled((), D("940000"), D("1000000")))
    found = seat.denial("DAILY_LOSS", buy("1", limit="100"))
    assert (found.value, found.limit, found.scope) == ("0.06", "0.05", "desk")
    seat.tell(f.MarksSampled((), D("951000"), D("1000000")))
    assert seat.codes(buy("1", limit="100")) == []


# --- the measure itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "open_qty", "open_notional", "exposure"),
    [
        ("0", "0", "0", "0"),
        ("0", "10", "1000", "1000"),
        ("5", "0", "0", "500"),
        ("5", "10", "900", "1400"),
        ("-5", "5", "600", "0"),
        ("-5", "0", "0", "0"),
        ("-5", "10", "900", "450"),
        ("-5", "6", "900", "150"),
    ],
)
def test_one_sides_exposure_is_what_is_held_and_what_goes_beyond(
    held: str, open_qty: str, open_notional: str, exposure: str
) -> None:
    assert side_exposure(D(held), D(100), D(1), D(open_qty), D(open_notional)) == D(exposure)


def test_the_worst_case_is_the_larger_side() -> None:
    position = Position(ACCOUNT, "AAPL", D(1), qty=D(5), open_buy=D(2), open_buy_notional=D(150))
    assert worst_exposure(position, D(100)) == D(650)
    position = Position(ACCOUNT, "AAPL", D(1), qty=D(5), open_sell=D(20), open_sell_notional=D(4000))
    assert worst_exposure(position, D(100)) == D(3000)


@pytest.mark.parametrize("side", list(Side))
def test_equal_proposals_on_equal_states_get_equal_verdicts(seat: Seat, side: Side) -> None:
    request = order(side, "5000", limit="100")
    assert seat.denials(request) == seat.denials(request)


# --- orders placed elsewhere ------------------------------------------------------------------------------------------


def _elsewhere(seat: Seat, side: Side, qty: str, limit: str | None = None) -> None:
    kind = OrdType.LIMIT if limit is not None else OrdType.MARKET
    px = D(limit) if limit is not None else None
    snapshot = OrderSnapshot(
        "X1", "", ACCOUNT, "AAPL", side, kind, TimeInForce.DAY, D(qty), D(0), OrdStatus.NEW, limit_px=px
    )
    seat.tell(f.OrderAdopted(seat.state.next_id, "desk001EXT001", snapshot))


def test_an_order_placed_elsewhere_counts_at_its_limit(seat: Seat) -> None:
    _elsewhere(seat, Side.BUY, "900", "100.00")
    assert seat.codes(buy("100", limit="100.00")) == []
    assert seat.codes(buy("101", limit="100.00")) == ["MAX_POSITION_PCT"]


def test_a_market_order_placed_elsewhere_counts_at_the_newest_price_known(seat: Seat) -> None:
    seat.tell(f.MarksSampled((("AAPL", D("99.99"), D("100.00"), seat.market_ns),), None, None))
    _elsewhere(seat, Side.BUY, "900")
    assert seat.codes(buy("100", limit="100.00")) == []
    assert seat.codes(buy("101", limit="100.00")) == ["MAX_POSITION_PCT"]


def test_a_cheap_sale_placed_elsewhere_counts_at_what_it_would_fetch(seat: Seat) -> None:
    seat.tell(f.MarksSampled((("AAPL", D("99.99"), D("100.00"), seat.market_ns),), None, None))
    _elsewhere(seat, Side.SELL_SHORT, "900", "1.00")
    assert seat.codes(short("100", limit="100.00")) == []
    assert seat.codes(short("101", limit="100.00")) == ["MAX_POSITION_PCT"]
