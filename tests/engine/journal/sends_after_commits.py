"""Run by test_system_calls.py under strace: commits batches and sends a datagram after each."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from tests.engine.journal.samples import stamp, trading


async def trade(path: Path) -> None:
    journal = await SqliteJournal.open(path, FactCodec())
    chain = Chain(FactCodec())
    ours, broker = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, broker:
        ours.send(b"NEW 0 session")
        for number in range(1, 6):
            await journal.append(chain.stamp(stamp(trading(number * number), chain.head)))
            ours.send(b"NEW %d order" % number)
    await journal.close()


if __name__ == "__main__":
    asyncio.run(trade(Path(sys.argv[1])))
