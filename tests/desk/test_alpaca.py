"""The product at "Alpaca": the real SDK, the emulator as a process of its own, a crash, a kill without a desk."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from engine.runtime.lock import is_held
from tests.console.cli.test_real_desk import Shell

pytestmark = pytest.mark.timeout(180)
ACCOUNT = "PA3EMULATED"
SETTINGS = f"""\
default_profile: alpaca
profiles:
  alpaca: {{broker: alpaca, account: {ACCOUNT}, data: alpaca, resilience: {{check_orders: 1}}}}
  ours: {{data: alpaca, account: PAPER}}
"""
UNIVERSE = """\
instruments:
  IBM: {sector: Technology, calendar: 24x7}
  BAC: {sector: Financials, calendar: 24x7}
"""


@pytest.fixture
def emulator(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The emulator, its environment set; every third fill is kept off its stream."""
    config = home / "config"
    config.mkdir(parents=True)
    (config / "tradedesk.yaml").write_text(SETTINGS)
    (config / "universe.yaml").write_text(UNIVERSE)
    command = [sys.executable, "-m", "tests.emulators.alpaca", "--drop-fills", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for word in process.stdout.readline().split()[1:]:
            name, _, value = word.partition("=")
            monkeypatch.setenv(name, value)
        try:
            yield home
        finally:
            process.terminate()


def theirs(path: str) -> Any:
    """What the broker's own books say."""
    headers = {"APCA-API-KEY-ID": os.environ["ALPACA_API_KEY"], "APCA-API-SECRET-KEY": os.environ["ALPACA_SECRET_KEY"]}
    with urlopen(Request(f"{os.environ['ALPACA_BASE_URL']}/v2/{path}", headers=headers), timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def shell(emulator: Path) -> Iterator[Shell]:
    shell = Shell(emulator)
    shell.state = emulator / "state" / f"paper-{ACCOUNT}"
    yield shell
    if is_held(shell.state / "desk.lock"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell.pid, signal.SIGKILL)


def test_a_day_at_alpaca(shell: Shell) -> None:
    assert shell("start").returncode == 0
    shell.until(lambda: bool(shell.json("order", "buy 1 ibm mkt", "--dry-run", "--yes")["accepted"]), "a fresh quote")

    for number in range(4):
        shell.json("order", f"buy {number + 10} {'ibm' if number % 2 else 'bac'} mkt", "--yes")
    shell("reconcile")  # as the desk does by itself each minute
    shell.until(lambda: held(shell) == {"IBM": "24", "BAC": "22"}, "fills, those kept off the stream as well")
    resting = shell.json("order", "buy 5 ibm lmt 150 gtc")
    shell.json("mod", str(resting["id"]), "px", "151", "qty", "6")
    shell.until(lambda: [o["qty"] for o in theirs("orders")] == ["6"], "the change at the broker")

    shell.crash()
    assert shell("start").returncode == 0
    shell.until(lambda: shell.json("status")["brokers"][0]["connected"], "the new session")
    shell.until(lambda: held(shell) == {"IBM": "24", "BAC": "22"}, "the positions")
    (kept,) = [row for row in shell.json("blotter", "orders") if row["status"] == "NEW"]
    assert (kept["id"], kept["limit_px"], kept["order_qty"]) == (resting["id"], "151.00", "6")
    assert shell.json("breaks") == []

    shell.crash()
    killed = shell("kill")  # of a desk that is dead: at the broker
    assert "every working order cancelled at the broker" in killed.stdout + killed.stderr
    assert theirs("orders") == []
    assert len(theirs("orders?status=all")) == 6

    done = shell("start", "--profile", "ours", "--broker", "alpaca")
    assert done.returncode == 1
    assert "broker alpaca needs a profile of its own" in done.stderr


def held(shell: Shell) -> dict[str, str]:
    return {row["symbol"]: row["qty"] for row in shell.json("blotter", "positions") if row["qty"] != "0"}
