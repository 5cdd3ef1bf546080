"""Whether trades.jsonl is the journal's fills, line by line. It is a second place as well: a journal whose tail was cut
off or written anew no longer holds the rows that its lines prove."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.facts import DeskClosed
from engine.journal.chain import Row
from engine.journal.errors import JournalError
from engine.journal.finding import Checked, Finding
from engine.journal.mirror import MIRRORED
from engine.journal.mirror_line import read_line, write_line
from engine.journal.place import Place
from engine.journal.reader import JournalReader

_CLOSED = str(DeskClosed.__struct_config__.tag)


def verify_trades(place: Place, path: Path) -> Checked:
    """Compare the file with the journal; works beside a running desk. Stops at the first line that is not the one that
    the journal has. Raises JournalError where either can't be read."""
    try:
        with path.open("rb") as file:
            # The lines that are there now: a running desk adds more, which its journal holds first.
            lines = _Lines(path, file.read())
    except FileNotFoundError:
        lines = _Lines(path, b"")
    except OSError as error:
        raise JournalError(f"{path}: can't be read: {error.strerror}") from None
    with JournalReader(place) as reader:
        rows = reader.rows(kinds=MIRRORED)
        found = lines.compared(rows)
        if found is None and (row := next(rows, None)) is not None:
            last = list(reader.rows(reader.head().seq - 1))
            waiting = not last or last[-1].kind != _CLOSED
            said = f"the fill of row {row.seq} is missing" + (" yet: the next start adds it" if waiting else "")
            found = Finding(f"{path}: line {lines.number + 1} (byte {lines.at})", said, waiting)
    return Checked(lines.number, "lines of trades", (found,) if found is not None else ())


class _Lines:
    """The file's lines, each with its number and where it begins."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data
        self.number = 0
        """Lines that are the journal's."""
        self.at = 0

    def compared(self, rows: Iterator[Row]) -> Finding | None:
        """The first line that is not the next of `rows`."""
        while self.at < len(self._data):
            end = self._data.find(b"\n", self.at)
            line = self._data[self.at : end if end >= 0 else None]
            if end < 0 and read_line(line) is None:
                return self._finding("ends within the line: a crash leaves that, and the next start mends it", True)
            row = next(rows, None)
            if row is None:
                return self._finding(f"{_told(line)}, which the journal does not hold: it was cut off or written anew")
            if line != write_line(row):
                return self._finding(f"{_told(line)}, expected row {row.seq} {row.hash} of the journal")
            if end < 0:
                return self._finding("has no end: a crash leaves that, and the next start mends it", True)
            self.at = end + 1
            self.number += 1
        return None

    def _finding(self, what: str, harmless: bool = False) -> Finding:
        return Finding(f"{self._path}: line {self.number + 1} (byte {self.at})", what, harmless)


def _told(line: bytes) -> str:
    found = read_line(line)
    return f"is row {found.seq} {found.hash}" if found is not None else "is damaged: its hash is not its contents'"
