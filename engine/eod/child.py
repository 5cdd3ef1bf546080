"""Reads a day's report in a process of its own, with no memory or interpreter lock of the desk: `python -m
engine.eod.child`, a job of one line of JSON in, an answer of one line out."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from engine.eod.reading import read_day
from engine.journal.errors import JournalError
from engine.journal.place import Place, place_of, text_of
from engine.model.eod import EodReport
from engine.performance.targets import Targets
from engine.replay.days import NoSuchDayError

_NICENESS: Final = 10


class Job(msgspec.Struct, frozen=True):
    """What the child is told. journal: as engine.journal.place.text_of gives it; it may hold a password."""

    journal: str
    day: str
    targets: Targets
    snapshots: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """A report, or why there is none."""

    report: EodReport | None = None
    problem: str = ""


def command() -> list[str]:
    """How the child is begun. -P: nothing is imported from wherever the desk was started."""
    return [sys.executable, "-P", "-m", "engine.eod.child"]


def job_of(journal: Place, day: str, targets: Targets, snapshots: tuple[Path, ...] = ()) -> bytes:
    """What is written to it."""
    return msgspec.json.encode(Job(text_of(journal), day, targets, tuple(map(str, snapshots)))) + b"\n"


def answer_of(said: bytes) -> Answer:
    """What it said."""
    try:
        return msgspec.json.decode(said, type=Answer)
    except msgspec.MsgspecError:
        return Answer(problem="the process that reads the journal has ended")


def main() -> int:
    """The child."""
    os.nice(_NICENESS)
    logging.disable()
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    try:
        answer = Answer(read_day(place_of(job.journal), job.day, job.targets, [Path(path) for path in job.snapshots]))
    except (JournalError, NoSuchDayError) as error:
        answer = Answer(problem=str(error))
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
