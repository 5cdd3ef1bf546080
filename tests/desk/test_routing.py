"""One order routed over two accounts of the running product, each with a market and a fee of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.desk.product import Product

pytestmark = pytest.mark.timeout(120)

FURTHER = """\
    accounts:
      - {name: ALT, broker: paper, paper: {quote_ticks: -1, quote_size: 0.5, commission_per_share: 0.001, seed: 2}}
"""


def launch(product: Product, line: str) -> int:
    """Launch an algo; a locked quote of the moment is waited for."""
    answers = []

    def accepted() -> bool:
        answers.append(product.ask("launch", line=line, yes=True))
        return answers[-1].ok or "PRICE" not in answers[-1].error

    product.wait(accepted, "a usable price")
    assert answers[-1].ok, answers[-1].error
    number: int = answers[-1].result["id"]
    return number


def algo(product: Product, number: int) -> dict[str, Any]:
    """Its row; empty until the view has it."""
    return next((row for row in product.look("algos") if row["id"] == number), {})


def held(product: Product) -> dict[str, Decimal]:
    rows = [row for row in product.look("positions") if row["symbol"] == "AAPL"]
    return {row["account"]: Decimal(row["qty"]) for row in rows}


def working(product: Product) -> dict[str, Decimal]:
    """What works, by account."""
    found: dict[str, Decimal] = {}
    for row in product.look("orders"):
        found[row["account"]] = found.get(row["account"], Decimal(0)) + Decimal(row["leaves_qty"])
    return {account: leaves for account, leaves in found.items() if leaves}


def test_a_purchase_meets_both_markets_and_a_sale_waits_in_both_until_one_of_them_is_killed(product: Product) -> None:
    product.change(product.paths.desk_file, "    # accounts:  ", FURTHER + "    # accounts:  ")
    assert product.shell("start").returncode == 0
    product.wait_until_open()
    bought = launch(product, "sor buy 3500 aapl")
    product.wait(lambda: algo(product, bought).get("status") == "DONE", "all of it")
    mine = held(product)
    assert sum(mine.values()) == 3500
    assert mine["ALT"] > 0, "a tick cheaper there"
    assert mine["PAPER"] > 0, "ALT shows half of what the desk's own market does"
    fees = {row["account"]: Decimal(row["fee"]) for row in product.look("fills")}
    assert fees["ALT"] > 0
    assert fees["PAPER"] == 0

    px = (Decimal(algo(product, bought)["arrival_px"]) * Decimal("1.03")).quantize(Decimal("0.1"))
    sold = launch(product, f"sor sell 3499 aapl limit {px}")
    product.wait(lambda: sum(working(product).values()) == 3499, "the sale to wait")
    waits = working(product)
    assert waits == {"PAPER": mine["PAPER"], "ALT": mine["ALT"] - 1}, "first where waiting costs nothing"
    assert product.ask("kill", scope="account:ALT").ok
    product.wait(lambda: not working(product), "both children to be gone")
    assert algo(product, sold)["status"] == "CANCELED"
    assert held(product) == mine
