"""What was sent from the command line, and how it is found again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

T = TypeVar("T")
MOST_KEPT: Final = 500
#: Lines about the PIN with something behind them: it may be one, typed where none is asked for.
_MAY_HOLD_A_PIN: Final = re.compile(r"\s*(unl\w*|pin)\s+\S", re.IGNORECASE)


class _Walk(msgspec.Struct):
    """One way through the lines: from what was typed to those that begin with it, or have its words in them."""

    kind: Literal["begins", "holds"]
    typed: str
    found: list[str]
    at: int

    @property
    def text(self) -> str:
        """What stands on the line at this place: behind the newest that is what was typed."""
        return self.found[self.at] if self.at < len(self.found) else self.typed


class Found(msgspec.Struct, frozen=True):
    """An answer to `search`: the line, the how manieth it is counted from the newest, how many there are, and the words
    that they have."""

    text: str
    no: int
    of: int
    words: str


class History:
    """What was sent, newest last, each line once; kept in a file of its own for each mode and account if there is one.

    The file (mode 0600) is read once and appended to, and written anew when it has grown to twice what is kept. A file
    that can't be read or written costs the history, never a command: `problem` then says why. A line that may hold a
    PIN is not kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.problem = ""
        self._writer: ThreadPoolExecutor | None = None
        self._lines: list[str] = []
        self._walk: _Walk | None = None
        if path is not None and path.exists():
            try:
                os.chmod(path, 0o600)
                kept = path.read_text("utf-8", errors="replace").splitlines()
            except OSError as error:
                self.problem = f"history: {path}: {error.strerror}"
                return
            # Of a line that was sent often the newest counts.
            self._lines = list(reversed(dict.fromkeys(reversed(kept))))[-MOST_KEPT:]
            if len(kept) >= 2 * MOST_KEPT:
                self._later(self._write_all, path, list(self._lines))

    def add(self, line: str) -> None:
        """Keep a line; one that is there already moves to the end."""
        line = line.strip()
        self._walk = None
        if not line or _MAY_HOLD_A_PIN.match(line) or (self._lines and self._lines[-1] == line):
            return
        self._lines = [*(kept for kept in self._lines if kept != line), line][-MOST_KEPT:]
        if self._path is not None and not self.problem:
            self._later(self._append, self._path, line)

    @property
    def length(self) -> int:
        """How many lines are kept."""
        return len(self._lines)

    def step(self, by: int, typed: str) -> str:
        """Go `by` lines newer (older when negative) among those that begin with what was typed before the first step;
        behind the newest of them stands what was typed."""
        walk = self._walk
        if walk is None or walk.kind != "begins" or walk.text != typed:
            start = typed.lower()
            found = [line for line in self._lines if line.lower().startswith(start) and line != typed]
            walk = self._walk = _Walk("begins", typed, found, len(found))
        walk.at = max(0, min(walk.at + by, len(walk.found)))
        return walk.text

    def search(self, typed: str) -> Found | None:
        """The next older line that has all words of what was typed before the first search; behind the oldest comes the
        newest again. None where there is none."""
        walk = self._walk
        if walk is None or walk.kind != "holds" or walk.text != typed:
            words = typed.lower().split()
            found = [line for line in self._lines if all(word in line.lower() for word in words) and line != typed]
            walk = self._walk = _Walk("holds", typed, found, len(found))
        if not walk.found:
            return None
        walk.at = (walk.at or len(walk.found)) - 1
        return Found(walk.text, len(walk.found) - walk.at, len(walk.found), " ".join(walk.typed.split()))

    def close(self) -> None:
        """Wait until everything is in the file."""
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    # In a thread of its own: a slow disk must not hold up the screen.

    def _later(self, write: Callable[[Path, T], None], path: Path, what: T) -> None:
        if self._writer is None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._writer.submit(write, path, what)

    def _append(self, path: Path, line: str) -> None:
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(fd, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            self.problem = f"history: {path}: {error.strerror}"

    def _write_all(self, path: Path, lines: list[str]) -> None:
        new = path.with_name(f"{path.name}.new")
        try:
            fd = os.open(new, os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o600)
            with open(fd, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
            os.replace(new, path)
        except OSError as error:
            self.problem = f"history: {path}: {error.strerror}"
