"""The journal's head in a second place, which whoever rewrites the journal can't rewrite as well.

A head (seq and hash of the last row) proves every row up to it. Copies go to a file, best on another machine's disk, or
to the system's log; `tradedesk audit verify` compares the journal with all of them. One copy is one line of text:
`2026-01-31T15:59:00Z tradedesk head desk=D7K2 121:9f86d0...`; `desk` tells journals of one account apart. A graceful
stop ends its line with `closed`: nothing follows that row until a start says `opening`.

The state folder has a file of copies as well, always: whoever changes the journal has to know of it.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec

from engine.journal.chain import Head
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.files import sync_file, write_all

_COPY: Final = re.compile(r"tradedesk head desk=(\S+) (\d+):([0-9a-f]{64})\b(?: (closed|opening)\b)?")
_FAILED: Final = "the journal's head can't be copied there"
#: Where the system takes messages for its log: Linux, macOS.
SYSLOG: Final = ("/dev/log", "/var/run/syslog")


#: What a copy says of its moment: the desk has stopped there, or goes on from there.
Note = Literal["", "closed", "opening"]


class Copied(msgspec.Struct, frozen=True):
    """One head found in a second place."""

    desk_id: str
    head: Head
    note: Note = ""


class HeadCopy(Protocol):
    """A second place. `write` raises JournalWriteError; call it in a thread."""

    def write(self, desk_id: str, head: Head, note: Note = "") -> None: ...


class FileCopy:
    """Lines appended to a file, each durable."""

    def __init__(self, path: Path) -> None:
        """The file is made when it is absent; its folder is not."""
        self._path = path

    def write(self, desk_id: str, head: Head, note: Note = "") -> None:
        """Append one line. Raises JournalWriteError."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                write_all(handle, f"{at} {line_of(desk_id, head, note)}\n".encode())
                sync_file(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise JournalWriteError(f"{self._path}: {_FAILED}: {error.strerror}") from None


class SyslogCopy:
    """Messages to the system's log."""

    def __init__(self, addresses: Iterable[str] = SYSLOG) -> None:
        """`addresses`: Unix sockets, the first that there is counts."""
        self._addresses = tuple(addresses)

    def write(self, desk_id: str, head: Head, note: Note = "") -> None:
        """Send one message (facility user, severity notice), without `note`: no start could take it back there. Raises
        JournalWriteError."""
        address = next((each for each in self._addresses if Path(each).exists()), None)
        if address is None:
            raise JournalWriteError(f"syslog: {_FAILED}: there is no {self._addresses[0]}")
        message = f"<{SysLogHandler.LOG_USER << 3 | SysLogHandler.LOG_NOTICE}>{line_of(desk_id, head)}"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
                log.settimeout(1.0)
                log.connect(address)
                log.send(message.encode())
        except OSError as error:
            raise JournalWriteError(f"syslog: {_FAILED}: {error}") from None


def line_of(desk_id: str, head: Head, note: Note = "") -> str:
    """A copy as text."""
    return f"tradedesk head desk={desk_id} {head} {note}".rstrip()


def reopen(path: Path) -> None:
    """Say that a desk goes on from where it stopped, before it writes. Raises JournalError."""
    newest = copies_in(path)[-1] if path.exists() else None
    if newest is not None and newest.note == "closed":
        FileCopy(path).write(newest.desk_id, newest.head, "opening")


def copies_in(path: Path) -> list[Copied]:
    """The copies in a file, in their order, among whatever else stands there (an extract of the system's log). Raises
    JournalError when it can't be read or holds none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise JournalError(f"{path}: can't be read: {error.strerror}") from None
    found = [Copied(desk, Head(int(seq), digest), note) for desk, seq, digest, note in _COPY.findall(text)]
    if not found:
        like = line_of("ID", Head(1, "HASH"))
        raise JournalError(f"{path}: holds no head of a journal; expected lines with {like!r}")
    return found
