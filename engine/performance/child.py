"""Measures performance in a process of its own, with no memory or interpreter lock of the desk: `python -m
engine.performance.child`. It is told its job in one line of JSON, then answers each further line with one of its own
until its input ends; what it has folded it keeps.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from typing import IO, Final

import msgspec

from engine.journal.errors import JournalError
from engine.journal.place import Place, place_of, text_of
from engine.model.performance import PerformanceReport
from engine.performance.fold import Period
from engine.performance.reading import PerformanceReader
from engine.performance.targets import Targets

#: Politeness towards the desk: the child takes what nobody else wants.
_NICENESS: Final = 10


class Job(msgspec.Struct, frozen=True):
    """What the child is told."""

    journal: str
    """As engine.journal.place.text_of gives it; in no list of processes, since it may hold a password."""
    targets: Targets
    period: Period


class Answer(msgspec.Struct, frozen=True):
    """What it says: a report, or why there is none."""

    report: PerformanceReport | None = None
    problem: str = ""


class Measuring:
    """The parent's end. Not thread-safe."""

    def __init__(self, journal: Place, targets: Targets, period: Period | None = None) -> None:
        self._child = subprocess.Popen(
            # -P: nothing is imported from wherever the desk was started.
            [sys.executable, "-P", "-m", "engine.performance.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._say(msgspec.json.encode(Job(text_of(journal), targets, period if period is not None else Period())))

    def ask(self) -> Answer:
        """Wait for the journal's end to be folded."""
        try:
            self._say(b"")
            line = _of(self._child.stdout).readline()
        except (OSError, ValueError):  # it is gone, or this end was closed
            line = b""
        if not line:
            return Answer(problem="the process that measures has ended")
        return msgspec.json.decode(line, type=Answer)

    def close(self) -> None:
        """End the child, whatever it is at. May be called from another thread while `ask` waits: it is answered."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):
                _of(pipe).close()

    def _say(self, line: bytes) -> None:
        stdin = _of(self._child.stdin)
        stdin.write(line + b"\n")
        stdin.flush()


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def main() -> int:
    """The child."""
    os.nice(_NICENESS)
    logging.disable()
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    reader = PerformanceReader(place_of(job.journal), job.targets, job.period)
    while sys.stdin.buffer.readline():
        try:
            answer = Answer(reader.read())
        except JournalError as error:
            answer = Answer(problem=str(error))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
