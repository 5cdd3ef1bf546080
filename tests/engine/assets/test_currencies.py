"""Cash per currency, and what a rate is needed for."""

from __future__ import annotations

import msgspec

from engine import facts as f
from engine.model.enums import OrdStatus, Side
from engine.risk.losses import known_equity
from engine.risk.valuation import value_account
from tests.engine.assets.floor import ACCOUNT, BROKER, D, Floor

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT


def codes(result: object) -> list[str]:
    return [denial.code for denial in result.denials]  # type: ignore[attr-defined]


def test_an_execution_moves_the_cash_of_its_instruments_currency() -> None:
    floor = Floor()

    floor.order(BUY, "10", "SAP")
    floor.order(BUY, "10", "SONY")
    floor.order(BUY, "10000", "EURUSD")

    account = floor.state.accounts[ACCOUNT]
    assert account.amounts() == {"USD": 1_000_000 - 10_801, "EUR": 20_000 - 1_200, "JPY": -30_000}
    position = floor.state.positions[(ACCOUNT, "SAP")]
    assert (position.currency, position.cost) == ("EUR", 1200)


def test_equity_is_in_the_base_currency_by_upright_and_upside_down_rates() -> None:
    floor = Floor(cash={"USD": D(1000), "EUR": D(100), "JPY": D(15_001)})

    found = value_account(floor.state, floor.quotes, ACCOUNT, floor.ns)

    assert found.equity == 1000 + 108 + D(100)
    floor.quote("EURUSD", "1.20000", "1.20010")
    assert value_account(floor.state, floor.quotes, ACCOUNT, floor.ns).equity == 1000 + 120 + D(100)


def test_what_is_owed_in_another_currency_counts_at_the_dearer_side() -> None:
    floor = Floor(cash={"USD": D(1000), "EUR": D(-100)})
    assert value_account(floor.state, floor.quotes, ACCOUNT, floor.ns).equity == 1000 - D("108.01")


def test_an_instrument_in_a_currency_without_a_rate_is_not_bought() -> None:
    (found,) = Floor().order(BUY, "1", "NESN").denials
    assert str(found) == "NO_RATE: value=CHF limit=a rate to USD scope=PAPER"


def test_cash_in_a_currency_without_a_rate_stops_what_increases_risk_and_nothing_else() -> None:
    floor = Floor(cash={"USD": D(100_000)})
    floor.order(BUY, "10", "AAPL")
    account = floor.state.accounts[ACCOUNT]
    account.foreign["CHF"] = D(500)

    assert codes(floor.order(BUY, "1", "IBM")) == ["NO_RATE"]
    assert known_equity(floor.desk) is None
    assert codes(floor.order(SELL, "5", "AAPL")) == []


def test_a_stale_rate_stops_what_increases_risk_and_nothing_else() -> None:
    floor = Floor()
    floor.order(BUY, "10", "SAP")
    for symbol in ("EURUSD",):
        del floor.market[symbol]
    floor.pass_seconds(20)

    found = floor.order(BUY, "1", "SAP").denials
    assert [str(d) for d in found] == ["STALE_RATE: value=EUR limit=fresh scope=PAPER"]
    assert codes(floor.order(BUY, "1", "AAPL")) == ["STALE_RATE"], "equity is not known to the cent"
    assert codes(floor.order(SELL, "10", "SAP")) == []
    assert floor.held("SAP") == 0


def test_fat_finger_and_position_share_are_measured_in_the_base_currency() -> None:
    floor = Floor(max_order_notional="10000")
    assert codes(floor.order(BUY, "400", "SONY", "3000")) == [], "1,200,000 yen are 8,000 dollars"
    assert codes(floor.order(BUY, "78", "SAP", "120")) == ["MAX_ORDER_NOTIONAL"], "9,360 euros are 10,109 dollars"
    small = Floor(cash={"USD": D(10_000)}, max_position_pct="0.10")
    (found,) = small.order(BUY, "8", "SAP", "120").denials
    assert (found.code, found.value) == ("MAX_POSITION_PCT", "0.10369")
    assert codes(small.order(BUY, "7", "SAP", "120")) == []


def test_buying_power_counts_exposure_of_other_currencies_in_the_base_currency() -> None:
    floor = Floor(cash={"USD": D(10_000)}, max_leverage="1")
    assert codes(floor.order(BUY, "49", "SONY", "3000")) == []
    floor.order(BUY, "60", "SAP", "120")
    assert codes(floor.order(BUY, "12", "AAPL", "100")) == []
    (found,) = floor.order(BUY, "1", "IBM", "90").denials
    assert found.code == "BUYING_POWER"
    assert D(found.value) > 10_000


