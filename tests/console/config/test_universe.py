"""universe.yaml: what an entry leaves out follows from its class and symbol."""

from __future__ import annotations

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
