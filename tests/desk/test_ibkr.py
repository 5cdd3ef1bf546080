"""The product at "Interactive Brokers": the real SDK, the gateway as a process of its own, a crash, a flat book, a kill
without a desk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.settings import IbkrSettings, with_environment
from engine.runtime.lock import is_held
from tests.console.cli.test_real_desk import Shell

pytestmark = pytest.mark.timeout(180)
ACCOUNT = "DU1234567"
SETTINGS = f"""\
default_profile: ibkr
profiles:
  ibkr: {{broker: ibkr, account: {ACCOUNT}, data: ibkr, resilience: {{check_orders: 1}}}}
  other: {{broker: ibkr, account: DU7654321, data: ibkr}}
"""
UNIVERSE = """\
instruments:
  IBM: {sector: Technology, calendar: 24x7}
  BAC: {sector: Financials, calendar: 24x7}
"""


@pytest.fixture
def emulator(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The gateway, its environment set; every third fill is told to nobody."""
    config = home / "config"
    config.mkdir(parents=True)
    (config / "tradedesk.yaml").write_text(SETTINGS)
    (config / "universe.yaml").write_text(UNIVERSE)
    command = [sys.executable, "-m", "tests.emulators.ibkr", "--port", "0", "--drop-fills", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        while not line.startswith("export"):
            line = process.stdout.readline()
        for word in line.split()[1:]:
            name, _, value = word.partition("=")
            monkeypatch.setenv(name, value)
        try:
            yield home
        finally:
            process.terminate()


@pytest.fixture
def shell(emulator: Path) -> Iterator[Shell]:
    shell = Shell(emulator)
    shell.state = emulator / "state" / f"paper-{ACCOUNT}"
    yield shell
    if is_held(shell.state / "desk.lock"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell.pid, signal.SIGKILL)


def theirs() -> tuple[dict[str, int], list[tuple[int, str]]]:
    """What the broker's own books say to another client: positions, and quantity and price of the open orders."""

    async def ask() -> tuple[dict[str, int], list[tuple[int, str]]]:
        settings = with_environment(IbkrSettings(), os.environ).beside(7)
        broker = IbkrBroker(settings, account=ACCOUNT, instruments={})
        await broker.connect(lambda report: None)
        try:
            positions = {p.symbol: int(p.qty) for p in await broker.positions()}
            return positions, [(int(o.qty), str(o.limit_px)) for o in await broker.open_orders()]
        finally:
            await broker.disconnect()

    return asyncio.run(ask())


def test_a_day_at_interactive_brokers(shell: Shell) -> None:
    assert shell("start").returncode == 0
    shell.until(lambda: bool(shell.json("order", "buy 1 ibm mkt", "--dry-run", "--yes")["accepted"]), "a fresh quote")

    for number in range(4):
        shell.json("order", f"buy {number + 10} {'ibm' if number % 2 else 'bac'} mkt", "--yes")
    shell("reconcile")  # as the desk does by itself each minute
    shell.until(lambda: held(shell) == {"IBM": 24, "BAC": 22}, "fills, those that nobody was told of as well")
    resting = shell.json("order", "buy 5 ibm lmt 150 gtc")
    shell.json("mod", str(resting["id"]), "px", "151", "qty", "6")
    shell.until(lambda: theirs()[1] == [(6, "151.00")], "the change at the broker")
    algo = shell.json("algo", "launch", "twap buy 4 bac duration 20m slices 4")["id"]
    shell.until(lambda: held(shell).get("BAC", 0) > 22, "a slice of the algo")

    shell.crash()
    assert shell("start").returncode == 0
    shell.until(lambda: shell.json("status")["brokers"][0]["connected"], "the new session")
    shell.until(lambda: held(shell) == theirs()[0], "the positions")
    (kept,) = [row for row in shell.json("blotter", "orders") if row["status"] == "NEW"]
    assert (kept["id"], kept["limit_px"], kept["order_qty"]) == (resting["id"], "151.00", "6")
    assert [row["id"] for row in shell.json("algo", "list")] == [algo]
    assert shell.json("breaks") == []
    assert shell("algo", "cancel", str(algo)).returncode == 0
    shell.json("cancel", str(resting["id"]))
    shell.until(lambda: theirs()[1] == [], "the cancel at the broker")

    flat = shell("kill", "--flatten")
    assert flat.returncode == 0, flat.stderr
    shell.until(lambda: theirs() == ({}, []), "a flat book at the broker")
    shell.until(lambda: held(shell) == {}, "a flat book here")
    assert shell.halted()
    assert shell.json("breaks") == []
    assert shell("resume", "--reason", "the day is over", "--confirm", "RESUME").returncode == 0

    shell.json("order", "buy 5 ibm lmt 150 gtc")
    shell.until(lambda: len(theirs()[1]) == 1, "an order at the broker")
    shell.crash()
    killed = shell("kill")  # of a desk that is dead: at the broker
    assert "every working order cancelled at the broker" in killed.stdout + killed.stderr
    assert theirs()[1] == []

    wrong = shell("start", "--profile", "other")
    assert wrong.returncode == 1
    assert "manages DU1234567, and not DU7654321" in wrong.stderr


def held(shell: Shell) -> dict[str, int]:
    return {row["symbol"]: int(row["qty"]) for row in shell.json("blotter", "positions") if row["qty"] != "0"}
