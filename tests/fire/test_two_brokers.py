"""The kill of 200 orders and 50 positions at two served brokers, one of which is connected and silent: the healthy one
is flat and verified in seconds, the other one is named with all that is not done, and is finished when it answers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from engine import facts as f
from engine.journal.verify import verify_file
from tests.crash.books import read_books
from tests.fire.troubles import FULL
from tests.fire.two_brokers import ACCOUNTS, REPOSITORY, STOCKS, TwoBrokers

pytestmark = pytest.mark.timeout(300)
ORDERS, POSITIONS = 100, 25
"""In each account."""
SOON_S: Final = 20.0
"""The healthy account is verified within so long, of which 1 to 3 s are the time-outs of cancels that were lost."""

ALIVE: Final = ("NEW", "PARTIALLY_FILLED", "PENDING_CANCEL", "PENDING_NEW", "UNKNOWN")
TROUBLES: Final = ("busy", "defect", "full disk", "all")
#: (the broker that hangs, what else is wrong). The first account's broker is also the feed: with it, prices end.
CASES = [(hung, trouble) for hung in ACCOUNTS for trouble in ("", *TROUBLES)] if FULL else [("PAPER", "all")]


def other(account: str) -> str:
    return next(one for one in ACCOUNTS if one != account)


@pytest.mark.parametrize(("hung", "trouble"), CASES)
def test_a_kill_with_one_of_two_brokers_hung(home: Path, hung: str, trouble: str) -> None:
    healthy = other(hung)
    with TwoBrokers(home) as world:
        world.fill_the_books(ORDERS)
        if trouble in ("defect", "all"):
            for account in ACCOUNTS:
                assert world.ask("launch", line=f"twap buy 40 ibm duration 60s slices 40 @{account}", yes=True).ok
            world.tell("defect")
        if trouble in ("busy", "all"):
            world.tell("busy")
        world.hang(hung)
        time.sleep(0.5)  # what is shown is a moment old
        alive = alive_at(world, hung)
        with world.full_disk() if trouble in ("full disk", "all") else contextlib.nullcontext():
            pulled_ns = time.time_ns()
            assert world.ask("kill").ok
            last_ms = (world.last_cancel_ns() - pulled_ns) / 1e6
            assert world.ask("kill", flatten=True).ok
            assert world.ask("kill").ok, "a third pull asks for less, and nothing is weakened"
            world.wait(lambda: f"{healthy} verified" in world.problems(), f"{healthy} to be flat and verified", SOON_S)
            took_s = (time.time_ns() - pulled_ns) / 1e9
            assert world.held(healthy) == {}
            assert world.working(healthy) == []
            assert world.crossed(healthy) >= ORDERS * 9 // 10, "a fill for each cancel; a few meet a real quote instead"
            check_names(world, hung, alive)
        world.wake(hung)
        woke = world.wait(world.ended, "the kill to be verified everywhere")
        check_done(world)
        assert len(world.facts(f.KillPulled)) == 1
        assert [fact.flatten for fact in world.facts(f.KillEscalated)] == ["now"]
    print(
        f"\nkill with {hung} hung{f', {trouble}' if trouble else ''}: last of the cancels handed over after "
        f"{last_ms:.0f} ms; {healthy} flat and verified after {took_s:.1f} s; "
        f"{hung} {woke:.1f} s after it answered again"
    )


def alive_at(world: TwoBrokers, account: str) -> list[tuple[str, str]]:
    """(id, symbol) of the orders that may work there."""
    rows = world.ask("orders").result
    return [(str(row["id"]), row["symbol"]) for row in rows if row["account"] == account and row["status"] in ALIVE]


def check_names(world: TwoBrokers, hung: str, alive: list[tuple[str, str]]) -> None:
    """The proof says what is not done: how much where, and each order and position by name."""
    kill = world.kill()
    assert kill is not None
    assert not kill["verified"]
    named = list(kill["problems"])
    assert f"waits for {hung}: {len(alive)} orders not confirmed dead, {POSITIONS} positions not closed" in named[0]
    orders = [name for name in named if name.startswith("order ")]
    assert {tuple(name.split()[1:4]) for name in orders} == {(ident, symbol, f"@{hung}") for ident, symbol in alive}
    not_flat = {name.removesuffix(f" @{hung} is not flat") for name in named if name.endswith(" is not flat")}
    assert not_flat == set(world.held(hung))
    assert world.ask("status").result["trading_state"] == "HALTED"


def check_done(world: TwoBrokers) -> None:
    """Flat and verified, and what the brokers have is what the journal has."""
    kill = world.kill()
    assert kill is not None
    assert (kill["phase"], kill["verified"], kill["problems"]) == ("done", True, [])
    assert (kill["cancels_confirmed"], kill["flat"]) == (kill["cancels_sent"], kill["positions"])
    for account in ACCOUNTS:
        assert world.held(account) == {}
        assert world.working(account) == []
    assert world.ask("breaks").result == []
    world.wait(lambda: world.ask("status").result["journal"]["ok"], "the journal")
    executed = {execution for account in ACCOUNTS for execution in read_books(world.books(account)).executions}
    booked = [fact.execution.exec_id for fact in world.facts(f.OrderFilled)]
    assert len(booked) == len(set(booked)) + same_id_twice(world)
    assert set(booked) == executed
    assert verify_file(world.state.journal).ok


def same_id_twice(world: TwoBrokers) -> int:
    """Two brokers may number their executions alike."""
    of = [set(read_books(world.books(account)).executions) for account in ACCOUNTS]
    return len(of[0] & of[1])


# --- a crash in each phase --------------------------------------------------------------------------------------------


def before_the_cancels(world: TwoBrokers) -> None:
    """The desk hangs, the shell's kill leaves its latch and nothing else, and the desk dies."""
    world.hang_desk()
    subprocess.run(
        [sys.executable, "-m", "console.cli", "kill", "--flatten"],
        cwd=REPOSITORY, env={**os.environ, "TRADEDESK_HOME": str(world.home)}, capture_output=True, check=False,
        timeout=60,
    )  # fmt: skip


