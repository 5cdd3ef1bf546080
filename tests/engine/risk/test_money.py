"""Limits of the money at stake: each passes at its limit, refuses one step beyond, and on what is missing or stale."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine import facts as f
from engine.market.history import DayBar, History
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.option import option_instrument, parse_occ
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, sell, short

#: The seat's day is 2023-11-14.
LAST_DAY = date(2023, 11, 13)
#: Twelve percent up and down in turn, and the same with every second pair turned round: correlation 0 with the first.
UP = [0.12, -0.10] * 15
ACROSS = [0.12, -0.10, -0.10, 0.12] * 7 + [0.12, -0.10]

STOCKS = (
    Instrument("AAPL", sector="Tech"),
    Instrument("MSFT", sector="Tech"),
    Instrument("XOM", sector="Energy"),
    Instrument("SPY", asset_class=AssetClass.ETF),
    Instrument("IBM"),
    Instrument("PENNY", sector="Energy"),
)


def days(returns: list[float], volume: str | None = "10000", last: date = LAST_DAY) -> tuple[DayBar, ...]:
    """Bars that end on `last`, whose closes move by these returns."""
    closes, bars = [100.0], []
    for step in returns:
        closes.append(closes[-1] * (1 + step))
    for back, close in enumerate(reversed(closes)):
        day = (last - timedelta(days=back)).isoformat()
        bars.append(DayBar(day, Decimal(close).quantize(D("0.000001")), None if volume is None else D(volume)))
    return tuple(reversed(bars))


def seat_of(history: dict[str, tuple[DayBar, ...]] | None = None, cash: str = "1000000", **limits: str) -> Seat:
    """Everything but what a test names is off; every stock at 99.99 / 100.00, PENNY at 3.99 / 4.00."""
    roomy = {
        "max_order_notional": "off",
        "max_order_qty": "off",
        "max_position_pct": "off",
        "max_leverage": "off",
        "margin_model": "off",
    }
    seat = Seat(cash, instruments=STOCKS, history=History.of(history or {}), **{**roomy, **limits})
    for stock in STOCKS:
        seat.quote(stock.symbol, "99.99", "100.00")
    seat.quote("PENNY", "3.99", "4.00")
    return seat


# --- one position -----------------------------------------------------------------------------------------------------


def test_the_quantity_of_a_position_counts_what_works() -> None:
    seat = seat_of(max_position_qty="500")
    seat.hold("AAPL", "100")
    seat.send(buy("150", limit="90.00"))
    assert seat.codes(buy("250", limit="100.00")) == []
    found = seat.denial("MAX_POSITION_QTY", buy("251", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("501", "500", "AAPL")


def test_turning_through_zero_is_held_to_what_comes_out() -> None:
    seat = seat_of(max_position_qty="500")
    seat.hold("AAPL", "-1000")
    assert seat.codes(buy("1000", limit="100.00")) == []
    assert seat.codes(buy("1500", limit="100.00")) == []
    assert seat.codes(buy("1501", limit="100.00")) == ["MAX_POSITION_QTY"]
    assert seat.codes(short("1", limit="100.00")) == ["MAX_POSITION_QTY"]


def test_a_replace_is_held_to_its_new_total() -> None:
    seat = seat_of(max_position_qty="500", max_position_notional="50000")
    working = seat.send(buy("400", limit="100.00"))
    assert seat.codes(buy("500", limit="100.00"), working) == []
    assert seat.codes(buy("501", limit="99.00"), working) == ["MAX_POSITION_QTY"]
    assert seat.codes(buy("500", limit="100.01"), working) == ["MAX_POSITION_NOTIONAL"]
    seat.fill(working, "300", "100.00")
    assert seat.codes(buy("500", limit="100.00"), working) == []
    assert "MAX_POSITION_QTY" in seat.codes(buy("501", limit="100.00"), working)


def test_the_money_of_a_position_and_a_market_order_at_its_collar() -> None:
    seat = seat_of(max_position_notional="50000")
    assert seat.codes(buy("500", limit="100.00")) == []
    assert seat.denial("MAX_POSITION_NOTIONAL", buy("500", limit="100.01")).value == "50005"
    # 5 % above the ask: 476 x 105 = 49,980
    assert seat.codes(buy("476")) == []
    assert seat.codes(buy("477")) == ["MAX_POSITION_NOTIONAL"]


def test_a_large_position_needs_a_y_and_a_hard_limit_takes_none() -> None:
    seat = seat_of(warn_position_pct="0.05", max_position_pct="0.10")
    assert seat.codes(buy("500", limit="100.00")) == []
    found = seat.denial("WARN_POSITION_PCT", buy("501", limit="100.00"))
    assert found.soft
    assert seat.codes(buy("501", limit="100.00", accept_soft=True)) == []
    assert seat.codes(buy("1001", limit="100.00", accept_soft=True)) == ["MAX_POSITION_PCT"]


def test_a_position_limit_of_an_account_a_user_and_an_instrument() -> None:
    seat = seat_of(
        **{
            "max_position_qty": "500",
            f"account:{ACCOUNT}/max_position_qty": "400",
            "user:alice/max_position_qty": "300",
            "instrument:MSFT/max_position_qty": "200",
        }
    )
    assert seat.denial("MAX_POSITION_QTY", buy("401", limit="100.00")).scope == f"account:{ACCOUNT}"
    assert seat.denial("MAX_POSITION_QTY", buy("301", limit="100.00", user="alice")).scope == "user:alice"
    assert seat.denial("MAX_POSITION_QTY", buy("201", "MSFT", limit="100.00", user="alice")).scope == "instrument:MSFT"
    assert seat.codes(buy("200", "MSFT", limit="100.00", user="alice")) == []


# --- gross and net ----------------------------------------------------------------------------------------------------


def test_gross_counts_both_sides_and_what_works() -> None:
    seat = seat_of(max_gross_exposure="1")
    seat.send(buy("4000", limit="100.00"))
    seat.send(short("3000", "MSFT", limit="100.00"))
    assert seat.codes(short("3000", "XOM", limit="100.00")) == []
    found = seat.denial("MAX_GROSS_EXPOSURE", short("3000", "XOM", limit="100.01"))
    assert (found.value, found.scope) == ("1.00003", ACCOUNT)
    assert D(found.value) > D(found.limit)


def test_gross_has_a_soft_twin() -> None:
    seat = seat_of(warn_gross_exposure="0.5", max_gross_exposure="1")
    assert seat.codes(buy("5000", limit="100.00")) == []
    assert seat.codes(buy("5001", limit="100.00")) == ["WARN_GROSS_EXPOSURE"]
    assert seat.codes(buy("5001", limit="100.00", accept_soft=True)) == []
    assert seat.codes(buy("10001", limit="100.00", accept_soft=True)) == ["MAX_GROSS_EXPOSURE"]


def test_net_is_the_worst_that_fills_can_make_it() -> None:
    seat = seat_of(max_net_exposure="0.5")
    seat.hold("AAPL", "3000", "99.99")
    seat.send(short("2000", "MSFT", limit="100.00"))
    # The short may not fill: 299,970 by the bid are held already, equity 1,299,970
    assert seat.codes(buy("3500", "XOM", limit="100.00")) == []
    found = seat.denial("MAX_NET_EXPOSURE", buy("3501", "XOM", limit="100.00"))
    assert D(found.value) > D("0.5")


def test_net_short_counts_alike_and_a_hedge_passes() -> None:
    seat = seat_of(max_net_exposure="0.5")
    assert seat.codes(short("5000", "MSFT", limit="100.00")) == []
    assert seat.codes(short("5001", "MSFT", limit="100.00")) == ["MAX_NET_EXPOSURE"]
    seat.hold("AAPL", "20000", "99.99")
    # Far above its limit on the long side: a short takes away from it.
    assert seat.codes(buy("1", "XOM", limit="100.00")) == ["MAX_NET_EXPOSURE"]
    assert seat.codes(short("5000", "MSFT", limit="100.00")) == []
    assert seat.codes(sell("20000", limit="100.00")) == []


def test_a_net_exposure_where_an_exit_works_counts_as_if_it_did_not_fill() -> None:
    seat = seat_of(max_net_exposure="0.5")
    seat.hold("AAPL", "5000", "99.99")
    seat.send(sell("5000", limit="100.00"))
    room = (D("0.5") * (1_000_000 + 5000 * D("99.99")) - 5000 * D("99.99")) / 100
    assert seat.codes(buy(str(int(room)), "XOM", limit="100.00")) == []
    assert seat.codes(buy(str(int(room) + 1), "XOM", limit="100.00")) == ["MAX_NET_EXPOSURE"]


# --- sectors ----------------------------------------------------------------------------------------------------------


def test_a_sector_is_held_to_its_share_and_another_is_not() -> None:
    seat = seat_of(max_sector_exposure="0.30")
    seat.send(buy("2000", limit="100.00"))
    assert seat.codes(short("1000", "MSFT", limit="100.00")) == []
    found = seat.denial("MAX_SECTOR_EXPOSURE", short("1001", "MSFT", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("0.3001", "0.30", "Tech")
    assert seat.codes(buy("1001", "XOM", limit="100.00")) == []


def test_a_sector_has_a_soft_twin_and_a_limit_of_a_strategy() -> None:
    seat = seat_of(**{"warn_sector_exposure": "0.10", "strategy:trend/max_sector_exposure": "0.20"})
    assert seat.codes(buy("1001", limit="100.00")) == ["WARN_SECTOR_EXPOSURE"]
    assert seat.codes(buy("1001", limit="100.00", accept_soft=True)) == []
    found = seat.denial("MAX_SECTOR_EXPOSURE", buy("2001", limit="100.00", accept_soft=True, strategy="trend"))
    assert found.scope == "strategy:trend"


def test_a_stock_without_a_sector_is_not_opened_and_can_be_left() -> None:
    seat = seat_of(max_sector_exposure="0.30")
    assert seat.codes(buy("1", "IBM", limit="100.00")) == ["NO_SECTOR"]
    seat.hold("IBM", "100")
    assert seat.codes(sell("100", "IBM", limit="100.00")) == []
    assert seat.codes(buy("1", "XOM", limit="100.00")) == []


def test_an_etf_without_a_sector_counts_among_etfs() -> None:
    seat = seat_of(max_sector_exposure="0.30")
    assert seat.codes(buy("3000", "SPY", limit="100.00")) == []
    assert seat.denial("MAX_SECTOR_EXPOSURE", buy("3001", "SPY", limit="100.00")).scope == "ETFs"


def test_an_option_counts_in_the_sector_of_its_underlying() -> None:
    seat = seat_of(max_sector_exposure="0.30")
    call = option_instrument(parse_occ("AAPL260116C00100000"), seat.state.instruments["AAPL"])
    seat.tell(f.InstrumentAdded(call, "ann"))
    seat.quotes.add_instruments((call,))
    seat.quote(call.symbol, "9.99", "10.00")
    assert seat.codes(buy("300", call.symbol, limit="10.00")) == []
    assert seat.denial("MAX_SECTOR_EXPOSURE", buy("301", call.symbol, limit="10.00")).scope == "Tech"


# --- correlation ------------------------------------------------------------------------------------------------------


def test_a_second_bet_of_the_same_kind_is_refused_and_a_hedge_passes() -> None:
    past = {"AAPL": days(UP), "MSFT": days(UP), "XOM": days(ACROSS)}
    seat = seat_of(past, max_correlation="0.80")
    assert seat.codes(buy("10", limit="100.00")) == []
    seat.hold("AAPL", "10")
    found = seat.denial("MAX_CORRELATION", buy("10", "MSFT", limit="100.00"))
    assert (found.value, found.limit, found.scope) == ("1", "0.80", "MSFT")
    assert seat.codes(short("10", "MSFT", limit="100.00")) == []
    assert seat.codes(buy("10", "XOM", limit="100.00")) == []
    assert seat.codes(buy("10", limit="100.00")) == []


def test_what_works_counts_as_held() -> None:
    seat = seat_of({"AAPL": days(UP), "MSFT": days(UP)}, max_correlation="0.80")
    working = seat.send(buy("10", limit="100.00"))
    assert seat.codes(buy("10", "MSFT", limit="100.00")) == ["MAX_CORRELATION"]
    assert seat.codes(buy("20", limit="100.00"), working) == []
    seat.tell(f.OrderCanceled(working.cl_ord_id, "user", Decimal(0)))
    assert seat.codes(buy("10", "MSFT", limit="100.00")) == []


def test_two_that_move_against_each_other_are_one_bet_when_one_is_sold() -> None:
    seat = seat_of({"AAPL": days(UP), "MSFT": days([-step for step in UP])}, max_correlation="0.80")
    seat.hold("AAPL", "10")
    assert seat.codes(buy("10", "MSFT", limit="100.00")) == []
    assert seat.codes(short("10", "MSFT", limit="100.00")) == ["MAX_CORRELATION"]


def test_correlation_passes_at_its_limit() -> None:
    past = {"AAPL": days(UP), "MSFT": days([step * (1.5 if n % 3 else 0.2) for n, step in enumerate(UP)])}
    exact = Decimal(History.of(past).correlation("AAPL", "MSFT") or 0).quantize(D("0.000001"))
    assert D("0.5") < exact < 1
    for limit, refused in ((exact, False), (exact - D("0.000001"), True)):
        seat = seat_of(past, max_correlation=str(limit))
        seat.hold("AAPL", "10")
        assert seat.codes(buy("10", "MSFT", limit="100.00")) == (["MAX_CORRELATION"] if refused else [])


@pytest.mark.parametrize("gone", ["AAPL", "MSFT"])
@pytest.mark.parametrize("how", ["missing", "few", "old"])
def test_without_a_recent_past_what_increases_risk_is_refused(gone: str, how: str) -> None:
    left = {"missing": (), "few": days(UP[:18]), "old": days(UP, last=LAST_DAY - timedelta(days=10))}[how]
    seat = seat_of({"AAPL": days(UP), "MSFT": days(ACROSS), gone: left}, max_correlation="0.80")
    assert seat.codes(buy("10", limit="100.00")) == []
    seat.hold("AAPL", "10")
    assert seat.codes(buy("10", "MSFT", limit="100.00")) == ["NO_HISTORY"]
    seat.hold("MSFT", "10")
    assert seat.codes(sell("10", "MSFT", limit="100.00")) == []


def test_a_put_is_a_bet_on_the_fall_of_its_underlying() -> None:
    seat = seat_of({"AAPL": days(UP), "MSFT": days(UP)}, max_correlation="0.80")
    put = option_instrument(parse_occ("AAPL260116P00100000"), seat.state.instruments["AAPL"])
    seat.tell(f.InstrumentAdded(put, "ann"))
    seat.quotes.add_instruments((put,))
    seat.quote(put.symbol, "9.99", "10.00")
    seat.hold("MSFT", "10")
    assert seat.codes(buy("1", put.symbol, limit="10.00")) == []
    seat.hold(put.symbol, "1", "10")
    assert seat.codes(short("20", "MSFT", limit="100.00")) == ["SHORT_WHILE_LONG", "MAX_CORRELATION"]
    # The option and its own underlying are the position limits' matter.
    assert seat.codes(short("10", limit="100.00")) == []


# --- average daily volume ---------------------------------------------------------------------------------------------


def test_an_order_is_held_to_a_share_of_the_average_day() -> None:
    seat = seat_of({"AAPL": days(UP)}, max_adv_pct="0.05", warn_adv_pct="0.02")
    assert seat.codes(buy("200", limit="100.00")) == []
    assert seat.denial("WARN_ADV_PCT", buy("201", limit="100.00")).soft
    assert seat.codes(buy("500", limit="100.00", accept_soft=True)) == []
    found = seat.denial("MAX_ADV_PCT", buy("501", limit="100.00", accept_soft=True))
    assert (found.value, found.limit) == ("0.0501", "0.05")


def test_a_replace_is_a_share_of_the_day_by_its_new_total() -> None:
    seat = seat_of({"AAPL": days(UP)}, max_adv_pct="0.05")
    working = seat.send(buy("400", limit="100.00"))
    seat.fill(working, "300", "100.00")
    assert seat.codes(buy("500", limit="100.00"), working) == []
    assert seat.codes(buy("501", limit="100.00"), working) == ["MAX_ADV_PCT"]


def test_a_position_is_held_to_some_days_of_volume() -> None:
    seat = seat_of({"AAPL": days(UP)}, max_position_adv_pct="0.10")
    seat.send(buy("600", limit="100.00"))
    assert seat.codes(buy("400", limit="100.00")) == []
    assert seat.codes(buy("401", limit="100.00")) == ["MAX_POSITION_ADV_PCT"]


@pytest.mark.parametrize(
    "past", [None, (), days(UP[:10]), days(UP, None), days(UP, last=LAST_DAY - timedelta(days=10))]
)
def test_without_a_known_volume_nothing_is_opened(past: tuple[DayBar, ...] | None) -> None:
    seat = seat_of({} if past is None else {"AAPL": past}, max_adv_pct="0.05")
    assert seat.codes(buy("1", limit="100.00")) == ["NO_HISTORY"]
    seat.hold("AAPL", "1000")
    assert seat.codes(sell("1000", limit="100.00")) == []


# --- margin -----------------------------------------------------------------------------------------------------------


def test_reg_t_asks_for_half_of_what_is_bought() -> None:
    seat = seat_of(margin_model="reg_t")
    seat.send(buy("12000", limit="100.00"))
    assert seat.codes(buy("8000", "XOM", limit="100.00")) == []
    found = seat.denial("INITIAL_MARGIN", buy("8000", "XOM", limit="100.01"))
    assert (found.value, found.limit) == ("1000040", "1000000.00")


def test_a_short_needs_its_half_on_top_of_its_proceeds_and_long_and_short_add_up() -> None:
    seat = seat_of(margin_model="reg_t")
    seat.send(short("12000", limit="100.00"))
    assert seat.codes(buy("8000", "XOM", limit="100.00")) == []
    assert seat.codes(buy("8001", "XOM", limit="100.00")) == ["INITIAL_MARGIN"]
    assert seat.codes(short("8000", "XOM", limit="100.00")) == []
    assert seat.codes(short("8001", "XOM", limit="100.00")) == ["INITIAL_MARGIN"]


def test_a_cheap_short_needs_two_fifty_a_share_or_all_it_is_worth() -> None:
    seat = seat_of(margin_model="reg_t", cash="100000")
    # 4.00 a share: the whole to keep, though half would do to open
    assert seat.codes(short("25000", "PENNY", limit="4.00")) == []
    assert seat.codes(short("25001", "PENNY", limit="4.00")) == ["MAINTENANCE_MARGIN"]
    seat.quote("PENNY", "0.99", "1.00")
    assert seat.codes(short("40000", "PENNY", limit="1.00")) == []
    assert seat.codes(short("40001", "PENNY", limit="1.00")) == ["MAINTENANCE_MARGIN"]
    seat.quote("PENNY", "7.99", "8.00")
    # 5 a share of 8
    assert seat.codes(short("20000", "PENNY", limit="8.00")) == []
    assert seat.codes(short("20001", "PENNY", limit="8.00")) == ["MAINTENANCE_MARGIN"]


def test_a_cheap_short_that_only_works_needs_as_much() -> None:
    seat = seat_of(margin_model="reg_t", cash="100000")
    seat.send(short("20000", "PENNY", limit="4.00"))
    # 80,000 of 100,000 are needed; 400 shares at 100 short need 12,000 to keep, 20,000 to open
    assert seat.codes(buy("800", limit="100.00")) == []
    assert seat.codes(buy("801", limit="100.00")) == ["MAINTENANCE_MARGIN"]


def test_rates_are_the_desks_own() -> None:
    seat = seat_of(margin_model="reg_t", margin_initial__equity="1")
    assert seat.codes(buy("10000", limit="100.00")) == []
    assert seat.codes(buy("10001", limit="100.00")) == ["INITIAL_MARGIN"]
    assert seat.codes(buy("20000", "SPY", limit="100.00")) == []


def test_margin_is_waived_for_what_reduces_and_needs_fresh_marks() -> None:
    seat = seat_of(margin_model="reg_t", cash="-1100000")
    seat.hold("AAPL", "20000")
    assert seat.codes(sell("20000", limit="100.00")) == []
    assert "INITIAL_MARGIN" in seat.codes(buy("1", "XOM", limit="100.00"))
    seat.pass_ns(16 * SECOND)
    seat.quote("XOM", "99.99", "100.00")
    assert "STALE_MARK" in seat.codes(buy("1", "XOM", limit="100.00"))


def test_with_less_than_the_minimum_nothing_is_on_margin() -> None:
    seat = seat_of(margin_model="reg_t", cash="1999.99")
    assert seat.codes(buy("19", limit="100.00")) == []
    assert seat.codes(buy("20", limit="100.00")) == ["MINIMUM_EQUITY"]
    assert seat.codes(short("1", limit="100.00")) == ["MINIMUM_EQUITY"]
    seat.tell(f.AccountAdopted(ACCOUNT, "USD", D(2000)))
    assert seat.codes(buy("21", limit="100.00")) == []


def test_a_cash_account_pays_and_sells_nothing_short() -> None:
    seat = seat_of(margin_model="cash", cash="10000")
    working = seat.send(buy("40", limit="100.00"))
    assert seat.codes(buy("60", "XOM", limit="100.00")) == []
    assert seat.codes(buy("60", "XOM", limit="100.01")) == ["CASH_ONLY"]
    assert seat.codes(buy("100", limit="100.00"), working) == []
    assert seat.codes(buy("101", limit="100.00"), working) == ["CASH_ONLY"]
    assert seat.codes(short("1", "XOM", limit="100.00")) == ["SHORT_NOT_ALLOWED"]


# --- all of them ------------------------------------------------------------------------------------------------------

EVERY = {
    "max_position_qty": "1",
    "max_position_notional": "1",
    "max_position_pct": "0.000001",
    "max_gross_exposure": "0.000001",
    "max_net_exposure": "0.000001",
    "max_sector_exposure": "0.000001",
    "max_correlation": "0.000001",
    "max_adv_pct": "0.000001",
    "max_position_adv_pct": "0.000001",
    "margin_initial__equity": "1000000",
    "max_leverage": "0.000001",
    "margin_model": "reg_t",
}


def test_all_that_fail_are_said_and_none_of_them_keeps_an_exit() -> None:
    seat = seat_of({"AAPL": days(UP), "MSFT": days(UP)}, **EVERY)
    seat.hold("AAPL", "100")
    codes = seat.codes(buy("10", "MSFT", limit="100.00"))
    assert set(codes) == {
        "MAX_POSITION_PCT", "MAX_POSITION_QTY", "MAX_POSITION_NOTIONAL", "BUYING_POWER", "MAX_GROSS_EXPOSURE",
        "MAX_NET_EXPOSURE", "MAX_SECTOR_EXPOSURE", "MAX_CORRELATION", "MAX_ADV_PCT", "MAX_POSITION_ADV_PCT",
        "INITIAL_MARGIN",
    }  # fmt: skip
    assert seat.codes(sell("100", limit="100.00")) == []


@pytest.mark.parametrize("key", sorted(EVERY))
def test_what_increases_risk_needs_a_price_of_all_that_is_held(key: str) -> None:
    seat = seat_of({"AAPL": days(UP), "MSFT": days(ACROSS)}, **{key: EVERY[key]})
    seat.hold("AAPL", "100")
    seat.pass_ns(16 * SECOND)
    seat.quote("MSFT", "99.99", "100.00")
    assert "STALE_MARK" in seat.codes(buy("10", "MSFT", limit="100.00"))
    seat.quote("AAPL", "99.99", "100.00")
    seat.pass_ns(16 * SECOND)
    seat.quote("AAPL", "99.99", "100.00")
    assert "STALE_PRICE" in seat.codes(buy("10", "MSFT", limit="100.00"))
