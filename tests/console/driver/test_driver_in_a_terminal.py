"""The driver in a real terminal: one that stalls, one that is slow, one that goes away."""

from __future__ import annotations

import itertools
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pty import KEYS, PtyProcess, spawn

STALL_S = 4.0


class Child:
    """The child program (child.py) in its terminal, and its report."""

    def __init__(self, report: Path, options: tuple[str, ...], synchronized: bool) -> None:
        self._report = report
        self.terminal: PtyProcess = spawn(
            [sys.executable, "-m", "tests.console.driver.child", str(report), *options],
            size=(100, 40),
            synchronized=synchronized,
        )

    def report(self) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads(self._report.read_text())
        except FileNotFoundError:
            return {"beats": 0, "kills": [], "hangups": [], "keys": []}
        return facts

    def wait(self, done: Callable[[dict[str, Any]], object], what: str, timeout: float = 30.0) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while not done(report := self.report()):
            assert time.monotonic() < deadline, f"waited {timeout} s for {what}; the child says {report}"
            time.sleep(0.02)
        return report

    def assert_shows_its_model(self) -> None:
        self.terminal.send("f")
        model = self.wait(lambda report: "model" in report, "the model")["model"]
        rows = self.terminal.wait_until(
            lambda rows: [row.split() for row in rows[1 : 1 + len(model)]] == model, what="the model's rows"
        )
        assert rows[0].split() == ["Symbol", "Bid", "Ask", "Size", "Change", "Note"]


@pytest.fixture
def start(tmp_path: Path) -> Any:
    children: list[Child] = []

    def start(*options: str, synchronized: bool = True) -> Child:
        child = Child(tmp_path / "report.json", options, synchronized)
        children.append(child)
        child.terminal.wait_for("SYM0")
        child.wait(lambda report: report["beats"] > 0, "the first beat")
        return child

    yield start
    for child in children:
        child.terminal.close(timeout=0.2)


@pytest.mark.parametrize("synchronized", [True, False], ids=["synchronized output", "plain output"])
def test_an_unread_terminal_stops_nothing_and_is_repainted_afterwards(start: Any, synchronized: bool) -> None:
    child = start(synchronized=synchronized)
    child.terminal.stop_reading()
    beats = [child.report()["beats"]]
    until = time.monotonic() + STALL_S
    while time.monotonic() < until:
        time.sleep(STALL_S / 8)  # the stall is the thing under test: it lasts as long as it lasts
        beats.append(child.report()["beats"])
    stalled = child.report()
    child.terminal.resume_reading()
    print(f"\nterminal unread for {STALL_S} s: longest loop gap {stalled['gap_ms']:.0f} ms, beats {beats}")
    assert all(later > earlier for earlier, later in itertools.pairwise(beats)), beats
    child.assert_shows_its_model()


def test_the_kill_key_works_while_the_terminal_is_unread(start: Any) -> None:
    child = start()
    child.terminal.stop_reading()
    child.wait(lambda report: report["beats"] > 100, "two seconds of updates that nobody takes")
    child.terminal.send(KEYS["f12"])
    child.wait(lambda report: report["kills"], "the kill")


@pytest.mark.parametrize("gap_s", [0.0, 0.15, 0.5], ids=["at once", "split by 150 ms", "split by 500 ms"])
def test_the_kill_key_reaches_its_callback_while_the_loop_is_blocked(start: Any, gap_s: float) -> None:
    child = start()
    child.terminal.send("b")
    child.wait(lambda report: report.get("blocked"), "the loop to block")
    sent_ns = 0
    for byte in KEYS["f12"] if gap_s else [KEYS["f12"]]:
        time.sleep(gap_s)  # the slow link
        sent_ns = time.monotonic_ns()
        child.terminal.send(byte)
    report = child.wait(lambda report: "killed_while_blocked" in report, "the loop to go on")
    print(f"\nlast byte sent to callback, loop blocked: {(report['kills'][0] - sent_ns) / 1e6:.1f} ms")
    assert report["killed_while_blocked"]
    assert len(report["kills"]) == 1
    child.terminal.send("x")
    keys = child.wait(lambda report: "x" in report["keys"], "the key after it")["keys"]
    assert "f12" not in keys, "the kill key never reaches the program, not even late"
    assert set(keys) <= {"x", "escape", "b"}


