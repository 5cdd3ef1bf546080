"""Heads in a second place find what the journal alone can't: a tail, or all of it, written anew with fresh hashes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import facts as f
from engine.journal.chain import Broken, Chain, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.head_copy import Copied, FileCopy, Note, SyslogCopy, copies_in, reopen
from engine.journal.place import Place
from engine.journal.store import open_journal
from engine.journal.verify import verify_file
from engine.runtime.head_copying import HeadKeeper
from tests.engine.journal.conftest import Places
from tests.engine.journal.samples import head_of, stamp, trading


def opened(desk_id: str) -> f.DeskOpened:
    return f.DeskOpened(desk_id, "paper", "PAPER", "paper", "USD", "average", "hash", "", "0")


def rows_of_desk(desk_id: str, facts: Sequence[f.Fact]) -> list[Row]:
    return Chain(FactCodec()).stamp(stamp([opened(desk_id), *facts]))


async def written(place: Place, rows: Sequence[Row]) -> Place:
    journal = await open_journal(place, FactCodec())
    await journal.append(rows)
    await journal.close()
    return place


ROWS = rows_of_desk("D7K2", trading(20))


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """A file with the heads of rows 5, 12 and 21, among other lines."""
    path = tmp_path / "heads"
    copy = FileCopy(path)
    for upto in (5, 12):
        copy.write("D7K2", head_of(ROWS[:upto]))
    with path.open("a") as file:
        file.write("Jan 31 15:59:00 box kernel: unrelated\n")
    copy.write("D7K2", head_of(ROWS))
    return path


def broken(path: Place, copies: Path) -> Broken:
    found = verify_file(path, copies=copies_in(copies)).broken
    assert found is not None
    return found


def test_copies_are_lines_of_a_private_file(copies: Path) -> None:
    assert [copy.head.seq for copy in copies_in(copies)] == [5, 12, 21]
    assert copies.stat().st_mode & 0o777 == 0o600


async def test_a_journal_that_is_what_it_was_agrees_with_every_copy(places: Places, copies: Path) -> None:
    path = await written(places(), ROWS)
    assert verify_file(path, copies=copies_in(copies)).ok


async def test_a_tail_written_anew_is_found_at_the_first_copied_row(places: Places, copies: Path) -> None:
    forged = rows_of_desk("D7K2", [*trading(8), *trading(12)])
    found = broken(await written(places(), forged), copies)
    assert (found.seq, found.problem) == (12, "rewritten")


async def test_a_tail_cut_off_is_found(places: Places, copies: Path) -> None:
    found = broken(await written(places(), ROWS[:15]), copies)
    assert (found.seq, found.problem) == (16, "shortened")
    assert "the copied head is row 21" in str(found)
    found = broken(await written(places("empty"), []), copies)
    assert (found.seq, found.problem) == (1, "shortened")


async def test_another_journal_in_its_place_is_found(places: Places, copies: Path) -> None:
    other = rows_of_desk("XXXX", trading(20))
    found = broken(await written(places(), other), copies)
    assert (found.seq, found.problem) == (1, "rewritten")
    FileCopy(copies).write("XXXX", head_of(other))
    assert verify_file(places(), copies=copies_in(copies)).ok, "new books, said by their own copy"


async def test_copies_that_disagree_are_found(places: Places, copies: Path) -> None:
    FileCopy(copies).write("D7K2", Head(12, "ab" * 32))
    assert broken(await written(places(), ROWS), copies).seq == 12


async def test_rows_behind_a_stop_are_found_until_a_start_says_that_it_goes_on(places: Places, copies: Path) -> None:
    """The forger has the program: every hash is right."""
    path = await written(places(), rows_of_desk("D7K2", trading(24)))
    FileCopy(copies).write("D7K2", head_of(ROWS), "closed")
    found = broken(path, copies)
    assert (found.seq, found.problem) == (22, "appended")
    assert "the last stop's head is row 21" in str(found)
    reopen(copies)
    assert copies_in(copies)[-1] == Copied("D7K2", head_of(ROWS), "opening")
    assert verify_file(path, copies=copies_in(copies)).ok
    reopen(copies)
    reopen(copies.with_name("none"))
    assert len(copies_in(copies)) == 5
    assert not copies.with_name("none").exists()


def test_a_file_without_copies_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="none: can't be read"):
        copies_in(tmp_path / "none")
    (tmp_path / "notes").write_text("121:abc")
    with pytest.raises(JournalError, match="notes: holds no head of a journal; expected lines with"):
        copies_in(tmp_path / "notes")


def test_the_systems_log_gets_a_line_that_an_extract_of_it_is_read_from(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        SyslogCopy([str(tmp_path / "other"), str(tmp_path / "log")]).write("D7K2", head_of(ROWS))
        message = log.recv(4096).decode()
    assert message.startswith("<13>tradedesk head desk=D7K2 21:")
    (tmp_path / "syslog").write_text(f"Jan 31 15:59:00 box {message[4:]}\n")
    assert copies_in(tmp_path / "syslog") == [Copied("D7K2", head_of(ROWS))]


def test_a_system_without_a_log_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalWriteError, match=f"syslog: .* there is no {tmp_path}/log"):
        SyslogCopy([str(tmp_path / "log")]).write("D7K2", head_of(ROWS))
    with pytest.raises(JournalWriteError, match=r"heads: .* No such file"):
        FileCopy(tmp_path / "none" / "heads").write("D7K2", head_of(ROWS))


class SecondPlace:
    """A second place that can be out of reach."""

    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.fault = ""
        self.tries = 0

    def write(self, desk_id: str, head: Head, note: Note = "") -> None:
        self.tries += 1
        if self.fault:
            raise JournalWriteError(self.fault)
        self.heads.append(head)


async def test_the_head_is_copied_when_it_has_moved_and_a_failure_is_said_once() -> None:
    place, said = SecondPlace(), list[str]()
    keeper = HeadKeeper(place, 0.0, said.append)
    heads = [Head(5, "a" * 64), Head(5, "a" * 64), Head(9, "b" * 64), Head(9, "b" * 64), Head(12, "c" * 64)]
    faults = ["", "", "unplugged", "unplugged", ""]
    done = asyncio.Event()

    def head() -> Head:
        if not heads:
            done.set()
            return Head(12, "c" * 64)
        place.fault = faults.pop(0)
        return heads.pop(0)

    task = asyncio.create_task(keeper.run("D7K2", head))
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert place.heads == [Head(5, "a" * 64), Head(12, "c" * 64)]
    assert said == ["unplugged"]
