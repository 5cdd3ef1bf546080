"""Reads a day's report in a process of its own, and writes it to a file, without ever holding up the screen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from engine.journal.place import Place
from engine.model.eod import EodReport
from engine.performance.targets import Targets

if TYPE_CHECKING:
    from engine.eod.child import Answer


class EodDesk:
    """Of one journal."""

    def __init__(self, journal: Place, targets: Targets, snapshots: Path) -> None:
        self._journal = journal
        self._targets = targets
        self._snapshots = snapshots

    async def report(self, day: str) -> Answer:
        """The report of a day ("" = the newest), or why there is none. Cancelled, its process ends."""
        from engine.eod.child import answer_of, command, job_of

        child = await asyncio.create_subprocess_exec(
            *command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            said, _ = await child.communicate(job_of(self._journal, day, self._targets, (self._snapshots,)))
        finally:
            if child.returncode is None:
                child.kill()
        return answer_of(said)


def write(report: EodReport, path: str) -> str:
    """Write it, in the form that the file's name says; what was done. Raises OSError."""
    from console.eod.writing import form_of, written

    place = Path(path).expanduser()
    form = form_of(place)
    place.write_text(written(report, form), encoding="utf-8")
    return f"end of day {report.day} written to {place} ({form})"
