"""A bracket that Interactive Brokers holds, and a desk that dies while its entry rests: the position that is bought
meanwhile has its stop, and the next desk knows all of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.settings import IbkrSettings, with_environment
from engine.runtime.lock import is_held
from tests.console.cli.test_real_desk import Shell

pytestmark = pytest.mark.timeout(120)
ACCOUNT = "DU1234567"
SETTINGS = f"""\
default_profile: ibkr
profiles:
  ibkr: {{broker: ibkr, account: {ACCOUNT}, data: ibkr, resilience: {{check_orders: 1}}}}
"""
UNIVERSE = "instruments:\n  IBM: {sector: Technology, calendar: 24x7}\n"
Say = Callable[[str], None]


@pytest.fixture
def say(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Say]:
    """The gateway as a process, its environment set; takes its commands and waits until each is done."""
    config = home / "config"
    config.mkdir(parents=True)
    (config / "tradedesk.yaml").write_text(SETTINGS)
    (config / "universe.yaml").write_text(UNIVERSE)
    command = [sys.executable, "-m", "tests.emulators.ibkr", "--port", "0", "--still"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        while not (line := process.stdout.readline()).startswith("commands"):
            if line.startswith("export"):
                for word in line.split()[1:]:
                    monkeypatch.setenv(*word.split("=", 1))
        incoming, outgoing = process.stdin, process.stdout

        def tell(words: str) -> None:
            incoming.write(words + "\n")
            incoming.flush()
            assert outgoing.readline() == "done\n"

        try:
            yield tell
        finally:
            process.terminate()


@pytest.fixture
def shell(home: Path, say: Say) -> Iterator[Shell]:
    shell = Shell(home)
    shell.state = home / "state" / f"paper-{ACCOUNT}"
    yield shell
    if is_held(shell.state / "desk.lock"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell.pid, signal.SIGKILL)


def theirs() -> tuple[dict[str, int], list[tuple[str, int, str]]]:
    """What the broker's own books say to another client: positions, and kind, quantity and price of what is open."""

    async def ask() -> tuple[dict[str, int], list[tuple[str, int, str]]]:
        settings = with_environment(IbkrSettings(), os.environ).beside(7)
        broker = IbkrBroker(settings, account=ACCOUNT, instruments={})
        await broker.connect(lambda report: None)
        try:
            positions = {p.symbol: int(p.qty) for p in await broker.positions()}
            orders = await broker.open_orders()
            return positions, sorted((o.ord_type.value, int(o.qty), str(o.limit_px or o.stop_px)) for o in orders)
        finally:
            await broker.disconnect()

    return asyncio.run(ask())


def test_what_a_bracket_buys_while_the_desk_is_dead_has_its_stop_at_the_broker(shell: Shell, say: Say) -> None:
    assert shell("start").returncode == 0
    shell.until(lambda: bool(shell.json("order", "buy 1 ibm mkt", "--dry-run", "--yes")["accepted"]), "a fresh quote")
    entry = shell.json("order", "buy 100 ibm lmt 184 tp 190 sl 180 gtc", "--yes")
    exits = [("limit", 100, "190.00"), ("stop", 100, "180.00")]
    shell.until(lambda: theirs()[1] == [("limit", 100, "184.00"), *exits], "the whole bracket at the broker")

    shell.crash()
    say("quote IBM 183.90 183.95")
    assert theirs() == ({"IBM": 100}, exits)

    assert shell("start").returncode == 0
    shell.until(lambda: held(shell) == {"IBM": 100}, "what was bought meanwhile")
    known = {row["id"]: row for row in shell.json("blotter", "orders")}
    target, stop = (known[number] for number in entry["legs"])
    assert [row["status"] for row in (known[entry["id"]], target, stop)] == ["FILLED", "NEW", "NEW"]
    assert shell.json("breaks") == []

    shell.json("mod", str(stop["id"]), "stop", "181")
    shell.until(lambda: ("stop", 100, "181.00") in theirs()[1], "the stop where it was moved to")
    say("quote IBM 180.90 180.95")
    shell.until(lambda: held(shell) == {}, "the stop")
    shell.until(lambda: theirs() == ({}, []), "an empty book at the broker")
    ended = {row["id"]: row["status"] for row in shell.json("blotter", "orders")}
    assert [ended[number] for number in (entry["id"], *entry["legs"])] == ["FILLED", "CANCELED", "FILLED"]
    assert shell.json("breaks") == []


def held(shell: Shell) -> dict[str, int]:
    return {row["symbol"]: int(row["qty"]) for row in shell.json("blotter", "positions") if row["qty"] != "0"}
