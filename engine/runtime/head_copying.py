"""When the journal's head is copied to its second place: on a timer, when it has moved, and at a graceful stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from engine.journal.chain import GENESIS, Head
from engine.journal.errors import JournalError
from engine.journal.head_copy import HeadCopy, Note

log = logging.getLogger("tradedesk.journal")


class HeadKeeper:
    """Copies one journal's head. What fails is said once, and tried again."""

    def __init__(self, copy: HeadCopy, every_s: float, said: Callable[[str], None]) -> None:
        """`said` gets the reason of the first failure in a row, in the loop's own thread."""
        self._copy = copy
        self._every_s = every_s
        self._said = said
        self._copied = GENESIS

    async def run(self, desk_id: str, head: Callable[[], Head]) -> None:
        """Until cancelled."""
        failing = False
        while True:
            await asyncio.sleep(self._every_s)
            error = await self.copy(desk_id, head())
            if error and not failing:
                self._said(error)
            failing = bool(error)

    async def copy(self, desk_id: str, head: Head, note: Note = "") -> str:
        """Copy the head, unless it is there already and there is nothing to say of it. Returns (and logs) why it could
        not be, or ""."""
        if head == self._copied and not note:
            return ""
        try:
            await asyncio.to_thread(self._copy.write, desk_id, head, note)
        except JournalError as error:
            log.warning("%s", error)
            return str(error)
        self._copied = head
        return ""
