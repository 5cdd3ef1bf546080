"""Moving old days out of a journal: `tradedesk journal archive --before DATE`. For a journal that no desk has open.

Crash-safe by its order: the archive and its snapshot are written, read back and proven first; then the journal that is
left is made in another file, proven together with the archive, and renamed over the old one. What an interrupted run
leaves behind is not used by anybody, and written anew by the next.
"""

from __future__ import annotations

import gzip
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Final

import msgspec

from engine import facts as f
from engine.journal.archive import Archive, Label, archive_folder, seal
from engine.journal.chain import Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.files import sync_file, sync_folder
from engine.journal.folding import fold_reader
from engine.journal.mirror_line import write_line
from engine.journal.reader import JournalReader
from engine.journal.schema import create, explain, open_writer
from engine.journal.snapshots import SnapshotError, load, save
from engine.journal.verify import verify_file

_DAY: Final[str] = str(f.DayRolled.__struct_config__.tag)
_BUSY_S: Final = 1.0


class Archived(msgspec.Struct, frozen=True):
    """What was moved: rows, the file, the anchor that the journal begins at now, and how many rows it has left."""

    facts: int
    file: Path
    anchor: Head
    left: int


def archive(journal: Path, snapshots: Path, before_ns: int) -> Archived:
    """Move the trading days that began before `before_ns` (recorded time, ns UTC) into an archive beside the journal.

    The day in which it lies, and all that follows, stays. Nobody else may have the journal open. Raises JournalError:
    nothing was moved then.
    """
    report = verify_file(journal)
    if report.broken is not None:
        raise JournalError(f"{journal}: {report.broken}; a journal that is not intact is not archived")
    with JournalReader(journal) as reader:
        begin = reader.anchor
        anchor = _end_of_days(reader, before_ns)
        folder = archive_folder(journal)
        file = _write(reader, folder, begin, anchor)
        _snapshot(reader, folder, snapshots, anchor)
    _shorten(journal, report.head, anchor)
    return Archived(anchor.seq - begin.seq, file, anchor, report.head.seq - anchor.seq)


def _end_of_days(reader: JournalReader, before_ns: int) -> Head:
    """The last row before the first day that began at `before_ns` or later. Raises JournalError."""
    previous, a_day = reader.anchor, False
    for row in reader.rows(reader.anchor.seq):
        if row.kind == _DAY:
            if row.recorded_ns >= before_ns:
                break
            a_day = True
        previous = Head(row.seq, row.hash)
    else:
        a_day = False  # none has begun since: the last one may not be over
    if not a_day:
        raise JournalError("there is no whole day to archive: expected one that was over before the date given")
    return previous


def _write(reader: JournalReader, folder: Path, begin: Head, anchor: Head) -> Path:
    """The archive file, durable and read back."""
    path = folder / f"facts-{begin.seq + 1:012d}-{anchor.seq:012d}.jsonl.gz"
    draft = path.with_name(f".{path.name}")
    label = Label((begin.seq, begin.hash), (anchor.seq, anchor.hash), time.time_ns())
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        with draft.open("wb") as raw:
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
                file.write(msgspec.json.encode(label) + b"\n")
                for row in _upto(reader, begin, anchor):
                    file.write(write_line(row) + b"\n")
            raw.flush()
            sync_file(raw.fileno())
        seal(draft, path)
        draft.rename(path)
        sync_folder(folder)
    except OSError as error:
        raise JournalError(f"{path}: can't be written: {error.strerror}") from None
    for ours, theirs in zip(_upto(reader, begin, anchor), Archive(path).rows(), strict=True):
        if ours != theirs:
            raise JournalError(f"{path}: row {ours.seq} is not what was written")
    return path


def _upto(reader: JournalReader, begin: Head, anchor: Head) -> Iterator[Row]:
    return takewhile(lambda row: row.seq <= anchor.seq, reader.rows(begin.seq))


def _snapshot(reader: JournalReader, folder: Path, snapshots: Path, anchor: Head) -> None:
    """The state at the anchor, beside the archive, read back."""
    state = fold_reader(reader, FactCodec(), (snapshots, folder), upto=anchor.seq)[1]
    try:
        path = save(folder, anchor, state, time.time_ns(), kept=None)
        if load(path)[1].digest() != state.digest():
            raise JournalError(f"{path}: the snapshot is not the state that was written; nothing was moved")
    except (SnapshotError, JournalWriteError) as error:
        raise JournalError(f"no snapshot can be made to begin from, so nothing was moved: {error}") from None


def _shorten(journal: Path, head: Head, anchor: Head) -> None:
    """Put the journal without the archived rows in the place of the old one."""
    newborn = journal.with_name(f"{journal.name}.shortened")
    try:
        _close_for_others(journal)
        create(newborn, anchor, journal)
        report = verify_file(newborn, head, complete=True, archives_of=journal)
        if report.broken is not None:
            raise JournalError(f"{newborn}: {report.broken}; {journal.name} is as it was")
        newborn.rename(journal)
        sync_folder(journal.parent)
    except OSError as error:
        raise JournalError(f"{newborn}: can't be written: {error.strerror}; {journal.name} is as it was") from None
    except sqlite3.Error as error:
        raise JournalError(f"{explain(newborn, error)}; {journal.name} is as it was") from None
    finally:
        newborn.unlink(missing_ok=True)


def _close_for_others(journal: Path) -> None:
    """Fold the write-ahead log into the file and take it out of WAL mode, which needs it alone."""
    with closing(open_writer(journal, _BUSY_S).connection) as connection:
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.Error as error:
            raise JournalError(explain(journal, error)) from None
    if mode != "delete":
        raise JournalError(f"{journal}: is in use by another process; expected nobody to read or write it")
