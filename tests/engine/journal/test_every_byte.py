"""One changed, missing or added byte anywhere in a journal is found, with its place. `make tamper` takes every byte."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from engine.journal.verify_pages import verify_pages
from tests.engine.journal.samples import head_of, rows_of, stamp, trading
from tests.engine.journal.tampering import Folder, build, byte_classes, looks, missed, pages_of

CLASSES = [
    "header", "leaf: page header", "leaf: cell pointers", "leaf: unused space", "leaf: cells", "branch: page header",
    "branch: cell pointers", "branch: unused space", "branch: cells", "overflow page",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return build(tmp_path_factory.mktemp("tampered"))


def test_nothing_is_found_in_a_journal_that_nobody_touched(folder: Folder) -> None:
    assert folder.findings() == []


@pytest.mark.parametrize("kind", CLASSES)
def test_a_changed_byte_of_the_file_is_found_in_its_page(folder: Folder, kind: str) -> None:
    rng = random.Random(kind)
    places = byte_classes(folder.journal.read_bytes())[kind]
    sample = places if kind == "header" else rng.sample(places, min(len(places), 60))
    assert missed(folder.journal, sample, looks(folder)[folder.journal], rng, page=True) == []


def test_any_other_beginning_of_a_table_is_found_in_the_list_of_tables(folder: Folder) -> None:
    """Every value that the byte with a table's first page can have."""
    whole = folder.journal.read_bytes()
    look = looks(folder)[folder.journal]
    for name in (b"factsfacts", b"anchoranchor"):
        at = whole.index(b"table" + name) + len(b"table" + name)
        for value in set(range(256)) - {whole[at]}:
            folder.journal.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            assert any(1 in pages_of(words) for words in look()), (name, value)
    folder.journal.write_bytes(whole)


def test_a_changed_byte_of_any_file_beside_it_is_found(folder: Folder) -> None:
    rng = random.Random(7)
    for file, look in looks(folder).items():
        if file != folder.journal:
            places = rng.sample(range(file.stat().st_size), 60)
            assert missed(file, places, look, rng) == [], file.name


def test_bytes_cut_off_or_added_at_the_end_of_any_file_are_found(folder: Folder) -> None:
    for file, look in looks(folder).items():
        whole = file.read_bytes()
        for changed in (whole[:-1], whole[: len(whole) // 2], b"", whole + b"\0", whole + whole[-4096:]):
            file.write_bytes(changed)
            assert [words for words in look() if words.startswith(str(file))], (file.name, len(changed) - len(whole))
        file.write_bytes(whole)
    assert folder.findings() == []


def test_two_pages_that_changed_places_are_found(folder: Folder) -> None:
    whole = folder.journal.read_bytes()
    pages = [whole[start : start + 4096] for start in range(0, len(whole), 4096)]
    for first in range(1, len(pages) - 1):
        swapped = [*pages]
        swapped[first], swapped[first + 1] = pages[first + 1], pages[first]
        folder.journal.write_bytes(b"".join(swapped))
        assert verify_pages(folder.journal).faults, first
    folder.journal.write_bytes(whole)


# --- the write-ahead log


async def test_a_changed_byte_of_the_log_is_found_there(tmp_path: Path) -> None:
    live = tmp_path / "live" / "journal.sqlite3"
    journal = await SqliteJournal.open(live, FactCodec())
    chain = Chain(FactCodec())
    facts = stamp(trading(40))
    for start in range(0, 40, 4):
        await journal.append(chain.stamp(facts[start : start + 4]))
    dead = tmp_path / "dead" / "journal.sqlite3"
    shutil.copytree(live.parent, dead.parent)
    await journal.close()
    log = dead.with_name(dead.name + "-wal")
    report = verify_pages(dead)
    assert (report.head, report.faults) == (chain.head, ())

    rng = random.Random(11)
    places = [*range(32), *rng.sample(range(log.stat().st_size), 150)]
    assert missed(log, places, lambda: [str(fault) for fault in verify_pages(dead).faults], rng) == []


async def test_a_log_that_is_written_over_anew_holds_no_fault(tmp_path: Path) -> None:
    """After a checkpoint the log begins again, and older frames lie behind its end."""
    path = tmp_path / "journal.sqlite3"
    journal = await SqliteJournal.open(path, FactCodec())
    chain = Chain(FactCodec())
    for count in (200, 3, 5, 1):
        await journal.append(chain.stamp(stamp(trading(count), chain.head)))
        report = verify_pages(path)
        assert (report.head, report.faults) == (chain.head, ())
        await journal.checkpoint()
    await journal.close()


async def test_a_running_desk_is_audited_at_its_newest_commit(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal = await SqliteJournal.open(path, FactCodec())
    chain = Chain(FactCodec())
    for count in (1, 30, 500, 7000, 2):
        await journal.append(chain.stamp(stamp(trading(count), chain.head)))
        report = verify_pages(path)
        assert (report.head, report.faults) == (chain.head, ())
    await journal.close()
    report = verify_pages(path)
    assert (report.head, report.faults, report.pages) == (chain.head, (), path.stat().st_size // 4096)


# --- what SQLite itself would not mind


async def written(path: Path, count: int = 30) -> Path:
    journal = await SqliteJournal.open(path, FactCodec())
    await journal.append(rows_of(trading(count)))
    await journal.close()
    return path


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["CREATE TABLE notes (text)"], "notes is altered, or no part of a journal"),
        (["CREATE INDEX by_kind ON facts (kind)"], "by_kind is altered, or no part of a journal"),
        (["DROP TRIGGER facts_refuse_delete"], "facts_refuse_delete is missing"),
        (["CREATE TABLE t (x)", "DROP TABLE t"], "is the first free page; a journal has none"),
        (["DROP TRIGGER anchor_refuse_insert", "INSERT INTO anchor VALUES (0, '')"], "anchor_refuse_insert is missing"),
        (["PRAGMA user_version=1"], "its tables and triggers were changed 7 times, expected 3"),
    ],
)
async def test_tables_that_are_not_the_journals_are_found(tmp_path: Path, statements: list[str], words: str) -> None:
    path = await written(tmp_path / "journal.sqlite3")
    database = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        database.execute(statement)
    database.close()
    assert words in "; ".join(map(str, verify_pages(path).faults))


async def test_a_row_before_the_first_is_found(tmp_path: Path) -> None:
    path = await written(tmp_path / "journal.sqlite3")
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(
        "INSERT INTO facts SELECT -5, recorded_ns, market_ns, kind, payload, prev_hash, hash FROM facts LIMIT 1"
    )
    database.close()
    faults = "; ".join(map(str, verify_pages(path).faults))
    assert "row -5: seq 1: missing: row 0 is followed by row -5" in faults


async def test_a_rollback_file_that_sqlite_would_play_back_is_found(tmp_path: Path) -> None:
    path = await written(tmp_path / "journal.sqlite3")
    path.with_name(path.name + "-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
    (fault,) = verify_pages(path).faults
    assert str(fault).startswith(f"{path}-journal: byte 0: a rollback file")


async def test_the_head_is_that_of_the_rows(tmp_path: Path) -> None:
    assert verify_pages(await written(tmp_path / "journal.sqlite3", 77)).head == head_of(rows_of(trading(77)))
