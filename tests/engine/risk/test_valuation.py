"""Equity and exposure by conservative marks."""

from __future__ import annotations

from engine import facts as f
from engine.risk.valuation import Valuation, value_account
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, sell, short


def _value(seat: Seat, leave_out: str | None = None) -> Valuation:
    return value_account(seat.state, seat.quotes, ACCOUNT, seat.market_ns, (leave_out,) if leave_out else ())


def test_an_empty_account_is_worth_its_cash() -> None:
    value = _value(Seat(cash="1234.56"))
    assert (value.equity, value.exposure, value.gross, value.net, value.positions) == (D("1234.56"), 0, 0, 0, 0)


def test_longs_count_at_the_bid_and_shorts_at_the_ask() -> None:
    seat = Seat(cash="1000")
    seat.hold("AAPL", "10")
    seat.hold("MSFT", "-4")
    seat.quote("AAPL", "99", "101")
    seat.quote("MSFT", "49", "51")
    value = _value(seat)
    assert value.equity == 1000 + 990 - 204
    assert (value.gross, value.net, value.exposure) == (990 + 204, 990 - 204, 990 + 204)
    assert (value.positions, value.stale, value.unmarked) == (2, (), ())


def test_working_orders_count_at_their_worst_case() -> None:
    seat = Seat(cash="1000")
    seat.quote("AAPL", "99", "101")
    seat.send(buy("3", limit="100"))
    seat.send(short("5", limit="100"))
    value = _value(seat)
    assert (value.exposure, value.gross, value.positions) == (500, 0, 0)


def test_an_instrument_can_be_left_out_of_the_exposure_but_never_out_of_the_equity() -> None:
    seat = Seat(cash="1000")
    seat.hold("AAPL", "10")
    seat.quote("AAPL", "99", "101")
    value = _value(seat, leave_out="AAPL")
    assert (value.equity, value.exposure, value.gross) == (1990, 0, 990)


def test_a_stale_mark_is_used_and_named() -> None:
    seat = Seat(cash="0")
    seat.hold("AAPL", "10")
    seat.quote("AAPL", "99", "101")
    seat.pass_ns(16 * SECOND)
    value = _value(seat)
    assert (value.equity, value.stale) == (990, ("AAPL",))


def test_a_crossed_quote_is_passed_over_for_the_last_regular_one() -> None:
    seat = Seat(cash="0")
    seat.hold("AAPL", "10")
    seat.quote("AAPL", "99", "101")
    seat.quote("AAPL", "150", "140")
    assert (_value(seat).equity, _value(seat).stale) == (990, ("AAPL",))


def test_after_a_restart_the_journaled_sample_marks_until_the_feed_speaks() -> None:
    seat = Seat(cash="0")
    seat.hold("AAPL", "10", "70")
    seat.tell(f.MarksSampled((("AAPL", D(88), D(89), seat.market_ns),), None, None))
    assert (_value(seat).equity, _value(seat).stale) == (880, ("AAPL",))


def test_without_any_quote_the_last_execution_marks() -> None:
    seat = Seat(cash="0")
    seat.hold("AAPL", "10", "70")
    assert (_value(seat).equity, _value(seat).stale, _value(seat).unmarked) == (700, ("AAPL",), ())


def test_the_money_of_a_round_trip_is_the_spread_and_the_fees() -> None:
    seat = Seat(cash="1000")
    seat.quote("AAPL", "99", "101")
    seat.fill(seat.send(buy("5", limit="101")), "5", "101", fee="0.35")
    seat.fill(seat.send(sell("5", limit="99")), "5", "99", fee="0.35")
    assert _value(seat).equity == D("989.30")


def test_another_accounts_book_is_another_matter() -> None:
    seat = Seat(cash="1000")
    seat.tell(f.AccountAdopted("OTHER", "USD", D(5000)), f.PositionAdopted("OTHER", "AAPL", D(10), D(100)))
    assert _value(seat).equity == 1000
