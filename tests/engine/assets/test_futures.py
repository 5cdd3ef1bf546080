"""Futures: nothing is paid for a contract, its profit is cash, its margin is what it ties up, and it ends one day."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.model.enums import AlertLevel, AssetClass, Side
from engine.model.instrument import FutureTerms, Instrument
from engine.risk.books import Books
from engine.risk.valuation import value_account
from tests.engine.assets.floor import ACCOUNT, START, D, Floor

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
DAY = 86_400_000_000_000
EXPIRES, WARNS = START + 8 * DAY, START + 3 * DAY
TERMS = FutureTerms("ES", "CME", "202506", "2025-06-10", EXPIRES, WARNS, D(20_000), D(18_000))
ES = Instrument("ESM25", AssetClass.FUTURE, tick=D("0.25"), multiplier=D(50), calendar="CME", future=TERMS)
EURO = Instrument(
    "FESXM25", AssetClass.FUTURE, "EUR", tick=D(1), multiplier=D(10), calendar="CME",
    future=FutureTerms("FESX", "EUREX", "202506", "2025-06-20", EXPIRES, WARNS, D(4_000)),
)  # fmt: skip
MORE = ((ES, "5999.75", "6000.00"), (EURO, "4999", "5000"))


def codes(result: object) -> list[str]:
    return [denial.code for denial in result.denials]  # type: ignore[attr-defined]


def cash(floor: Floor, currency: str = "USD") -> object:
    return floor.state.accounts[ACCOUNT].cash_in(currency)


def equity(floor: Floor) -> object:
    return value_account(floor.state, floor.quotes, ACCOUNT, floor.ns).equity


def said(floor: Floor, code: str) -> list[f.AlertRaised]:
    return [fact for _, _, fact in floor.journal if isinstance(fact, f.AlertRaised) and fact.code == code]


def test_profit_counts_with_the_multiplier_and_only_profit_moves_cash() -> None:
    floor = Floor(more=MORE, cash={"USD": D(1_000_000)})
    floor.order(BUY, "3", "ESM25")
    assert cash(floor) == 1_000_000
    assert equity(floor) == 1_000_000 - 3 * 50 * D("0.25")  # the spread

    floor.quote("ESM25", "6010.00", "6010.25")
    assert equity(floor) == 1_000_000 + 3 * 50 * 10
    floor.order(SELL, "2", "ESM25")
    assert cash(floor) == 1_000_000 + 2 * 50 * 10
    floor.order(SELL, "1", "ESM25")
    floor.order(SHORT, "1", "ESM25")
    floor.quote("ESM25", "6015.75", "6016.00")
    assert equity(floor) == 1_000_000 + 3 * 50 * 10 - 50 * 6
    floor.order(BUY, "1", "ESM25")
    assert cash(floor) == equity(floor) == 1_000_000 + 3 * 50 * 10 - 50 * 6
    assert cash(floor) == floor.exchange.account_snapshot().cash["USD"]
    floor.compare()
    assert not floor.state.breaks


def test_a_future_in_another_currency_pays_in_it() -> None:
    floor = Floor(more=MORE)
    floor.order(BUY, "2", "FESXM25")
    floor.quote("FESXM25", "5050", "5051")
    before = value_account(floor.state, floor.quotes, ACCOUNT, floor.ns).equity
    floor.order(SELL, "2", "FESXM25")

    assert cash(floor, "EUR") == 20_000 + 2 * 10 * 50
    assert equity(floor) == before == 1_000_000 + (20_000 + 1_000) * D("1.08")


def test_a_bust_takes_the_profit_back() -> None:
    floor = Floor(more=MORE)
    floor.order(BUY, "2", "ESM25")
    floor.quote("ESM25", "6010.00", "6010.25")
    floor.order(SELL, "2", "ESM25")
    assert cash(floor) == 1_000_000 + 2 * 50 * 10

    floor.give(p.Busted(ACCOUNT, floor.executions[-1].exec_id, "", floor.ns))
    assert cash(floor) == 1_000_000
    assert floor.held("ESM25") == 2


@pytest.mark.parametrize("several", [False, True], ids=["walked", "kept"])
def test_it_ties_up_its_margin_and_is_exposed_by_its_notional(several: bool) -> None:
    floor = Floor(more=MORE, cash={"USD": D(200_000)}, max_leverage="1", margin_model="reg_t")
    if several:  # more instruments than are walked through
        for symbol in ("AAPL", "IBM", "BTCUSD"):
            floor.order(BUY, "0.1" if symbol == "BTCUSD" else "1", symbol)
        for letter in "ABCDEFG":
            floor.order(BUY, "1", f"AAPL260116C0021000{0}" if letter == "A" else "AAPL", "1.00")
    first = floor.order(BUY, "2", "ESM25")
    assert codes(first) == []
    valuation = value_account(floor.state, floor.quotes, ACCOUNT, floor.ns)
    assert valuation.exposure - valuation.eased == valuation.tied
    assert valuation.eased == 2 * 50 * D("5999.75") - 40_000
    kept = Books(floor.state, floor.quotes).value(ACCOUNT, floor.ns, ())
    if kept is not None:
        assert (kept.equity, kept.tied, kept.eased) == (valuation.equity, valuation.tied, valuation.eased)

    assert codes(floor.order(BUY, "12", "ESM25")) == ["BUYING_POWER", "INITIAL_MARGIN", "MAINTENANCE_MARGIN"]
    assert codes(floor.order(BUY, "1", "ESM25")) == []
    assert codes(floor.order(SHORT, "14", "ESM25"))


def test_gross_exposure_and_the_size_of_an_order_count_the_notional() -> None:
    floor = Floor(more=MORE, max_gross_exposure="0.5", max_order_notional="350000")
    assert codes(floor.order(BUY, "1", "ESM25")) == []
    assert codes(floor.order(BUY, "1", "ESM25")) == ["MAX_GROSS_EXPOSURE"]
    assert "MAX_ORDER_NOTIONAL" in codes(floor.order(BUY, "2", "ESM25"))


def test_a_cash_account_takes_none() -> None:
    floor = Floor(more=MORE, margin_model="cash")
    assert codes(floor.order(BUY, "1", "ESM25")) == ["CASH_ONLY"]


def test_what_is_moved_in_is_worth_what_it_has_won_since() -> None:
    floor = Floor(more=MORE, cash={"USD": D(1_000_000)})
    floor.order(BUY, "1", "ESM25")
    floor.quote("ESM25", "6020.00", "6020.25")
    again = Floor(more=MORE, cash={"USD": D(1_000_000)})
    assert again.command(i.Book("in", ACCOUNT, "moved here", "ESM25", qty=D(1), px=D(6000), user="ann", cmd_id=99)).ok  # type: ignore[attr-defined]
    again.quote("ESM25", "6020.00", "6020.25")
    assert again.held("ESM25") == 1
    assert equity(again) == equity(floor) == 1_001_000
    account = again.state.accounts[ACCOUNT]
    assert account.not_earned == 1_000_000 - 50 * D("0.25")  # it came in worth the bid less what it cost


def test_nothing_goes_out_after_the_last_trade_and_what_is_held_then_is_an_alarm() -> None:
    floor = Floor(more=MORE)
    floor.order(BUY, "1", "ESM25")
    floor.pass_seconds(10)
    assert not said(floor, "FUTURE_EXPIRES")
    floor.ns = WARNS
    floor.pass_seconds(5)
    (warning,) = said(floor, "FUTURE_EXPIRES")
    assert warning.level is AlertLevel.WARN
    assert "1 ESM25 held; its last trade is in 4 days, on 2025-06-10" in warning.text

    floor.ns = EXPIRES - 3_000_000_000
    assert codes(floor.order(SELL, "1", "ESM25", "9000.00")) == []
    floor.pass_seconds(5)
    (alarm,) = said(floor, "FUTURE_EXPIRED")
    assert alarm.level is AlertLevel.ALARM
    assert "FUTURE_EXPIRED" in codes(floor.order(BUY, "1", "ESM25"))
    floor.pass_seconds(60)
    assert len(said(floor, "FUTURE_EXPIRED")) == 1
