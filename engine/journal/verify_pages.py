"""Whether a journal's SQLite file is, byte by byte, what the journal writes: `tradedesk audit verify`.

`engine.journal.verify` reads rows through SQLite, which never looks at most of a file's bookkeeping. This reads the
file itself: header, every page of every table, every row in the one encoding that SQLite has for it, unused space, the
write-ahead log with its checksums. docs/decisions/audit-of-every-byte.md says what is left out.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from engine.journal.chain import GENESIS, Head, Row, check
from engine.journal.errors import JournalError
from engine.journal.schema import APPLICATION_ID, SCHEMA_CHANGES, SCHEMAS, open_reader
from engine.journal.sqlite_image import Fault, Image
from engine.journal.sqlite_records import RecordError, Value, decode, encode
from engine.journal.sqlite_tree import Cell, Tree

#: Faults of one file that are told; where there is one, the next ones often come of it.
MOST_FAULTS: Final = 20
#: The page at this byte is SQLite's for its locks, and holds nothing.
_LOCK_BYTE: Final = 1 << 30
_TRIES: Final = 20
_PAUSE_S: Final = 0.05


class PagesReport(msgspec.Struct, frozen=True):
    """What the bytes of the file say: its last row, what is wrong, and what is odd and harmless."""

    head: Head
    pages: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


def verify_pages(path: Path) -> PagesReport:
    """Check every byte. Beside a running desk it looks at the newest commit. Never call it in a process that has the
    journal open. Raises JournalError when the file can't be read at all."""
    try:
        image = Image(path)
    except OSError as error:
        raise JournalError(f"{path}: can't be opened: {error.strerror}") from None
    try:
        for attempt in range(_TRIES):
            with _held(image) as steady:
                report = _Check(image).report()
            if not report.faults or image.log_mark() is None or (steady and attempt):
                break
            time.sleep(_PAUSE_S)  # a running desk may just have been writing: what is damaged stays so
        return report
    finally:
        image.close()


@contextmanager
def _held(image: Image) -> Iterator[bool]:
    """Read the log while SQLite keeps a running desk from changing what it and the pages under it say. Yields whether
    the log stood still; a file that SQLite won't open is looked at as it lies there."""
    image.page_size = _page_size(image.head())
    before = image.log_mark()
    try:
        connection = open_reader(image.path)
    except JournalError:
        yield True
        return
    try:
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error:
            yield True
        else:
            yield before == image.log_mark()
    finally:
        connection.close()


def _page_size(head: bytes) -> int:
    (size,) = struct.unpack_from(">H", head.ljust(100, b"\0"), 16)
    return 65536 if size == 1 else int(size)


