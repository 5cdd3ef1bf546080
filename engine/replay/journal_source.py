"""Facts of a journal on disk for the tape: checked against the hash chain when read first, only decoded after that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, check
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.reader import JournalReader

_BATCH: Final = 500


class JournalSource:
    """Reads beside a running desk; takes no lock. What stands before a row that is not intact can be read."""

    def __init__(self, reader: JournalReader, codec: FactCodec) -> None:
        self._reader = reader
        self._codec = codec
        self._checked = GENESIS

    def after(self, seq: int) -> Iterator[Sequence[Stamped]]:
        """The facts behind `seq`. Raises JournalError, with its place, at the first one that is not intact."""
        batch: list[Stamped] = []
        try:
            for stamped in self._facts(min(seq, self._checked.seq)):
                if stamped.seq > seq:
                    batch.append(stamped)
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
        except JournalError:
            if batch:
                yield batch
            raise
        if batch:
            yield batch

    def _facts(self, seq: int) -> Iterator[Stamped]:
        decode = self._codec.decode
        for row in self._reader.rows(seq):
            if row.seq > self._checked.seq:
                broken = check(self._checked, row)
                if broken is not None:
                    raise JournalError(f"{broken}; run `tradedesk audit verify`")
                self._checked = Head(row.seq, row.hash)
            yield Stamped(row.seq, row.recorded_ns, row.market_ns, decode(row.kind, row.payload))
