"""Options, a package, a coin and a currency traded from the command line; recorded crypto and FX days as well."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.facts import InstrumentAdded, OrderIntended
from tests.desk.product import Product

pytestmark = pytest.mark.timeout(180)


def expiry() -> str:
    """Half a year from now, as YYMMDD."""
    return f"{datetime.now(UTC) + timedelta(days=180):%y%m%d}"


def held(product: Product) -> dict[str, str]:
    return {row["symbol"]: row["qty"] for row in product.look("positions") if row["qty"] != "0"}


def orders(product: Product) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in product.look("orders")}


def test_options_packages_coins_and_currencies_from_the_command_line(product: Product) -> None:
    assert product.shell("start").returncode == 0
    product.wait_until_open()
    call, higher = f"AAPL{expiry()}C00190000", f"AAPL{expiry()}C00200000"

    bought = product.order(f"buy 2 {call} mkt")
    product.wait(lambda: held(product).get(call) == "2", "the option")
    product.order(f"sell 1 {call.lower()} mkt")
    product.wait(lambda: held(product).get(call) == "1", "one to be sold")
    # What such a spread costs at the very most of the simulated prices, and no slipped digit.
    package = product.order(f"buy 3 {call} / sell 3 {higher} lmt {spread_price(product, call, higher)}")
    product.wait(lambda: held(product).get(higher) == "-3", "both legs")
    product.order("buy 0.01 btcusd mkt")
    product.order("buy 10000 eurusd mkt")
    product.order("buy 1000 usdjpy mkt")
    product.wait(lambda: {"BTCUSD", "EURUSD", "USDJPY"} <= held(product).keys(), "coin and currencies")

    assert held(product) == {call: "4", higher: "-3", "BTCUSD": "0.01", "EURUSD": "10000", "USDJPY": "1000"}
    assert bought["order"].startswith(f"buy 2 {call} mkt")
    row = orders(product)[package["id"]]
    assert (row["order_qty"], row["status"]) == ("3", "FILLED")
    assert [(leg["symbol"], leg["side"], leg["cum_qty"]) for leg in row["legs"]] == [
        (call, "buy", "3"),
        (higher, "sell", "3"),
    ]
    net = float(row["legs"][0]["avg_px"]) - float(row["legs"][1]["avg_px"])
    assert float(row["avg_px"]) == pytest.approx(net, abs=1e-5)
    positions = {row["symbol"]: row for row in product.look("positions")}
    assert (positions["USDJPY"]["currency"], positions["EURUSD"]["currency"]) == ("JPY", "USD")
    status = product.look("status")
    assert float(status["cash_by_currency"]["JPY"]) == pytest.approx(-1000 * float(positions["USDJPY"]["avg_px"]))
    assert status["equity"] is not None
    fills = product.look("fills")
    assert len({fill["exec_id"] for fill in fills}) == len(fills) >= 7

    naked = product.ask("order", line=f"short 1 tsla{expiry()}c250 mkt", yes=True)
    assert not naked.ok
    assert "UNCOVERED_OPTION" in naked.error

    assert product.shell("reconcile").returncode == 0
    assert product.look("breaks") == []
    assert product.shell("stop", "--cancel").returncode == 0
    assert product.shell("audit", "verify").returncode == 0
    assert {fact.instrument.symbol for fact in product.facts(InstrumentAdded)} >= {call, higher}
    (intent,) = [fact for fact in product.facts(OrderIntended) if fact.request.legs]
    assert len(intent.leg_quotes) == 2


def spread_price(product: Product, bought: str, sold: str) -> str:
    """A net price that fills: the mid of the package, as the desk works it out, and some cents more."""
    deadline = time.monotonic() + 20
    while True:
        answer = product.ask("order", line=f"buy 1 {bought} / sell 1 {sold} mid", dry_run=True, yes=True)
        if answer.ok or time.monotonic() > deadline:
            assert answer.ok, answer.error
            return f"{float(answer.result['limit_px']) + 0.5:.2f}"
        time.sleep(0.2)


def test_a_desk_that_starts_again_still_knows_and_quotes_its_options(product: Product) -> None:
    assert product.shell("start").returncode == 0
    product.wait_until_open()
    call = f"AAPL{expiry()}C00190000"
    product.order(f"buy 2 {call} mkt")
    waiting = product.order(f"buy 1 {call} / sell 1 AAPL{expiry()}C00200000 lmt 0.05 gtc")
    product.wait(lambda: held(product) == {call: "2"}, "the option")
    assert product.shell("stop", "--leave").returncode == 0

    assert product.shell("start").returncode == 0
    product.wait_until_open()

    assert held(product) == {call: "2"}
    row = orders(product)[waiting["id"]]
    assert (row["status"], len(row["legs"])) == ("NEW", 2)
    product.order(f"sell 2 {call} mkt")
    product.wait(lambda: held(product) == {}, "the option to be sold")
    assert product.ask("cxl", line=f"cxl {waiting['id']}", yes=True).ok
    product.wait(lambda: orders(product)[waiting["id"]]["status"] == "CANCELED", "the package to be cancelled")
    assert product.look("breaks") == []
    assert product.shell("stop", "--cancel").returncode == 0


@pytest.mark.parametrize(
    ("folder", "tape", "line", "symbol", "qty"),
    [
        ("crypto/quotes_1m", "BTCUSD_coinbase_20180404.csv.gz", "buy 0.5 btcusd mkt", "BTCUSD", "0.5"),
        ("crypto/bars_1m", "ETHUSD_coinbase_20180404.csv.gz", "buy 2.5 ethusd mkt", "ETHUSD", "2.5"),
        ("fx/quotes_tick", "EURUSD_oanda_20140505.csv.gz", "buy 10000 eurusd mkt", "EURUSD", "10000"),
        ("fx/bars_1m_bidask", "EURUSD_oanda_20140506.csv.gz", "buy 10000 eurusd mkt", "EURUSD", "10000"),
        ("fx/quotes_tick", "USDJPY_truefx_201301.csv.gz", "buy 1000 usdjpy mkt", "USDJPY", "1000"),
    ],
)
def test_recorded_days_of_crypto_and_fx_trade(
    product: Product, shared_data: Path, folder: str, tape: str, line: str, symbol: str, qty: str
) -> None:
    path = shared_data / folder / tape
    assert product.shell("start", "--replay", str(path), "--speed", "60").returncode == 0
    product.wait(product.state.socket.exists, "the control socket")
    deadline = time.monotonic() + 40
    answer = product.ask("order", line=line, yes=True)
    while not answer.ok and time.monotonic() < deadline:
        time.sleep(0.2)
        answer = product.ask("order", line=line, yes=True)
    assert answer.ok, answer.error

    product.wait(lambda: held(product).get(symbol) == qty, f"{qty} {symbol}", 40)

    (fill, *_) = product.look("fills")
    assert float(fill["last_px"]) > 0
    assert product.look("breaks") == []
    assert product.shell("stop", "--cancel").returncode == 0