class _Check:
    """One look at one file."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._faults: list[Fault] = []
        self._notes: list[Fault] = []
        self._head = GENESIS
        self._pages = 0

    def report(self) -> PagesReport:
        image = self._image
        image.size = image.path.stat().st_size
        if self._is_readable():
            for fault in image.read_log():
                self._fault(fault)
            self._read()
        hot = image.path.with_name(image.path.name + "-journal")
        if hot.exists():
            self._fault(Fault(hot, 0, 0, "a rollback file; a journal has none, and SQLite would play it back"))
        return PagesReport(self._head, self._pages, tuple(self._faults), tuple(self._notes))

    def _fault(self, fault: Fault) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(fault)

    def _bad(self, page: int, offset: int, what: str) -> None:
        file, at = self._image.place(page, offset)
        self._fault(Fault(file, at, page, what))

    # -- the header -------------------------------------------------------------------------------------------------

    def _is_readable(self) -> bool:
        """The first bytes of the file itself; False where nothing more can be made of it."""
        head, path = self._image.head(), self._image.path
        if len(head) < 100:
            self._fault(Fault(path, len(head), 1, "the file ends within its header"))
            return False
        for at, length, wanted in (
            (0, 16, b"SQLite format 3\0"),
            (16, 2, b"\x10\0"),
            # 1 and 1: just made or shortened, and no desk has opened it since.
            (18, 2, head[18:20] if head[18:20] in (b"\1\1", b"\2\2") else b"\2\2"),
            (20, 1, b"\0"),
            (21, 3, b"\x40\x20\x20"),
        ):
            found = head[at : at + length]
            if found != wanted:
                at += next(n for n in range(length) if found[n] != wanted[n])
                self._fault(Fault(path, at, 1, f"the header holds {found!r}, expected {wanted!r}"))
        return not self._faults

    def _read(self) -> None:
        first = self._image.page(1)
        numbers = struct.unpack(">19I", first[24:100])
        changed, pages, trunk, free, cookie, form, cache, large, encoding, version, vacuum, application = numbers[:12]
        valid_for, library = numbers[17:]
        in_log = self._image.logged_pages
        size = self._image.page_size
        for at, found, wanted, words in (
            (28, pages, in_log or self._image.size // size, "pages; the file has"),
            (32, trunk, 0, "is the first free page; a journal has none, expected"),
            (36, free, 0, "free pages; a journal has none, expected"),
            (44, form, 4, "is the format of its tables, expected"),
            (48, cache, 0, "is the size of its cache, expected"),
            (52, large, 0, "is the largest root page, expected"),
            (56, encoding, 1, "is the encoding of its text, expected"),
            (64, vacuum, 0, "is its way to vacuum, expected"),
            (68, application, APPLICATION_ID, "is its application, expected"),
            (92, valid_for, changed, "is the change that the version is of, and the newest change"),
        ):
            if found != wanted:
                self._bad(1, at, f"{found} {words} {wanted}")
        if (left := next((n for n in range(72, 92) if first[n]), None)) is not None:
            self._bad(1, left, "a byte kept for later use is not zero")
        if version not in SCHEMAS:
            self._bad(1, 60, f"{version} is its version, expected one of {', '.join(map(str, SCHEMAS))}")
        elif cookie not in SCHEMA_CHANGES[version]:
            expected = " or ".join(map(str, SCHEMA_CHANGES[version]))
            self._bad(1, 40, f"its tables and triggers were changed {cookie} times, expected {expected}")
        if library != sqlite3.sqlite_version_info[0] * 1_000_000 + _minor():
            file, at = self._image.place(1, 96)
            said = f"last written by SQLite {library // 1_000_000}.{library // 1000 % 1000}.{library % 1000}"
            self._notes.append(Fault(file, at, 1, f"{said}, this program uses {sqlite3.sqlite_version}"))
        if self._image.size % size or (not in_log and self._image.size != pages * size):
            self._fault(Fault(self._image.path, min(pages * size, self._image.size), 0, "the file does not end here"))
        if 0 < pages <= (in_log or self._image.size // size):
            self._tables(pages, version)

    # -- the tables -------------------------------------------------------------------------------------------------

    def _tables(self, pages: int, version: int) -> None:
        self._pages = pages
        seen = bytearray(pages + 1)
        tree = Tree(self._image, pages, seen, self._fault, "the list of tables")
        roots: dict[str, int] = {}
        statements = {statement.split()[2]: statement for statement in SCHEMAS.get(version, ())}
        rows: dict[str, Cell] = {}
        found = set()
        for number, cell in enumerate(tree.cells(1), start=1):
            values = self._values(cell, 5)
            if values is None:
                continue
            kind, name, table, root, sql = values
            if cell.rowid != number:
                self._bad(
                    cell.page, cell.offset, f"{name} is row {cell.rowid} of the list of tables, expected {number}"
                )
            statement = statements.get(str(name), "")
            words = statement.split()
            wanted = (words[1].lower(), words[2], words[words.index("ON") + 1 if "ON" in words else 2]) if words else ()
            if sql != statement or (kind, name, table) != wanted or name in found:
                self._bad(cell.page, cell.offset, f"{name} is altered, or no part of a journal; expected: {statement}")
            elif kind == "table" and isinstance(root, int):
                # The first table that is made begins in page 2.
                if not 2 <= root <= pages or (name == "facts") != (root == 2):
                    self._bad(cell.page, cell.offset, f"{name} can't begin in page {root}")
                    continue
                roots[str(name)], rows[str(name)] = root, cell
            elif root != 0:
                self._bad(cell.page, cell.offset, f"{name} has a page, {root}")
            found.add(name)
        for name in statements.keys() - found:
            self._bad(1, 100, f"{name} is missing")
        faults = len(self._faults)
        anchor = self._anchor(pages, seen, roots["anchor"]) if "anchor" in roots else GENESIS
        if len(self._faults) > faults:
            file, at = self._image.place(rows["anchor"].page, rows["anchor"].offset)
            said = f"anchor does not begin in page {roots['anchor']}, or that page is damaged"
            self._faults.insert(faults, Fault(file, at, rows["anchor"].page, said))
        if "facts" in roots:
            self._facts(pages, seen, roots["facts"], anchor, roots.get("anchor", 1))
        self._unused(pages, seen)

    def _anchor(self, pages: int, seen: bytearray, root: int) -> Head:
        anchor = GENESIS
        for number, cell in enumerate(Tree(self._image, pages, seen, self._fault, "anchor").cells(root), start=1):
            values = self._values(cell, 2)
            if values is not None and isinstance(values[0], int):
                anchor = Head(values[0], str(values[1]))
            if number > 1 or cell.rowid != 1:
                self._bad(cell.page, cell.offset, f"the anchor has row {cell.rowid}, expected one row")
        return anchor

    def _facts(self, pages: int, seen: bytearray, root: int, anchor: Head, beginning: int) -> None:
        head, broken = anchor, False
        for cell in Tree(self._image, pages, seen, self._fault, "facts").cells(root):
            values = self._values(cell, 7)
            if values is None or broken:
                continue
            row = Row._make((cell.rowid, *values[1:]))
            wrong = check(head, row)
            if wrong is not None or values[0] is not None:
                # Once: what follows a broken link follows another row.
                broken = True
                self._bad(cell.page, cell.offset, f"{cell}: {wrong or 'is there twice'}")
                if head == anchor != GENESIS:
                    self._bad(beginning, 0, f"or the anchor, {anchor}, is not the row before it")
            head = Head(row.seq, row.hash)
        self._head = head

    def _values(self, cell: Cell, count: int) -> list[Value] | None:
        """The columns of a row, when its bytes are just those that SQLite writes for them."""
        try:
            values = decode(cell.record)
            if len(values) != count or encode(values) != cell.record:
                raise RecordError("it is not written as SQLite does")
        except RecordError as error:
            self._bad(cell.page, cell.offset, f"{cell} can't be read: {error}")
            return None
        return values

    def _unused(self, pages: int, seen: bytearray) -> None:
        lock_page = _LOCK_BYTE // self._image.page_size + 1
        number = 0
        while (number := seen.find(0, number + 1)) > 0:
            if number != lock_page:
                self._bad(number, 0, "a page that no table uses")
            elif any(self._image.page(number)):
                self._bad(number, 0, "the page of SQLite's locks is not empty")


def _minor() -> int:
    _, minor, patch = sqlite3.sqlite_version_info
    return minor * 1000 + patch
