"""`trades.jsonl`: every fill of the journal as one line of JSON that carries its own proof.

A line holds the row's columns; `fact` is the payload's exact text, so that its hash can be computed from
the line alone (engine.journal.chain says how) and `prev_hash` and `hash` tie it to the journal. Written off
the order path, from committed rows only.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from engine.journal.chain import Row
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.files import sync_file, sync_folder, write_all
from engine.journal.mirror_line import MirrorLine, read_line, write_line
from engine.journal.place import Place
from engine.journal.reader import JournalReader

#: Fills, and what takes them back.
MIRRORED: Final = frozenset({"order_filled", "orphan_filled", "execution_busted", "execution_corrected"})
#: Bytes between two syncs: only what was written since the last one can be torn by a power cut.
_CHUNK: Final = 256 * 1024
#: What is checked at a start: more than one chunk with its longest line.
_TAIL: Final = 4 * _CHUNK
_BEGIN: Final = b'{"seq":'


class TradesMirror:
    """Keeps `trades.jsonl` level with the journal."""

    def __init__(self, journal: Place, path: Path) -> None:
        """`journal` is only read; `path` is made when it is absent."""
        self._journal = journal
        self._path = path
        self._seen: int | None = None

    def catch_up(self) -> int:
        """Append the fills that came since the last call, in this process or before; returns how many.

        A line torn by a crash is written anew. Raises JournalError when the file is not a mirror of this
        journal, JournalWriteError when it can't be written; the next call goes on from where this one got.
        """
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        except OSError as error:
            raise JournalWriteError(f"{self._path}: {error.strerror}") from error
        try:
            with JournalReader(self._journal) as reader:
                if self._seen is None:
                    self._seen = self._resume(handle, reader)
                return self._extend(handle, reader, self._seen)
        except OSError as error:
            self._seen = None
            raise JournalWriteError(f"{self._path}: {error.strerror}") from error
        finally:
            os.close(handle)

    def _extend(self, handle: int, reader: JournalReader, seen: int) -> int:
        head = reader.head()
        count, chunk = 0, b""
        for row in reader.rows(seen):
            if row.seq > head.seq:
                break
            if row.kind in MIRRORED:
                chunk += self._line(row)
                count += 1
            if len(chunk) >= _CHUNK:
                _append(handle, chunk)
                self._seen, chunk = row.seq, b""
        _append(handle, chunk)
        self._seen = head.seq
        return count

    def _line(self, row: Row) -> bytes:
        line = write_line(row)
        if read_line(line) is None:
            raise JournalError(f"{self._journal}: seq {row.seq}: changed; run `tradedesk audit verify`")
        return line + b"\n"

    def _resume(self, handle: int, reader: JournalReader) -> int:
        """Cut off what a crash tore, check that the rest is of this journal, return the last mirrored
        seq."""
        size = os.fstat(handle).st_size
        if size == 0:
            sync_folder(self._path.parent)
            return 0
        start = max(0, size - _TAIL)
        data = os.pread(handle, size - start, start)
        first = data.find(b"\n") + 1 if start else 0
        whole, last = _last_proof(data, first)
        if last is None and not (start == 0 and _BEGIN.startswith(data[: len(_BEGIN)].rstrip(b"\0"))):
            raise JournalError(f"{self._path}: is not the mirror of a journal; move it away to make it anew")
        if last is not None and reader.hash_at(last.seq) != last.hash:
            raise JournalError(
                f"{self._path}: ends with row {last.seq} of another journal; move it away to make it anew"
            )
        if whole < len(data):
            os.ftruncate(handle, start + whole)
            sync_file(handle)
        return last.seq if last is not None else 0


def _last_proof(data: bytes, begin: int) -> tuple[int, MirrorLine | None]:
    """Where the unbroken run of good lines that starts at `begin` ends, and its last line."""
    last = None
    while (end := data.find(b"\n", begin) + 1) > 0:
        found = read_line(data[begin:end])
        if found is None:
            break
        begin, last = end, found
    return begin, last


def _append(handle: int, lines: bytes) -> None:
    if lines:
        write_all(handle, lines)
        sync_file(handle)