def before_the_flatten(world: TwoBrokers) -> None:
    """The kill key: three seconds of grace between cancels and flatten."""
    world.tell("key")
    world.wait(lambda: (world.kill() or {"phase": ""})["phase"] in ("cancelling", "grace"), "the grace period")
    # What is shown may be ahead of the journal; a kill that is not in it left its latch alone, without flatten.
    world.wait(lambda: any(True for _ in world.facts(f.KillPulled)), "the kill in the journal")


def during_the_flatten(world: TwoBrokers) -> None:
    pull_and_wait(world, "flattening")


def while_verifying(world: TwoBrokers) -> None:
    pull_and_wait(world, "verifying")


def pull_and_wait(world: TwoBrokers, phase: str) -> None:
    assert world.ask("kill", flatten=True).ok
    world.wait(lambda: (world.kill() or {"phase": ""})["phase"] == phase, phase)


PHASES: Final = (before_the_cancels, before_the_flatten, during_the_flatten, while_verifying)


@pytest.mark.parametrize("phase", PHASES if FULL else (during_the_flatten,))
def test_a_crash_in_a_kill_resumes_its_cancels_and_asks_before_it_flattens(
    home: Path, phase: Callable[[TwoBrokers], None]
) -> None:
    orders, options = (ORDERS, 13) if FULL else (12, 2)
    with TwoBrokers(home) as world:
        world.fill_the_books(orders, options)
        world.hang("B")
        phase(world)
        world.crash()
        world.start()
        status: dict[str, Any] = world.ask("status").result
        assert status["trading_state"] == "HALTED"
        assert status["kill"]["phase"] != "done"
        world.wait(lambda: world.working("PAPER") == [], "the cancels at the broker that answers", SOON_S)
        held = world.held("PAPER")
        time.sleep(1)
        assert world.held("PAPER") == held, "nothing is flattened from an old picture without being asked"
        assert set(world.held("B")) >= set(STOCKS)
        assert any(fact.code == "KILL_INTERRUPTED" for fact in world.facts(f.AlertRaised))
        assert world.ask("kill", flatten=True).ok, "the answer"
        world.wait(lambda: world.held("PAPER") == {}, "the flatten at the broker that answers", SOON_S)
        assert not (world.kill() or {"verified": True})["verified"]
        world.wake("B")
        world.wait(world.ended, "the kill to be verified everywhere")
        check_done(world)
