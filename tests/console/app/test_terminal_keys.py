"""The console in a real terminal, with the desk's own driver."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.support.pty import KEYS, PtyProcess, spawn


@pytest.fixture
def desk() -> Iterator[PtyProcess]:
    argv = [sys.executable, "-m", "tests.support.console_main", "BUSY"]
    with spawn(argv, env={"LANG": "C.UTF-8"}, size=(120, 40)) as process:
        process.wait_for("Positions", 30)
        process.wait_for("12,500", 30)
        yield process


def leave(desk: PtyProcess) -> list[str]:
    """Quit and return what the desk was told."""
    desk.send("q")
    desk.wait_for("Leave the desk")
    desk.wait_quiet(0.4)
    desk.send("l")
    desk.wait_for("left: leave")
    assert desk.wait() == 0
    return [row.strip() for row in desk.screen()]


def test_a_line_that_arrives_in_one_piece_is_typed_and_not_taken_for_keys(desk: PtyProcess) -> None:
    desk.send("2:cxl 28\r")
    desk.wait_for("cxl 28: done")
    desk.send(KEYS["escape"])
    desk.wait_for("Enter details")  # NORMAL mode again, the orders have the focus
    told = " ".join(leave(desk))
    assert told.count("told:") == 1
    assert "ids=(28,)" in told


def test_the_kill_key_goes_through_the_driver_and_counts_once(desk: PtyProcess) -> None:
    desk.send(KEYS["f12"])
    desk.wait_quiet(0.3)
    told = " ".join(leave(desk))
    assert told.count("kill:") == 1
    assert "'kill key', 'grace'" in told


def test_escape_alone_leaves_the_command_line(desk: PtyProcess) -> None:
    desk.send(":buy 100")
    desk.wait_for(": buy 100")
    desk.send(KEYS["escape"])
    desk.wait_for("type a command")
    assert not any("told:" in row for row in leave(desk))
