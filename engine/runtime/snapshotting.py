"""When snapshots are made: every so many facts while trading, and at a graceful stop."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.journal.chain import Head
from engine.journal.errors import JournalError
from engine.journal.snapshot_child import Job, start
from engine.journal.snapshots import SnapshotError, newest_seq, save
from engine.state import DeskState

LOOK_EVERY_S: Final = 5.0
#: A tail of so many facts is folded in the time that a stop would take to write a small state down.
SHORT_TAIL: Final = 2_000

log = logging.getLogger("tradedesk.journal")


class SnapshotKeeper:
    """Keeps the folder of one journal's snapshots. Everything here is off the order path; what fails is logged, and a
    later start folds longer."""

    def __init__(self, job: Job, every: int) -> None:
        """`every`: facts between two snapshots; 0 = none are made."""
        self._job = job
        self._folder = Path(job.snapshots)
        self._every = every
        self._child: subprocess.Popen[bytes] | None = None
        self._seq = 0
        """Where the newest snapshot is, as far as this process knows."""

    async def run(self, head: Callable[[], Head]) -> None:
        """Until cancelled: let a child make a snapshot whenever the journal has grown enough."""
        if not self._every:
            return
        self._seq = await asyncio.to_thread(newest_seq, self._folder)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            seq = head().seq
            if seq - self._seq >= self._every:
                self._seq = seq
                await asyncio.to_thread(self._make)

    def at_stop(self, head: Head | None, state: DeskState) -> None:
        """The desk has stopped and nothing changes any more: write its state down. `head` None: the state is not what
        the journal holds, so it is not. Call it in a thread."""
        if self._child is not None:
            self._child.kill()
        if not self._every or head is None or head.seq - newest_seq(self._folder) < SHORT_TAIL:
            return
        try:
            save(self._folder, head, state, time.time_ns())
        except (SnapshotError, JournalError) as error:
            log.warning("snapshot: %s", error)

    def _make(self) -> None:
        self._child = child = start(self._job)
        _, said = child.communicate()
        if child.returncode > 0:
            log.warning("snapshot: %s", said.decode(errors="replace").strip())
