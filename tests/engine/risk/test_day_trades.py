"""Day trades: how they are counted, and what the old rule does with them."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine.journal.state_codec import decode, encode
from engine.model.enums import Side
from engine.model.snapshot import Execution
from tests.engine.risk.seat import ACCOUNT, D, Seat, buy, order, sell, short

MONDAY = "2023-11-13"


@pytest.fixture
def seat() -> Seat:
    """20,000 of equity, the old rule, Monday."""
    return seat_with("20000")


def seat_with(cash: str, rule: str = "pdt") -> Seat:
    seat = Seat(cash, day_trade_rule=rule, max_position_pct="off", duplicate_window_s="off")
    seat.tell(f.DayRolled(MONDAY, None, 2**62))
    for symbol in ("AAPL", "MSFT", "IBM"):
        seat.quote(symbol, "9.99", "10.01")
    return seat


def do(seat: Seat, side: Side, qty: str, symbol: str = "AAPL", *, at_once: bool = True) -> None:
    """An order and its fill (in two parts, if not at once)."""
    made = seat.send(order(side, qty, symbol, "10"))
    parts = [D(qty)] if at_once else [D(qty) / 2, D(qty) / 2]
    for part in parts:
        seat.fill(made, str(part), "10")


def trade(seat: Seat, times: int = 1, symbol: str = "AAPL") -> None:
    for _ in range(times):
        do(seat, Side.BUY, "10", symbol)
        do(seat, Side.SELL, "10", symbol)


def count(seat: Seat, day: str = MONDAY) -> int:
    return seat.state.day_trades.get((ACCOUNT, day), 0)


# --- counting ---------------------------------------------------------------------------------------------------------


def test_a_buy_and_a_sale_of_one_day_are_one_day_trade(seat: Seat) -> None:
    do(seat, Side.BUY, "10")
    assert count(seat) == 0
    do(seat, Side.SELL, "10")
    assert count(seat) == 1


def test_a_short_sale_and_its_cover_are_one_as_well(seat: Seat) -> None:
    do(seat, Side.SELL_SHORT, "10")
    do(seat, Side.BUY, "10")
    assert count(seat) == 1


def test_several_sales_of_one_purchase_are_one_and_each_change_of_direction_is_one_more(seat: Seat) -> None:
    do(seat, Side.BUY, "20", at_once=False)
    do(seat, Side.SELL, "10", at_once=False)
    do(seat, Side.SELL, "10")
    assert count(seat) == 1
    trade(seat)
    assert count(seat) == 2


def test_what_was_held_over_night_and_is_sold_is_no_day_trade(seat: Seat) -> None:
    seat.hold("AAPL", "10", "10")
    do(seat, Side.SELL, "10")
    do(seat, Side.BUY, "10")
    assert count(seat) == 0
    do(seat, Side.SELL, "10")
    assert count(seat) == 1


def test_yesterdays_purchase_sold_today_is_none(seat: Seat) -> None:
    do(seat, Side.BUY, "10")
    seat.tell(f.DayRolled("2023-11-14", None, 2**62))
    do(seat, Side.SELL, "10")
    assert count(seat) == count(seat, "2023-11-14") == 0


def test_an_execution_through_zero_closes_and_opens(seat: Seat) -> None:
    do(seat, Side.BUY, "10")
    through = Execution("X1", "elsewhere", "B", ACCOUNT, "AAPL", Side.SELL, D(15), D(10), seat.market_ns)
    seat.tell(f.OrphanFilled(through))
    assert count(seat) == 1
    do(seat, Side.BUY, "5")
    assert count(seat) == 2


def test_the_count_survives_a_snapshot_and_is_part_of_the_digest(seat: Seat) -> None:
    trade(seat, 2)
    do(seat, Side.BUY, "10")
    again = decode(encode(seat.state))
    assert again.day_trades == {(ACCOUNT, MONDAY): 2}
    assert again.opened_today == {(ACCOUNT, "AAPL")}
    assert again.digest() == seat.state.digest()
    again.day_trades[ACCOUNT, MONDAY] = 3
    assert again.digest() != seat.state.digest()


# --- the rule ---------------------------------------------------------------------------------------------------------


def test_after_three_nothing_is_opened_that_could_become_the_fourth(seat: Seat) -> None:
    trade(seat, 2)
    assert seat.codes(buy("10", limit="10")) == []
    trade(seat)
    found = seat.denial("DAY_TRADES", buy("10", limit="10"))
    assert (found.value, found.limit, found.scope, found.soft) == ("4", "3", ACCOUNT, False)
    assert "below 25,000" in found.message
    assert seat.codes(short("10", "MSFT", limit="10")) == ["DAY_TRADES"]


def test_closing_what_was_opened_today_needs_a_yes_and_what_is_older_does_not(seat: Seat) -> None:
    seat.hold("IBM", "10", "10")
    do(seat, Side.BUY, "10", "MSFT")
    trade(seat, 3)
    found = seat.denial("DAY_TRADES", sell("10", "MSFT", limit="10"))
    assert found.soft
    assert seat.codes(sell("10", "MSFT", limit="10", accept_soft=True)) == []
    assert seat.codes(sell("10", "IBM", limit="10")) == []
    assert seat.codes(buy("10", limit="10", accept_soft=True)) == ["DAY_TRADES"], "a hard limit stays hard"


@pytest.mark.parametrize(("cash", "codes"), [("25000", []), ("24999.99", ["DAY_TRADES"])])
def test_twentyfive_thousand_are_enough_and_a_cent_less_is_not(cash: str, codes: list[str]) -> None:
    seat = seat_with(cash)
    trade(seat, 3)
    assert seat.codes(buy("10", limit="10")) == codes


def test_an_equity_that_is_not_known_is_not_enough() -> None:
    seat = seat_with("100000")
    trade(seat, 3)
    seat.hold("IBM", "10", "10")
    assert seat.codes(buy("10", limit="10")) == []
    seat.pass_ns(10**12)
    seat.quote("AAPL", "9.99", "10.01")
    found = seat.denial("DAY_TRADES", buy("10", limit="10"))
    assert "not known" in found.message


def test_the_fifth_business_day_still_counts_and_the_sixth_does_not(seat: Seat) -> None:
    trade(seat, 3)
    for day in ("2023-11-14", "2023-11-15", "2023-11-16", "2023-11-17"):
        seat.tell(f.DayRolled(day, None, 2**62))
        assert seat.codes(buy("10", limit="10")) == ["DAY_TRADES"], day
    seat.tell(f.DayRolled("2023-11-20", None, 2**62))
    assert seat.codes(buy("10", limit="10")) == []


def test_on_an_unknown_day_nothing_is_taken(seat: Seat) -> None:
    seat.state.day = ""
    assert seat.denial("DAY_TRADES", buy("10", limit="10")).value == "no day"


@pytest.mark.parametrize("rule", ["intraday_margin", "off"])
def test_by_the_other_rules_nothing_is_counted_against_anybody(rule: str) -> None:
    seat = seat_with("20000", rule)
    trade(seat, 5)
    assert seat.codes(buy("10", limit="10")) == []


def test_the_rule_may_be_that_of_one_account_alone() -> None:
    seat = Seat("20000", max_position_pct="off", duplicate_window_s="off", **{"account:PAPER/day_trade_rule": "pdt"})
    seat.tell(f.DayRolled(MONDAY, None, 2**62))
    seat.quote("AAPL", "9.99", "10.01")
    trade(seat, 3)
    assert seat.codes(buy("10", limit="10")) == ["DAY_TRADES"]


def test_futures_are_no_day_trades(seat: Seat) -> None:
    trade(seat, 3)
    seat.quote("ESZ3", "10.00", "10.25")
    assert "DAY_TRADES" not in seat.codes(buy("1", "ESZ3", limit="10.25"))
