"""A desk whose journal.url names a PostgreSQL server: the same commands, nothing on its disk but what can be remade."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.config.defaults import write_missing
from console.config.paths import Paths
from engine.journal.place import PostgresUrl
from engine.runtime.lock import is_held
from tests.console.cli.test_real_desk import Shell
from tests.engine.journal.conftest import postgres_server  # noqa: F401
from tests.support.postgres import Server

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("postgres")]


@pytest.fixture
def url(home: Path, postgres_server: Server) -> PostgresUrl:  # noqa: F811
    """A schema for the journal, with a password that nobody may print, in the settings."""
    url = PostgresUrl(f"{postgres_server.new_schema().secret}&password=sw0rdfish")
    paths = Paths.of(os.environ)
    write_missing(paths)
    text = paths.desk_file.read_text()
    paths.desk_file.write_text(text.replace("      url: null ", f"      url: {json.dumps(url.secret)} "))
    return url


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    shell = Shell(home)
    yield shell
    if is_held(shell.state / "desk.lock"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell.pid, signal.SIGKILL)


def test_a_desk_trades_crashes_and_comes_back(shell: Shell, url: PostgresUrl) -> None:
    before = shell.json("doctor")
    assert shell("start").returncode == 0
    shell.until(lambda: shell.json("status")["equity"] is not None, "the broker's account")
    assert shell("order", "buy 100 ibm mkt").returncode == 0
    shell.until(lambda: sum(int(fill["last_qty"]) for fill in shell.json("blotter", "fills")) == 100, "the fill")
    shell.crash()
    told = shell.json("blotter", "fills")
    assert shell("start").returncode == 0
    positions = shell.json("blotter", "positions")
    assert shell("stop").returncode == 0
    verified = shell.json("audit", "verify")

    assert [finding["detail"] for finding in before["findings"] if finding["check"] == "journal"] == [
        f"{url}: reachable; no journal yet, the first start makes it"
    ]
    assert sum(int(fill["last_qty"]) for fill in told) == 100
    assert [(row["symbol"], row["qty"]) for row in positions] == [("IBM", "100")]
    assert verified["ok"]
    assert verified["facts"] > 10
    assert not (shell.state / "journal.sqlite3").exists()
    trades = [json.loads(line) for line in (shell.state / "trades.jsonl").read_text().splitlines()]
    assert sum(int(line["fact"]["execution"]["last_qty"]) for line in trades) == 100
    said = [shell(*command).stdout for command in (("config",), ("doctor",), ("audit", "verify"))]
    assert all(str(url) in text for text in said)
    assert not any("sw0rdfish" in text for text in (*said, (shell.state / "log.jsonl").read_text()))


def test_a_server_that_is_gone_is_named_in_one_line(shell: Shell, url: PostgresUrl) -> None:
    paths = Paths.of(os.environ)
    paths.desk_file.write_text(paths.desk_file.read_text().replace("host=/", "host=/nowhere/"))
    for command in (("start",), ("audit", "verify"), ("blotter", "trades"), ("doctor",)):
        done = shell(*command)
        said = done.stderr or done.stdout
        assert done.returncode == 1
        assert "postgresql://postgres@/postgres?host=/nowhere/" in said
        assert "sw0rdfish" not in said
        assert "Traceback" not in said
