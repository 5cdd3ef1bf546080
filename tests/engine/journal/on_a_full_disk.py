"""Run by test_full_disk.py in a mount namespace of its own: a disk of one megabyte fills up under a desk.

Prints what happened as one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from engine.journal.chain import Chain, Row
from engine.journal.codec import FactCodec
from engine.journal.emergency import EmergencyLog, EmergencyRecord
from engine.journal.errors import JournalWriteError
from engine.journal.latch import KillLatch, Latch
from engine.journal.mirror import TradesMirror
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from tests.engine.journal.samples import stamp, trading


def fill_up(folder: Path) -> Path:
    """Take what is left of the disk, to the last byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for step in (4096, 1):
            try:
                while True:
                    file.write(b"x" * step)
            except OSError:
                continue
    return filler


async def trade(folder: Path) -> dict[str, object]:
    log = EmergencyLog(folder / "emergency.log")
    journal = await SqliteJournal.open(folder / "journal.sqlite3", FactCodec())
    chain = Chain(FactCodec())
    mirror = TradesMirror(folder / "journal.sqlite3", folder / "trades.jsonl")

    def batch() -> list[Row]:
        return chain.stamp(stamp(trading(30), chain.head))

    first = await journal.append(batch())
    mirror.catch_up()
    filler = fill_up(folder)

    rows = batch()
    said: dict[str, object] = {}
    try:
        while True:  # the WAL may still have a little room
            first = await journal.append(rows)
            rows = batch()
    except JournalWriteError as error:
        said["journal"] = str(error)
    report = verify_file(folder / "journal.sqlite3", first, complete=True)
    said["nothing half appended"] = report.ok

    record = EmergencyRecord(1, "paper", "AAPL", 1, "D7K200000001", "cancel")
    log.note(record)
    said["noted"] = log.read_all().records == (record,)

    KillLatch(folder / "halt").write(Latch(1, 1, "ann", "disk full", "no"))
    said["latched"] = KillLatch(folder / "halt").exists()

    filler.unlink()
    said["appended later"] = await journal.append(rows) == chain.head
    await journal.close()
    said["intact"] = verify_file(folder / "journal.sqlite3", chain.head, complete=True).ok
    mirror.catch_up()
    with JournalReader(folder / "journal.sqlite3") as reader:
        fills = [row.seq for row in reader.rows() if row.kind == "order_filled"]
    lines = (folder / "trades.jsonl").read_text().splitlines()
    said["mirrored"] = [json.loads(line)["seq"] for line in lines] == fills
    log.close()
    return said


if __name__ == "__main__":
    os.umask(0o077)
    print(json.dumps(asyncio.run(trade(Path(sys.argv[1])))))
