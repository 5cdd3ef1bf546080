"""One table's b-tree, read page by page from the bytes of the file, every one of which must be accounted for.

A journal only grows at its end, so unused space is zero: nothing was ever there. Only a branch page that SQLite has
split (one in about 3,500 facts) keeps old cells and pointers in its unused space; nobody can say which they must be.

Source: https://www.sqlite.org/fileformat2.html, section 1.6.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from engine.journal.sqlite_image import Fault, Image
from engine.journal.sqlite_records import RecordError, as_varint, varint

_BRANCH: Final = 5
_LEAF: Final = 13
_LEAST: Final = -(1 << 63)
_DEEPEST: Final = 20


class Cell(NamedTuple):
    """A row as it lies in its leaf: its rowid, its record, where the cell begins, and the pages that it goes on in."""

    rowid: int
    record: bytes
    page: int
    offset: int
    more: tuple[int, ...] = ()

    def __str__(self) -> str:
        pages = f", going on in page {', '.join(map(str, self.more))}" if self.more else ""
        return f"row {self.rowid}{pages}"


class _BadPageError(Exception):
    """A page of which nothing more can be read: where, and why."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(what)
        self.offset = offset


class Tree:
    """Walks the b-tree under a root page, noting what it finds wrong."""

    def __init__(self, image: Image, pages: int, seen: bytearray, fault: Callable[[Fault], None], name: str) -> None:
        """`seen` has a byte a page of the file, set when the page is accounted for; trees of one file share it."""
        self._image = image
        self._pages = pages
        self._seen = seen
        self._fault = fault
        self._name = name
        self._usable = image.page_size
        self._root = 0
        self._last = _LEAST

    def cells(self, root: int) -> Iterator[Cell]:
        """All rows under `root`, in order of their rowids."""
        self._last, self._root = _LEAST, root
        yield from self._walk(root, 0, root, 0)

    def _walk(self, number: int, depth: int, parent: int, at: int) -> Iterator[Cell]:
        """`parent`, `at`: the pointer that led here."""
        if not 1 <= number <= self._pages:
            self._bad(parent, at, f"points to page {number} of {self._pages}")
            return
        if self._seen[number]:
            self._bad(parent, at, f"points to page {number}, which is used elsewhere")
            return
        self._seen[number] = 1
        page = self._image.page(number)
        start = 100 if number == 1 else 0
        try:
            if len(page) != self._usable or depth > _DEEPEST:
                raise _BadPageError(0, "is cut off" if depth <= _DEEPEST else "is too deep in its tree")
            if page[start] == _LEAF:
                yield from self._leaf(number, page, start)
            elif page[start] == _BRANCH:
                yield from self._branch(number, page, start, depth)
            else:
                raise _BadPageError(start, f"type {page[start]} is no page of a table")
        except _BadPageError as bad:
            self._bad(number, bad.offset, f"{bad}; its rows, behind {self._row()}, can't be read")

    def _branch(self, number: int, page: bytes, start: int, depth: int) -> Iterator[Cell]:
        cells, used = [], []
        for at in self._pointers(page, start, start + 12):
            child = struct.unpack_from(">I", page, at)[0]
            try:
                key, end = varint(page, at + 4)
            except RecordError as error:
                raise _BadPageError(at, str(error)) from None
            cells.append((at, child, key))
            used.append((at, end))
        self._account_for(number, page, start, start + 12 + 2 * len(cells), used)
        for at, child, key in cells:
            yield from self._walk(child, depth + 1, number, at)
            if key != self._last or page[at + 4 : at + 4 + len(as_varint(key))] != as_varint(key):
                self._bad(number, at, f"the key of a branch is {key}, and the last row under it {self._last}")
        yield from self._walk(struct.unpack_from(">I", page, start + 8)[0], depth + 1, number, start + 8)

    def _leaf(self, number: int, page: bytes, start: int) -> Iterator[Cell]:
        found, used = [], []
        for at in self._pointers(page, start, start + 8):
            try:
                size, behind = varint(page, at)
                rowid, behind = varint(page, behind)
            except RecordError as error:
                raise _BadPageError(at, str(error)) from None
            local = self._local(size)
            if size < 1 or behind + local > self._usable:
                raise _BadPageError(at, f"{self._name}: a row of {size} bytes does not fit")
            if page[at:behind] != as_varint(size) + as_varint(rowid):
                self._bad(number, at, f"the numbers before row {rowid} are not written as SQLite does")
            record, end = page[behind : behind + local], behind + local
            more: list[int] = []
            if local < size:
                record += self._overflow(number, page, end, size - local, more)
                end += 4
            found.append(Cell(rowid, record, number, at, tuple(more)))
            used.append((at, max(end, at + 4)))
        self._account_for(number, page, start, start + 8 + 2 * len(found), used)
        for cell in found:
            if cell.rowid <= self._last:
                self._bad(number, cell.offset, f"row {cell.rowid} follows row {self._last}")
            self._last = cell.rowid
            yield cell

    def _local(self, size: int) -> int:
        """Bytes of a record of that size that lie in its leaf."""
        most = self._usable - 35
        if size <= most:
            return size
        least = (self._usable - 12) * 32 // 255 - 23
        some = least + (size - least) % (self._usable - 4)
        return some if some <= most else least

    def _overflow(self, number: int, page: bytes, at: int, left: int, more: list[int]) -> bytes:
        """The rest of a long record, from pages of its own, which are noted in `more`."""
        if at + 4 > self._usable:
            raise _BadPageError(at, "a long row does not say where it goes on")
        parts, parent = [], number
        next_ = struct.unpack_from(">I", page, at)[0]
        while left > 0:
            if not 1 <= next_ <= self._pages or self._seen[next_]:
                raise _BadPageError(at if parent == number else 0, f"a long row goes on in page {next_}, which is none")
            self._seen[next_] = 1
            more.append(next_)
            data = self._image.page(next_)
            if len(data) != self._usable:
                raise _BadPageError(at, f"page {next_} of a long row is cut off")
            part = data[4 : 4 + left]
            parts.append(part)
            left -= len(part)
            if any(data[4 + len(part) :]):
                self._bad(next_, 4 + len(part), "bytes behind the end of a row are not zero")
            parent, next_ = next_, struct.unpack_from(">I", data, 0)[0]
        if next_:
            self._bad(parent, 0, f"a long row goes on in page {next_} behind its end")
        return b"".join(parts)

    def _pointers(self, page: bytes, start: int, first: int) -> tuple[int, ...]:
        (count,) = struct.unpack_from(">H", page, start + 3)
        if first + 2 * count > self._usable:
            raise _BadPageError(start + 3, f"{count} cells have no room in it")
        pointers: tuple[int, ...] = struct.unpack_from(f">{count}H", page, first)
        for n, at in enumerate(pointers):
            if not first + 2 * count <= at <= self._usable - 4:
                raise _BadPageError(first + 2 * n, f"the pointer of cell {n} leads to byte {at}, outside of the cells")
        return pointers

    def _account_for(self, number: int, page: bytes, start: int, behind: int, used: list[tuple[int, int]]) -> None:
        """Every byte between the pointers and the end is of one cell, or free and zero."""
        free, _, content, fragments = struct.unpack_from(">HHHB", page, start + 1)
        spans = sorted(used + self._free_blocks(number, page, free))
        if not spans and content not in (self._usable, self._usable % 65536):
            self._bad(number, start + 5, f"its cells begin at byte {content}, and there are none")
        if spans and spans[0][0] != content:
            self._bad(number, start + 5, f"its cells begin at byte {content}, the first at byte {spans[0][0]}")
        end, holes = spans[0][0] if spans else self._usable, 0
        for at, until in spans:
            if at < end:
                raise _BadPageError(at, f"two cells share byte {at}")
            holes += at - end
            if any(page[end:at]):
                self._bad(number, end, "bytes between two cells are not zero")
            end = until
        if end > self._usable:
            raise _BadPageError(end, "a cell goes beyond the page")
        holes += self._usable - end
        if any(page[end:]):
            self._bad(number, end, "bytes behind the cells are not zero")
        if holes != fragments:
            self._bad(
                number, start + 7, f"it says that {fragments} bytes lie unused between its cells; there are {holes}"
            )
        self._unused(number, page, behind, spans[0][0] if spans else self._usable)

    def _unused(self, number: int, page: bytes, behind: int, content: int) -> None:
        """The space between pointers and cells. A split leaves what it likes in the branches below the root."""
        if page[0] == _BRANCH and number != self._root:
            return
        gap = page[behind:content]
        if any(gap):
            at = behind + next(n for n, byte in enumerate(gap) if byte)
            self._bad(number, at, "a byte of unused space is not zero")

    def _free_blocks(self, number: int, page: bytes, first: int) -> list[tuple[int, int]]:
        blocks: list[tuple[int, int]] = []
        at = first
        while at:
            if at > self._usable - 4 or (blocks and at <= blocks[-1][0]):
                raise _BadPageError(at if at < self._usable else 1, "its list of free space is broken")
            next_, size = struct.unpack_from(">HH", page, at)
            if size < 4 or at + size > self._usable:
                raise _BadPageError(at + 2, f"a free block of {size} bytes is none")
            if any(page[at + 4 : at + size]):
                self._bad(number, at + 4, "bytes of a free block are not zero")
            blocks.append((at, at + size))
            at = next_
        return blocks

    def _row(self) -> str:
        return f"row {self._last}" if self._last > _LEAST else "no row"

    def _bad(self, page: int, offset: int, what: str) -> None:
        file, at = self._image.place(page, offset)
        self._fault(Fault(file, at, page, f"{self._name}: {what}"))
