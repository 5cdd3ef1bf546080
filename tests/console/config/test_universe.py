"""universe.yaml: what an entry leaves out follows from its class and symbol."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from console.config.errors import ConfigError
from console.config.load import load_universe
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument

D = Decimal


def universe(folder: Path, *lines: str) -> dict[str, Instrument]:
    path = folder / "universe.yaml"
    path.write_text("instruments:\n" + "".join(f"  {line}\n" for line in lines))
    return {instrument.symbol: instrument for instrument in load_universe(path)}


def test_crypto_and_fx_have_grids_and_sessions_of_their_own(tmp_path: Path) -> None:
    found = universe(
        tmp_path,
        "BTCUSD: {class: crypto}",
        "BTCUSDT: {class: crypto, min_qty: 0.0001}",
        "EURUSD: {class: fx}",
        "USDJPY: {class: fx}",
        "AAPL: {sector: Information Technology}",
    )

    btc, tether, euro, yen, stock = found.values()
    assert (btc.asset_class, btc.lot, btc.tick, btc.calendar) == (AssetClass.CRYPTO, D("0.00001"), D("0.01"), "24x7")
    assert (btc.base, btc.currency) == ("BTC", "USD")
    assert (tether.base, tether.currency, tether.min_qty) == ("BTC", "USDT", D("0.0001"))
    assert (euro.base, euro.currency, euro.tick, euro.lot, euro.calendar) == ("EUR", "USD", D("0.00001"), 1, "24x5")
    assert (yen.base, yen.currency, yen.tick) == ("USD", "JPY", D("0.001"))
    assert (stock.currency, stock.calendar, stock.tick, stock.lot) == ("USD", "XNYS", D("0.01"), 1)


def test_whatever_is_given_counts(tmp_path: Path) -> None:
    found = universe(
        tmp_path,
        "XBT: {class: crypto, base: BTC, currency: EUR, tick: 0.5, lot: 0.001, max_qty: 5, calendar: XNYS}",
        "SAP: {currency: EUR, lot: 0.1}",
    )
    coin = found["XBT"]
    assert (coin.base, coin.currency, coin.tick, coin.lot) == ("BTC", "EUR", D("0.5"), D("0.001"))
    assert (coin.max_qty, coin.min_qty, coin.calendar) == (5, D("0.001"), "XNYS")
    assert (found["SAP"].currency, found["SAP"].lot) == ("EUR", D("0.1"))


def test_an_option_takes_what_it_does_not_say_from_its_underlying(tmp_path: Path) -> None:
    found = universe(
        tmp_path,
        "AAPL260116C00200000: {class: option}",
        "AAPL1260116C00200000: {class: option, underlying: AAPL, multiplier: 75, tick: 0.05}",
        "AAPL: {sector: Information Technology}",
    )
    plain, adjusted, _ = found.values()
    assert plain.option
    assert adjusted.option
    assert (plain.multiplier, plain.tick, plain.sector) == (100, D("0.01"), "Information Technology")
    assert (adjusted.multiplier, adjusted.tick, adjusted.option.underlying) == (75, D("0.05"), "AAPL")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("AAPL260116C00200000: {class: option}", "its underlying AAPL is not in this file"),
        ("AAPL260116C200: {class: option}", "expected AAPL260116C00200000"),
        ("AAPL: {class: option}", "is no option symbol"),
        ("GOLD: {class: fx}", "is no pair that can be told apart"),
        ("COIN: {class: crypto}", "is no pair that can be told apart"),
        ("AAPL: {underlying: IBM}", "underlying belongs to options"),
        ("BTCUSD: {class: crypto, currency: dollars}", "expected what prices are in"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigError) as found:
        universe(tmp_path, "MSFT: {}", line)
    assert says in str(found.value)
    assert "universe.yaml:3" in str(found.value)


ES = "class: future, exchange: CME, multiplier: 50, tick: 0.25"


def test_a_future_is_its_code_and_what_its_contract_says(tmp_path: Path) -> None:
    found = universe(
        tmp_path,
        f"ESZ26: {{{ES}, expiry: 2026-12-18 09:30, margin: 25000, maintenance: 22000}}",
        "CLF27: {class: future, exchange: NYMEX, multiplier: 1000, tick: 0.01, expiry: 2026-12-21, warn_days: 0}",
        "FDXM: {class: future, exchange: EUREX, multiplier: 25, tick: 1, expiry: 2026-12-18 05:00, currency: EUR,"
        " root: DAX, month: 2026-12}",
    )

    es, oil, dax = found.values()
    assert (es.asset_class, es.multiplier, es.tick, es.lot) == (AssetClass.FUTURE, 50, D("0.25"), 1)
    assert (es.calendar, es.currency) == ("CME", "USD")
    assert es.future
    assert (es.future.root, es.future.exchange, es.future.month) == ("ES", "CME", "202612")
    assert es.future.expiry == "2026-12-18"
    assert datetime.fromtimestamp(es.future.expires_ns / 1e9, UTC) == datetime(2026, 12, 18, 14, 30, tzinfo=UTC)
    assert es.future.expires_ns - es.future.warns_ns == 5 * 86_400_000_000_000
    assert (es.future.margin, es.future.maintenance) == (25000, 22000)
    assert oil.future
    assert (oil.future.month, oil.future.expiry, oil.future.warns_ns) == ("202701", "2026-12-21", oil.future.expires_ns)
    assert dax.future
    assert (dax.future.root, dax.future.month, dax.currency) == ("DAX", "202612", "EUR")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ESZ26: {class: future}", r"ESZ26.exchange: is missing; a future needs where it trades, like CME"),
        (f"ESZ26: {{{ES}}}", r"ESZ26.expiry: is missing; a future needs the day of its last trade, like 2026-12-18"),
        (f"ESZ26: {{{ES}, expiry: 2026-12}}", r"ESZ26.expiry: '2026-12' is no expiry; expected the day of the last"),
        (f"ESZ26: {{{ES}, expiry: 2026-13-18}}", r"ESZ26.expiry: '2026-13-18' is no expiry"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18 25:00}}", r"ESZ26.expiry: '2026-12-18 25:00' is no expiry"),
        (f"SPOOS: {{{ES}, expiry: 2026-12-18}}", r"SPOOS.root: SPOOS is no code like ESZ26; give the root and the"),
        (f"SPOOS: {{{ES}, expiry: 2026-12-18, root: ES}}", r"SPOOS.month: SPOOS is no code like ESZ26; give the"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18, month: 2026-00}}", r"ESZ26.month: '2026-00' is no contract month"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18, month: 2027-03}}", r"ESZ26.month: 2027-03 is not the month of ESZ26"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18, maintenance: 9}}", r"ESZ26.maintenance: is what keeps a contract"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18, margin: 0}}", r"margin"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18, calendar: XXXX}}", r"ESZ26.calendar: calendar 'XXXX' is not known"),
        (f"ESZ26: {{{ES}, expiry: 2026-12-18, base: EUR}}", r"ESZ26.base: base belongs to other classes"),
        ("AAPL: {margin: 5}", r"AAPL.margin: margin belongs to futures, this is of class equity"),
    ],
)
def test_what_is_wrong_with_a_future_is_said_where_it_stands(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        universe(tmp_path, line)
