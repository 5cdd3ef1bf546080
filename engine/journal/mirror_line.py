"""A row of the journal as a line of JSON that carries its own proof: in `trades.jsonl` and in archives."""

from __future__ import annotations

import struct

import msgspec

from engine.journal.chain import Row, row_hash


class MirrorLine(msgspec.Struct, frozen=True):
    """One line. Times in ns UTC; hashes in lower-case hex."""

    seq: int
    recorded_ns: int
    market_ns: int
    kind: str
    fact: msgspec.Raw
    prev_hash: str
    hash: str


def read_line(line: bytes) -> MirrorLine | None:
    """The line, if it is whole and its hash is that of its contents; else None."""
    try:
        found = msgspec.json.decode(line, type=MirrorLine)
        digest = row_hash(
            found.prev_hash,
            found.seq,
            found.recorded_ns,
            found.market_ns,
            found.kind.encode(),
            bytes(found.fact),
        )
    except (ValueError, msgspec.MsgspecError, struct.error):
        return None
    return found if digest == found.hash else None


def write_line(row: Row) -> bytes:
    """The row as a line, without its end. Its payload must be the text that was hashed."""
    fact = msgspec.Raw(row.payload.encode(errors="surrogateescape"))
    return msgspec.json.encode(
        MirrorLine(row.seq, row.recorded_ns, row.market_ns, row.kind, fact, row.prev_hash, row.hash)
    )
