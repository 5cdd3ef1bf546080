"""The hash chain: each row carries the SHA-256 of itself and its predecessor. Pure: no file, no clock.

What is hashed, in this order (integers big-endian, two's complement; the lengths leave nothing ambiguous):

    16 bytes  "tradedesk fact 1"
    32 bytes  hash of the row before; zeros for the first row
     8 bytes  seq            8 bytes  recorded_ns        8 bytes  market_ns
     4 bytes  length of kind             4 bytes  length of payload
     kind (UTF-8), payload (UTF-8, exactly the text in the table)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Literal, NamedTuple

import msgspec

from engine.facts import Stamped
from engine.journal.codec import FactCodec

_FORMAT: Final = b"tradedesk fact 1"
_pack: Final = struct.Struct(">16s32sqqqII").pack

Problem = Literal["changed", "missing", "unlinked", "malformed", "unreadable", "rewritten", "shortened", "appended"]


class Row(NamedTuple):
    """One row of the table `facts`, in its columns' order. Hashes are lower-case hex."""

    seq: int
    recorded_ns: int
    market_ns: int
    kind: str
    payload: str
    prev_hash: str
    hash: str


class Head(NamedTuple):
    """The end of a journal: the last row's seq and hash. Exported, it proves everything up to that row."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


#: The head of an empty journal.
GENESIS: Final = Head(0, "0" * 64)


class Broken(msgspec.Struct, frozen=True):
    """The first place where a journal can't be trusted: a row (seq = rowid) and what is wrong there."""

    seq: int
    problem: Problem
    detail: str

    def __str__(self) -> str:
        return f"seq {self.seq}: {self.problem}: {self.detail}"


def row_hash(prev_hash: str, seq: int, recorded_ns: int, market_ns: int, kind: bytes, payload: bytes) -> str:
    """The hash of a row, lower-case hex. Raises ValueError or struct.error for what no row can hold."""
    return _digest(bytes.fromhex(prev_hash), seq, recorded_ns, market_ns, kind, payload).hex()


def _digest(prev: bytes, seq: int, recorded_ns: int, market_ns: int, kind: bytes, payload: bytes) -> bytes:
    frame = _pack(_FORMAT, prev, seq, recorded_ns, market_ns, len(kind), len(payload))
    return sha256(frame + kind + payload).digest()


class Chain:
    """The writing end: numbers and hashes facts as they are decided, ahead of the disk."""

    __slots__ = ("_codec", "head")

    def __init__(self, codec: FactCodec, head: Head = GENESIS) -> None:
        """`head` is where the journal ends; the next fact links to it."""
        self._codec = codec
        self.head = head

    def stamp(self, batch: Sequence[Stamped]) -> list[Row]:
        """The rows of a batch. Raises ValueError, changing nothing, when a fact's seq is not the next."""
        encode = self._codec.encode
        seq, prev = self.head
        digest = bytes.fromhex(prev)
        rows = []
        for stamped in batch:
            seq += 1
            if stamped.seq != seq:
                raise ValueError(f"fact {stamped.seq} can't follow fact {seq - 1}")
            kind, payload = encode(stamped.fact)
            recorded, market = stamped.recorded_ns, stamped.market_ns
            digest = _digest(digest, seq, recorded, market, kind.encode(), payload)
            before, prev = prev, digest.hex()
            rows.append(Row(seq, recorded, market, kind, payload.decode(), before, prev))
        self.head = Head(seq, prev)
        return rows


def check(prev: Head, row: Row) -> Broken | None:
    """Whether `row` is intact and links to `prev`; its place and what is wrong if not."""
    expected = prev.seq + 1
    if row.seq != expected:
        return Broken(expected, "missing", f"row {prev.seq} is followed by row {row.seq}")
    if row.prev_hash != prev.hash:
        return Broken(row.seq, "unlinked", f"prev_hash is {row.prev_hash!r}, row {prev.seq} has {prev.hash!r}")
    try:
        digest = row_hash(
            row.prev_hash,
            row.seq,
            row.recorded_ns,
            row.market_ns,
            row.kind.encode(errors="surrogateescape"),
            row.payload.encode(errors="surrogateescape"),
        )
    except (AttributeError, TypeError, ValueError, struct.error) as error:
        return Broken(row.seq, "malformed", f"a column holds another type than the journal writes ({error})")
    if digest != row.hash:
        return Broken(row.seq, "changed", f"the contents hash to {digest}, the row says {row.hash!r}")
    return None


def verify(rows: Iterable[Row], prev: Head = GENESIS) -> Broken | None:
    """The first broken link of rows that follow `prev`, None when every row is intact."""
    for row in rows:
        broken = check(prev, row)
        if broken is not None:
            return broken
        prev = Head(row.seq, row.hash)
    return None
