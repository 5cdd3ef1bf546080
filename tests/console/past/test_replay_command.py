"""tradedesk replay, as a command and in a real terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.cli.app import run
from engine.runtime.lock import is_held
from tests.console.past.session import Session
from tests.support.pty import spawn

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.xdist_group("past")


@pytest.fixture
def tradedesk(session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command on the session's folder: (exit code, stdout, stderr)."""
    monkeypatch.setenv("TRADEDESK_HOME", str(home_of(session)))

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(arguments)
        output, errors = capsys.readouterr()
        return code, output, errors

    return command


def home_of(session: Session) -> Path:
    return session.state.folder.parents[1]


def day_of(session: Session) -> str:
    return session.shown[-1].view.status.trading_day


def test_the_days_are_listed_for_people_and_scripts(tradedesk: Run, session: Session) -> None:
    (row,) = json.loads(tradedesk("replay", "--list", "--json")[1])
    assert (row["day"], row["mode"], row["account"], row["end"]) == (day_of(session), "paper", "PAPER", "closed")
    assert (row["first_seq"], row["last_seq"]) == (1, session.shown[-1].seq)
    assert row["from"].endswith("Z")
    listed = tradedesk("replay", "--list")[1].splitlines()
    assert listed[0].split() == ["day", "mode", "account", "from", "to", "first_seq", "last_seq", "end"]
    assert day_of(session) in listed[1]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["replay"], 2, "expected a DATE, or --list"),
        (["replay", "2026-11-21", "--list"], 2, "expected a DATE, or --list"),
        (["replay", "2026-11-21", "--json"], 2, "--json goes with --list"),
        (["replay", "2026-11-21", "--speed", "fast"], 2, "--speed 'fast': expected a number from 0 (paused)"),
        (["replay", "2026-11-21", "--theme", "pink"], 2, "pink"),
        (["replay", "2026-11-21"], 1, "needs a terminal"),
    ],
)
def test_what_can_not_be_done_is_refused_in_one_line(
    tradedesk: Run, arguments: list[str], code: int, says: str
) -> None:
    found, output, errors = tradedesk(*arguments)
    assert (found, output) == (code, "")
    assert says in errors
    assert errors.count("\n") == 1


def test_in_a_terminal_it_shows_the_moment_and_leaves_the_folder_as_it_was(session: Session) -> None:
    folder = session.state.folder
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    command = [sys.executable, "-m", "console.cli", "replay", day_of(session), "--at", "seq:12"]
    with spawn(command, env={"TRADEDESK_HOME": str(home_of(session))}, size=(80, 24)) as terminal:
        terminal.wait_for(" seq 12 of ", timeout=30)
        assert not is_held(session.state.lock)
        terminal.send("n")
        terminal.wait_for(" seq 13 of ")
        terminal.send("[")
        terminal.wait_for(" seq 12 of ")
        terminal.send("p")
        terminal.wait_for("PLAYS x1")
        terminal.send("pgseq 30\r")
        terminal.wait_for(" seq 30 of ")
        terminal.send("q")
        assert terminal.wait() == 0
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    left = {name for name in after if name.endswith(("-wal", "-shm"))}
    assert {name: at for name, at in after.items() if name not in left} == {
        name: at for name, at in before.items() if name not in left
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["1999-01-01"], "'1999-01-01': no such trading day or run in the journal; the newest are"),
        (["DAY", "--at", "noon"], "--at 'noon': expected HH:MM"),
    ],
)
def test_what_does_not_exist_is_said_before_the_screen_opens(session: Session, arguments: list[str], says: str) -> None:
    words = [day_of(session) if word == "DAY" else word for word in arguments]
    command = [sys.executable, "-m", "console.cli", "replay", *words]
    with spawn(command, env={"TRADEDESK_HOME": str(home_of(session))}, size=(120, 24)) as terminal:
        terminal.wait_for(says, timeout=30)
        assert terminal.wait() == 1