def test_ctrl_x_twice_kills(start: Any) -> None:
    child = start()
    child.terminal.send(KEYS["ctrl+x"])
    child.terminal.send(KEYS["ctrl+x"])
    child.wait(lambda report: report["kills"], "the kill")


def test_a_pasted_kill_key_does_not_kill(start: Any) -> None:
    child = start()
    child.terminal.send("\x1b[200~buy \x1b[24~\x18\x18\x1b[201~x")
    report = child.wait(lambda report: "x" in report["keys"], "the key after the paste")
    assert report["kills"] == []


@pytest.mark.parametrize("options", [(), ("no-sighup",)], ids=["by SIGHUP and end of file", "by end of file"])
def test_a_vanished_terminal_is_reported_once_and_the_program_ends_when_told(
    start: Any, options: tuple[str, ...]
) -> None:
    child = start(*options)
    child.terminal.hang_up()
    assert child.terminal.wait(20) == 0
    report = child.report()
    print(f"\n{report['hangups']}; CPU in 1 s without a terminal: {report['headless_cpu_s'] * 1e3:.0f} ms")
    assert len(report["hangups"]) == 1
    assert report["ended"]
    assert report["headless_cpu_s"] < 0.7, "something spins on the dead terminal"


def test_a_vanished_terminal_is_reported_while_the_loop_is_blocked(start: Any) -> None:
    child = start()
    child.terminal.send("b")
    child.wait(lambda report: report.get("blocked"), "the loop to block")
    child.terminal.hang_up()
    report = child.wait(lambda report: report["hangups"], "the hang-up")
    assert "killed_while_blocked" not in report, "the loop is still blocked"


def test_sighup_alone_is_reported_and_a_living_terminal_is_given_back(start: Any) -> None:
    child = start()
    child.terminal.signal(signal.SIGHUP)
    assert child.terminal.wait(20) == 0
    assert child.report()["hangups"] == ["SIGHUP"]


def test_the_program_quits_while_its_terminal_is_unread(start: Any) -> None:
    child = start()
    child.terminal.stop_reading()
    child.wait(lambda report: report["beats"] > 100, "two seconds of updates that nobody takes")
    child.terminal.send("q")
    assert child.terminal.wait(20) == 0


@pytest.mark.parametrize("stop", [signal.SIGTSTP, signal.SIGSTOP], ids=["by the terminal", "by force"])
def test_suspending_and_continuing_brings_the_screen_back(start: Any, stop: signal.Signals) -> None:
    child = start()
    child.terminal.signal(stop)
    status = Path(f"/proc/{child.terminal.pid}/stat")
    deadline = time.monotonic() + 10
    while status.read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline, "the program did not stop"
        time.sleep(0.02)
    child.terminal.terminal().reset()
    child.terminal.signal(signal.SIGCONT)
    child.terminal.wait_for("SYM0")
    child.assert_shows_its_model()
    child.terminal.send(KEYS["f12"])
    child.wait(lambda report: report["kills"], "the kill after the suspension")
    letters = "acdeghijklmnoprstuvwxyz" * 4
    for letter in letters:
        child.terminal.send(letter)
    keys = child.wait(lambda report: len(report["keys"]) >= len(letters), "every key")["keys"]
    assert "".join(keys[-len(letters) :]) == letters, "one thread reads them, in their order"
    child.terminal.send("q")
    assert child.terminal.wait(20) == 0
    assert child.terminal.is_cooked(), "the terminal is left as it was found"


def test_a_resized_window_shows_the_model(start: Any) -> None:
    child = start()
    child.terminal.resize(90, 50)
    child.assert_shows_its_model()


def test_the_last_size_of_a_storm_of_resizes_is_the_one_that_counts(start: Any) -> None:
    child = start()
    for number in range(300):
        child.terminal.resize(40 + number % 61, 10 + number % 31)
    child.terminal.resize(90, 45)
    child.wait(lambda report: report.get("size") == [90, 45], "the size of the window")
    child.assert_shows_its_model()
