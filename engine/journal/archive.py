"""Archived days: facts moved out of the journal into files that prove themselves and what follows them.

An archive is gzipped JSON lines. The first says which rows it holds and between which heads; each other is one row
with its own proof, as in trades.jsonl (engine.journal.mirror). The journal keeps an *anchor*, the last archived row's
seq and hash, from which its chain goes on. Beside each archive lies a snapshot of the state at its end, where a fold
of the shortened journal begins.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.files import sync_file, write_all
from engine.journal.finding import Checked, Finding
from engine.journal.mirror_line import MirrorLine, read_line
from engine.journal.store import decode_rows

_NAME: Final = re.compile(r"facts-(\d{12,})-(\d{12,})\.jsonl\.gz")
PAGE: Final = 5000


class Label(msgspec.Struct, frozen=True):
    """An archive's first line: it holds the rows behind `after`, the last of which is `head`. Heads are (seq, hash);
    archived_ns is ns UTC, for people."""

    after: tuple[int, str]
    head: tuple[int, str]
    archived_ns: int
    archive: int = 1


def archive_folder(journal: Path) -> Path:
    """Where the archives of that journal are."""
    return journal.with_name("journal_archive")


class Archive:
    """One archive file. Its name says which rows it holds."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError when the name is no archive's."""
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path.name} is no archive")
        self.path = path
        self.first, self.last = int(match[1]), int(match[2])

    def rows(self) -> Iterator[Row]:
        """Its rows, each proven by its own hash. Raises JournalError, with the place, where the file is damaged."""
        place = f"{self.path}: line 1"
        try:
            with gzip.open(self.path, "rb") as file:
                label = msgspec.json.decode(file.readline(), type=Label)
                if (label.after[0] + 1, label.head[0]) != (self.first, self.last):
                    raise JournalError(f"{place}: holds other rows than its name says")
                head = label.after
                for number, line in enumerate(file, start=2):
                    place = f"{self.path}: line {number}"
                    found = read_line(line)
                    if found is None:
                        raise JournalError(f"{place}: is damaged: its hash is not that of its contents")
                    head = found.seq, found.hash
                    yield row_of(found)
        except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
            raise JournalError(f"{place}: is damaged or can't be read: {error}") from None
        if head != label.head:
            raise JournalError(f"{self.path}: ends at row {head[0]}, expected row {self.last}")


def seal_of(path: Path) -> Path:
    """The file with an archive's SHA-256."""
    return path.with_name(f"{path.name}.sha256")


def seal(written: Path, path: Path) -> None:
    """Make the seal of the archive that will be `path` and is still `written`; durable on return. Raises OSError."""
    target = seal_of(path)
    draft = target.with_name(f".{target.name}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        write_all(handle, _seal_line(written, path.name))
        sync_file(handle)
    finally:
        os.close(handle)
    draft.rename(target)


def verify_seals(folder: Path, anchor: Head) -> Checked:
    """Compare every archive up to the anchor with its seal. What its rows say is `engine.journal.verify`'s part."""
    findings = []
    archives = Archives(folder, anchor).files
    for archive in archives:
        wanted = seal_of(archive.path)
        try:
            if wanted.read_bytes() != _seal_line(archive.path, archive.path.name):
                findings.append(Finding(str(archive.path), f"is not what {wanted.name} says: one of them was changed"))
        except FileNotFoundError:
            # Of an earlier version, or somebody took it away: its rows prove themselves all the same.
            findings.append(Finding(str(wanted), "is missing: bytes that no row depends on can't be checked", True))
        except OSError as error:
            findings.append(Finding(str(wanted), f"can't be read: {error.strerror}"))
    return Checked(len(archives), "archives", tuple(findings))


def _seal_line(path: Path, name: str) -> bytes:
    with path.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n".encode()


def row_of(line: MirrorLine) -> Row:
    """The journal's row that a line is."""
    return Row(
        line.seq, line.recorded_ns, line.market_ns, line.kind, bytes(line.fact).decode(), line.prev_hash, line.hash
    )


class Archives:
    """The archives up to a journal's anchor, in order."""

    def __init__(self, folder: Path, anchor: Head) -> None:
        """A folder that is not there has no archives; what lies beyond the anchor was never finished."""
        self.anchor = anchor
        self._folder = folder
        found = [Archive(path) for path in folder.glob("facts-*.jsonl.gz") if _NAME.fullmatch(path.name)]
        self.files = sorted((a for a in found if a.last <= anchor.seq), key=lambda archive: archive.first)

    def rows(self, after_seq: int) -> Iterator[Row]:
        """The archived rows behind `after_seq`, in order. Raises JournalError where one is missing or damaged."""
        seq, last_hash = after_seq, ""
        for archive in self.files:
            if archive.last <= seq:
                continue
            if archive.first > seq + 1:
                break
            for row in archive.rows():
                if row.seq > seq:
                    yield row
                last_hash = row.hash
            seq = archive.last
        if seq < self.anchor.seq:
            raise JournalError(
                f"{self._folder}: rows {seq + 1} to {self.anchor.seq} are archived, and no archive there holds row"
                f" {seq + 1}; bring its file back"
            )
        if last_hash and last_hash != self.anchor.hash:
            raise JournalError(f"{self._folder}: the archives end in row {seq} of another journal")

    def pages(self, after_seq: int) -> Iterator[list[Row]]:
        """The same, in batches."""
        rows = self.rows(after_seq)
        while page := list(islice(rows, PAGE)):
            yield page

    def facts(self, codec: FactCodec) -> Iterator[Sequence[Stamped]]:
        """All archived facts, in batches, checked against the chain."""
        after = GENESIS
        for page in self.pages(0):
            yield decode_rows(self._folder, codec, after, page)
            after = Head(page[-1].seq, page[-1].hash)

    def hash_at(self, seq: int) -> str | None:
        """The hash of an archived row; None when there is none. Raises JournalError where its archive is missing."""
        row = next(iter(self.rows(seq - 1)), None)
        return row.hash if row is not None and row.seq == seq else None
