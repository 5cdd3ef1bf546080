"""Options by OCC symbol: listed when first named, refused once expired, never written without cover."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine.model.enums import AssetClass, OrdStatus, Side
from tests.engine.assets.floor import ACCOUNT, CALL_200, CALL_210, PUT_170, PUT_180, D, Floor

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT


def codes(result: object) -> list[str]:
    return [denial.code for denial in result.denials]  # type: ignore[attr-defined]


def test_an_option_on_a_stock_of_the_universe_is_listed_by_a_fact_when_it_is_first_ordered() -> None:
    floor = Floor()

    floor.order(BUY, "2", CALL_200)

    (added,) = [fact for _, _, fact in floor.journal if isinstance(fact, f.InstrumentAdded)]
    instrument = added.instrument
    assert (instrument.symbol, instrument.asset_class, instrument.multiplier) == (CALL_200, AssetClass.OPTION, 100)
    assert (instrument.currency, instrument.calendar, instrument.name) == ("USD", "XNYS", "AAPL 16Jan26 200 call")
    assert floor.listed == [CALL_200]
    assert floor.newest().status is OrdStatus.FILLED
    assert floor.state.accounts[ACCOUNT].cash == 1_000_000 - 2 * 100 * D("12.10")
    assert floor.state.positions[(ACCOUNT, CALL_200)].avg_px == D("12.10")


def test_an_option_on_nothing_in_the_universe_is_refused() -> None:
    assert codes(Floor().order(BUY, "1", "GME260116C00020000", "1.00")) == ["UNKNOWN_INSTRUMENT"]


def test_an_option_is_listed_by_command_too_and_only_once() -> None:
    floor = Floor()
    assert floor.command(i.AddInstrument(CALL_200, "ann", 7)).ok  # type: ignore[attr-defined]
    assert floor.command(i.AddInstrument(CALL_200, "ann", 8)).ok  # type: ignore[attr-defined]
    refused = floor.command(i.AddInstrument("GME260116C00020000", "ann", 9))

    assert not refused.ok  # type: ignore[attr-defined]
    assert floor.listed == [CALL_200]


def test_an_expired_option_is_refused_also_to_a_liquidation() -> None:
    floor = Floor()
    floor.order(BUY, "2", CALL_200)
    option = floor.state.instruments[CALL_200].option
    assert option
    floor.ns = option.expires_ns - 2_000_000_000
    assert codes(floor.order(SELL, "1", CALL_200)) == []
    floor.pass_seconds(1)

    assert codes(floor.order(SELL, "1", CALL_200)) == ["OPTION_EXPIRED"]


def test_a_naked_call_is_refused_and_shares_cover_it() -> None:
    floor = Floor()
    found = floor.order(SHORT, "2", CALL_200).denials
    assert [(d.code, d.value, d.limit) for d in found] == [("UNCOVERED_OPTION", "2", "0")]
    floor.order(BUY, "250", "AAPL")
    assert codes(floor.order(SHORT, "3", CALL_200)) == ["UNCOVERED_OPTION"]

    assert codes(floor.order(SHORT, "2", CALL_200)) == []

    assert floor.held(CALL_200) == -2
    assert codes(floor.order(SHORT, "1", CALL_210)) == ["UNCOVERED_OPTION"], "the shares are pledged"


def test_shares_that_cover_a_written_call_are_not_sold() -> None:
    floor = Floor()
    floor.order(BUY, "250", "AAPL")
    floor.order(SHORT, "2", CALL_200)
    assert codes(floor.order(SELL, "51", "AAPL")) == ["UNCOVERED_OPTION"]
    assert codes(floor.order(SELL, "50", "AAPL")) == []

    floor.order(BUY, "2", CALL_200)

    assert codes(floor.order(SELL, "200", "AAPL")) == []


def test_a_long_call_covers_one_written_higher_and_is_then_not_sold_alone() -> None:
    floor = Floor()
    floor.order(BUY, "1", CALL_200)
    assert codes(floor.order(SHORT, "2", CALL_210)) == ["UNCOVERED_OPTION"]
    assert codes(floor.order(SHORT, "1", CALL_210)) == []
    assert codes(floor.order(SELL, "1", CALL_200)) == ["UNCOVERED_OPTION"]


def test_a_long_option_that_expires_earlier_covers_nothing() -> None:
    floor = Floor()
    early = "AAPL251219C00200000"
    floor.market[early] = ("9.90", "10.10")
    floor.order(BUY, "1", early)

    assert codes(floor.order(SHORT, "1", CALL_200)) == ["UNCOVERED_OPTION"]


def test_a_written_put_needs_the_cash_for_its_strike() -> None:
    floor = Floor(cash={"USD": D(50_000)})
    found = floor.order(SHORT, "3", PUT_180).denials
    assert [(d.code, d.value, d.limit) for d in found] == [("UNCOVERED_OPTION", "54000", "50000.00")]

    assert codes(floor.order(SHORT, "2", PUT_180)) == []

    assert codes(floor.order(SHORT, "1", PUT_170)) == ["UNCOVERED_OPTION"], "17,000 more than what is left"


@pytest.mark.parametrize(("packages", "refused"), [("5", False), ("6", True)])
def test_a_credit_spread_needs_the_cash_of_its_gap(packages: str, refused: bool) -> None:
    floor = Floor(cash={"USD": D("5900")})

    found = floor.package(packages, (SELL, 1, PUT_180), (BUY, 1, PUT_170), net="-2.30").denials

    assert ["UNCOVERED_OPTION"] * refused == [d.code for d in found]


def test_a_call_spread_sold_for_a_credit_and_bought_back() -> None:
    floor = Floor()
    floor.package("2", (SELL, 1, CALL_200), (BUY, 1, CALL_210), net="-3.80")
    assert floor.state.accounts[ACCOUNT].cash == 1_000_000 + 2 * 380
    assert floor.newest().avg_px == D("-3.80")

    floor.package("2", (BUY, 1, CALL_200), (SELL, 1, CALL_210), net="4.20")

    assert (floor.held(CALL_200), floor.held(CALL_210)) == (0, 0)
    assert floor.state.accounts[ACCOUNT].cash == 1_000_000 - 2 * 40


def test_multipliers_count_in_the_fat_finger_and_in_buying_power() -> None:
    floor = Floor(max_order_notional="5000")
    assert codes(floor.order(BUY, "5", CALL_200, "12.10")) == ["MAX_ORDER_NOTIONAL"]
    assert codes(floor.order(BUY, "4", CALL_200, "12.10")) == []


def test_selling_more_options_than_are_held_is_no_sale() -> None:
    floor = Floor()
    floor.order(BUY, "1", CALL_200)
    assert codes(floor.order(SELL, "2", CALL_200)) == ["SELL_EXCEEDS_POSITION"]
