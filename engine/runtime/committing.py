"""Commits what was decided, batch by batch, and releases each batch's effects behind its commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from engine.desk import Desk
from engine.inputs import Now
from engine.journal.emergency import EmergencyLog
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.store import Journal
from engine.runtime.performer import Performer
from engine.runtime.pump import Batch, Pump

RETRY_JOURNAL_S = 1.0
CHECKPOINT_EVERY_S = 5.0

log = logging.getLogger("tradedesk.engine")


class Committing:
    """The way from the core's decisions to the disk and on to the wire. Used from the engine's loop only.

    `more_to_come()`: inputs wait that were not decided on yet. `bound_s`: a commit that takes longer counts as down.
    """

    def __init__(
        self,
        desk: Desk,
        pump: Pump,
        performer: Performer,
        journal: Journal,
        emergency: EmergencyLog,
        now: Callable[[], Now],
        more_to_come: Callable[[], bool],
        bound_s: float,
    ) -> None:
        self._desk = desk
        self._pump = pump
        self._performer = performer
        self._journal = journal
        self._emergency = emergency
        self._now = now
        self._more_to_come = more_to_come
        self._bound_s = bound_s
        self._wanted = asyncio.Event()
        self._calm = asyncio.Event()
        """Set each time nothing is waiting for the journal."""
        self.emergency_noted = False
        """The emergency log holds what has not been seen to yet."""

    def wake(self) -> None:
        """There may be something to commit."""
        self._wanted.set()

    def decided(self) -> None:
        """The core was given something. A kill, a cancel or a liquidation decided while the disk hangs doesn't wait."""
        if self._pump.down:
            self._performer.release_urgent(self._pump.urgent(self._now()))
        self._wanted.set()

    async def drained(self) -> None:
        """Wait until everything that was decided is durable and released."""
        self._wanted.set()
        self._calm.clear()
        await self._calm.wait()

    async def run(self) -> None:
        """Commit whenever something was decided; retry while the journal is down. Never returns."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while await self.once():
                if self._pump.down:
                    self._calm.set()
                    await asyncio.sleep(RETRY_JOURNAL_S)
            if not self._more_to_come():
                self._calm.set()
            else:
                self._wanted.set()
                await asyncio.sleep(0)

    async def once(self) -> bool:
        """Commit one batch and release its effects. False when there was nothing to do."""
        batch = self._pump.take()
        if batch is None:
            return False
        if not batch.rows:
            self._performer.release(self._pump.committed(batch, self._now()))
            return True
        loop = asyncio.get_running_loop()
        late = loop.call_later(self._bound_s, self._stalled, batch)
        try:
            await self._journal.append(batch.rows)
        except (JournalWriteError, JournalError) as error:
            log.error("journal: %s", error)
            self._performer.release_urgent(self._pump.failed(batch, str(error), self._now()))
        else:
            was_down = self._pump.down
            self._performer.release(self._pump.committed(batch, self._now()))
            if was_down:
                self.emergency_noted = True
        finally:
            late.cancel()
        return True

    async def run_checkpoints(self) -> None:
        """Fold the write-ahead log back while nothing waits, so that no order's commit has to. Never returns."""
        while True:
            await asyncio.sleep(CHECKPOINT_EVERY_S)
            if self._pump.idle and not self._pump.down:
                try:
                    if self.emergency_noted and not self._desk.lost:
                        # All of it is in the journal: kept in memory and appended, or asked about and found.
                        self.emergency_noted = False
                        await asyncio.to_thread(self._emergency.clear)
                    await self._journal.checkpoint()
                except JournalError as error:
                    log.warning("checkpoint: %s", error)

    def _stalled(self, batch: Batch) -> None:
        """The disk has not answered within its bound: what may go out without it goes out now."""
        reason = f"no commit within {self._bound_s:g} s"
        self._performer.release_urgent(self._pump.stalled(batch, reason, self._now()))
