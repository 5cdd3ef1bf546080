"""Writes to the terminal so that nobody waits for one that takes nothing: what it takes at once is written at once, a
thread does the rest.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable

from console.driver.frame_queue import FrameQueue

QUEUE_MARK = 128 * 1024
"""Bytes that may wait: several full screens, a few seconds of a slow modem, nothing for a desk's memory."""


class TerminalWriter:
    """A bounded queue and the thread that empties it into the terminal. Every method returns at once, but
    `close`.

    `on_caught_up()` is called in the thread when frames had been dropped and the queue is empty again:
    time for a full repaint. `on_gone(why)` is called in the thread, once, when the terminal has gone
    away; all output is discarded from then on.
    """

    def __init__(
        self,
        fd: int,
        *,
        on_caught_up: Callable[[], None],
        on_gone: Callable[[str], None],
        mark: int = QUEUE_MARK,
    ) -> None:
        self._fd, self._never_blocks = _open_again(fd)
        self._on_caught_up = on_caught_up
        self._on_gone = on_gone
        self._queue = FrameQueue(mark)
        # Reentrant (as Condition is by default): SIGTSTP's handler writes while the thread it interrupted
        # may.
        self._changed = threading.Condition()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        self._busy = False
        """Whether somebody writes a unit that was taken from the queue."""
        self._closing = False
        self._discarding = False
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._run, name="terminal-writer", daemon=True)
        self._thread.start()

    def write_frame(self, frame: bytes) -> None:
        """Queue a frame: a piece of output that a later full repaint replaces."""
        with self._changed:
            if not self._discarding:
                self._queue.put_frame(frame)
                self._pass_on()

    def write_control(self, control: bytes) -> None:
        """Queue a control sequence, which no repaint replaces."""
        with self._changed:
            if not self._discarding:
                self._queue.put_control(control)
                self._pass_on()

    def drop_frames(self) -> None:
        """Drop the frames that wait: what follows (leaving the alternate screen) makes them worthless."""
        with self._changed:
            self._queue.drop_frames()

    @property
    def frames(self) -> tuple[int, int]:
        """(queued, dropped) since the beginning."""
        return self._queue.taken, self._queue.dropped

    def discard(self) -> None:
        """The terminal is gone: drop everything that waits and everything that comes."""
        with self._changed:
            self._discarding = True
            self._queue.clear()
            self._changed.notify()
        self._wake()

    def close(self, timeout: float = 1.0) -> None:
        """Write what waits, for at most `timeout` seconds: a stalled terminal must not keep us here."""
        with self._changed:
            self._closing = True
            self._deadline = time.monotonic() + timeout
            self._changed.notify()
        self._wake()
        self._thread.join(timeout + 0.5)
        if not self._thread.is_alive():  # else it hangs in a blocking write and still needs them
            for fd in (self._fd, self._wake_reader, self._wake_writer):
                os.close(fd)

    def _pass_on(self) -> None:
        """Write what was just queued, if that can't block and nothing waits before it; else the thread will.

        Waking a thread takes longer than most frames do.
        """
        if not self._never_blocks or self._busy or self._closing or len(self._queue) != 1 or self._queue.dropping:
            self._changed.notify()
            return
        data = self._queue.take()
        assert data is not None
        self._busy = True  # a signal's handler that writes meanwhile comes behind
        try:
            written = os.write(self._fd, data)
        except OSError:  # full, or gone: the thread finds out which
            written = 0
        self._busy = False
        if written < len(data):
            self._queue.put_back(data[written:])
        if len(self._queue):
            self._changed.notify()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full of wake-ups: the thread will wake up
            os.write(self._wake_writer, b"!")

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.wait_for(self._has_work)
                data = self._queue.take()
                self._busy = data is not None
                caught_up = data is None and self._queue.repaint_due()
                if data is None and not caught_up and self._closing:
                    return
            if data is not None:
                self._write(data)
            elif caught_up and not self._closing:
                self._on_caught_up()

    def _has_work(self) -> bool:
        return len(self._queue) > 0 or self._queue.dropping or self._closing

    def _write(self, data: bytes) -> None:
        """Write all of `data`: a frame that has begun must be finished, or the terminal is left in
        mid-sequence.
        """
        view = memoryview(data)
        while view and not self._discarding:
            left = None if self._deadline is None else self._deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            readable, writable, _ = select.select([self._wake_reader], [self._fd], [], left)
            if readable:
                os.read(self._wake_reader, 4096)
            if not writable:
                continue
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                self.discard()
                self._on_gone(f"writing to the terminal: {error.strerror}")


def _open_again(fd: int) -> tuple[int, bool]:
    """A file of our own for the same terminal, and whether it never blocks.

    O_NONBLOCK belongs to the open file, which the shell and its other programs share with us: setting it
    on theirs would break them. Where the terminal can't be opened by name (another user's, after su) the
    writes may block, and only this module's thread with them.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC), True
    except OSError:
        return os.dup(fd), False
