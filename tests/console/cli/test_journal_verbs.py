# ruff: noqa: F401, F811 - fixtures of another file are named where they are used

"""journal archive, audit verify with copied heads: what a shell sees of them."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest

from console.config.defaults import write_missing
from console.config.paths import Paths, StatePaths
from engine.facts import Stamped
from engine.journal.chain import Chain, Row
from engine.journal.codec import FactCodec
from engine.journal.head_copy import FileCopy
from engine.journal.mirror import TradesMirror
from engine.journal.projections import catch_up
from engine.journal.store import SqliteJournal
from engine.runtime.lock import DeskLock
from tests.console.cli.test_commands import Run, one_line, tradedesk
from tests.engine.journal.histories import facts_of, history
from tests.engine.journal.samples import head_of

DAY_NS = 86_400 * 10**9


@pytest.fixture
def rows(state: StatePaths) -> tuple[Row, ...]:
    """A journal of several simulated days of November 2023 in the state folder. The days are seconds long: the last
    one is put a day later, so that a midnight lies before it."""
    lived = next(
        rows
        for rows in map(history, range(60))
        if sum(row.kind == "day_rolled" for row in rows) >= 3 and any(row.kind == "order_filled" for row in rows)
    )
    last = max(row.seq for row in lived if row.kind == "day_rolled")
    rows = Chain(FactCodec()).stamp([_a_day_later(fact) if fact.seq >= last else fact for fact in facts_of(lived)])

    async def write() -> None:
        journal = await SqliteJournal.open(state.journal, FactCodec())
        await journal.append(rows)
        await journal.close()

    asyncio.run(write())
    return tuple(rows)


def _a_day_later(fact: Stamped) -> Stamped:
    return msgspec.structs.replace(fact, recorded_ns=fact.recorded_ns + DAY_NS, market_ns=fact.market_ns + DAY_NS)


def test_old_days_are_archived_and_verified_with_the_rest(
    tradedesk: Run, state: StatePaths, rows: tuple[Row, ...]
) -> None:
    last_day = [row for row in rows if row.kind == "day_rolled"][-1]
    nothing = tradedesk("journal", "archive", "--before", "2020-01-31")
    code, output, _ = tradedesk("journal", "archive", "--before", "2023-11-15", "--json")

    assert nothing[0] == 1
    assert "there is no whole day to archive" in one_line(nothing[2])
    assert code == 0
    done = json.loads(output)
    assert done["facts"] == last_day.seq - 1
    assert done["left"] == len(rows) - last_day.seq + 1
    assert Path(done["archive"]).parent == state.archives
    assert json.loads(tradedesk("audit", "verify", "--json")[1])["facts"] == len(rows)
    Path(done["archive"]).unlink()
    code, _, errors = tradedesk("audit", "verify")
    assert code == 1
    assert "are archived, and no archive there holds row 1" in one_line(errors)


def test_a_running_desk_keeps_its_journal(tradedesk: Run, state: StatePaths, rows: tuple[Row, ...]) -> None:
    lock = DeskLock(state.lock)
    lock.acquire(headless=True)
    code, _, errors = tradedesk("journal", "archive", "--before", "2030-01-31")
    lock.release()
    assert code == 1
    assert one_line(errors).endswith("; stop it first")


@pytest.mark.parametrize("configured", [True, False], ids=["configured", "given"])
def test_verify_compares_with_copied_heads(
    tradedesk: Run,
    state: StatePaths,
    rows: tuple[Row, ...],
    tmp_path: Path,
    configured: bool,
) -> None:
    copies = tmp_path / "heads"
    FileCopy(copies).write("SIMDESK", head_of(rows))
    if configured:
        paths = Paths.of(os.environ)
        write_missing(paths)
        url = "      url: null "
        paths.desk_file.write_text(paths.desk_file.read_text().replace(url, f"      head_copy: {copies}\n{url}"))
    words = ["audit", "verify"] if configured else ["audit", "verify", "--heads", str(copies)]

    agreed = tradedesk(*words)
    FileCopy(copies).write("SIMDESK", head_of(rows)._replace(seq=len(rows) + 5))
    code, _, errors = tradedesk(*words)

    assert agreed[0] == 0
    assert "agree with it: " in agreed[1]
    assert agreed[1].rstrip().endswith("1 copied heads")
    assert code == 1
    assert f"the copied head is row {len(rows) + 5}" in one_line(errors)


def test_verify_names_the_byte_the_line_and_the_table_row_that_were_changed(
    tradedesk: Run, state: StatePaths, rows: tuple[Row, ...]
) -> None:
    """In the file of the journal a byte that no row depends on; beside it a line and a table."""
    TradesMirror(state.journal, state.trades).catch_up()
    catch_up(state.journal, state.blotter)
    agreed = tradedesk("audit", "verify")
    whole = state.journal.read_bytes()
    unused = whole.index(bytes(64), 4096) + 20
    state.journal.write_bytes(whole[:unused] + b"\1" + whole[unused + 1 :])
    lines = state.trades.read_bytes().splitlines(keepends=True)
    state.trades.write_bytes(b"".join(lines[1:]))
    database = sqlite3.connect(state.blotter, isolation_level=None)
    database.execute("UPDATE orders SET status = 'filled'")
    database.close()
    code, output, errors = tradedesk("audit", "verify")
    told = json.loads(tradedesk("audit", "verify", "--json")[1])

    assert agreed[0] == 0
    assert f"{len(lines)} lines of trades" in agreed[1]
    assert code == 1
    assert f"{state.journal}: byte {unused} (page {unused // 4096 + 1}): " in one_line(errors)
    assert f"also: {state.trades}: line 1 (byte 0): is row" in output
    assert f"also: {state.blotter}: orders: row" in output
    assert (told["ok"], told["facts"], told["broken"]) == (False, len(rows), None)
    assert told["findings"][0]["place"] == f"{state.journal}: byte {unused} (page {unused // 4096 + 1})"


def test_a_stopped_journal_that_went_on_without_a_desk_is_found(
    tradedesk: Run, state: StatePaths, rows: tuple[Row, ...]
) -> None:
    FileCopy(state.heads).write("SIMDESK", head_of(rows[:-1]), "closed")
    code, _, errors = tradedesk("audit", "verify")
    assert code == 1
    assert f"seq {len(rows)}: appended: the last stop's head is row {len(rows) - 1}" in one_line(errors)
