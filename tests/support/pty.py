"""Run a program in a real pseudo-terminal and look at what its user would see.

    process = spawn([sys.executable, "-m", "console.cli"], env={"TRADEDESK_HOME": str(tmp_path)},
    size=(120, 40)) process.wait_for("Positions") process.send(KEYS["f12"]) process.close()

A thread reads the terminal all the time (unless `stop_reading()` was called), so the program never waits
for the test; the bytes become a screen (pyte) only when the test asks for one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

REPOSITORY = Path(__file__).resolve().parents[2]

KEYS: Mapping[str, str] = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f12": "\x1b[24~",
    "ctrl+x": "\x18",
}
"""What an xterm sends for the keys that tests press by name."""

# The terminal becomes the program's controlling terminal when a session leader opens it; a child of Popen
# can't do that without preexec_fn, which is unsafe beside threads, so a shim does it and then becomes the
# program.
_SHIM = "import os, sys; os.close(os.open(os.ttyname(0), os.O_RDWR)); os.execvp(sys.argv[1], sys.argv[1:])"

_SYNC_QUERY = b"\x1b[?2026$p"
_SYNC_ANSWER = b"\x1b[?2026;2$y"
# pyte prints the tail of sequences with `<`, `>` or `=` after the bracket (kitty keyboard) instead of
# ignoring them.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]")
_UNFINISHED = re.compile(rb"\x1b(\[[0-9;<>=?]*)?\Z")


def spawn(
    argv: Sequence[str],
    env: Mapping[str, str] | None = None,
    size: tuple[int, int] = (120, 40),
    *,
    cwd: Path = REPOSITORY,
    synchronized: bool = True,
) -> PtyProcess:
    """Start `argv` in a new terminal of `size` (columns, rows).

    `env` is laid over a clean terminal environment (xterm-256color, truecolor, no TEXTUAL_* settings).
    `synchronized` says whether the terminal answers that it knows synchronized output (PuTTY does not).
    """
    return PtyProcess(argv, env or {}, size, cwd, synchronized)


class PtyProcess:
    """A program in a pseudo-terminal; see the module's docstring. Use it as a context manager, or
    `close()` it.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        size: tuple[int, int],
        cwd: Path,
        synchronized: bool,
    ) -> None:
        columns, rows = size
        self._master, slave = os.openpty()
        _set_size(slave, columns, rows)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", _SHIM, *argv],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=cwd,
                env=_environment(env),
                start_new_session=True,
            )
        finally:
            os.close(slave)
        self._synchronized = synchronized
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._pending: list[bytes] = []
        self._undecoded = b""
        self._tail = b""
        self._bytes_read = 0
        self._awaited = self._awaited_tail = b""
        self._awaited_at: float | None = None
        self._ended = False
        self._reading = threading.Event()
        self._reading.set()
        self._closing = False
        self._reader = threading.Thread(target=self._read, name="pty-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def bytes_read(self) -> int:
        """How many bytes the program has written to its terminal so far, as far as they were read."""
        return self._bytes_read

    def send(self, keys: str | bytes) -> None:
        """Type `keys`: raw text, or the sequences of `KEYS`."""
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            data = data[os.write(self._master, data) :]

    def seconds_until(self, token: bytes, keys: str | bytes, timeout: float = 10.0) -> float:
        """Type `keys`, and say after how many seconds the program had written `token`. One token at a time."""
        with self._changed:
            self._awaited, self._awaited_at, self._awaited_tail = token, None, b""
            begin = time.monotonic()
            self.send(keys)
            self._changed.wait_for(lambda: self._awaited_at is not None or self._ended, timeout)
            seen_at = self._seen_at()
        if seen_at is None:
            raise AssertionError(f"{token!r} was not written within {timeout} s of {keys!r}, or the program ended")
        return seen_at - begin

    def screen(self) -> list[str]:
        """The rows of the screen as text, each as wide as the terminal."""
        return list(self.terminal().display)

    def terminal(self) -> pyte.Screen:
        """The pyte screen itself, up to date: `buffer[row][column]` has text and colours."""
        with self._changed:
            data, self._pending = self._undecoded + b"".join(self._pending), []
        cut = _UNFINISHED.search(data)
        end = cut.start() if cut else len(data)
        self._undecoded = data[end:]
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data[:end]))
        return self._screen

    def wait_for(self, text: str, timeout: float = 10.0) -> list[str]:
        """Wait until `text` stands somewhere on the screen; return the rows. A failure shows the screen."""
        return self.wait_until(lambda rows: any(text in row for row in rows), timeout, f"{text!r} on the screen")

    def wait_until(
        self, done: Callable[[list[str]], bool], timeout: float = 10.0, what: str = "the condition"
    ) -> list[str]:
        """Wait until `done(rows)` is true of the screen; return the rows."""
        deadline = time.monotonic() + timeout
        while True:
            seen = self._bytes_read
            rows = self.screen()
            if done(rows):
                return rows
            with self._changed:
                left = deadline - time.monotonic()
                if left <= 0 or (self._ended and not self._pending):
                    state = "the program ended" if self._ended else f"{timeout} s passed"
                    shown = "\n".join(row.rstrip() for row in rows).rstrip()
                    raise AssertionError(f"waited for {what}, but {state}; the screen shows:\n{shown}")
            self._wait_change(seen, min(left, 0.2))

    def wait_quiet(self, seconds: float = 0.3, timeout: float = 10.0) -> list[str]:
        """Wait until nothing has been written for `seconds`; return the rows."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            seen = self._bytes_read
            if self._ended or not self._wait_change(seen, seconds):
                return self.screen()
        raise AssertionError(f"the program still writes after {timeout} s")

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size, as dragging its corner does (the kernel sends SIGWINCH)."""
        self.terminal().resize(rows, columns)
        _set_size(self._master, columns, rows)

    def stop_reading(self) -> None:
        """Be a terminal that takes nothing any more (a stalled link, ctrl+s, a scrolled-back tmux)."""
        self._reading.clear()

    def resume_reading(self) -> None:
        self._reading.set()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def cpu_seconds(self) -> float:
        """CPU time (user + system) of the program so far; Linux, and before `wait()`."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_cooked(self) -> bool:
        """Whether the terminal echoes and takes lines, as a shell expects to find it."""
        return bool(
            termios.tcgetattr(self._master)[3] & termios.ICANON and termios.tcgetattr(self._master)[3] & termios.ECHO
        )

    def alive(self) -> bool:
        return self._process.poll() is None

    def wait(self, timeout: float = 10.0) -> int:
        """Wait for the program to end by itself; its exit code (negative: the signal that ended it)."""
        return self._process.wait(timeout)

    def hang_up(self) -> None:
        """Take the terminal away, as a dropped SSH connection does: SIGHUP, then EIO on every use."""
        if self._closing:
            return
        self._closing = True
        self._reading.set()
        self._reader.join()
        os.close(self._master)

    def close(self, timeout: float = 5.0) -> int:
        """Hang up, make sure that the program is gone, and return its exit code."""
        self.hang_up()
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            return self._process.wait(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait_change(self, seen: int, timeout: float) -> bool:
        """Wait until more than the `seen` bytes were read, or the program ended; False when neither came."""
        with self._changed:
            return self._changed.wait_for(lambda: self._bytes_read != seen or self._ended, timeout)

    def _read(self) -> None:
        while not self._closing:
            if not self._reading.wait(0.1):
                continue
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:
                data = b""  # Linux reports a terminal without a program as EIO
            with self._changed:
                if data:
                    self._pending.append(data)
                    self._bytes_read += len(data)
                    self._note_awaited(data)
                else:
                    self._ended = True
                self._changed.notify_all()
            if not data:
                return
            if self._synchronized:
                self._answer(data)

    def _seen_at(self) -> float | None:
        return self._awaited_at

    def _note_awaited(self, data: bytes) -> None:
        if self._awaited and self._awaited_at is None:
            text = self._awaited_tail + data
            if self._awaited in text:
                self._awaited_at = time.monotonic()
            self._awaited_tail = text[-len(self._awaited) :]

    def _answer(self, data: bytes) -> None:
        text = self._tail + data
        self._tail = text[-(len(_SYNC_QUERY) - 1) :]
        if _SYNC_QUERY in text:
            self._tail = b""
            os.write(self._master, _SYNC_ANSWER)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    dropped = ("TEXTUAL", "LINES", "COLUMNS", "NO_COLOR", "TMUX", "STY", "TERM_PROGRAM", "LC_TERMINAL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return clean | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1"} | dict(extra)


def _set_size(fd: int, columns: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
