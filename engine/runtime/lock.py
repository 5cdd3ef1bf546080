"""One desk per state folder: an exclusive lock on `desk.lock`, which also says who holds it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class LockHeldError(Exception):
    """Another desk holds the folder; `pid` is its process (0 when the file does not say), `headless` how it runs, `run`
    what it was started for."""

    def __init__(self, path: Path, pid: int, headless: bool, run: str = "") -> None:
        self.pid = pid
        self.headless = headless
        self.run = run
        kind = "headless desk" if headless else "desk"
        super().__init__(f"{path.parent}: another {kind} is running there (pid {pid or 'unknown'})")


class DeskLock:
    """Held from `acquire` until `release` or the end of the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._run = ""

    def acquire(self, *, headless: bool, run: str = "") -> None:
        """Take the lock; `run` tells others what for. Raises LockHeldError when another process has it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            owner = read_owner(self._path)
            raise LockHeldError(self._path, *owner, _read(self._path, "run", "")) from None
        self._handle = handle
        self._run = run
        self.describe(headless=headless)

    def describe(self, *, headless: bool) -> None:
        """Say in the file how the desk runs now (a console whose terminal went away goes on headless)."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            said = {"pid": os.getpid(), "headless": headless, "run": self._run}
            os.pwrite(self._handle, json.dumps(said).encode(), 0)

    def release(self) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None


def read_owner(path: Path) -> tuple[int, bool]:
    """(pid, headless) as the lock file says; (0, False) when it says nothing."""
    return _read(path, "pid", 0), _read(path, "headless", False)


def _read(path: Path, key: str, otherwise: T) -> T:
    """What the lock file says of its owner, if it says that and in the right type."""
    try:
        found = json.loads(path.read_text())[key]
    except (OSError, ValueError, KeyError, TypeError):
        return otherwise
    return found if type(found) is type(otherwise) else otherwise


def is_held(path: Path) -> bool:
    """Whether a live process holds the lock."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