def test_the_intent_and_the_sampled_marks_hold_the_rate_that_was_used() -> None:
    floor = Floor()
    floor.order(BUY, "10", "SONY")
    floor.order(BUY, "10", "AAPL")
    floor.pass_seconds(2)

    intents = [fact for _, _, fact in floor.journal if isinstance(fact, f.OrderIntended)]
    assert intents[0].rate == (1 / D("150.000")).quantize(D("1E-12"))
    assert intents[1].rate is None
    samples = [fact for _, _, fact in floor.journal if isinstance(fact, f.MarksSampled)]
    assert {"SONY", "USDJPY", "EURUSD"} <= {mark[0] for mark in samples[-1].marks}
    assert floor.state.marks["USDJPY"][:2] == (D("150.000"), D("150.010"))


def test_the_brokers_cash_is_compared_in_every_currency() -> None:
    floor = Floor()
    floor.order(BUY, "10", "SONY")
    floor.compare()
    assert not floor.state.breaks

    floor.exchange.ledger.cash["JPY"] += 7
    floor.exchange.ledger.cash["CHF"] = D(5)
    floor.compare()

    assert {(b.kind, b.key, b.ours, b.theirs) for b in floor.state.breaks.values()} == {
        ("cash", "JPY", "-30000", "-29993"),
        ("cash", "CHF", "0", "5"),
    }


def test_an_account_that_has_money_in_other_currencies_is_adopted_with_all_of_it() -> None:
    floor = Floor()
    (adopted,) = [fact for _, _, fact in floor.journal if isinstance(fact, f.AccountAdopted)]
    assert (adopted.cash, adopted.others) == (1_000_000, {"EUR": 20_000})
    floor.pass_seconds(2)
    assert floor.state.day_equity == 1_000_000 + 20_000 * D("1.08")


def test_fractions_of_a_coin_and_of_a_share_trade_on_their_lots() -> None:
    floor = Floor()
    floor.order(BUY, "0.01", "BTCUSD")
    assert (floor.newest().status, floor.held("BTCUSD")) == (OrdStatus.FILLED, D("0.01"))
    assert floor.state.accounts[ACCOUNT].cash == 1_000_000 - 600
    assert codes(floor.order(BUY, "0.000001", "BTCUSD")) == ["LOT_SIZE"]
    assert codes(floor.order(BUY, "1.5", "IBM")) == []
    assert codes(floor.order(BUY, "1.5", "AAPL")) == ["LOT_SIZE"]


def test_a_broker_that_takes_no_fractions_is_not_sent_any() -> None:
    floor = Floor(broker=msgspec.structs.replace(BROKER, fractional=False))
    (found,) = floor.order(BUY, "1.5", "IBM").denials
    assert (found.code, found.value, found.limit) == ("NOT_SUPPORTED", "1.5", "1")
    assert codes(floor.order(BUY, "2", "IBM")) == []
    assert codes(floor.order(BUY, "0.01", "BTCUSD")) == [], "coins have a lot of their own"


def test_a_short_sale_is_bought_back_and_never_turned_around_by_a_sale() -> None:
    floor = Floor()
    floor.order(SHORT, "10", "AAPL")
    assert floor.held("AAPL") == -10
    assert codes(floor.order(SELL, "1", "AAPL")) == ["SELL_EXCEEDS_POSITION"]

    floor.order(BUY, "4", "AAPL")
    floor.order(BUY, "6", "AAPL")

    assert floor.held("AAPL") == 0
    assert floor.state.positions[(ACCOUNT, "AAPL")].realized == 10 * (D("199.90") - 200)
    no_short = Floor(broker=msgspec.structs.replace(BROKER, short=False))
    assert codes(no_short.order(SHORT, "10", "AAPL")) == ["SHORT_NOT_ALLOWED"]


def test_buying_beyond_a_short_goes_long_in_one_order_and_a_reducing_one_does_not() -> None:
    floor = Floor()
    floor.order(SHORT, "10", "AAPL")
    assert codes(floor.order(BUY, "11", "AAPL", reduce_only=True)) == ["REDUCE_ONLY"]

    floor.order(BUY, "15", "AAPL")

    assert floor.held("AAPL") == 5
    assert floor.state.positions[(ACCOUNT, "AAPL")].cost == 5 * 200
