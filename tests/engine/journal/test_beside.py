"""What stands beside a journal says the same as the journal, or is named: trades.jsonl and the blotter."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.facts import DeskClosed
from engine.journal.blotter import TABLES
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.finding import Checked
from engine.journal.mirror import MIRRORED, TradesMirror
from engine.journal.place import Place
from engine.journal.projections import catch_up
from engine.journal.store import open_journal
from engine.journal.verify_blotter import verify_blotter
from engine.journal.verify_trades import verify_trades
from tests.engine.journal.conftest import Places
from tests.engine.journal.histories import history
from tests.engine.journal.samples import head_of, rows_of

ROWS = history(25)
FILLS = [row for row in ROWS if row.kind in MIRRORED]


async def written(place: Place, rows: Sequence[Row]) -> Place:
    journal = await open_journal(place, FactCodec())
    await journal.append(rows)
    await journal.close()
    return place


@pytest.fixture
async def journal(places: Places) -> Place:
    return await written(places(), ROWS)


# --- trades.jsonl


@pytest.fixture
def trades(journal: Place, tmp_path: Path) -> Path:
    TradesMirror(journal, tmp_path / "trades.jsonl").catch_up()
    return tmp_path / "trades.jsonl"


def said(checked: Checked) -> tuple[str, bool]:
    (finding,) = checked.findings
    return str(finding), finding.harmless


def test_trades_that_are_the_journals_are_counted(journal: Place, trades: Path) -> None:
    assert verify_trades(journal, trades) == Checked(len(FILLS), "lines of trades")


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (lambda lines: [*lines[:2], *lines[3:]], 3, "expected row"),
        (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 5, "expected row"),
        (lambda lines: [*lines[:4], lines[3], *lines[4:]], 5, "expected row"),
        (lambda lines: [*lines, lines[-1]], len(FILLS) + 1, "which the journal does not hold"),
        (lambda lines: [*lines[:1], lines[1].replace(b'"fee":"', b'"fee":"9'), *lines[2:]], 2, "is damaged"),
        (lambda lines: [*lines[:1], b" " + lines[1], *lines[2:]], 2, "expected row"),
    ],
)
def test_a_line_that_is_not_the_journals_next_fill_is_named(
    journal: Place, trades: Path, change: object, line: int, words: str
) -> None:
    lines = trades.read_bytes().splitlines(keepends=True)
    trades.write_bytes(b"".join(change(lines)))  # type: ignore[operator]
    text, harmless = said(verify_trades(journal, trades))
    assert text.startswith(f"{trades}: line {line} (byte ")
    assert words in text
    assert not harmless


async def test_trades_prove_rows_that_somebody_cut_off_the_journal(places: Places, trades: Path) -> None:
    shorter = await written(places("cut"), ROWS[: FILLS[-1].seq - 1])
    text, harmless = said(verify_trades(shorter, trades))
    assert f"is row {FILLS[-1].seq} {FILLS[-1].hash}, which the journal does not hold" in text
    assert not harmless


@pytest.fixture
async def stopped(places: Places) -> Place:
    """The same journal after a graceful stop."""
    end = rows_of([DeskClosed("user")], after=head_of(ROWS))
    return await written(places("stopped"), [*ROWS, *end])


def test_fills_that_are_not_mirrored_yet_are_a_note_after_a_crash_and_a_fault_after_a_stop(
    journal: Place, stopped: Place, trades: Path
) -> None:
    lines = trades.read_bytes().splitlines(keepends=True)
    trades.write_bytes(b"".join(lines[:-1]))
    text, harmless = said(verify_trades(journal, trades))
    assert text.endswith(f"the fill of row {FILLS[-1].seq} is missing yet: the next start adds it")
    assert harmless
    assert said(verify_trades(stopped, trades))[1] is False
    trades.write_bytes(b"".join(lines)[:-5])
    assert said(verify_trades(journal, trades))[1] is True
    trades.unlink()
    assert f"the fill of row {FILLS[0].seq} is missing" in said(verify_trades(journal, trades))[0]


# --- the blotter


@pytest.fixture
def blotter(journal: Place, tmp_path: Path) -> Path:
    catch_up(journal, tmp_path / "blotter.sqlite3")
    return tmp_path / "blotter.sqlite3"


def test_tables_that_are_what_the_journal_folds_to_are_counted(journal: Place, blotter: Path, tmp_path: Path) -> None:
    checked = verify_blotter(journal, blotter)
    assert checked.ok
    assert checked.count > len(FILLS)
    assert verify_blotter(journal, tmp_path / "none") == Checked(0, "rows of the blotter")


@pytest.mark.parametrize("table", ["orders", "fills", "trades", "positions", "daily_pnl"])
@pytest.mark.parametrize("change", ["changed", "removed", "added"])
def test_a_row_that_is_not_what_the_journal_says_is_named(
    journal: Place, blotter: Path, table: str, change: str
) -> None:
    columns = TABLES[table]
    first = f"{columns[0]} = (SELECT {columns[0]} FROM {table} LIMIT 1)"
    statement = {
        "changed": f"UPDATE {table} SET {columns[-2]} = '7.77' WHERE {first}",
        "removed": f"DELETE FROM {table} WHERE {first}",
        "added": f"INSERT INTO {table} VALUES ({', '.join(str(90_000 + n) for n in range(len(columns)))})",
    }[change]
    database = sqlite3.connect(blotter, isolation_level=None)
    assert database.execute(statement).rowcount > 0
    database.close()
    (finding,) = verify_blotter(journal, blotter).findings
    assert finding.place == f"{blotter}: {table}"
    assert {"changed": "'7.77'", "removed": "is missing", "added": "is not of this journal"}[change] in finding.what
    assert finding.what.endswith("run `tradedesk journal rebuild`")


def test_tables_of_another_journal_are_named(blotter: Path, tmp_path: Path, journal: Place) -> None:
    database = sqlite3.connect(blotter, isolation_level=None)
    database.execute("UPDATE watermark SET hash = 'ab'")
    database.close()
    assert "which the journal does not hold" in said(verify_blotter(journal, blotter))[0]
    blotter.write_bytes(b"not a database at all" * 99)
    with pytest.raises(JournalError, match=r"blotter\.sqlite3: is not a SQLite database.*journal rebuild"):
        verify_blotter(journal, blotter)
