"""The command as a process: its exit code reaches the shell, and light commands stay light."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console.control.conftest import ServedDesk

#: What only a screen, a broker's SDK or heavy mathematics needs.
HEAVY = ["textual", "rich", "pandas", "numpy", "alpaca", "ib_insync", "ccxt", "sqlite3", "asyncio", "aiosqlite"]

PROBE = """
import json, sys
sys.argv = ["tradedesk", *json.loads(sys.argv[1])]
from console.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(set(sys.modules) & set(json.loads(sys.stdin.read())))), file=sys.stderr)
"""


def tradedesk(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["status", "--help"], ["order", "buy 1 aapl mkt"]])
def test_light_commands_import_neither_the_screen_nor_a_broker(home: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)],
        input=json.dumps(HEAVY),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert json.loads(done.stderr.splitlines()[-1]) == []


def test_exit_codes_reach_the_shell(home: Path) -> None:
    assert tradedesk("--help").returncode == 0
    assert tradedesk("status").returncode == 1
    assert tradedesk("dance").returncode == 2


def test_a_second_shell_reaches_the_desk(served: ServedDesk) -> None:
    status = tradedesk("status", "--json")
    order = tradedesk("order", "buy 100 aapl lmt 190.50 day", "--json")
    denied = tradedesk("order", "buy 100 nvda mkt", "--json")

    assert json.loads(status.stdout)["mode"] == "paper"
    assert (order.returncode, json.loads(order.stdout)["status"]) == (0, "NEW")
    assert (denied.returncode, json.loads(denied.stdout)["accepted"]) == (1, False)
    assert denied.stderr.startswith("tradedesk: MAX_POSITION_PCT")


def test_the_console_asks_for_a_terminal(home: Path) -> None:
    done = tradedesk()

    assert done.returncode == 1
    assert "needs a terminal" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_no_error(home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "console.cli", "--help"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert "Traceback" not in done.stderr
