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
        self._thread_writes = False
        self._caller_writes = False
        """Who writes a unit that was taken from the queue: the thread, or whoever put it there."""
        self._closing = False
        self._discarding = False
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._run, name="terminal-writer", daemon=True)
        self._thread.start()

    def write_frame(self, frame: bytes) -> None:
        """Queue a frame: a piece of output that a later full repaint replaces."""
        self._put(self._queue.put_frame, frame)

    def write_control(self, control: bytes) -> None:
        """Queue a control sequence, which no repaint replaces."""
        self._put(self._queue.put_control, control)

    def drop_frames(self) -> None:
        """Drop the frames that wait: what follows (leaving the alternate screen) makes them worthless."""
        with self._changed:
            self._queue.drop_frames()

    @property
    def frames(self) -> tuple[int, int]:
        """(queued, dropped) since the beginning."""
        return self._queue.taken, self._queue.dropped

    def discard(self) -> None:
        """The terminal is gone: drop everything that waits (the thread does) and that comes.

        Without the lock: the thread that calls may be waited for by a signal's handler that interrupted who holds it.
        """
        self._discarding = True
        self._wake()

    def close(self, timeout: float = 1.0) -> None:
        """Write what waits, for at most `timeout` seconds: a stalled terminal must not keep us here."""
        with self._changed:
            self._closing = True
            self._deadline = time.monotonic() + timeout
            self._changed.notify()
        self._wake()
        self._thread.join(timeout + 0.5)
        # Else it hangs in a blocking write and still needs them, or a handler interrupted who was about to write: a
        # number given to another file meanwhile must not get a frame.
        if not self._thread.is_alive() and not self._caller_writes:
            for fd in (self._fd, self._wake_reader, self._wake_writer):
                os.close(fd)

    def _put(self, put: Callable[[bytes], None], unit: bytes) -> None:
        """Queue a unit; write it here when that can't block and nothing waits before it, else the thread will.

        Waking a thread takes longer than most frames do. The lock is not held while writing: a signal's handler that
        comes in between may wait for other threads, and what it writes comes behind.
        """
        with self._changed:
            if self._discarding:
                return
            put(unit)
            if not self._never_blocks or self._thread_writes or self._caller_writes or self._closing:
                data = None
            else:
                data = self._queue.take() if len(self._queue) == 1 and not self._queue.dropping else None
            if data is None:
                self._changed.notify()
                return
            self._caller_writes = True
        try:
            written = os.write(self._fd, data)
        except OSError:  # full, or gone: the thread finds out which
            written = 0
        with self._changed:
            self._caller_writes = False
            if written < len(data):
                self._queue.put_back(data[written:])
            if self._has_work():
                self._changed.notify()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full of wake-ups: the thread will wake up
            os.write(self._wake_writer, b"!")

    def _run(self) -> None:
        while True:
            with self._changed:
                self._thread_writes = False
                self._changed.wait_for(self._has_work)
                if self._discarding:
                    self._queue.clear()
                data = self._queue.take()
                self._thread_writes = data is not None
                caught_up = data is None and self._queue.repaint_due()
                if data is None and not caught_up and self._closing:
                    return
            if data is not None:
                self._write(data)
            elif caught_up and not self._closing and not self._discarding:
                self._on_caught_up()

    def _has_work(self) -> bool:
        return self._closing or (not self._caller_writes and (len(self._queue) > 0 or self._queue.dropping))

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
