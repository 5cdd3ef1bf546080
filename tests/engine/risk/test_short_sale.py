"""Short sales: what was located, and the price test of Reg SHO 201."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine import facts as f
from engine.market.history import DayBar, History
from engine.model.market import Trade
from engine.model.restricted import Locate, Locates
from engine.orders.order import Order
from tests.engine.dealing import Dealing
from tests.engine.risk.seat import D, Seat, buy, sell, short

TODAY = "2023-11-14"


def _seat(**limits: str) -> Seat:
    seat = Seat(**limits)
    seat.tell(f.DayRolled(TODAY, None, 2**62))
    seat.quote("AAPL", "99.98", "100.02")
    return seat


def located(seat: Seat, *lines: Locate, easy: tuple[str, ...] = ()) -> None:
    seat.risk._surroundings = msgspec.structs.replace(seat.risk._surroundings, locates=Locates(lines, easy))


def locate(qty: str, date: str = TODAY, symbol: str = "AAPL", account: str = "") -> Locate:
    return Locate(symbol, D(qty), date, "broker desk", account)


@pytest.fixture
def seat() -> Seat:
    return _seat(require_locate="on")


# --- the locate -------------------------------------------------------------------------------------------------------


def test_it_is_off_as_shipped() -> None:
    assert _seat().codes(short("100", limit="100")) == []


def test_without_a_locate_nothing_is_sold_short(seat: Seat) -> None:
    found = seat.denial("LOCATE", short("1", limit="100"))
    assert (found.value, found.limit, found.scope) == ("1", "0", "AAPL")


def test_as_much_as_was_located_passes_and_one_more_does_not(seat: Seat) -> None:
    located(seat, locate("300"), locate("200"))
    assert seat.codes(short("500", limit="100")) == []
    found = seat.denial("LOCATE", short("501", limit="100"))
    assert (found.value, found.limit) == ("501", "500")


@pytest.mark.parametrize("date", ["2023-11-13", "2023-11-15"])
def test_a_locate_of_another_day_is_none(seat: Seat, date: str) -> None:
    located(seat, locate("500", date))
    assert seat.codes(short("1", limit="100")) == ["LOCATE"]


def test_on_a_day_that_is_not_known_there_is_no_locate(seat: Seat) -> None:
    located(seat, locate("500"))
    seat.state.day = ""
    assert seat.codes(short("1", limit="100")) == ["LOCATE"]


def test_a_locate_of_another_account_or_symbol_is_none(seat: Seat) -> None:
    located(seat, locate("500", account="OTHER"), locate("500", symbol="MSFT"))
    assert seat.codes(short("1", limit="100")) == ["LOCATE"]
    located(seat, locate("500", account="PAPER"))
    assert seat.codes(short("500", limit="100")) == []


def test_what_is_easy_to_borrow_needs_no_quantity(seat: Seat) -> None:
    located(seat, easy=("AAPL",))
    assert seat.codes(short("900", limit="100")) == []


def test_working_and_executed_short_sales_use_it_up_and_buying_back_frees_nothing(seat: Seat) -> None:
    located(seat, locate("500"))
    order = seat.send(short("300", limit="100"))
    assert seat.codes(short("200", limit="100.01")) == []
    assert seat.denial("LOCATE", short("201", limit="100.01")).value == "501"
    seat.fill(order, "300", "100")
    assert seat.codes(short("201", limit="100.01")) == ["LOCATE"]
    back = seat.send(buy("300", limit="100"))
    seat.fill(back, "300", "100")
    assert seat.codes(short("201", limit="100.01")) == ["LOCATE"]
    assert seat.codes(short("200", limit="100.01")) == []


def test_a_cancelled_short_sale_gives_its_locate_back(seat: Seat) -> None:
    located(seat, locate("500"))
    order = seat.send(short("300", limit="100"))
    seat.fill(order, "100", "100")
    seat.tell(f.OrderCanceled(order.cl_ord_id, "", D(100)))
    assert seat.codes(short("400", limit="100.01")) == []
    assert seat.codes(short("401", limit="100.01")) == ["LOCATE"]


def test_a_busted_short_sale_gives_its_locate_back(seat: Seat) -> None:
    located(seat, locate("500"))
    order = seat.send(short("300", limit="100"))
    execution = seat.fill(order, "300", "100")
    seat.tell(f.ExecutionBusted("PAPER", execution.exec_id), f.OrderCanceled(order.cl_ord_id, "", D(0)))
    assert seat.state.shorted["AAPL"] == 0
    assert seat.codes(short("500", limit="100.01")) == []


def test_a_replace_is_held_to_its_new_total_without_the_old_one(seat: Seat) -> None:
    located(seat, locate("500"))
    order: Order = seat.send(short("300", limit="100"))
    assert seat.codes(short("500", limit="100"), order) == []
    assert seat.codes(short("501", limit="100"), order) == ["LOCATE"]


def test_the_next_day_begins_anew(seat: Seat) -> None:
    located(seat, locate("500"), locate("100", "2023-11-15"))
    order = seat.send(short("300", limit="100"))
    seat.fill(order, "300", "100")
    seat.tell(f.DayRolled("2023-11-15", None, 2**62))
    assert seat.codes(short("100", limit="100")) == []
    assert seat.codes(short("101", limit="100")) == ["LOCATE"]


def test_a_sale_of_what_is_held_needs_no_locate(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    assert seat.codes(sell("100", limit="100")) == []


# --- the price test ---------------------------------------------------------------------------------------------------


def known(seat: Seat, close: str = "100", symbol: str = "AAPL") -> None:
    """Yesterday's close."""
    history = History.of({symbol: (DayBar("2023-11-13", D(close), D(1_000_000)),)})
    seat.risk._surroundings = msgspec.structs.replace(seat.risk._surroundings, history=history)


