"""The bytes of a SQLite file as they lie on the disk: its pages, with those of the write-ahead log over them.

Source: https://www.sqlite.org/fileformat2.html, sections 1.3 (header) and 4 (the log).

For a process of its own, such as an audit: opening and closing the file drops every lock that this process holds on
it (engine.journal.schema says what comes of that under a running desk).
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

_HEADER: Final = struct.Struct(">IIIIIIII")
"""Of the log: magic, version, page size, checkpoint number, salt 1 and 2, checksum 1 and 2."""
_FRAME: Final = struct.Struct(">IIIIII")
"""Page, pages of the database after a commit (0 = none), salt 1 and 2, checksum 1 and 2."""
_MAGIC: Final = 0x377F0682
_VERSION: Final = 3007000


class Fault(msgspec.Struct, frozen=True):
    """A place where a file is not what its program writes: byte `offset` of `file`, in `page` (0 = not in a page)."""

    file: Path
    offset: int
    page: int
    what: str

    @property
    def place(self) -> str:
        page = f" (page {self.page})" if self.page else ""
        return f"{self.file}: byte {self.offset}{page}"

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class LogMark(NamedTuple):
    """Which state of the log this is: its salts and the end of its last commit."""

    salts: tuple[int, int]
    end: int


class Image:
    """The pages of one file, each as the newest commit has it."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.path = path
        self.log_path = path.with_name(path.name + "-wal")
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._handle).st_size
        self.page_size = 0
        self._logged: dict[int, tuple[bytes, int]] = {}
        """Page -> its bytes, and where in the log they begin."""
        self.logged_pages = 0
        """Pages of the database after the log's last commit; 0: the log holds none."""

    def close(self) -> None:
        os.close(self._handle)

    def head(self) -> bytes:
        """The file's own first hundred bytes, whatever the log holds."""
        return os.pread(self._handle, 100, 0)

    def page(self, number: int) -> bytes:
        """A page as the newest commit has it; shorter than a page where the file ends."""
        found = self._logged.get(number)
        return found[0] if found is not None else os.pread(self._handle, self.page_size, (number - 1) * self.page_size)

    def place(self, number: int, offset: int) -> tuple[Path, int]:
        """The file and the byte there of an offset within a page."""
        if (found := self._logged.get(number)) is not None:
            return self.log_path, found[1] + offset
        return self.path, (number - 1) * self.page_size + offset

    # -- the log --------------------------------------------------------------------------------------------------

    def log_mark(self) -> LogMark | None:
        """The state of the log now, read from its headers alone; None: there is none, or it can't be read."""
        try:
            with self.log_path.open("rb") as log:
                header = log.read(_HEADER.size)
                if len(header) < _HEADER.size:
                    return None
                salts, end, at = _HEADER.unpack(header)[4:6], 0, _HEADER.size
                while len(frame := os.pread(log.fileno(), _FRAME.size, at)) == _FRAME.size:
                    _, commit, *found = _FRAME.unpack(frame)
                    if tuple(found[:2]) != salts:
                        break
                    at += _FRAME.size + self.page_size
                    end = at if commit else end
        except OSError:
            return None
        return LogMark(salts, end)

    def read_log(self) -> list[Fault]:
        """Take up the log's commits; what is wrong with it."""
        self._logged, self.logged_pages = {}, 0
        try:
            data = self.log_path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            return [self._in_log(0, f"can't be read: {error.strerror}")]
        if not data:
            return []
        order, sums = self._log_header(data)
        if order is None:
            return [self._in_log(0, "the header of the write-ahead log is damaged: everything in it is lost")]
        salts = data[16:24]
        at, length = _HEADER.size, _FRAME.size + self.page_size
        if (len(data) - at) % length:
            return [self._in_log(len(data), "the write-ahead log ends within a page")]
        pages: dict[int, tuple[bytes, int]] = {}
        while at + length <= len(data):
            page, commit, *_, one, two = _FRAME.unpack_from(data, at)
            if data[at + 8 : at + 16] != salts:
                return self._behind_the_end(data, at, salts)
            sums = checksum(data[at : at + 8], order, sums)
            sums = checksum(data[at + _FRAME.size : at + length], order, sums)
            if sums != (one, two):
                return [self._torn(data, at, length, salts)]
            pages[page] = data[at + _FRAME.size : at + length], at + _FRAME.size
            if commit:
                self._logged.update(pages)
                self.logged_pages = commit
                pages = {}
            at += length
        return [] if not pages else [self._in_log(at, "the write-ahead log ends within a commit")]

    def _log_header(self, data: bytes) -> tuple[str | None, tuple[int, int]]:
        """(byte order of the checksums, None when the header is damaged; the sums so far)"""
        if len(data) < _HEADER.size:
            return None, (0, 0)
        magic, version, page_size, _, _, _, one, two = _HEADER.unpack_from(data)
        order = ">" if magic & 1 else "<"
        sums = checksum(data[:24], order, (0, 0))
        good = magic & ~1 == _MAGIC and version == _VERSION and page_size == self.page_size and sums == (one, two)
        return (order if good else None), sums

    def _behind_the_end(self, data: bytes, at: int, salts: bytes) -> list[Fault]:
        """What lies behind the last frame is of an earlier round of the log: older salts, both of them."""
        theirs = data[at + 8 : at + 16]
        length = _FRAME.size + self.page_size
        ahead = any(data[next_ + 8 : next_ + 16] == salts for next_ in range(at + length, len(data) - 15, length))
        if ahead or theirs[:4] == salts[:4] or theirs[4:] == salts[4:]:
            return [self._torn(data, at, length, salts)]
        return []

    def _torn(self, data: bytes, at: int, length: int, salts: bytes) -> Fault:
        commits = 0
        for frame in range(at, len(data) - length + 1, length):
            if data[frame + 8 : frame + 16] == salts and data[frame + 4 : frame + 8] != bytes(4):
                commits += 1
        words = f"frame {(at - _HEADER.size) // length + 1} of the write-ahead log is damaged"
        if commits > 1:
            return self._in_log(at, f"{words}: {commits} commits from there on are lost")
        return self._in_log(
            at,
            f"{words}: the last commit from there on can't be read (a power cut within a commit leaves the same;"
            " then nothing that was confirmed is lost, and the next start mends it)",
        )

    def _in_log(self, offset: int, what: str) -> Fault:
        return Fault(self.log_path, offset, 0, what)


def checksum(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """The log's running checksum over words of 32 bits."""
    one, two = sums
    words = memoryview(data).cast("I") if (order == "<") == (sys.byteorder == "little") else None
    numbers = words.tolist() if words is not None else list(struct.unpack(f"{order}{len(data) // 4}I", data))
    for n in range(0, len(numbers), 2):
        one = (one + numbers[n] + two) & 0xFFFFFFFF
        two = (two + numbers[n + 1] + one) & 0xFFFFFFFF
    return one, two
