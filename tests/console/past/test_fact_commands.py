"""audit show, audit export and events, on the journal of a real session."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.cli.app import run
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from tests.console.past.session import Session
from tests.engine.journal.samples import rows_of, trading

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.xdist_group("past")


@pytest.fixture
def tradedesk(session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command on the session's folder: (exit code, stdout, stderr)."""
    monkeypatch.setenv("TRADEDESK_HOME", str(session.state.folder.parents[1]))

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(arguments)
        output, errors = capsys.readouterr()
        return code, output, errors

    return command


def facts(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


# --- audit show -----------------------------------------------------------------------------------------------------


def test_an_orders_life_is_shown_by_any_of_its_names(tradedesk: Run) -> None:
    life = facts(tradedesk("audit", "show", "2", "--json")[1])
    assert [fact["kind"] for fact in life][:5] == [
        "order_intended", "order_accepted", "replace_intended", "order_replaced", "cancel_intended",
    ]  # fmt: skip
    assert {"order_canceled"} <= {fact["kind"] for fact in life}
    root, changed, order_id = (
        life[0]["fact"]["cl_ord_id"], life[2]["fact"]["cl_ord_id"], life[1]["fact"]["order_id"],
    )  # fmt: skip
    for name in (root, changed, order_id):
        assert facts(tradedesk("audit", "show", name, "--json")[1]) == life


def test_facts_are_shown_with_both_times_and_the_hashes_of_the_journal(tradedesk: Run, session: Session) -> None:
    with JournalReader(session.state.journal) as reader:
        seq = next(row.seq for row in reader.rows() if row.kind == "order_filled")
        (first, second) = facts(tradedesk("audit", "show", "seq", f"{seq}-{seq + 1}", "--json")[1])
        assert (first["prev_hash"], first["hash"], second["hash"]) == tuple(
            map(reader.hash_at, range(seq - 1, seq + 2))
        )
    assert first["recorded"].endswith("Z")
    assert first["market"].endswith("Z")
    (line,) = tradedesk("audit", "show", "seq", str(seq))[1].splitlines()
    assert first["hash"][:8] in line
    assert line.endswith(first["text"])
    assert "order 1 filled: bought 100 IBM" in line, "the number of an order that was made before is known"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nope"], 1, "'nope': no order of the journal has this number or id"),
        (["seq", "100000"], 1, "seq 100000: the journal ends at seq"),
        (["seq", "9-3"], 1, "expected two numbers from 1, the smaller one first"),
        (["seq", "x"], 2, "'seq x': expected an order's number or cl_ord_id, seq N, or seq A-B"),
        (["2", "3"], 2, "'2 3': expected"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(tradedesk: Run, words: list[str], code: int, says: str) -> None:
    found, output, errors = tradedesk("audit", "show", *words)
    assert (found, output) == (code, "")
    assert says in errors
    assert errors.count("\n") == 1


# --- audit export ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_is_the_journal_and_proves_itself(
    tradedesk: Run, session: Session, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"journal.{form}"
    assert tradedesk("audit", "export", str(file), "--format", form)[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    with JournalReader(session.state.journal) as reader:
        rows = list(reader.rows())
        assert reader.head().hash in text.splitlines()[-1]
    lines = text.splitlines()[:-1]
    if form == "jsonl":
        assert [json.loads(line) for line in lines] == [row._asdict() for row in rows]
    else:
        assert [cells["payload"] for cells in csv.DictReader(lines)] == [row.payload for row in rows]

    verified = json.loads(tradedesk("audit", "verify", "--export", str(file), "--json")[1])
    assert (verified["ok"], verified["facts"]) == (True, len(rows))
    code, output, _ = tradedesk("audit", "verify", str(session.state.journal), "--export", str(file))
    assert (code, output.count("intact")) == (0, 2)

    file.write_text(text.replace('"IBM', '"IBN', 1) if form == "jsonl" else text.replace("IBM", "IBN", 1))
    code, output, errors = tradedesk("audit", "verify", "--export", str(file))
    assert (code, output) == (1, "")
    assert ": changed: " in errors or "neither a row" in errors


def test_an_export_that_is_no_longer_the_journals_is_found(tradedesk: Run, session: Session, tmp_path: Path) -> None:
    file, other = tmp_path / "a.jsonl", tmp_path / "other.sqlite3"
    tradedesk("audit", "export", str(file))

    async def make() -> None:
        store = await SqliteJournal.open(other, FactCodec())
        await store.append(rows_of(trading(200)))
        await store.close()

    import asyncio

    asyncio.run(make())
    code, _, errors = tradedesk("audit", "verify", str(other), "--export", str(file))
    assert code == 1
    assert "rewritten" in errors


def test_an_export_may_be_limited_to_days_and_go_to_stdout(tradedesk: Run, session: Session, tmp_path: Path) -> None:
    day = session.shown[0].view.status.trading_day
    head = session.shown[-1].seq
    today = tradedesk("audit", "export", "-", "--from", day, "--to", day)[1]
    assert json.loads(today.splitlines()[-1])["head_seq"] >= head
    code, _, errors = tradedesk("audit", "export", str(tmp_path / "x"), "--to", "2020-01-01")
    assert (code, errors) == (1, "tradedesk: no fact was recorded in that time\n")
    assert list(tmp_path.iterdir()) == []


def test_an_export_never_writes_over_a_file_and_leaves_none_behind(
    tradedesk: Run, session: Session, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    assert "is there already" in tradedesk("audit", "export", str(there))[2]
    assert there.read_text() == "mine"
    assert tradedesk("audit", "export", str(tmp_path / "no" / "x"))[0] == 1
    assert tradedesk("audit", "export", str(tmp_path / "x"), "--from", "noon")[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_journal_that_was_changed_is_not_exported(home: Path, tmp_path: Path, capsys: Any) -> None:
    state = home / "state" / "paper"

    async def make() -> None:
        store = await SqliteJournal.open(state / "journal.sqlite3", FactCodec())
        await store.append(rows_of(trading(20)))
        await store.close()

    import asyncio

    asyncio.run(make())
    with sqlite3.connect(state / "journal.sqlite3") as journal:
        trigger = journal.execute("SELECT sql FROM sqlite_master WHERE name = 'facts_refuse_update'").fetchone()[0]
        journal.execute("DROP TRIGGER facts_refuse_update")
        journal.execute("UPDATE facts SET payload = replace(payload, 'P2', 'P3') WHERE seq = 5")
        journal.execute(trigger)
    journal.close()
    assert run(["audit", "export", str(tmp_path / "x")]) == 1
    assert "seq 5: changed" in capsys.readouterr().err
    assert run(["events", "--last", "3"]) == 0, "what it prints is intact"
    assert run(["events", "--last", "30"]) == 1
    assert "seq 5: changed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# --- events ---------------------------------------------------------------------------------------------------------


def test_events_tell_the_last_facts_without_the_sampled_marks(tradedesk: Run, session: Session) -> None:
    told = facts(tradedesk("events", "--last", "5", "--json")[1])
    assert len(told) == 5
    assert told[-1]["kind"] == "desk_closed"
    assert "marks_sampled" not in {fact["kind"] for fact in facts(tradedesk("events", "--last", "500", "--json")[1])}
    everything = facts(tradedesk("events", "--last", "500", "--all", "--json")[1])
    assert [fact["seq"] for fact in everything] == list(range(1, told[-1]["seq"] + 1))
    assert "marks_sampled" in {fact["kind"] for fact in everything}
    assert tradedesk("events", "--last", "1")[1].endswith("desk closed: the session is over\n")


def test_without_a_journal_there_is_nothing_to_tell(home: Path, capsys: Any) -> None:
    for words in (["events"], ["audit", "show", "1"], ["audit", "export", "-"], ["replay", "--list"]):
        assert run(words) == 1
        assert capsys.readouterr().err.count("\n") == 1


class Follower:
    """`tradedesk events --follow` as a process, on a journal that the test writes."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console.cli", "events", "--follow", "--last", "1", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TRADEDESK_HOME": str(home)},
            # Started from a background job, a suite ignores Ctrl-C, and so would what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def next(self) -> int:
        """The seq of the next fact told."""
        assert self.process.stdout is not None
        return int(json.loads(self.process.stdout.readline())["seq"])


@pytest.fixture
def follower(home: Path) -> Iterator[Follower]:
    write(home, 0, 10)
    follower = Follower(home)
    yield follower
    follower.process.kill()
    follower.process.communicate()


def write(home: Path, begin: int, end: int) -> None:
    """Append these facts to the journal of that home."""
    import asyncio

    async def append() -> None:
        store = await SqliteJournal.open(home / "state" / "paper" / "journal.sqlite3", FactCodec())
        await store.append(rows_of(trading(end))[begin:])
        await store.close()

    asyncio.run(append())


def test_followed_events_come_as_they_are_recorded_until_ctrl_c(home: Path, follower: Follower) -> None:
    assert follower.next() == 10
    write(home, 10, 12)
    assert [follower.next(), follower.next()] == [11, 12]
    follower.process.send_signal(signal.SIGINT)
    _, errors = follower.process.communicate(timeout=10)
    assert (follower.process.returncode, errors) == (0, "")


def test_followed_events_end_when_nobody_reads_them(follower: Follower) -> None:
    assert follower.next() == 10
    assert follower.process.stdout is not None
    follower.process.stdout.close()
    assert follower.process.wait(timeout=10) in (0, 1)


def test_followed_events_end_when_the_journal_is_moved_away(home: Path, follower: Follower) -> None:
    assert follower.next() == 10
    journal = home / "state" / "paper" / "journal.sqlite3"
    journal.rename(home / "old.sqlite3")
    deadline = time.monotonic() + 10
    assert follower.process.wait(timeout=deadline - time.monotonic()) == 1
