"""The product at "Alpaca" without a screen: an order outlives a crash, and is cancelled without a desk."""

from __future__ import annotations

import os
import signal

import pytest

from engine.runtime.lock import read_owner
from tests.desk.alpaca import AtAlpaca

pytestmark = pytest.mark.timeout(180)


def crash(product: AtAlpaca) -> None:
    os.kill(read_owner(product.state.lock)[0], signal.SIGKILL)
    product.wait_until_gone()


def test_an_order_outlives_a_crash_and_is_cancelled_beside_a_dead_desk(at_alpaca: AtAlpaca) -> None:
    product, broker = at_alpaca, at_alpaca.broker
    assert product.shell("start").returncode == 0
    product.wait(lambda: product.ask("order", line="buy 1 ibm mkt", dry_run=True, yes=True).ok, "a fresh quote")
    bought = product.order("buy 10 ibm mkt")
    product.wait(lambda: product.held() == {"IBM": "10"}, f"order {bought['id']} to fill")
    resting = product.order("buy 5 ibm lmt 150 gtc")
    assert product.ask("mod", line=f"mod {resting['id']} px 151 qty 6").ok
    product.wait(lambda: broker.working == [("IBM", "6", "151")], "the change at the broker")

    crash(product)
    assert product.shell("start").returncode == 0
    product.wait(lambda: product.look("status")["brokers"][0]["connected"], "the new session")
    product.wait(lambda: product.held() == {"IBM": "10"}, "the positions")
    (kept,) = [row for row in product.look("orders") if row["status"] == "NEW"]
    assert (kept["id"], kept["limit_px"], kept["order_qty"]) == (resting["id"], "151.00", "6")
    assert product.look("breaks") == []

    crash(product)
    killed = product.shell("kill")  # of a desk that is dead: at the broker
    assert "every working order cancelled at the broker" in killed.stdout + killed.stderr
    assert broker.working == []
    assert len(broker.server.books.orders) == 3, "nothing was sent twice: bought, rested, changed"

    done = product.shell("start", "--profile", "ours", "--broker", "alpaca")
    assert done.returncode == 1
    assert "broker alpaca needs a profile of its own" in done.stderr
