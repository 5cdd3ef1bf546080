"""Orders that wait for their turn when the broker goes away: withheld, shown, replayed by hand, filled."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.facts import DeadLetterClosed, DeadLettered, OrderIntended
from tests.desk.product import PATIENCE_S, Product

pytestmark = pytest.mark.timeout(180)


class ServedBroker:
    """A paper broker in a process of its own that takes only a few requests a second."""

    def __init__(self, folder: Path, product: Product) -> None:
        self.socket = folder / "broker.sock"
        self._command = [
            *(sys.executable, "-m", "brokers.paper.serve", "--socket", str(self.socket)),
            *("--books", str(folder / "broker.sqlite3"), "--rate", "6"),
        ]
        self._product = product
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        self._product.wait(self.socket.exists, "the broker to listen")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.socket.unlink(missing_ok=True)


@pytest.fixture
def broker(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBroker]:
    broker = ServedBroker(tmp_path_factory.mktemp("b"), product)
    product.change(product.paths.desk_file, "socket: null ", f"socket: {broker.socket} ")
    product.change(product.paths.risk_file, "duplicate_window_s: 2", "duplicate_window_s: off")
    broker.start()
    yield broker
    product.close()
    broker.kill()


def test_orders_that_died_with_the_connection_wait_for_the_operator_and_fill_when_replayed(
    product: Product, broker: ServedBroker
) -> None:
    started = product.shell("start", timeout=60)
    assert started.returncode == 0, started.stderr
    product.wait_until_open()
    crowd = [
        threading.Thread(target=lambda: product.ask("order", line="buy 10 ibm mkt", yes=True), daemon=True)
        for _ in range(14)
    ]
    for one in crowd:
        one.start()
    product.wait(lambda: len(product.look("orders")) >= 12, "the orders to be approved")
    broker.kill()
    product.wait(lambda: product.look("letters"), "dead letters")
    for one in crowd:
        one.join(PATIENCE_S)

    letters = product.look("letters")
    assert {letter["cause"] for letter in letters} <= {"disconnected", "queue"}
    assert product.look("status")["dead_letters"] == len(letters)
    unsent = {row["id"]: row for row in product.look("orders") if row["id"] in {one["order"] for one in letters}}
    assert {row["status"] for row in unsent.values()} == {"DENIED"}

    number = str(letters[0]["no"])
    refused = product.shell("dlq", "replay", number)
    assert refused.returncode == 1
    assert "NOT_RECONCILED" in refused.stderr

    broker.start()
    product.wait(lambda: product.look("status")["brokers"][0]["connected"], "the connection to stand again", 8)
    product.wait_until_open()
    product.ask("halt", line="halt")
    halted = product.shell("dlq", "replay", number)
    assert halted.returncode == 1
    assert "trading is HALTED (desk): nothing is replayed until it is resumed" in halted.stderr
    resumed = product.shell("resume", "--reason", "broker is back", "--confirm", "RESUME")
    assert resumed.returncode == 0, resumed.stderr

    result = _replayed(product, number)
    product.wait(lambda: _order(product, result["id"])["status"] == "FILLED", "the replayed order to fill")
    listed = product.shell("dlq", "list", "--json")
    left = json.loads(listed.stdout)
    assert number not in {str(letter["no"]) for letter in left}
    if left:
        discarded = product.shell("dlq", "discard", str(left[0]["no"]), "--reason", "the moment has passed")
        assert discarded.returncode == 0, discarded.stderr
        assert discarded.stdout.strip() == f"dead letter {left[0]['no']} discarded"

    (replayed,) = [fact for fact in product.facts(DeadLetterClosed) if fact.how == "replayed"]
    intents = {fact.cl_ord_id: fact for fact in product.facts(OrderIntended)}
    old, new = intents[replayed.cl_ord_id], intents[replayed.replayed_as]
    assert old.cl_ord_id != new.cl_ord_id == result["cl_ord_id"]
    assert old.quote is not None
    assert new.quote is not None
    assert new.quote.ts_ns > old.quote.ts_ns, "checked against a fresh quote"
    assert len(product.facts(DeadLettered)) >= len(letters)


def _replayed(product: Product, number: str) -> dict[str, Any]:
    """Replay it; a locked quote of the moment is waited for, as a trader would."""
    for _ in range(50):
        done = product.shell("dlq", "replay", number, "--yes", "--json")
        if done.returncode == 0:
            result: dict[str, Any] = json.loads(done.stdout)
            return result
        assert "STALE_PRICE" in done.stderr, done.stderr
    raise AssertionError(done.stderr)


def _order(product: Product, number: int) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in product.look("orders") if row["id"] == number)
    return row
