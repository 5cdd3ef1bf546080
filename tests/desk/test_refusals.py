"""What the command refuses, it refuses in one clear line, with the right exit code and nothing half-applied."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from engine.facts import OrderIntended
from tests.desk.product import Product

HEADER = "ts_utc,symbol,bid,bid_size,ask,ask_size\n"
MANY = "".join(f"2013-10-07T13:{s // 60:02d}:{s % 60:02d}.000Z,IBM,182.00,100,182.10,100\n" for s in range(3000))
GOOD = "2013-10-07T13:30:00.000Z,IBM,182.00,100,182.10,100\n2013-10-07T13:30:01.000Z,IBM,182.01,100,182.11,100\n"


def refused(product: Product, *arguments: str, code: int = 1) -> str:
    """Run it; the one line it gave. It must have left no journal and no running desk."""
    done = product.shell(*arguments)
    assert done.returncode == code, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("tradedesk: "), done.stderr
    assert not product.state.journal.exists(), "a refused start has made a journal"
    assert not product.runs()
    return done.stderr.strip()


# file, what stands there, what is written instead, what the line must name
SETTINGS = [
    ("tradedesk.yaml", "profiles:", "profiles: [", ["tradedesk.yaml:8: ", "expected plain YAML"]),
    ("tradedesk.yaml", "latency_ms: [5, 50]", "latency_ms: [50, 5]", ["latency_ms", "least to most"]),
    ("tradedesk.yaml", "hangup: pause", "hangup: wait", ["hangup", "pause, keep, cancel or flatten"]),
    ("risk_params.yaml", "max_position_pct: 0.10", "max_position_pct: ten", ["risk.max_position_pct", "expected"]),
    ("risk_params.yaml", "max_order_qty: 50000", "max_ordr_qty: 50000", ["risk.max_ordr_qty"]),
    ("universe.yaml", "lot: 1}", "lot: 0}", ["lot", "expected"]),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), SETTINGS, ids=[case[2] for case in SETTINGS])
def test_a_bad_setting_is_refused_with_file_line_and_key(
    product: Product, file: str, old: str, new: str, expected: list[str]
) -> None:
    path = product.paths.config / file
    product.shell("config")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    line = refused(product, "start")
    assert f"{file}:" in line
    assert all(word in line for word in expected), line


# name, contents, what the line must name
TAPES = [
    ("short.csv.gz", gzip.compress((HEADER + MANY).encode())[:-20], ["short.csv.gz", "cut off after line 2"]),
    ("head.csv", b"time,symbol,bid,ask\n", ["head.csv", "header", "expected"]),
    ("price.csv", (HEADER + GOOD + "2013-10-07T13:30:02Z,IBM,abc,1,182,1\n").encode(), ["price.csv", "4", "abc"]),
    ("back.csv", (HEADER + GOOD + "2013-10-07T13:29:00Z,IBM,181,1,182,1\n").encode(), ["back.csv", "4", "back"]),
    ("empty.csv", b"", ["empty.csv"]),
    ("missing.csv", None, ["missing.csv"]),
]


@pytest.mark.parametrize(("name", "data", "expected"), TAPES, ids=[case[0] for case in TAPES])
def test_a_bad_tape_is_refused_with_file_and_line(
    product: Product, tmp_path: Path, name: str, data: bytes | None, expected: list[str]
) -> None:
    tape = tmp_path / name
    if data is not None:
        tape.write_bytes(data)
    line = refused(product, "start", "--replay", str(tape))
    assert all(word in line for word in expected), line


@pytest.mark.parametrize(
    "arguments",
    [
        ["strat"],
        ["start", "--speeed", "2"],
        ["run", "--speed", "2"],
        ["run", "--replay", "x.csv", "--speed", "fast"],
        ["order"],
        ["algo", "pause", "first"],
        ["stop", "--leave", "--cancel"],
        ["blotter", "tales"],
    ],
    ids=" ".join,
)
def test_a_bad_command_line_exits_with_2(product: Product, arguments: list[str]) -> None:
    line = refused(product, *arguments, code=2)
    assert "--help" in line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("buy 100 nosuch mkt", "'nosuch' is no symbol"),
        ("buy aapl 100", "the quantity stands before the symbol"),
        ("buy 100 aapl lmt", "expected PRICE"),
        ("bye 100 aapl mkt", "'bye' is no command"),
        ("sell 100 ibm mkt", "SELL_EXCEEDS_POSITION: "),
        ("buy 100 ibm lmt 400", "PRICE_COLLAR: "),
    ],
)
def test_a_running_desk_refuses_a_bad_order_and_sends_nothing(running: Product, line: str, expected: str) -> None:
    done = running.shell("order", line)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert expected in done.stderr
    answer = json.loads(running.shell("order", line, "--json").stdout)
    assert answer["accepted"] is False
    assert not running.facts(OrderIntended)


@pytest.fixture
def running(product: Product) -> Product:
    """A headless desk that takes orders."""
    started = product.shell("start")
    assert started.returncode == 0, started.stderr
    product.wait_until_open()
    return product


def test_an_unreadable_kill_state_means_killed(product: Product) -> None:
    product.shell("config")
    product.state.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    product.state.latch.write_bytes(b"\x00\xff torn")
    started = product.shell("start")
    assert started.returncode == 0, started.stderr
    product.wait(lambda: product.look("status")["trading_state"] == "HALTED", "the desk to be halted")
    product.wait(lambda: product.look("status")["brokers"][0]["connected"], "the broker")
    done = product.shell("order", "buy 1 ibm mkt")
    assert done.returncode == 1
    assert done.stderr.startswith("tradedesk: HALTED: ")
    console = product.console().opened()
    console.see("HALTED", "unreadable")
    assert console.leave("l") == 0
    assert product.state.latch.exists()


def test_live_is_refused_by_the_console_too(product: Product) -> None:
    product.change(product.paths.desk_file, "mode: paper ", "mode: live ")
    console = product.console()
    assert console.terminal.wait(20) == 1
    said = [row.strip() for row in console.terminal.screen() if row.strip()]
    assert "TRADEDESK_ALLOW_LIVE=1 in the environment (missing)" in " ".join(said)
    assert not product.state.folder.exists()
