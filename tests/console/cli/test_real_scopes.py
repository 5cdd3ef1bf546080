"""Kills, halts and reductions of less than the desk, from a shell, on the real desk: healthy, hanging, dead."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journal.latch import KillLatch
from tests.console.cli.test_real_desk import Shell

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    shell = Shell(home)
    yield shell
    shell("stop", "--cancel")


def statuses(shell: Shell) -> dict[str, str]:
    return {row["symbol"]: row["status"] for row in shell.json("blotter", "orders")}


def scopes(shell: Shell) -> dict[str, str]:
    return {row["scope"]: row["state"] for row in shell.json("status")["scopes"]}


def test_an_instrument_is_killed_while_the_others_trade_and_stays_so_over_a_crash(shell: Shell) -> None:
    shell("start")
    shell("order", "buy 100 aapl lmt 100 day")
    shell("order", "buy 100 ibm lmt 100 day")
    assert shell("halt", "strategy", "mean").returncode == 0
    assert shell("reduce", "msft").returncode == 0

    killed = shell.json("kill", "aapl")
    assert (killed["scope"], killed["killed"], killed["latched"]) == ("instrument:AAPL", True, True)
    shell.until(lambda: statuses(shell) == {"AAPL": "CANCELED", "IBM": "NEW"}, "the cancel")
    assert "HALTED" in shell("order", "buy 1 aapl lmt 100 day").stderr
    assert shell("order", "buy 1 ibm lmt 100 day").returncode == 0
    assert not shell.halted()

    shell.crash()
    assert KillLatch(shell.state / "halt").of("instrument:AAPL").exists()
    shell("start")
    wanted = {"instrument:AAPL": "HALTED", "instrument:MSFT": "REDUCING", "strategy:mean": "HALTED"}
    shell.until(lambda: scopes(shell) == wanted, "the scopes of before the crash")
    assert "HALTED" in shell("order", "buy 1 aapl lmt 100 day").stderr
    shell.until(
        lambda: shell("resume", "aapl", "--reason", "fixed", "--confirm", "RESUME").returncode == 0, "the reset"
    )
    assert not (shell.state / "halts").exists()
    assert shell("order", "buy 1 aapl lmt 100 day").returncode == 0
    assert "instrument:AAPL" not in scopes(shell)


def test_an_instrument_of_a_dead_desk_is_cancelled_at_the_broker_and_latched_for_the_next_start(shell: Shell) -> None:
    shell("start")
    shell("order", "buy 100 aapl lmt 100 gtc")
    shell("order", "buy 100 ibm lmt 100 gtc")
    shell.crash()

    killed = shell.json("kill", "aapl")
    assert "1 working orders cancelled at the paper broker" in killed["message"]
    assert shell("kill", "strategy", "mean").returncode == 1, "nobody but the desk knows a strategy's orders"

    shell("start")
    shell.until(lambda: {"instrument:AAPL", "strategy:mean"} <= set(scopes(shell)), "both latches to be read")
    assert statuses(shell) == {"AAPL": "CANCELED", "IBM": "NEW"}
    assert not shell.halted()


def test_an_instrument_of_a_desk_that_hangs_is_latched_and_nothing_more_is_signalled(shell: Shell) -> None:
    shell("start")
    shell("order", "buy 100 aapl lmt 100 day")
    pid = shell.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        killed = shell("kill", "aapl")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert killed.returncode == 1
    assert "`tradedesk kill` stops everything at once" in killed.stdout
    shell.until(lambda: statuses(shell) == {"AAPL": "CANCELED"}, "the latch to be read when it wakes")
    assert not shell.halted()


def test_a_name_that_is_none_kills_nothing_and_says_so(shell: Shell) -> None:
    shell("start")
    for words in (["nope"], ["strategy"], ["aapl", "ibm"]):
        done = shell("kill", *words)
        assert done.returncode in (1, 2)
        assert "NOTHING WAS KILLED" in done.stdout + done.stderr
    assert not (shell.state / "halts").exists()
    assert scopes(shell) == {}


def test_what_the_universe_has_no_more_and_the_desk_still_works_is_killed(shell: Shell, home: Path) -> None:
    shell("start")
    # Where the machine is busy the first price may not have come yet, and the order is refused.
    shell.until(lambda: shell("order", "buy 100 aapl lmt 100 day").returncode == 0, "the order to be taken")
    universe = home / "config" / "universe.yaml"
    lines = universe.read_text().splitlines(keepends=True)
    universe.write_text("".join(line for line in lines if not line.startswith("  AAPL:")))
    assert shell("kill", "aapl").returncode == 0
    shell.until(lambda: statuses(shell) == {"AAPL": "CANCELED"}, "the cancel")
