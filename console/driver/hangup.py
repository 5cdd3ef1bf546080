"""Notices, once, that the terminal has gone away: a dropped SSH connection, a closed window."""

from __future__ import annotations

import errno
import os
import signal
import termios
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType
from typing import Any


class HangupWatch:
    """Calls `on_hangup(why)` exactly once, in a thread of its own, when the terminal disappears.

    Two independent witnesses report: the SIGHUP handler, which `install()` sets, and the driver, whose
    threads see end of file or EIO on the terminal. Neither needs Textual's loop. Before the call,
    standard input, output and error are pointed at the null device if they are dead terminals, so that a
    desk that goes on without a screen never trips over them.
    """

    def __init__(self, on_hangup: Callable[[str], None]) -> None:
        self._on_hangup = on_hangup
        # A handler runs between any two instructions of the main thread, which may hold any lock; a
        # SimpleQueue's put is the one way to another thread that is documented to be safe there.
        self._reports: SimpleQueue[str | None] = SimpleQueue()
        self._gone = False
        self._previous: Any = None
        self._thread: threading.Thread | None = None

    @property
    def gone(self) -> bool:
        """Whether the terminal has gone away; from then on nothing should be written to it."""
        return self._gone

    def install(self) -> None:
        """Handle SIGHUP and start watching. In the main thread only; also where SIGHUP was ignored
        (nohup).
        """
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._watch, name="hangup-watch", daemon=True)
        self._thread.start()
        self._previous = signal.signal(signal.SIGHUP, self._handle)

    def uninstall(self) -> None:
        """Restore SIGHUP's former handler and stop watching. In the main thread only."""
        if self._thread is None:
            return
        signal.signal(signal.SIGHUP, self._previous if self._previous is not None else signal.SIG_DFL)
        self._reports.put(None)
        self._thread = None

    def report(self, why: str) -> None:
        """The terminal is gone, says the caller. From any thread and from a signal handler; never blocks."""
        self._gone = True
        self._reports.put(why)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.report("SIGHUP")

    def _watch(self) -> None:
        why = self._reports.get()
        if why is None:
            return
        release_dead_terminals()
        self._on_hangup(why)
        # What else is reported is the same event, seen by the other witness.
        while self._reports.get() is not None:
            continue


def release_dead_terminals() -> None:
    """Point those of the standard files that are dead terminals at the null device."""
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        for fd in (0, 1, 2):
            if _is_dead_terminal(fd):
                os.dup2(null, fd)
    finally:
        os.close(null)


def _is_dead_terminal(fd: int) -> bool:
    try:
        termios.tcgetattr(fd)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)  # a file or a pipe says ENOTTY, a closed one EBADF
    return False
