"""Live mode, rehearsed on a served paper broker that reports itself as live: who gets in, what the lock asks for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.facts import DeskLocked, DeskUnlocked, OrderDenied, OrderIntended, PinNoted
from engine.runtime.lock import read_owner
from tests.desk.live import ACCOUNT, PIN, Broker, LiveProduct
from tests.desk.product import Console


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: a socket's is limited."""
    return tmp_path_factory.mktemp("b")


@pytest.fixture
def broker(folder: Path) -> Iterator[Broker]:
    served = Broker(folder)
    yield served
    served.close()


@pytest.fixture
def desk(folder: Path, broker: Broker) -> Iterator[LiveProduct]:
    made = LiveProduct(folder / "h", broker.socket)
    yield made
    made.close()


def refused(console: Console) -> str:
    """What a console that did not open has said."""
    assert console.terminal.wait(20) == 1
    return " ".join(row.strip() for row in console.terminal.screen() if row.strip())


# --- the three consents, one by one ---------------------------------------------------------------------------------


def test_without_the_profile_it_is_paper_whatever_else_is_given(folder: Path) -> None:
    served = Broker(folder, live=False)
    desk = LiveProduct(folder / "h", served.socket, mode="paper")
    desk.set_pin()
    try:
        console = desk.console().opened()
        console.see("PAPER")
        assert console.leave("l") == 0
    finally:
        desk.close()
        served.close()


def test_without_the_environment_nothing_is_opened(desk: LiveProduct) -> None:
    desk.set_pin()
    desk.allowed = False
    assert "TRADEDESK_ALLOW_LIVE=1 in the environment (missing)" in refused(desk.console())
    assert "TRADEDESK_ALLOW_LIVE=1" in desk.shell("start").stderr
    assert not desk.state.folder.exists()


def test_without_a_pin_nothing_is_opened(desk: LiveProduct) -> None:
    assert "none is set: tradedesk pin set" in refused(desk.console())
    assert not desk.state.journal.exists()


@pytest.mark.parametrize("answer", ["escape", "enter"])
def test_a_no_at_the_pin_screen_opens_nothing(desk: LiveProduct, answer: str) -> None:
    desk.set_pin()
    console = desk.console()
    console.see("PIN", "(nothing typed)", f"LIVE {ACCOUNT}")
    console.terminal.wait_quiet(0.5)
    console.press(answer)
    assert "not opened: no PIN was given" in refused(console)
    assert not desk.state.journal.exists()
    assert desk.vault.records(1) == [], "an empty PIN is no try"


def test_a_headless_start_reads_the_pin_from_the_terminal_alone(desk: LiveProduct) -> None:
    desk.set_pin()
    piped = desk.shell("start")
    assert piped.returncode == 1
    assert not desk.runs()
    with desk.terminal("start") as terminal:
        terminal.wait_for(f"LIVE  account {ACCOUNT}", 20)
        terminal.send("guess-1234\r")
        terminal.wait_for("wrong PIN", 20)
        terminal.wait_until(lambda rows: sum("PIN (nothing: no):" in row for row in rows) == 2, 20)
        terminal.send(f"{PIN}\r")
        terminal.wait_for("runs headless", 30)
        assert PIN not in "\n".join(terminal.screen())
    desk.wait_until_open()
    pid, headless = read_owner(desk.state.lock)
    assert headless
    for name in ("cmdline", "environ"):
        told = Path(f"/proc/{pid}/{name}").read_bytes()
        assert told
        assert PIN.encode() not in told
    limits = Path(f"/proc/{pid}/limits").read_text()
    core = next(line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core[4:6] == ["0", "0"], "no picture of its memory is left behind"
    assert desk.shell("stop", "--leave").returncode == 0


# --- the account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "live", "words"),
    [
        ("live", False, "account LIVE-7 is a paper account, the profile says live"),
        ("paper", True, "account LIVE-7 is a live account, the profile says paper"),
    ],
)
def test_a_broker_with_the_other_kind_of_money_is_refused_both_ways(
    folder: Path, profile: str, live: bool, words: str
) -> None:
    served = Broker(folder, live=live)
    desk = LiveProduct(folder / "h", served.socket, mode=profile)
    desk.set_pin()
    try:
        assert words in refused(desk.console())
        assert not desk.state.journal.exists()
    finally:
        desk.close()
        served.close()


def test_another_account_is_refused(folder: Path) -> None:
    served = Broker(folder, account="OTHER-1")
    desk = LiveProduct(folder / "h", served.socket)
    desk.set_pin()
    try:
        assert "refused: this is account" in refused(desk.console())
        assert not desk.state.journal.exists()
    finally:
        desk.close()
        served.close()


def test_the_embedded_paper_broker_is_never_live(folder: Path) -> None:
    desk = LiveProduct(folder / "h", folder / "s")
    desk.change(desk.paths.desk_file, f"broker: paper@{folder / 's'}", "broker: paper")
    desk.set_pin()
    assert "the embedded paper broker is never live" in refused(desk.console())
    assert not desk.state.folder.exists()


