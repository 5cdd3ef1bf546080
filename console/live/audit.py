"""Brings what was done with the PIN, in any process of this home, into the journal of a live desk that runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from console.config.errors import ConfigError
from console.pin.vault import PinVault
from engine.inputs import NotePin

_EVERY_S: Final = 1.0
log = logging.getLogger("tradedesk.pin")


async def keep_noted(
    vault: PinVault, noted: Callable[[], int], send: Callable[[NotePin], Future[Any]], opened_ns: int
) -> None:
    """For as long as the desk runs. `noted`: number of the newest record in the journal. A record that was made after
    `opened_ns` (wall) happened to this desk: a reset among them locks it."""
    said = ""
    while True:
        try:
            records = await asyncio.to_thread(vault.records, noted())
            for record in records:
                await asyncio.wrap_future(send(NotePin(record, lock=record.at_ns >= opened_ns)))
            said = ""
        except ConfigError as error:
            if str(error) != said:
                said = str(error)
                log.error("the record of PINs can't be read: %s", error)
        await asyncio.sleep(_EVERY_S)
