"""The kill latch: the file `halt` in the state folder. While it is there, in whatever shape, the desk is
killed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.files import sync_file, sync_folder, write_all

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

    def __init__(self, path: Path) -> None:
        self._path = path

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
        handle, name = tempfile.mkstemp(prefix=f"{self._path.name}.", dir=self._path.parent)
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