def test_a_broker_that_turns_to_paper_while_the_desk_runs_halts_it(
    desk: LiveProduct, broker: Broker, folder: Path
) -> None:
    desk.set_pin()
    console = desk.opened()
    desk.wait_until_open()
    broker.close()
    other = Broker(folder, live=False)
    try:
        console.see("HALTED", "is a paper account, the profile says live", timeout=30)
        answer = desk.ask("order", line="buy 1 ibm mkt", yes=True)
        assert not answer.ok
        assert "HALTED" in answer.error
    finally:
        other.close()
    assert console.leave("l") == 0


# --- the lock -------------------------------------------------------------------------------------------------------


def test_a_live_desk_trades_locks_and_is_killed_while_it_is_locked(desk: LiveProduct) -> None:
    desk.set_pin()
    console = desk.console()
    console.see("PIN", "(nothing typed)")
    desk.give(console, "guess-1234")
    console.see("wrong PIN")
    desk.give(console, PIN)
    console.opened()
    desk.wait_until_open()
    console.see(f"LIVE {ACCOUNT}")
    console.command("buy 100 ibm lmt 10.00")
    console.press("L")
    console.see("LOCKED")
    refused_line = desk.ask("order", line="buy 1 ibm mkt", yes=True)
    assert not refused_line.ok
    assert refused_line.error.startswith("LOCKED: ")

    console.type("buy 50 ibm lmt 10.00")
    console.see("LOCKED: Enter asks for the PIN")
    console.press("enter")
    console.see("PIN", "(nothing typed)", f"account {ACCOUNT}")
    desk.give(console, PIN)
    console.see("unlock: unlocked", "GREEN")
    assert len(desk.facts(OrderIntended)) == 1, "the PIN sends nothing: what is green is sent by Enter"
    console.press("enter")
    console.see("order 3 ")
    console.normal()
    assert desk.ask("lock", line="lock").ok
    console.see("LOCKED")
    console.press("L")
    console.see("PIN")
    console.press("f12")
    console.see("HALTED", "2 cancels sent")
    desk.wait(lambda: desk.look("status")["working_orders"] == 0, "the orders to be cancelled")
    assert console.leave("l") == 0

    tried = [fact.record for fact in desk.facts(PinNoted) if fact.record.what == "try"]
    assert [(record.where, record.ok) for record in tried] == [("start", False), ("start", True), ("console", True)]
    assert len(desk.facts(DeskUnlocked)) == 2
    assert len(desk.facts(DeskLocked)) == 2
    assert [fact.denials[0].code for fact in desk.facts(OrderDenied)] == ["LOCKED"]
    kept = (desk.state.folder / "history").read_text()
    assert "buy 100 ibm lmt 10.00" in kept
    again = desk.opened()
    again.see("HALTED")
    assert again.leave("l") == 0


def test_an_idle_live_desk_locks_itself(folder: Path, broker: Broker) -> None:
    desk = LiveProduct(folder / "h", broker.socket, idle_lock="0.05")
    desk.set_pin()
    try:
        console = desk.opened()
        console.see("LOCKED", timeout=15)
        assert "0.05 minutes" in desk.look("status")["locked"]
        assert console.leave("l") == 0
    finally:
        desk.close()


def test_a_crash_does_not_open_it_and_a_terminal_that_is_gone_locks_it(desk: LiveProduct) -> None:
    desk.change(desk.paths.desk_file, "hangup: pause", "hangup: keep ")
    desk.set_pin()
    console = desk.opened()
    desk.wait_until_open()
    console.terminal.hang_up()
    desk.wait(lambda: desk.look("status")["locked"] == "the terminal went away", "the lock")
    pid, _ = read_owner(desk.state.lock)
    os.kill(pid, signal.SIGKILL)
    desk.wait_until_gone()
    again = desk.console()
    again.see("PIN", "(nothing typed)")
    again.terminal.wait_quiet(0.5)
    again.press("escape")
    assert "not opened" in refused(again)


# --- nothing of it anywhere -----------------------------------------------------------------------------------------


def test_the_pin_is_in_no_file_that_a_live_desk_leaves_and_on_no_screen(desk: LiveProduct) -> None:
    desk.set_pin()
    wrong = "guess-battery-9"
    console = desk.console()
    console.see("PIN", "(nothing typed)")
    screens = list(console.terminal.screen())
    desk.give(console, wrong)
    console.see("wrong PIN")
    screens += console.terminal.screen()
    desk.give(console, PIN)
    console.opened()
    desk.wait_until_open()
    console.command("buy 1 ibm lmt 10.00")
    console.press("L")
    console.see("LOCKED")
    console.press("L")
    console.see("PIN", "(nothing typed)")
    desk.give(console, PIN)
    console.see("unlock: unlocked")
    screens += console.terminal.screen()
    answer = desk.ask("lock", line="lock")
    assert answer.ok
    assert not desk.ask("unlock", pin=wrong).ok
    assert desk.ask("unlock", pin=PIN).ok
    pid, _ = read_owner(desk.state.lock)
    for name in ("cmdline", "environ"):
        assert PIN.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
    assert console.leave("l") == 0
    files = [path for path in desk.paths.config.parent.rglob("*") if path.is_file()]
    assert {"journal.sqlite3", "log.jsonl", "history", "pin_tries", "pin"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        for secret in (PIN, wrong):
            assert secret.encode() not in data, path
    assert not any(secret in row for row in screens for secret in (PIN, wrong))