def traded(seat: Seat, px: str, symbol: str = "AAPL") -> None:
    seat.quotes.on_trade(Trade(symbol, D(px), D(100), seat.market_ns))


@pytest.fixture
def tested() -> Seat:
    seat = _seat(short_sale_rule="on", price_collar_pct="off")
    known(seat)
    return seat


def test_a_fall_of_ten_percent_restricts_and_one_tick_less_does_not(tested: Seat) -> None:
    traded(tested, "90.01")
    tested.quote("AAPL", "90.00", "90.02")
    assert tested.codes(short("10", limit="90.00")) == []
    traded(tested, "90.00")
    found = tested.denial("SHORT_SALE_RULE", short("10", limit="90.00"))
    assert (found.value, found.limit, found.scope) == ("90.00", ">90.00", "AAPL")
    assert tested.codes(short("10", limit="90.01")) == [], "one tick above the bid"


def test_a_market_order_is_no_limit_above_the_bid(tested: Seat) -> None:
    traded(tested, "89")
    tested.quote("AAPL", "95.00", "95.02")
    assert tested.denial("SHORT_SALE_RULE", short("10")).value == "market"
    assert tested.codes(short("10", limit="95.01")) == [], "the low of the day counts, not the price of now"


@pytest.mark.parametrize("missing", ["close", "low"])
def test_what_is_not_known_refuses(missing: str) -> None:
    seat = _seat(short_sale_rule="on")
    if missing == "close":
        traded(seat, "100")
    else:
        known(seat)
        seat.quotes.roll_day()
    found = seat.denial("SHORT_SALE_RULE", short("10", limit="100.02"))
    assert found.value == ("no prior close" if missing == "close" else "no low of the day")


def test_without_prints_the_lowest_mid_counts(tested: Seat) -> None:
    tested.quote("AAPL", "89.99", "90.01")
    tested.quote("AAPL", "95.00", "95.02")
    assert tested.codes(short("10", limit="95.00")) == ["SHORT_SALE_RULE"]


def test_a_stale_bid_refuses_while_restricted(tested: Seat) -> None:
    traded(tested, "89")
    tested.pass_ns(10**12)
    assert tested.denial("SHORT_SALE_RULE", short("10", limit="100")).value == "no quote"


def test_once_recorded_it_holds_to_the_end_of_the_next_day(tested: Seat) -> None:
    until = tested.market_ns + 1000
    tested.tell(f.ShortSaleRestricted("AAPL", D(89), D(100), until))
    tested.quotes.roll_day()
    tested.quote("AAPL", "99.98", "100.02")
    assert tested.codes(short("10", limit="99.98")) == ["SHORT_SALE_RULE"]
    tested.pass_ns(999)
    assert tested.codes(short("10", limit="99.98")) == ["SHORT_SALE_RULE"]
    tested.pass_ns(1)
    assert tested.codes(short("10", limit="99.98")) == []


def test_who_sells_what_he_holds_is_free_of_it(tested: Seat) -> None:
    tested.hold("AAPL", "100")
    traded(tested, "80")
    assert tested.codes(sell("10", limit="99.98")) == []


def test_off_nothing_is_asked() -> None:
    seat = _seat()
    traded(seat, "10")
    assert seat.codes(short("10", limit="99.98")) == []


def test_the_desk_writes_a_fall_down_once_and_for_two_days() -> None:
    desk = Dealing(risk__short_sale_rule="on")
    history = History.of({"IBM": (DayBar("2023-11-13", D(100), D(1)),)})
    days = {0: ("2023-11-14", 10**19), 10**19: ("2023-11-15", 2 * 10**19)}

    def trading_day(ns: int) -> tuple[str, int]:
        return days[max(start for start in days if start <= ns)]

    desk.desk.surroundings = msgspec.structs.replace(desk.desk.surroundings, history=history, trading_day=trading_day)
    desk.quotes.on_trade(Trade("IBM", Decimal(90), D(1), desk.now.market_ns))
    desk.pass_s(1)
    desk.pass_s(1)
    told = [fact for fact in desk.recorded if isinstance(fact, f.ShortSaleRestricted)]
    assert told == [f.ShortSaleRestricted("IBM", D(90), D(100), 2 * 10**19)]
    assert desk.state.short_restricted == {"IBM": 2 * 10**19}
