"""The kill latch: the file `halt` in the state folder. While it is there, in whatever shape, the desk is killed.

A kill of less than the desk has a latch of its own: a file named after its scope in the folder `halts` beside. That
folder is there only while one of them is.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import msgspec

from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.files import sync_file, sync_folder, write_all
from engine.model.scope import DESK, covers, is_scope, said

if TYPE_CHECKING:
    from engine.risk.approval import Approved

#: The reason of a latch whose contents say nothing: a full disk, a torn write, no permission.
UNREADABLE: Final = "unreadable"


class Latch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who pulled the kill switch, when (ns UTC) and why; `flatten` is what was asked for: no, grace,
    now."""

    epoch: int
    at_ns: int
    by: str
    reason: str
    flatten: str


def was_reset(latch: Latch, kill_epoch: int) -> bool:
    """Whether the latch is of a kill that the desk itself recorded (the `kill_epoch` of them so far), and that is no
    longer in force: its reset is decided, and the file waits to be removed. A latch of epoch 0 was written by somebody
    else, and is a kill."""
    return 0 < latch.epoch <= kill_epoch


class KillLatch:
    """Reads and writes the latch. Each call stands for itself: any thread or process may make it, at any
    time."""

    def __init__(self, path: Path, folder: Path | None = None) -> None:
        """`folder`: of the latches of narrower scopes; beside this one where it is not said."""
        self._path = path
        self._folder = path.with_name(path.name + "s") if folder is None else folder

    def of(self, scope: str) -> KillLatch:
        """The latch of a scope."""
        if scope == DESK:
            return self
        return _NarrowLatch(self._folder / quote(scope, safe="@+,=-"), self._folder)

    def scopes(self) -> tuple[str, ...]:
        """The narrower scopes that are latched. A folder that can't be read, or a name in it that is no scope, is
        nobody's own: then the whole desk is."""
        try:
            # Asked without opening anything: a disk that opens nothing must not look like a kill.
            os.lstat(self._folder)
            names = sorted(entry.name for entry in os.scandir(self._folder))
        except FileNotFoundError:
            return ()
        except OSError:
            return (DESK,)
        return tuple(unquote(name) if is_scope(unquote(name)) else DESK for name in names if not _is_torn(name))

    def standing(self, known: Container[str] = ()) -> tuple[tuple[str, Latch], ...]:
        """Every latch that is there, with its scope, the desk's own first; those of `known` scopes are not read."""
        own = None if DESK in known else self.read()
        found = [] if own is None else [(DESK, own)]
        for scope in self.scopes():
            latch = None if scope == DESK or scope in known else self.of(scope).read()
            if latch is not None:
                found.append((scope, latch))
            elif scope == DESK and DESK not in known and not found:
                found.append((DESK, Latch(0, 0, "", f"{UNREADABLE}: {self._folder}", "no")))
        return tuple(found)

    def closes(self, approved: Approved[Any]) -> str:
        """Why an order that increases risk may not go out, by the files as they are now; "" when it may."""
        if self.exists():
            return "kill latch is set"
        try:
            os.lstat(self._folder)
        except FileNotFoundError:
            return ""
        except OSError:
            return "the kill latches can't be read"
        for scope in self.scopes():
            if covers(scope, approved.order.account, (approved.order.symbol, *approved.legs), approved.strategy):
                return f"kill latch of {said(scope)} is set"
        return ""

    def exists(self) -> bool:
        """Whether the desk is latched, in one system call. When the system won't say: yes."""
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def read(self) -> Latch | None:
        """The latch, None when there is none. What can't be read or understood is a latch all the same,
        with the reason `unreadable`."""
        if not self.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Latch)
        except (OSError, msgspec.MsgspecError, UnicodeError) as error:
            return Latch(epoch=0, at_ns=0, by="", reason=f"{UNREADABLE}: {self._path}: {error}", flatten="no")

    def write(self, latch: Latch) -> None:
        """Latch, durably; replaces a latch that is there. On a full disk an empty file has to do.

        Raises JournalWriteError only when no file could be put there at all.
        """
        try:
            self._write_whole(latch)
        except OSError as error:
            self._put_anything(error)

    def _write_whole(self, latch: Latch) -> None:
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        try:
            try:
                write_all(handle, msgspec.json.encode(latch) + b"\n")
                sync_file(handle)
            finally:
                os.close(handle)
            os.rename(name, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        sync_folder(self._path.parent)

    def _put_anything(self, cause: OSError) -> None:
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            sync_folder(self._path.parent)
        except OSError as error:
            if not self.exists():
                raise JournalWriteError(
                    f"{self._path}: the kill latch can't be written: {cause.strerror}; {error.strerror}"
                ) from cause

    def clear(self) -> None:
        """Remove the latch, durably. Raises JournalError when it can't be removed: the desk stays
        killed."""
        try:
            self._path.unlink(missing_ok=True)
            sync_folder(self._path.parent)
        except OSError as error:
            raise JournalError(f"{self._path}: the kill latch can't be removed: {error.strerror}") from error


class _NarrowLatch(KillLatch):
    """The latch of one scope below the desk's; it makes its folder when it is set, and takes it away when it was the
    last."""

    def write(self, latch: Latch) -> None:
        with contextlib.suppress(OSError):  # writing says what is wrong
            self._folder.mkdir(mode=0o700, exist_ok=True)
        super().write(latch)

    def clear(self) -> None:
        if self._folder.exists():
            super().clear()
        with contextlib.suppress(OSError):  # another scope's latch is in it
            self._folder.rmdir()


def _is_torn(name: str) -> bool:
    """What a write that did not come to its end left behind: the file itself was put there all the same, or the write
    failed aloud."""
    return name.startswith(".")
