"""The risk meters of a running desk: of a recorded day with the real days before it, and of the simulated market."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.product import Product

DAY = "2013-10-07"


def meters(product: Product) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in product.look("status")["meters"]}


def held(product: Product) -> dict[str, float]:
    return {row["symbol"]: float(row["qty"]) for row in product.look("positions") if float(row["qty"])}


def returns_before(path: Path) -> Any:
    """The 250 daily returns before the recorded day, as numpy reads them."""
    with gzip.open(path, "rt") as text:
        closes = np.array([float(row["close"]) for row in csv.DictReader(text) if row["date"] < DAY][-251:])
    return closes[1:] / closes[:-1] - 1


def test_a_replay_measures_its_book_by_the_real_days_before_it(product: Product, shared_data: Path) -> None:
    daily = shared_data / "equities" / "bars_1d"
    product.change(product.paths.desk_file, "history: null ", f"history: {daily} ")
    product.change(product.paths.risk_file, "max_correlation: 0.80", "max_correlation: off")
    folder = shared_data / "equities" / "quotes_1s"
    tapes = [word for name in ("IBM", "SPY") for word in ("--replay", str(folder / f"{name}_20131007.csv.gz"))]
    product.console("run", *tapes, "--from", "10:30", "--speed", "1").opened()
    product.wait_until_open()
    before = meters(product)
    assert (before["risk.max_var_95"]["value"], before["risk.max_var_95"]["state"]) == ("0", "off")

    product.order("buy 1000 ibm lmt 185")
    product.order("short 500 spy mkt")

    def book() -> tuple[float, float] | None:
        rows = {row["symbol"]: row for row in product.look("positions")}
        held = {name: float(row["market_value"]) for name, row in rows.items() if row["market_value"] is not None}
        return (held["IBM"], held["SPY"]) if set(held) == {"IBM", "SPY"} else None

    ibm, spy = returns_before(daily / "IBM.csv.gz"), returns_before(daily / "SPY.csv.gz")

    def agrees() -> bool:
        held, row = book(), meters(product)["risk.max_var_99"]
        if held is None or not row["amount"] or row["stale"]:
            return False
        expected = -np.quantile(held[0] * ibm + held[1] * spy, 0.01)
        # The value moves with the quotes between the two questions.
        return bool(abs(float(row["amount"]) / expected - 1) < 0.01)

    product.wait(agrees, "a VaR of both positions that is numpy's")
    shown = meters(product)
    assert shown["risk.max_correlation"]["label"] == "Corr. IBM SPY"
    assert float(shown["risk.max_correlation"]["value"]) < 0  # one long, one short of what rises together
    assert float(shown["risk.max_beta"]["value"]) != 0


def test_a_book_that_is_over_its_var_takes_only_what_reduces(product: Product, shared_data: Path) -> None:
    product.change(product.paths.desk_file, "history: null ", f"history: {shared_data / 'equities' / 'bars_1d'} ")
    product.change(product.paths.risk_file, "max_var_95: off", "max_var_95: 0.00001")
    tape = shared_data / "equities" / "quotes_1s" / "IBM_20131007.csv.gz"
    product.console("run", "--replay", str(tape), "--from", "10:30", "--speed", "1").opened()
    product.wait_until_open()
    product.order("buy 1000 ibm lmt 185 ioc")
    product.wait(lambda: float(meters(product)["risk.max_var_95"]["used"] or 0) > 1, "a VaR over its limit")
    status = product.shell("status").stdout
    assert "near a limit    VaR 95" in status
    assert "%)!!" in status
    refused = product.ask("order", line="buy 10 ibm mkt", yes=True)
    assert not refused.ok
    assert "MAX_VAR_95" in str(refused.error)
    # Above the purchase, which may still work: a sale at market would meet it.
    assert product.ask("order", line="sell 10 ibm lmt 186", yes=True).ok

    def told() -> bool:
        return any(row["code"] == "METER_CRITICAL" and "VaR 95" in row["text"] for row in _alerts(product))

    product.wait(told, "an alert of the VaR")


def _alerts(product: Product) -> list[dict[str, str]]:
    from engine.facts import AlertRaised

    return [{"code": fact.code, "text": fact.text} for fact in product.facts(AlertRaised)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_meters_follow_fills_on_the_screen(product: Product, size: tuple[int, int]) -> None:
    product.change(product.paths.risk_file, "max_var_95: off", "max_var_95: 0.002")
    desk = product.console("run", size=size).opened()
    product.wait_until_open()
    if size == (80, 24):
        desk.press("5")
    desk.see_row("Positions", "0", "20")
    product.order("buy 1500 aapl mkt")
    desk.see_row("Positions", "1", "20")
    desk.see_row("Largest", "AAPL", "10.0%")
    desk.see_row("VaR", "95", "0.2%")  # its limit; it is near enough to stand among the first
    product.wait(lambda: float(meters(product)["risk.max_var_95"]["value"] or 0) > 0, "the risk of the position")
    product.wait(lambda: held(product) == {"AAPL": 1500}, "all of the purchase: a sale of more than is held is refused")
    product.order("sell 1500 aapl mkt")
    product.wait(lambda: meters(product)["risk.max_var_95"]["value"] == "0", "no risk without a position")
    desk.see_row("Positions", "0", "20")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,symbol,open,high,low,close,volume\n2013-10-03,IBM,0,0,0,0,5\n", "line 2"),
        ("date,IBM\n2013-10-03,184\n2013-10-03,184\n", "line 3"),
        ("", "is empty"),
    ],
)
def test_a_bad_file_of_daily_bars_is_refused_before_anything_is_opened(
    product: Product, shared_data: Path, tmp_path: Path, text: str, says: str
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(text)
    product.change(product.paths.desk_file, "history: null ", f"history: {bad} ")
    tape = shared_data / "equities" / "quotes_1s" / f"IBM_{DAY.replace('-', '')}.csv.gz"
    done = product.shell("start", "--replay", str(tape))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(bad) in done.stderr
    assert says in done.stderr
    assert not product.state.journal.exists()
