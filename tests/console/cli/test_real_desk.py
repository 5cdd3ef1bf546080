"""The shell's commands against the real desk, headless: trade, crash, kill in every state of health."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.journal.latch import KillLatch
from engine.runtime.lock import is_held, read_owner

pytestmark = pytest.mark.timeout(120)


class Shell:
    """A shell in which TRADEDESK_HOME is set."""

    def __init__(self, home: Path) -> None:
        self.state = home / "state" / "paper"

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "console.cli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def pid(self) -> int:
        return read_owner(self.state / "desk.lock")[0]

    def until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)

    def crash(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.until(lambda: not is_held(self.state / "desk.lock"), "the lock of a dead desk")

    def halted(self) -> bool:
        return bool(self.json("status")["trading_state"] == "HALTED")


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    shell = Shell(home)
    yield shell
    if is_held(shell.state / "desk.lock"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell.pid, signal.SIGKILL)


def test_a_trading_day_from_a_shell(shell: Shell) -> None:
    assert shell("start").returncode == 0

    resting = shell.json("order", "buy 100 aapl lmt 100 day")
    bought = shell.json("order", "buy 100 ibm mkt", "--id", "once")
    again = shell.json("order", "buy 100 ibm mkt", "--id", "once")
    changed = shell.json("mod", str(resting["id"]), "px", "101", "qty", "50")

    assert (resting["status"], bought["status"]) == ("NEW", "FILLED")
    assert again["id"] == bought["id"]
    assert changed["accepted"] is True
    orders = {row["id"]: row for row in shell.json("blotter", "orders")}
    assert (orders[resting["id"]]["limit_px"], orders[resting["id"]]["order_qty"]) == ("101.00", "50")
    assert [row["symbol"] for row in shell.json("blotter", "positions") if row["qty"] == "100"] == ["IBM"]
    assert len(shell.json("algo", "plan", "twap sell 100 ibm duration 5m slices 4")["slices"]) == 4

    algo = shell.json("algo", "launch", "twap sell 100 ibm duration 5m slices 4")["id"]
    assert shell("algo", "pause", str(algo)).returncode == 0
    assert shell.json("algo", "list")[0]["status"] == "PAUSED"
    assert shell("algo", "cancel", str(algo)).returncode == 0
    assert shell("alert", "aapl > 900").stdout == "alert 1: aapl > 900\n"
    assert shell("alert", "pnl", "below", "100", "again").returncode == 0
    (price, pnl) = shell.json("alert")["alerts"]
    assert (price["no"], price["words"], price["fired"]) == (1, "aapl > 900", None)
    assert pnl["words"].startswith("pnl < 100 again")
    assert shell("alert", "remove", "all").returncode == 0
    assert shell("alert").stdout == "no alerts are set\n"
    assert "is not in the universe" in shell("alert", "nope > 1").stderr

    assert shell("halt").returncode == 0
    assert "HALTED" in shell("order", "buy 1 aapl mkt").stderr
    assert shell("resume", "--reason", "lunch is over", "--confirm", "RESUME").returncode == 0

    refused = shell("stop")
    assert refused.returncode == 1
    assert "1 working orders" in refused.stderr
    assert shell("stop", "--cancel").returncode == 0
    assert shell("status").returncode == 1
    assert shell("audit", "verify").returncode == 0


def test_the_blotter_of_a_desk_that_does_not_run_has_the_same_keys(shell: Shell) -> None:
    shell("start")
    shell("order", "buy 100 ibm mkt")
    shell("order", "sell 100 ibm mkt")
    running = {part: shell.json("blotter", part)[0].keys() for part in ("orders", "fills", "positions")}
    assert shell("stop", "--leave").returncode == 0

    for part, keys in running.items():
        stopped = shell.json("blotter", part)[0].keys()
        assert keys - stopped <= {"doubt", "unknown_s", "evidence", "day_pnl", "stale", "order", "rate", "basket"}
    (trade,) = shell.json("blotter", "trades")
    assert (trade["symbol"], trade["qty"]) == ("IBM", "100")
    assert trade["opened"].endswith("Z")
    assert shell.json("journal", "rebuild")["facts"] > 0


def test_a_kill_after_a_crash_cancels_at_the_broker_and_the_next_start_is_halted(shell: Shell) -> None:
    shell("start")
    shell("order", "buy 100 aapl lmt 100 day")
    shell("order", "buy 100 ibm lmt 100 gtc")
    shell.crash()

    killed = shell.json("kill")

    assert "2 working orders cancelled at the paper broker" in killed["message"]
    assert KillLatch(shell.state / "halt").exists()
    assert shell("start").returncode == 0
    assert shell.halted()
    assert {row["status"] for row in shell.json("blotter", "orders")} == {"CANCELED"}
    assert shell.json("breaks") == []


def test_a_kill_of_a_desk_that_hangs_latches_it_and_signals_it(shell: Shell) -> None:
    shell("start")
    shell("order", "buy 100 aapl lmt 100 day")
    pid = shell.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        killed = shell("kill")
        took = time.monotonic() - began
    finally:
        os.kill(pid, signal.SIGCONT)

    assert killed.returncode == 0
    assert "gave no answer within 1 s; the latch is set: it stays HALTED" in killed.stdout
    assert f"signalled its process (pid {pid})" in killed.stdout
    assert took < 10
    shell.until(shell.halted, "the signalled desk to halt")
    shell.until(lambda: shell.json("status")["working_orders"] == 0, "its orders to be cancelled")


def test_a_second_desk_on_the_same_folder_is_refused(shell: Shell) -> None:
    shell("start")

    second = shell("start")

    assert second.returncode == 1
    assert f"(pid {shell.pid})" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_start_with_bad_settings_is_one_line_and_leaves_no_desk(shell: Shell, home: Path) -> None:
    shell("config")
    (home / "config" / "risk_params.yaml").write_text("risk:\n  max_order_qty: lots\n")

    done = shell("start")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "risk_params.yaml:2: risk.max_order_qty: 'lots' is not a number; expected a quantity" in done.stderr
    assert shell("status").returncode == 1


def test_absent_limits_let_the_desk_start_and_refuse_every_order(shell: Shell, home: Path) -> None:
    shell("config")
    (home / "config" / "risk_params.yaml").write_text("risk.max_order_qty: 500\n")

    assert shell("start").returncode == 0
    denied = shell("order", "buy 1 aapl mkt")

    assert denied.returncode == 1
    assert "LIMIT_MISSING" in denied.stderr


def test_a_kill_reaches_a_served_broker_when_the_desk_is_dead(shell: Shell, home: Path) -> None:
    socket = home / "broker.sock"
    command = [sys.executable, "-m", "brokers.paper.serve", "--socket", str(socket), "--books", str(home / "b.sqlite3")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            shell.until(socket.exists, "the broker's socket")
            shell("config")
            settings = home / "config" / "tradedesk.yaml"
            settings.write_text(settings.read_text().replace("broker: paper ", f"broker: paper@{socket} "))
            assert shell("start").returncode == 0
            order = shell.json("order", "buy 100 ibm lmt 50 gtc")
            assert order["status"] == "NEW"
            shell.crash()

            assert "every working order cancelled at the broker" in shell.json("kill")["message"]
            assert shell("start").returncode == 0
            assert [row["status"] for row in shell.json("blotter", "orders")] == ["CANCELED"]
        finally:
            server.terminate()
