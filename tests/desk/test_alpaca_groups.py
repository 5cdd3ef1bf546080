"""A bracket that "Alpaca" holds, and a desk that dies while its entry rests: what is bought meanwhile has its stop, and
the next desk knows whose the legs are, though Alpaca made up their ids."""

from __future__ import annotations

import pytest

from tests.desk.alpaca import AtAlpaca
from tests.desk.test_alpaca import crash

pytestmark = pytest.mark.timeout(180)


def test_what_a_bracket_buys_while_the_desk_is_dead_has_its_stop_and_the_target_ends_it(at_alpaca: AtAlpaca) -> None:
    product, broker = at_alpaca, at_alpaca.broker
    exits = [("IBM", "100", "190.00"), ("IBM", "100", "180.00")]
    assert product.shell("start", timeout=60).returncode == 0
    product.wait(lambda: product.ask("order", line="buy 1 ibm mkt", dry_run=True, yes=True).ok, "a fresh quote")
    placed = product.order("buy 100 ibm lmt 184 tp 190 sl 180 gtc")
    product.wait(lambda: broker.working == [("IBM", "100", "184.00"), *exits], "the bracket at the broker")
    ids = [placed["id"], *placed["legs"]]
    product.wait(lambda: statuses(product, ids) == ["NEW"] * 3, "all of it acknowledged")

    crash(product)
    broker.market["IBM"] = "183.90"
    product.wait(lambda: broker.positions == {"IBM": "100"}, "the entry's fill")
    broker.market["IBM"] = "184.50"
    assert broker.working == exits

    assert product.shell("start", timeout=60).returncode == 0
    product.wait(lambda: product.held() == {"IBM": "100"}, "what was bought meanwhile")
    product.wait(lambda: statuses(product, ids) == ["FILLED", "NEW", "NEW"], "its exits")
    product.wait(lambda: product.look("breaks") == [], "books that are the broker's")
    stop = ids[2]
    product.wait(lambda: product.ask("mod", line=f"mod {stop} stop 181").ok, "a change on a fresh quote")
    product.wait(lambda: ("IBM", "100", "181") in broker.working, "the stop where it was moved to")

    broker.market["IBM"] = "190.50"
    product.wait(lambda: statuses(product, ids) == ["FILLED", "FILLED", "CANCELED"], "the target, and the stop's end")
    assert (product.held(), broker.positions, broker.working) == ({}, {}, [])
    product.wait(lambda: product.look("breaks") == [], "books that are the broker's")
    assert len(broker.server.books.orders) == 4, "the bracket, and its stop's change"
    assert {row["id"] for row in product.look("orders")} == set(ids), "none of it was taken for somebody else's"


def statuses(product: AtAlpaca, ids: list[int]) -> list[str]:
    """How these orders stand at the desk."""
    known = {row["id"]: row["status"] for row in product.look("orders")}
    return [known.get(ident, "") for ident in ids]
