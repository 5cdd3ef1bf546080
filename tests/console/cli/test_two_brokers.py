"""One desk, two accounts, two served brokers on real sockets: what one of them does never holds up the other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.lock import is_held
from tests.console.cli.test_real_desk import Shell

pytestmark = pytest.mark.timeout(180)


class TwoBrokers(Shell):
    """Account PAPER at one broker, account B at another."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        for account in ("PAPER", "B"):
            books = str(home / f"{account}.sqlite3")
            command = ["-m", "brokers.paper.serve", "--socket", str(home / account), "--books", books]
            command += ["--account", account, "--latency-ms", "1-5"]
            self.servers[account] = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
        self.until(lambda: all((home / account).exists() for account in self.servers), "the sockets")
        self("config")
        settings = home / "config" / "tradedesk.yaml"
        text = settings.read_text().replace("broker: paper ", f"broker: paper@{home / 'PAPER'} ", 1)
        text = text.replace("request_timeout: 5 ", "request_timeout: 1 ").replace("retries: 3 ", "retries: 0 ")
        settings.write_text(f"{text}    accounts: [{{name: B, broker: 'paper@{home / 'B'}'}}]\n")

    def hang(self, account: str) -> None:
        self.servers[account].send_signal(signal.SIGSTOP)

    def wake(self, account: str) -> None:
        self.servers[account].send_signal(signal.SIGCONT)

    def ready(self) -> None:
        self.until(lambda: {b["name"]: b["connected"] for b in self.brokers()} == BOTH_UP, "both connections")
        self.until(lambda: self("order", "buy 1 ibm lmt 50 day @B").returncode == 0, "account B")
        self.until(lambda: self("order", "buy 1 ibm lmt 50 day").returncode == 0, "account PAPER")

    def brokers(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.json("status")["brokers"]
        return rows

    def held(self) -> dict[tuple[str, str], str]:
        return {(r["account"], r["symbol"]): r["qty"] for r in self.json("blotter", "positions") if r["qty"] != "0"}

    def working(self) -> set[tuple[str, str]]:
        rows = self.json("blotter", "orders")
        return {(r["account"], r["symbol"]) for r in rows if r["status"] in ("NEW", "PENDING_NEW", "UNKNOWN")}

    def buy(self, account: str, symbol: str) -> None:
        assert self("order", f"buy 100 {symbol} mkt @{account}").returncode == 0
        self.until(lambda: self.held().get((account, symbol.upper())) == "100", f"the fill at {account}")


BOTH_UP = {"paper": True, "paper:B": True}


@pytest.fixture
def shell(home: Path) -> Iterator[TwoBrokers]:
    shell = TwoBrokers(home)
    try:
        assert shell("start").returncode == 0
        shell.ready()
        yield shell
    finally:
        if is_held(shell.state / "desk.lock"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(shell.pid, signal.SIGKILL)
        for server in shell.servers.values():
            server.kill()
            server.wait()


def test_orders_cancels_fills_and_comparisons_of_one_go_on_while_the_other_hangs(shell: TwoBrokers) -> None:
    shell.hang("B")
    shell("order", "buy 100 aapl lmt 50 day @B")

    shell.buy("PAPER", "ibm")
    resting = shell.json("order", "buy 100 msft lmt 50 day")
    assert shell("cancel", str(resting["id"])).returncode == 0
    shell.until(lambda: ("PAPER", "MSFT") not in shell.working(), "the cancel")
    assert shell("reconcile").returncode == 0
    shell.buy("PAPER", "nvda")
    assert ("B", "AAPL") in shell.working()

    began = time.monotonic()
    assert shell("stop", "--leave").returncode == 0
    shell.until(lambda: not is_held(shell.state / "desk.lock"), "the stop")
    assert time.monotonic() - began < 20


def test_a_kill_flattens_and_verifies_one_and_names_the_one_that_hangs_until_it_is_done(shell: TwoBrokers) -> None:
    shell.buy("PAPER", "ibm")
    shell.buy("B", "aapl")
    shell.hang("B")
    assert shell("kill", "--flatten").returncode == 0

    shell.until(lambda: ("PAPER", "IBM") not in shell.held(), "the flatten at the broker that answers")

    def named() -> bool:
        problems = " ".join(shell.json("status")["kill"]["problems"])
        return "waits for B" in problems and "PAPER verified" in problems

    shell.until(named, "the words about the one that hangs")
    assert not shell.json("status")["kill"]["verified"]
    assert shell.held() == {("B", "AAPL"): "100"}
    assert not any(account == "PAPER" for account, _ in shell.working())

    shell.wake("B")
    shell.until(lambda: shell.held() == {}, "the flatten at the one that woke")
    shell.until(lambda: shell.json("status")["kill"]["verified"], "the kill to be verified everywhere")
    assert shell.working() == set()


def test_a_crash_with_one_hung_recovers_both(shell: TwoBrokers) -> None:
    shell.buy("PAPER", "ibm")
    shell.buy("B", "aapl")
    shell("order", "buy 100 msft lmt 50 gtc @B")
    shell.hang("B")
    shell.crash()
    shell("start")
    shell.until(lambda: shell("order", "buy 1 nvda lmt 50 day").returncode == 0, "the one that answers")
    assert "NOT_RECONCILED" in shell("order", "buy 1 nvda lmt 50 day @B").stderr
    shell.wake("B")
    shell.until(lambda: shell("order", "buy 1 nvda lmt 50 day @B").returncode == 0, "the one that woke")
    assert shell.held() == {("PAPER", "IBM"): "100", ("B", "AAPL"): "100"}
    assert ("B", "MSFT") in shell.working()


def test_what_stands_in_two_accounts_is_cancelled_and_closed_in_the_one_that_is_named(shell: TwoBrokers) -> None:
    for account in ("PAPER", "B"):
        shell.buy(account, "aapl")
        shell("order", f"buy 100 msft lmt 50 gtc @{account}")

    assert shell("blotter", "fills").stdout.startswith("account"), "rows of two accounts are told apart"
    assert {row["account"] for row in shell.json("status")["accounts"]} == {"PAPER", "B"}

    assert "MSFT works in B and PAPER: say which" in shell("cancel", "msft").stderr
    assert "AAPL is held or works in B and PAPER: say which" in shell("flat", "aapl").stderr
    assert {("PAPER", "MSFT"), ("B", "MSFT")} <= shell.working()

    assert shell("cancel", "msft", "@B").returncode == 0
    shell.until(lambda: ("B", "MSFT") not in shell.working(), "the cancel")
    assert shell("flat", "aapl", "@B").returncode == 0
    shell.until(lambda: shell.held() == {("PAPER", "AAPL"): "100"}, "the flatten")
    assert ("PAPER", "MSFT") in shell.working()
    assert shell("flat", "aapl").returncode == 0, "held in one account alone, it needs no name"
    shell.until(lambda: shell.held() == {}, "the flatten of the rest")
