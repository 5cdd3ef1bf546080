"""The product at "Interactive Brokers", through the real SDK: a whole day by keys; then a kill without a desk."""

from __future__ import annotations

import os
import signal

import pytest

from engine.runtime.lock import read_owner
from tests.desk.by_keys import a_day_by_keys
from tests.desk.ibkr import AtIbkr

pytestmark = pytest.mark.timeout(180)


def test_a_day_at_interactive_brokers_by_keys_and_a_kill_beside_a_dead_desk(at_ibkr: AtIbkr) -> None:
    product, broker = at_ibkr, at_ibkr.broker
    a_day_by_keys(product)
    assert product.shell("start").returncode == 0
    assert product.look("breaks") == []
    assert product.shell("resume", "--reason", "the day is over", "--confirm", "RESUME").returncode == 0

    product.order("buy 5 ibm lmt 150 gtc")
    product.wait(lambda: broker.working == [("IBM", "5", "150")], "an order at the broker")
    os.kill(read_owner(product.state.lock)[0], signal.SIGKILL)
    product.wait_until_gone()
    killed = product.shell("kill")  # of a desk that is dead: at the broker
    assert "every working order cancelled at the broker" in killed.stdout + killed.stderr
    assert broker.working == []

    wrong = product.shell("start", "--profile", "other")
    assert wrong.returncode == 1
    assert "manages DU1234567, and not DU7654321" in wrong.stderr
