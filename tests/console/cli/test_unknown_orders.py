"""UNKNOWN orders from a shell: the real desk at a served broker that loses what it is told to lose."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.runtime.lock import is_held
from tests.console.cli.test_real_desk import Shell

pytestmark = pytest.mark.timeout(180)
#: Lost without an answer: the first two orders.
LOSES = {"next_of": {"BrokerOrder": ["lose", "lose"]}}


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    """A desk at a served broker."""
    shell, socket, faults = Shell(home), home / "b.sock", home / "faults.json"
    faults.write_text(json.dumps(LOSES))
    command = [sys.executable, "-m", "brokers.paper.serve", "--socket", str(socket), "--books", str(home / "b")]
    with subprocess.Popen([*command, "--faults", str(faults)], stdout=subprocess.DEVNULL) as server:
        try:
            shell.until(socket.exists, "the broker's socket")
            shell("config")
            settings = home / "config" / "tradedesk.yaml"
            text = settings.read_text().replace("broker: paper ", f"broker: paper@{socket} ")
            settings.write_text(text.replace("new_session_after_s: 20", "new_session_after_s: 0"))
            assert shell("start").returncode == 0
            yield shell
        finally:
            if is_held(shell.state / "desk.lock"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(shell.pid, signal.SIGKILL)
            server.terminate()


def test_a_lost_order_is_unknown_everywhere_and_ends_by_the_operators_word_alone(shell: Shell) -> None:
    first = shell.json("order", "buy 100 ibm lmt 50 gtc")
    assert first["status"] in ("PENDING_NEW", "UNKNOWN")
    shell.until(lambda: shell.json("status")["unknown_orders"] == 1, "the time-out")
    status = shell.json("status")
    assert status["oldest_unknown_s"] >= 0
    assert "1, oldest for" in shell("status").stdout
    (row,) = shell.json("blotter", "orders")
    assert (row["status"], row["doubt"]) == ("UNKNOWN", True)

    assert "UNKNOWN_SAME_INTENT" in shell("order", "buy 100 ibm lmt 50 gtc").stderr
    assert "confirm it with --confirm DEAD" in shell("resolve", str(row["id"]), "--reason", "by phone").stderr
    done = shell("resolve", str(row["id"]), "--reason", "by phone", "--confirm", "DEAD")
    assert f"order {row['id']} resolved as dead" in done.stdout
    assert shell.json("status")["unknown_orders"] == 0
    told = shell("audit", "show", str(row["id"])).stdout
    assert "resolved as dead by" in told
    counts = shell.json("eod")["counts"]
    assert (counts["orders"], counts["unknown"], counts["dead"], counts["rejected"]) == (1, 1, 1, 0)
    assert "(owner): by phone" in told


def test_a_lost_order_is_sent_anew_by_the_operator_under_a_new_id(shell: Shell) -> None:
    assert shell.json("order", "buy 100 msft lmt 10 gtc")["accepted"]
    lost = shell.json("order", "buy 100 ibm lmt 50 gtc")
    shell.until(lambda: shell.json("status")["unknown_orders"] == 2, "the time-outs")
    done = shell.json("resend", str(lost["id"]), "--reason", "never got there", "--confirm", "RESEND")
    shell.until(lambda: shell.json("status")["unknown_orders"] == 1, "one order in doubt less")
    rows = {row["id"]: row for row in shell.json("blotter", "orders")}
    assert rows[lost["id"]]["status"] == "REJECTED"
    assert rows[done["id"]]["cl_ord_id"] != rows[lost["id"]]["cl_ord_id"]
    shell.until(lambda: shell.json("blotter", "orders")[0]["status"] == "NEW", "the new order's acknowledgement")
