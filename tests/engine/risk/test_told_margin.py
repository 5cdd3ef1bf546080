"""What the broker told that the account has left is one more bound of buying power, as long as it is fresh."""

from __future__ import annotations

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.model.enums import AssetClass, Side
from engine.model.instrument import FutureTerms, Instrument
from engine.model.snapshot import BrokerMargin
from tests.engine.assets.floor import ACCOUNT, SECOND, START, D, Floor

BUY, SELL = Side.BUY, Side.SELL
TERMS = FutureTerms("ES", "CME", "202512", "2025-12-19", START * 2, START * 2, D(20_000))
ES = Instrument("ESZ25", AssetClass.FUTURE, tick=D("0.25"), multiplier=D(50), calendar="CME", future=TERMS)


def told(floor: Floor, **figures: str) -> None:
    """The broker is asked, and says so much."""
    exchange = floor.exchange
    margin = BrokerMargin("USD", **{name: D(value) for name, value in figures.items()})
    account = msgspec.structs.replace(exchange.account_snapshot(), margin=margin)
    floor.give(
        i.BrokerSnapshot(
            account, exchange.open_orders(), tuple(floor.executions), exchange.positions(), floor.ns, "timer"
        )
    )


def codes(floor: Floor, side: Side, qty: str, symbol: str, limit: str | None = None) -> list[str]:
    return [denial.code for denial in floor.order(side, qty, symbol, limit).denials]


def test_shares_are_bought_up_to_buying_power_and_what_is_not_on_margin_up_to_what_is_free() -> None:
    floor = Floor(more=((ES, "5999.75", "6000.00"),))
    told(floor, buying_power="2000", available="25000")
    assert codes(floor, BUY, "11", "AAPL", "190.00") == ["BROKER_BUYING_POWER"]
    assert codes(floor, BUY, "10", "AAPL", "190.00") == []
    assert codes(floor, BUY, "0.5", "BTCUSD", "58000.00") == ["BROKER_BUYING_POWER"]
    assert codes(floor, BUY, "1", "ESZ25") == []
    assert codes(floor, BUY, "2", "ESZ25") == ["BROKER_BUYING_POWER"]
    # What closes takes nothing, and what turns a position round takes what is beyond it.
    told(floor, buying_power="0", available="0")
    assert codes(floor, SELL, "1", "ESZ25") == []
    assert codes(floor, BUY, "10", "EURUSD") == []


def test_a_replaced_order_takes_what_it_takes_more() -> None:
    floor = Floor()
    told(floor, buying_power="2000")
    assert codes(floor, BUY, "10", "AAPL", "190.00") == []
    told(floor, buying_power="100")
    number = floor.newest().id
    assert [d.code for d in floor.change(number, qty="11").denials] == ["BROKER_BUYING_POWER"]
    assert [d.code for d in floor.change(number, px="195.00").denials] == []


def test_what_was_told_long_ago_or_not_at_all_bounds_nothing() -> None:
    floor = Floor()
    told(floor, equity="1000")
    assert codes(floor, BUY, "11", "AAPL", "190.00") == []
    told(floor, buying_power="0")
    assert codes(floor, BUY, "1", "AAPL", "191.00") == ["BROKER_BUYING_POWER"]
    floor.ns += 3 * 60 * SECOND
    assert codes(floor, BUY, "1", "AAPL", "192.00") == []


def test_the_same_figures_are_kept_once_until_they_would_get_old() -> None:
    floor = Floor()
    for _ in range(3):
        told(floor, buying_power="5")
        floor.pass_seconds(1)
    assert len([fact for _, _, fact in floor.journal if isinstance(fact, f.MarginTold)]) == 1
    floor.ns += 31 * SECOND
    told(floor, buying_power="5")
    assert len([fact for _, _, fact in floor.journal if isinstance(fact, f.MarginTold)]) == 2
    assert floor.state.margins[ACCOUNT].margin.buying_power == 5
